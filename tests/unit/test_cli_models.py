"""The commands on detectors, as an operator types them."""

from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from app.cli_models import models
from tests.graphs import save, yolo

CAT = (32, 32, 16, 8, 0.9, 0.1)


@pytest.fixture
def data(tmp_path: Path, migrated: Path) -> Path:
    """A data folder with its database, a graph, labels and a photo beside it."""
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "tagsight.db").write_bytes(migrated.read_bytes())
    save(tmp_path / "my.onnx", yolo(CAT))
    (tmp_path / "labels.txt").write_text("cat\ndog\n")
    Image.new("RGB", (128, 64), "white").save(tmp_path / "photo.png")
    return folder


def tagsight(data: Path, *words: str) -> Result:
    return CliRunner().invoke(models, [*words, "--data", str(data)])


def add(data: Path, *words: str) -> Result:
    file, labels = str(data.parent / "my.onnx"), str(data.parent / "labels.txt")
    return tagsight(data, "add", file, "--name", "mine", "--labels", labels, *words)


def test_add_tells_what_it_took_the_graph_for_and_draws_what_it_found(data: Path) -> None:
    done = add(data, "--picture", str(data.parent / "photo.png"), "--output", str(data.parent / "boxes.png"))
    assert done.exit_code == 0
    assert "mine_v1  kind=yolo  2 labels" in done.output
    assert "0.90  cat  x=48 y=24 width=32 height=16" in done.output
    with Image.open(data.parent / "boxes.png") as drawn:
        assert drawn.size == (128, 64)
        assert drawn.getpixel((80, 40)) != (255, 255, 255)


def test_list_check_and_remove(data: Path) -> None:
    add(data)
    (data / "models" / "mine-v1" / "labels.txt").write_text("cat\n")
    assert "mine_v1  kind=yolo" in tagsight(data, "list").output
    checked = tagsight(data, "check", "mine")
    assert checked.exit_code == 1
    assert "mine_v1  BROKEN: mine tells 2 classes apart, its labels file names 1" in checked.output
    assert tagsight(data, "check", "coco").output.startswith("coco_v1  ok")
    assert "other  BROKEN: there is no such detector" in tagsight(data, "check", "other").output
    assert "mine_v1 is removed" in tagsight(data, "remove", "mine").output
    assert "mine" not in tagsight(data, "list").output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--size", "big"], "big is no size"),
        (["--mean", "1,2"], "1,2 is no mean"),
        (["--std", "1,0,1"], "1,0,1 is no std"),
        (["--fit", "tight"], "tight is no fit"),
        (["--set", "loose"], "loose is no option"),
        (["--family", "yolo9000"], "There is no family yolo9000"),
        (["--labels", "none.txt"], "The labels file none.txt is missing"),
        (["--picture", "none.png"], "There is no picture none.png"),
    ],
)
def test_what_was_mistyped_is_said_in_one_sentence(data: Path, words: list[str], sentence: str) -> None:
    done = add(data, *words)
    assert done.exit_code == 1
    assert sentence in done.output
    assert len(done.output.splitlines()) == 1


def test_flags_end_up_in_the_registry(data: Path) -> None:
    add(
        data,
        "--fit",
        "stretch",
        "--colours",
        "bgr",
        "--mean",
        "1 2 3",
        "--set",
        "overlap=0.5",
        "--floor",
        "0.1",
        "--threshold",
        "0.2",
    )
    text = (data / "models" / "registry.toml").read_text()
    for line in ('fit = "stretch"', 'colours = "bgr"', "mean = [1.0, 2.0, 3.0]", "overlap = 0.5", "floor = 0.1", "threshold = 0.2"):
        assert line in text
