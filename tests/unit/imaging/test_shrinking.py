"""A picture that is averaged in strips looks like the one that is averaged whole."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.imaging import shrinking
from app.imaging.opening import coloured
from app.imaging.shrinking import shrunk

PICTURE = Path(__file__).parents[2] / "pictures" / "coffee.jpg"


def picture(mode: str) -> Image.Image:
    with Image.open(PICTURE) as image:
        plain = image.convert("RGB").resize((601, 403))
    clear = plain.convert("RGBA")
    clear.putalpha(Image.linear_gradient("L").resize(plain.size))
    out = BytesIO()
    match mode:
        case "RGBA" | "LA":
            return clear.convert(mode)
        case "I;16":
            return Image.fromarray(np.asarray(plain.convert("L")).astype(np.uint16) * 257)
        case "colour that is clear":
            plain.save(out, "PNG", transparency=plain.getpixel((5, 5)))
        case "palette that is clear":
            plain.quantize(64).save(out, "PNG", transparency=3)
        case _:
            return plain.convert(mode)
    return Image.open(out)


@pytest.mark.parametrize("strip", [1, 5000, 1 << 18])
@pytest.mark.parametrize(
    "mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "I;16", "YCbCr", "colour that is clear", "palette that is clear"]
)
def test_it_looks_the_same(mode: str, strip: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shrinking, "STRIP", strip)
    image = picture(mode)
    image.load()
    small = shrunk(image, 60)
    assert small.size == (121, 81), "five times smaller, the last row and column of what is left"
    found, wanted = coloured(small), coloured(image).reduce(5)
    assert found.mode == wanted.mode
    assert np.abs(np.asarray(found).astype(int) - np.asarray(wanted)).max() <= 3


@pytest.mark.parametrize(
    ("size", "mode", "side"),
    [((600, 400), "RGB", 151), ((1, 20_000), "RGB", 10), ((20_000, 3), "RGBA", 100), ((900, 900), "F", 10)],
)
def test_what_is_not_much_larger_stays_as_it_is(size: tuple[int, int], mode: str, side: int) -> None:
    image = Image.new(mode, size)
    assert shrunk(image, side) is image


def test_what_is_said_of_it_goes_along() -> None:
    image = picture("RGB")
    image.info = {"icc_profile": b"x", "transparency": (1, 2, 3), "duration": 40}
    assert shrunk(image, 50).info == {"icc_profile": b"x", "duration": 40}
