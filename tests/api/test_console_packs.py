"""A pack sent through the console: tried, added and used without a restart; or refused with one sentence and nothing left."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.house import House
from app.main import build
from tests import conftest
from tests.api.caller import PICTURES, message
from tests.api.visitor import Visitor, signed_in
from tests.graphs import save, yolo

HERE = "/console/api/demo"
CAT = (32, 32, 16, 8, 0.9, 0.1)
LABELS = "cat\ndog\n"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With models of its own: those of other tests know no packs that are added."""
    (tmp_path / "data").mkdir()
    house = build(conftest.test_settings(tmp_path / "data", max_model_bytes=200_000))
    yield house
    house.close()


@pytest.fixture
def visitor(house: House) -> Visitor:
    return signed_in(house)


@pytest.fixture
def graph(tmp_path: Path) -> bytes:
    return save(tmp_path / "my.onnx", yolo(CAT)).read_bytes()


def packed(*files: tuple[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in files:
            pack.writestr(name, content)
    return out.getvalue()


def send(visitor: Visitor, content: bytes, name: str = "mine", filename: str = "pack.zip", **fields: str) -> Any:
    return visitor.ask("POST", f"{HERE}/models", data={"name": name} | fields, files={"file": (filename, content)})


def left(house: House) -> set[str]:
    """What lies in the data folder beside the database."""
    names = {path.name for path in house.settings.data_dir.iterdir()}
    return {name for name in names if name.startswith(("pack-", "adding-"))} | (names & {"models"})


def test_a_zip_becomes_a_pack_that_is_used_at_once_and_taken_away_again(house: House, visitor: Visitor, graph: bytes) -> None:
    content = packed(("deep/../my.ONNX", graph), ("x/labels.txt", LABELS), ("x/README.md", "# Mine\n\n| licence | CC0 |\n"))
    answer = send(visitor, content, threshold="0.4", floor="0.1")
    assert answer.status_code == 200, answer.text
    model = answer.json()["model"]
    assert (model["name"], model["version"], model["builtin"], model["newest"]) == ("mine", 1, False, True)
    assert (model["labels"], model["threshold"], model["licence"]) == (["cat", "dog"], 0.4, "CC0")
    assert model["card"].startswith("# Mine")
    assert answer.json()["notes"]
    photo = {"file": ("p.jpg", (PICTURES / "chelsea.jpg").read_bytes())}
    seen = visitor.ask("POST", "/v1_1/demo/image/upload", data={"detection": "mine"}, files=photo)
    assert seen.status_code == 200, seen.text
    assert "cat" in seen.json()["info"]["detection"]["object_detection"]["data"]["mine"]["tags"]
    second = send(visitor, graph, filename="my.onnx", labels=LABELS).json()["model"]
    assert (second["version"], second["newest"]) == (2, True)
    assert visitor.ask("DELETE", f"{HERE}/models/mine/2").json() == {"removed": "mine_v2"}
    assert visitor.ask("DELETE", f"{HERE}/models/mine/1").json() == {"removed": "mine_v1"}
    assert not [item for item in visitor.get(f"{HERE}/models")["models"] if item["name"] == "mine"]
    answer = visitor.ask("POST", "/v1_1/demo/image/upload", data={"detection": "mine"}, files=photo)
    assert answer.status_code == 400
    assert visitor.ask("DELETE", f"{HERE}/models/lvis/2").status_code == 404  # it came with the program
    assert visitor.ask("DELETE", f"{HERE}/models/mine/1").status_code == 404


def test_another_process_on_the_data_folder_knows_it_too(house: House, visitor: Visitor, graph: bytes) -> None:
    other = build(house.settings)
    assert other.registry.find("mine") is None
    assert send(visitor, packed(("a.onnx", graph), ("labels.txt", LABELS))).status_code == 200
    other.registry.refresh()
    assert other.registry.find("mine")
    other.close()


BOMB = packed(("a.onnx", b"\0" * 5_000_000), ("labels.txt", LABELS))
NO_GRAPH = packed(("labels.txt", LABELS))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no graph at all", ""),
        (packed(("a.onnx", b"no graph"), ("labels.txt", LABELS)), ""),
        (NO_GRAPH, "0 .onnx files"),
        (packed(("a.onnx", b"x"), ("b.onnx", b"x")), "2 .onnx files"),
        (packed(("a.onnx", b"x"), ("a.txt", "x"), ("b.json", "[]")), "2 lists of labels"),
        (packed(*((f"{number}.onnx", b"x") for number in range(200))), "200 files"),
        (BOMB, "larger than allowed"),
        (BOMB[:-40], ""),
        (b"PK\x05\x06" + b"\0" * 18, "0 .onnx files"),
    ],
    ids=["text", "no graph", "labels alone", "two graphs", "two lists", "many", "bomb", "cut", "empty"],
)
def test_what_is_no_pack_is_refused_and_nothing_stays(house: House, visitor: Visitor, content: bytes, reason: str) -> None:
    answer = send(visitor, content)
    assert answer.status_code == 400
    assert reason in message(answer)
    assert "Traceback" not in answer.text
    assert not {name for name in left(house) if name.startswith(("pack-", "adding-"))}
    assert not [item for item in visitor.get(f"{HERE}/models")["models"] if item["name"] == "mine"]


