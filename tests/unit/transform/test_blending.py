"""Where a layer lies, how it mixes, and what a layer's name means."""

from base64 import urlsafe_b64encode

import numpy as np
import pytest
from PIL import Image

from app.errors import BadRequest
from app.transform import sources
from app.transform.blending import ANCHORS, BLENDS, Placing, laid, position

BASE = Image.new("RGB", (40, 30), (100, 150, 200))
DOT = Image.new("RGBA", (10, 10), (255, 0, 0, 255))


@pytest.mark.parametrize(
    ("anchor", "place"),
    [("north_west", (3, 2)), ("north", (18, 2)), ("north_east", (27, 2)), ("west", (3, 12)), ("center", (18, 12)),
     ("east", (27, 12)), ("south_west", (3, 18)), ("south", (18, 18)), ("south_east", (27, 18))],
)  # fmt: skip
def test_offsets_push_inward(anchor: str, place: tuple[int, int]) -> None:
    assert position((40, 30), (10, 10), Placing(anchor, 3, 2)) == place
    assert anchor in ANCHORS


def test_a_layer_is_laid_over_or_under() -> None:
    over = laid(BASE, DOT, Placing("north_west")).image
    assert (over.mode, over.getpixel((5, 5)), over.getpixel((15, 5))) == ("RGB", (255, 0, 0), (100, 150, 200))
    clear = Image.new("RGBA", (40, 30), (0, 0, 0, 0))
    under = laid(clear, DOT, Placing(under=True)).image
    assert under.getpixel((20, 15)) == (255, 0, 0, 255)
    assert laid(BASE, DOT, Placing(under=True)).image.tobytes() == BASE.tobytes()


def test_a_layer_that_sticks_out_makes_the_picture_grow() -> None:
    moved = laid(BASE, DOT, Placing("north_west", -4, -6))
    assert moved.image.size == (44, 36)
    assert (moved.left, moved.top) == (4, 6)
    assert moved.image.getpixel((0, 0)) == (255, 0, 0, 255)
    assert moved.image.getpixel((43, 0))[3] == 0  # type: ignore[index]
    assert laid(BASE, DOT, Placing("north_west", -4, -6, grows=False)).image.size == BASE.size
    assert laid(BASE, DOT.resize((100, 100)), Placing()).image.size == (100, 100)
    with pytest.raises(BadRequest):
        laid(BASE, DOT, Placing(x=10**6, y=10**6))


def test_tiles_cover_the_base_in_step() -> None:
    tiled = laid(BASE, DOT, Placing(tiled=True)).image
    assert tiled.getcolors() == [(1200, (255, 0, 0))]
    gaps = laid(BASE, DOT, Placing("north_west", 10, 0, tiled=True)).image
    assert (gaps.getpixel((5, 29)), gaps.getpixel((15, 5)), gaps.getpixel((25, 5))) == ((255, 0, 0), (100, 150, 200), (255, 0, 0))
    with pytest.raises(BadRequest, match="tiles"):
        laid(BASE.resize((2000, 2000)), DOT.resize((1, 1)), Placing(tiled=True))


def test_blends() -> None:
    gray = Image.new("RGBA", (10, 10), (128, 128, 128, 255))
    assert laid(BASE, gray, Placing(mixing="multiply")).image.getpixel((20, 15)) == (50, 75, 100)
    assert laid(BASE, gray, Placing(mixing="screen")).image.getpixel((20, 15)) == (178, 203, 228)
    assert laid(BASE, gray, Placing(mixing="multiply")).image.getpixel((1, 1)) == (100, 150, 200)
    for mixing, inside, outside in (("cutter", 255, 0), ("cut_out", 0, 255), ("mask", 128, 0)):
        result = laid(BASE, gray, Placing(mixing=mixing)).image
        assert (result.getpixel((20, 15))[3], result.getpixel((1, 1))[3]) == (inside, outside)  # type: ignore[index]
    uneven = np.asarray(laid(BASE, DOT.resize((40, 30)), Placing(mixing="anti_removal", amount=100)).image)
    assert 5 < uneven[..., 0].std() < 80
    for mixing in BLENDS:
        assert laid(BASE, DOT, Placing("south_east", -5, -5, mixing=mixing)).image.size == BASE.size


def test_displacement_moves_pixels_by_the_layers_light() -> None:
    stripes = Image.new("RGB", (40, 30))
    stripes.paste("white", (10, 0, 12, 30))
    moved = laid(stripes, Image.new("RGB", (40, 30), (255, 128, 0)), Placing(x=5, mixing="displace")).image
    assert moved.getpixel((5, 5)) == (255, 255, 255)
    assert moved.getpixel((10, 5)) == (0, 0, 0)


def test_names_of_layers() -> None:
    url = "https://example.com/a,b/c.png?x=1"
    encoded = urlsafe_b64encode(url.encode()).decode().rstrip("=")
    assert sources.read("logo") == sources.Source("image", "logo")
    assert sources.read("folder:logo.png") == sources.Source("image", "folder/logo.png")
    assert sources.read("private:a:b") == sources.Source("image", "a/b", "private")
    assert sources.read("image:authenticated:a") == sources.Source("image", "a", "authenticated")
    assert sources.read(f"fetch:{encoded}") == sources.Source("fetch", url)
    assert sources.read("text:Arial_20:a%2Cb: c%2525") == sources.Source("text", "a,b: c%25", style="Arial_20")
    for value in ("", "fetch:%%%", "fetch:" + urlsafe_b64encode(b"file:///etc/passwd").decode(), "x" * 9000):
        with pytest.raises(BadRequest, match="Invalid layer"):
            sources.read(value)
    with pytest.raises(BadRequest, match="Unsupported layer in transformation: video"):
        sources.read("video:clip")
