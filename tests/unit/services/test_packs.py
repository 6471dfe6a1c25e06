"""Packs an operator brings: added, checked, removed, and refused in one sentence with nothing left behind."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.errors import Failure
from app.inference.modelfile import describe
from app.inference.onnx import OnnxInference
from app.services.packs import Packs, Wish, trial
from app.services.tagging import Tagging
from app.vision.registry import Registry
from tests.graphs import save, yolo

CAT = (32, 32, 16, 8, 0.9, 0.1)
PICTURE = Image.new("RGB", (128, 64), "white")


def packs(data: Path, most_bytes: int = 1_000_000) -> Packs:
    """The service as a start of the program would make it."""
    folders = tuple(folder for folder in [data / "models"] if (folder / "registry.toml").is_file())
    registry = Registry(folders)
    tagging = Tagging(registry, OnnxInference(folders, registry.pinned))
    return Packs(data / "models", tagging, describe, OnnxInference, most_bytes)


def labels(folder: Path, text: str = "cat\ndog\n") -> Path:
    file = folder / "labels.txt"
    file.write_text(text, "utf-8")
    return file


def wish(folder: Path, **values: Any) -> Wish:
    known = {} if "labels" in values else {"labels": labels(folder)}
    return Wish(**({"name": "mine"} | known | values))


def seen(data: Path, name: str = "mine") -> list[tuple[str, tuple[float, ...]]]:
    """What a freshly started service finds in the picture."""
    tagging = packs(data).tagging
    detector = tagging.registry.find(name)
    assert detector is not None
    return [(item.label, item.box) for item in tagging.find(PICTURE, detector)]


def test_a_graph_becomes_a_pack(tmp_path: Path) -> None:
    added = packs(tmp_path).add(save(tmp_path / "my.onnx", yolo(CAT)), wish(tmp_path), PICTURE)
    assert (added.detector.name, added.detector.version, added.detector.kind) == ("mine", 1, "yolo")
    assert [(item.label, item.box) for item in added.findings] == [("cat", (48, 24, 32, 16))] == seen(tmp_path)
    written = sorted(str(file.relative_to(tmp_path / "models")) for file in (tmp_path / "models").rglob("*.*"))
    assert written == ["mine-v1/1/model.onnx", "mine-v1/config.pbtxt", "mine-v1/labels.txt", "registry.toml"]


def test_versions_lie_side_by_side(tmp_path: Path) -> None:
    packs(tmp_path).add(save(tmp_path / "a.onnx", yolo(CAT)), wish(tmp_path), PICTURE)
    packs(tmp_path).add(save(tmp_path / "b.onnx", yolo((10, 32, 4, 4, 0.1, 0.9))), wish(tmp_path), PICTURE)
    assert [seen(tmp_path, name)[0][0] for name in ("mine_v1", "mine_v2", "mine")] == ["cat", "dog", "dog"]


def test_the_exporters_own_names_do_without_a_labels_file(tmp_path: Path) -> None:
    file = save(tmp_path / "my.onnx", yolo(CAT), names="{0: 'lynx', 1: 'wolf'}")
    assert packs(tmp_path).add(file, Wish("mine"), PICTURE).detector.labels == ("lynx", "wolf")


def test_what_only_an_answer_tells_is_asked_of_it(tmp_path: Path) -> None:
    rows = np.zeros((1, 84, 7))
    rows[0, 70] = [0.5, 0.5, 0.7, 0, 0.8, 0.5, 0.9]
    grid = packs(tmp_path).add(save(tmp_path / "x.onnx", {"output": rows}), wish(tmp_path, name="x"), PICTURE)
    assert grid.detector.options["grid"] is True
    rows[0, :, :2] = np.linspace(0, 64, 84)[:, None]
    decoded = packs(tmp_path).add(save(tmp_path / "y.onnx", {"output": rows}), wish(tmp_path, name="y"), PICTURE)
    assert decoded.detector.options["grid"] is False
    logits = packs(tmp_path).add(save(tmp_path / "c.onnx", {"o": [[3.0, 1.0]]}), wish(tmp_path, name="c"), PICTURE)
    assert logits.detector.options["activation"] == "softmax"
    shares = packs(tmp_path).add(save(tmp_path / "d.onnx", {"o": [[0.7, 0.3]]}), wish(tmp_path, name="d"), PICTURE)
    assert shares.detector.options["activation"] == "none"


def test_options_given_by_hand_are_kept(tmp_path: Path) -> None:
    options = {"fit": "stretch", "mean": [0.5, 0.5, 0.5], "overlap": 0.3}
    packs(tmp_path).add(save(tmp_path / "my.onnx", yolo(CAT)), wish(tmp_path, options=options), PICTURE)
    table = tomllib.loads((tmp_path / "models" / "registry.toml").read_text())["detectors"]["mine"]["1"]
    assert {key: table[key] for key in options} == options
    assert seen(tmp_path) == [("cat", (48, 28, 32, 8))]


REFUSED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "labels": ({}, {"labels": "one\ntwo\nthree\n"}, "2 classes as yolo; the labels file names 3"),
    "no labels": ({}, {"labels": None}, "give them with --labels"),
    "not a number": ({"column": (32, 32, 16, 8, np.nan, 0.1)}, {}, "not finite"),
    "infinite": ({"column": (np.inf, 32, 16, 8, 0.9, 0.1)}, {}, "not finite"),
    "logits": ({"column": (32, 32, 16, 8, 7.5, 0.1)}, {}, "no probability"),
    "operator": ({"domain": "foreign.operators"}, {}, "foreign.operators"),
    "name": ({}, {"name": "Über uns"}, "is no name for a detector"),
    "version": ({}, {"name": "mine_v2"}, "no version at the end"),
    "threshold": ({}, {"threshold": 0.2, "floor": 0.3}, "the floor not above"),
    "option": ({}, {"options": {"outputs": {"raw": "absent"}}, "family": "yolo"}, "has no output absent"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_pack_is_refused_and_leaves_nothing(case: str, tmp_path: Path) -> None:
    graph, said, words = REFUSED[case]
    file = save(tmp_path / "my.onnx", yolo(graph.get("column", CAT)), domain=graph.get("domain", ""))
    text = said.get("labels", "cat\ndog\n")
    before = sorted(tmp_path.rglob("*"))
    wanted = wish(tmp_path, **(said | {"labels": labels(tmp_path, text) if text else None}))
    with pytest.raises(Failure, match=words):
        packs(tmp_path).add(file, wanted, PICTURE)
    assert set(tmp_path.rglob("*")) - set(before) <= {tmp_path / "models", tmp_path / "labels.txt"}


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    file = save(tmp_path / "my.onnx", yolo(CAT))
    with pytest.raises(Failure, match="MAX_MODEL_BYTES allows 100"):
        packs(tmp_path, most_bytes=100).add(file, wish(tmp_path), PICTURE)


def test_a_pack_goes_and_its_neighbours_stay(tmp_path: Path) -> None:
    for name in ("mine", "mine", "yours"):
        packs(tmp_path).add(save(tmp_path / "a.onnx", yolo(CAT)), wish(tmp_path, name=name), PICTURE)
    with pytest.raises(Failure, match="say which of mine_v1, mine_v2"):
        packs(tmp_path).remove("mine")
    assert packs(tmp_path).remove("mine_v2") == "mine_v2"
    assert packs(tmp_path).remove("yours") == "yours_v1"
    assert [path.name for path in (tmp_path / "models").iterdir() if path.is_dir()] == ["mine-v1"]
    assert seen(tmp_path) == [("cat", (48, 24, 32, 16))]
    with pytest.raises(Failure, match="lvis is no pack of this data folder"):
        packs(tmp_path).remove("lvis")


def spoil_the_file(pack: Path) -> None:
    save(pack / "1" / "model.onnx", yolo((1, 1, 1, 1, 0.5, 0.5)))


def lose_the_labels(pack: Path) -> None:
    (pack / "labels.txt").unlink()


def add_a_label(pack: Path) -> None:
    (pack / "labels.txt").write_text("cat\ndog\ncow\n", "utf-8")


def lose_the_file(pack: Path) -> None:
    (pack / "1" / "model.onnx").unlink()


HURT = {
    spoil_the_file: "sha256 differs",
    lose_the_labels: "labels.txt is missing",
    add_a_label: "tells 2 classes apart, its labels file names 3",
    lose_the_file: "has no model.onnx",
}


@pytest.mark.parametrize("hurt", HURT)
def test_a_pack_that_broke_is_named_and_the_version_before_it_answers(hurt: Any, tmp_path: Path) -> None:
    packs(tmp_path).add(save(tmp_path / "a.onnx", yolo(CAT)), wish(tmp_path), PICTURE)
    packs(tmp_path).add(save(tmp_path / "b.onnx", yolo((10, 32, 4, 4, 0.1, 0.9))), wish(tmp_path), PICTURE)
    hurt(tmp_path / "models" / "mine-v2")
    here = packs(tmp_path)
    here.check_all()
    registry = here.tagging.registry
    assert list(registry.broken) == ["mine_v2"]
    assert HURT[hurt] in registry.broken["mine_v2"]
    assert [(item.name, item.version) for item in registry.all()] == [("mine", 1)]
    detector = registry.find("mine")
    assert detector is not None
    assert detector.version == 1


def test_a_check_says_how_long_it_took(tmp_path: Path) -> None:
    packs(tmp_path).add(save(tmp_path / "a.onnx", yolo(CAT)), wish(tmp_path), trial())
    here = packs(tmp_path)
    assert here.check(here.tagging.registry.all()[0]) > 0