def test_a_graph_that_is_too_large_is_refused(visitor: Visitor) -> None:
    assert "MAX_MODEL_BYTES" in message(send(visitor, b"\0" * 300_000, filename="a.onnx"))


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "../up"},
        {"name": "--help"},
        {"name": "Name With Blanks"},
        {"name": "<img src=x>"},
        {"name": ""},
        {"threshold": "2"},
        {"family": "nothing"},
        {"size": "big"},
        {"fit": "--data=/"},
        {"labels": "one label"},
        {"labels": "\u202e" * 10},
    ],
)
def test_what_is_said_of_a_pack_is_checked(house: House, visitor: Visitor, graph: bytes, fields: dict[str, str]) -> None:
    answer = send(visitor, packed(("a.onnx", graph), ("labels.txt", LABELS)), **fields)
    assert answer.status_code == 400, answer.text
    assert message(answer)
    assert "stopped the process" not in message(answer)
    assert not (house.settings.data_dir / "models" / "registry.toml").exists()


def test_a_call_without_a_file_adds_nothing(visitor: Visitor) -> None:
    assert visitor.ask("POST", f"{HERE}/models", data={"name": "mine"}).status_code == 400
    assert visitor.ask("POST", f"{HERE}/models", data={"name": "mine", "file": "https://example.com/a.onnx"}).status_code == 400


def test_only_whoever_runs_the_place_adds_models_and_clouds(house: House, visitor: Visitor, graph: bytes) -> None:
    key = house.accounts.add("other")
    other = signed_in(house, api_key=key.key, api_secret=key.secret)
    files = {"file": ("a.onnx", graph)}
    assert other.ask("POST", "/console/api/other/models", data={"name": "mine"}, files=files).status_code == 403
    assert other.ask("DELETE", "/console/api/other/models/lvis/2").status_code == 403
    assert other.ask("POST", "/console/api/other/clouds", json={"name": "third"}).status_code == 403
    visitor.csrf = ""
    assert send(visitor, graph).status_code == 403


def test_a_new_cloud_has_its_first_key(house: House, visitor: Visitor) -> None:
    made = visitor.ask("POST", f"{HERE}/clouds", json={"name": "Shop-2"}).json()
    assert made["name"] == "Shop-2"
    assert signed_in(house, api_key=made["key"], api_secret=made["secret"]).session()["cloud"] == "Shop-2"
    assert visitor.ask("POST", f"{HERE}/clouds", json={"name": "Shop-2"}).status_code == 409
    for name in ("", "a/b", "..", "console", "v1_1", "ä", "x" * 64, "<b>"):
        assert visitor.ask("POST", f"{HERE}/clouds", json={"name": name}).status_code == 400, name
