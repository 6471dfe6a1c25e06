"""Faces: the grid is decoded as the model means it, windows overlap, and real photographs have the faces they have."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.ports import Inference
from app.settings import Settings
from app.vision.boxes import Array
from app.vision.faces import decode, windows
from app.vision.findings import Finding
from app.vision.kinds import find
from app.vision.registry import Detector, Registry
from tests.unit.imaging.files import PICTURES


@pytest.fixture(scope="session")
def detector() -> Detector:
    found = Registry(Settings.model_validate({}).model_folders).find("faces", internal=True)
    assert found
    return found


def test_callers_cannot_name_it() -> None:
    registry = Registry(Settings.model_validate({}).model_folders)
    assert registry.find("faces") is registry.find("faces_v1") is None
    assert registry.find("lvis", internal=True) is None


def test_a_cell_tells_its_box_from_its_middle() -> None:
    raw = np.zeros((1, 4, 16), np.float32)
    raw[0, 1, :4] = (1, -2, 10, 20)
    assert decode(raw, 8, 8)[0, 1].tolist() == [2, -10, 12, 10], "the cell on the right, 4 pixels wide, has its middle at 6, 2"


@given(st.integers(1, 3000), st.integers(1, 3000))
def test_windows_cover_the_picture_and_overlap(width: int, height: int) -> None:
    whole, *parts = windows(width, height, 640)
    assert whole == (0, 0, width, height)
    assert len(parts) == (4 if max(width, height) >= 640 else 0)
    if parts:
        assert (min(x for x, *_ in parts), max(x for *_, x, _ in parts)) == (0, width)
        assert (min(y for _, y, *_ in parts), max(y for *_, y in parts)) == (0, height)


def found(name: str, detector: Detector, inference: Inference, scale: float = 1.0) -> list[Finding]:
    def run(model: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
        folder, version = model.split("/")
        return dict(inference.infer(folder, version, inputs))

    with Image.open(PICTURES / name) as image:
        upright = image.convert("RGB").resize((int(image.width * scale), int(image.height * scale)))
    return find(upright, detector, run)


@pytest.mark.parametrize("scale", [0.4, 1.0, 1.5])
@pytest.mark.parametrize(("name", "box"), [("grace_hopper.jpg", (167, 127, 200, 200)), ("astronaut.jpg", (173, 67, 105, 105))])
def test_a_portrait_has_one_face(detector: Detector, inference: Inference, name: str, box: tuple[int, ...], scale: float) -> None:
    (face,) = found(name, detector, inference, scale)
    assert face.label == "face"
    assert [side / scale for side in face.box] == pytest.approx(box, abs=25)


@pytest.mark.parametrize("name", ["chelsea.jpg", "coffee.jpg", "rocket.jpg"])
def test_a_cat_a_cup_and_a_rocket_have_none(detector: Detector, inference: Inference, name: str) -> None:
    assert found(name, detector, inference) == []
