"""Colours by code and by name, and what follows from them."""

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from app.imaging import colours
from tests.unit.imaging.files import PICTURES, photo


def drawing() -> Image.Image:
    image = Image.new("RGB", (300, 200), "white")
    pen = ImageDraw.Draw(image)
    pen.ellipse((20, 20, 140, 140), fill="skyblue", outline="black", width=3)
    pen.rectangle((160, 40, 280, 180), fill="orange")
    return image


def recompressed(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(["red", "#123456", "white"]))
def test_one_colour_is_told_as_it_is(width: int, height: int, colour: str) -> None:
    image = Image.new("RGB", (width, height), colour)
    code = "#{:02X}{:02X}{:02X}".format(*image.convert("RGB").getpixel((0, 0)))  # type: ignore[misc]
    assert colours.describe(image, False)["colors"] == [[code, 100.0]]


def test_a_photograph_has_many_colours_largest_first() -> None:
    told = colours.describe(photo(400, 300), False)
    assert 16 < len(told["colors"]) <= 32
    assert all(re.fullmatch("#[0-9A-F]{6}", code) for code, _ in told["colors"])
    shares = [share for _, share in told["colors"]]
    assert shares == sorted(shares, reverse=True)
    assert 98 < sum(shares) < 102
    assert told["predominant"]["google"][0][0] == "brown", "a ginger cat"


def test_areas_are_told_by_name_in_both_palettes() -> None:
    named = colours.describe(drawing(), False)["predominant"]
    google, cloudinary = dict(map(tuple, named["google"])), dict(map(tuple, named["cloudinary"]))
    assert google["orange"] == pytest.approx(28.2, abs=1.5)
    assert google["blue"] == cloudinary["lightblue"] == pytest.approx(18, abs=1.5)
    assert "lightblue" not in google


@pytest.mark.parametrize(
    "name", ["red", "orange", "yellow", "green", "teal", "blue", "purple", "pink", "brown", "white", "gray", "black"]
)
def test_every_family_is_called_by_its_own_name(name: str) -> None:
    told = colours.describe(Image.new("RGB", (4, 4), name), False)["predominant"]
    assert told == {"google": [[name, 100.0]], "cloudinary": [[name, 100.0]]}


def test_gray_survives_compression_and_colour_does_not_pass_for_it() -> None:
    assert colours.grayscale(recompressed(photo().convert("L").convert("RGB"), 40))
    assert not colours.grayscale(photo())


def test_drawings_score_high_and_photographs_low() -> None:
    assert colours.illustration_score(drawing()) > 0.9
    assert colours.illustration_score(recompressed(drawing(), 80)) > 0.8
    for path in sorted(PICTURES.glob("*.jpg")):
        with Image.open(path) as image:
            assert colours.illustration_score(image.convert("RGB")) < 0.4, path.name
