"""Colours in every documented spelling; anything else is refused."""

import pytest

from app.errors import BadRequest
from app.transform.colours import colour


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("red", (255, 0, 0, 255)),
        ("RoyalBlue", (65, 105, 225, 255)),
        ("rgb:ff8000", (255, 128, 0, 255)),
        ("rgb:f80", (255, 136, 0, 255)),
        ("#FF8000", (255, 128, 0, 255)),
        ("ff800080", (255, 128, 0, 128)),
        ("f808", (255, 136, 0, 136)),
        ("transparent", (0, 0, 0, 0)),
    ],
)
def test_spellings(text: str, expected: tuple[int, ...]) -> None:
    assert colour(text) == expected


@pytest.mark.parametrize("text", ["", "nocolour", "rgb:", "rgb:gg0000", "#12345", "rgb:1234567", "hsl(0,1,1)"])
def test_no_colours(text: str) -> None:
    with pytest.raises(BadRequest, match="Invalid color in transformation"):
        colour(text)
