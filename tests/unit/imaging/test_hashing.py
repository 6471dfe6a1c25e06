"""The perceptual hash: stable under resizing and recompression, far apart for different pictures."""

import io
import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.imaging.hashing import distance, phash
from tests.unit.imaging.files import PICTURES

PATHS = sorted(PICTURES.glob("*.jpg"))


def opened(name: str) -> Image.Image:
    with Image.open(PICTURES / name) as image:
        return image.convert("RGB")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
@pytest.mark.parametrize(
    ("scale", "quality", "format"), [(0.15, 90, "JPEG"), (0.5, 30, "JPEG"), (1.7, 60, "WEBP"), (1, 10, "JPEG")]
)
def test_a_copy_is_recognised(path: object, scale: float, quality: int, format: str) -> None:
    image = opened(getattr(path, "name", ""))
    out = io.BytesIO()
    image.resize((int(image.width * scale), int(image.height * scale))).save(out, format, quality=quality)
    assert distance(phash(image), phash(Image.open(out).convert("RGB"))) <= 6


def test_different_pictures_are_far_apart() -> None:
    hashes = [phash(opened(path.name)) for path in PATHS]
    assert min(distance(*pair) for pair in combinations(hashes, 2)) >= 20


@given(st.integers(1, 70), st.integers(1, 70))
def test_any_size_has_sixteen_digits(width: int, height: int) -> None:
    assert re.fullmatch("[0-9a-f]{16}", phash(Image.new("RGB", (width, height), "teal")))
