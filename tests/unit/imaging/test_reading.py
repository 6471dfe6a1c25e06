"""Any file of a format that is taken becomes an upright RGB picture with its true size, pages and format."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageOps

from app.errors import InvalidPicture
from app.imaging.reading import Limits, Picture, read
from tests.unit.imaging.files import PILLOW, encoded, frames, gif_frames, photo, tiff_pages

LIMITS = Limits(50_000_000, 256 * 1024 * 1024, tuple(PILLOW))
Reading = Callable[[bytes], Picture]


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    def of(data: bytes, side: int = 0) -> Picture:
        path = tmp_path / "file"
        path.write_bytes(data)
        return read(path, LIMITS, side)

    return of


def difference(one: Image.Image, other: Image.Image) -> int:
    """The largest difference of any sample."""
    return max(ImageChops.difference(one, other).tobytes())


def pixels(picture: Picture) -> list[tuple[int, ...]]:
    data = picture.image.tobytes()
    return [tuple(data[place : place + 3]) for place in range(0, len(data), 3)]


@pytest.mark.parametrize("format", PILLOW)
def test_every_format_is_told_by_its_bytes(reading: Reading, format: str) -> None:
    picture = reading(encoded(photo(), format))
    assert (picture.format, picture.width, picture.height, picture.pages) == (format, 64, 48, 1)
    assert (picture.image.mode, picture.image.size) == ("RGB", (64, 48))
    assert difference(picture.image.reduce(8), photo().reduce(8)) < 48


@pytest.mark.parametrize("format", ["png", "tiff", "bmp"])
def test_lossless_formats_keep_every_pixel(reading: Reading, format: str) -> None:
    assert difference(reading(encoded(photo(), format)).image, photo()) == 0


@pytest.mark.parametrize(
    ("mode", "format"), [("L", "webp"), ("L", "png"), ("1", "png"), ("P", "png"), ("P", "gif"), ("CMYK", "tiff")]
)
def test_other_modes_become_rgb(reading: Reading, mode: str, format: str) -> None:
    source = photo().convert(mode)
    assert difference(reading(encoded(source, format)).image, source.convert("RGB")) <= (60 if format == "webp" else 0)


def test_cmyk_photographs_look_like_themselves(reading: Reading) -> None:
    assert difference(reading(encoded(photo().convert("CMYK"), "jpg")).image.reduce(8), photo().reduce(8)) < 32


@pytest.mark.parametrize("format", ["png", "tiff"])
def test_sixteen_bits_become_eight_without_clipping(reading: Reading, format: str) -> None:
    deep = Image.frombytes("I;16", (256, 1), b"".join((level * 257).to_bytes(2, "little") for level in range(256)))
    assert [red for red, _, _ in pixels(reading(encoded(deep, format)))] == list(range(256))


def test_fractions_are_scaled_and_what_is_no_number_is_black(reading: Reading) -> None:
    picture = Image.new("F", (4, 1))
    for x, value in enumerate((0.0, 0.5, 1.0, float("nan"))):
        picture.putpixel((x, 0), value)
    assert [red for red, _, _ in pixels(reading(encoded(picture, "tiff")))] == [0, 127, 255, 0]


def test_transparency_is_laid_on_white(reading: Reading) -> None:
    glass = Image.new("RGBA", (2, 1), (255, 0, 0, 255))
    glass.putpixel((1, 0), (255, 0, 0, 0))
    for format in ("png", "webp", "tiff"):
        picture = reading(encoded(glass, format, **({"lossless": True, "exact": True} if format == "webp" else {})))
        assert pixels(picture) == [(255, 0, 0), (255, 255, 255)], format
    palette = Image.new("P", (2, 1))
    palette.putpalette([0, 0, 0, 255, 0, 0])
    palette.putpixel((1, 0), 1)
    for format in ("png", "gif"):
        assert pixels(reading(encoded(palette, format, transparency=0))) == [(255, 255, 255), (255, 0, 0)], format
    grey = encoded(Image.new("LA", (1, 1), (0, 0)), "png")
    assert pixels(reading(grey)) == [(255, 255, 255)]


@pytest.mark.parametrize(("format", "tolerance"), [("gif", 0), ("webp", 60), ("png", 0), ("tiff", 0), ("avif", 60)])
def test_of_several_pages_the_first_is_looked_at_and_all_are_counted(reading: Reading, format: str, tolerance: int) -> None:
    pages = frames(5)
    picture = reading(encoded(pages[0], format, save_all=True, append_images=pages[1:]))
    assert (picture.pages, picture.width, picture.height) == (5, 8, 6)
    assert difference(picture.image, pages[0]) <= tolerance


@pytest.mark.parametrize("size", [(1, 1), (1, 20_000), (20_000, 1)])
@pytest.mark.parametrize("format", ["jpg", "png", "gif"])
def test_the_thinnest_pictures_are_pictures(reading: Reading, format: str, size: tuple[int, int]) -> None:
    picture = reading(encoded(Image.new("RGB", size, "red"), format))
    assert (picture.width, picture.height) == size
    assert picture.image.getpixel((0, 0))[0] > 250  # type: ignore[index]


@pytest.mark.parametrize("format", ["jpg", "png", "webp", "tiff"])
@pytest.mark.parametrize("orientation", range(10))
def test_every_orientation_is_turned_upright(reading: Reading, orientation: int, format: str) -> None:
    """Pillow's own reading of the tag is the judge; 0 and 9 mean nothing and turn nothing."""
    source = photo(64, 32)
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(source, format, exif=exif, **({"lossless": True} if format == "webp" else {}))
    source.getexif()[0x0112] = orientation
    upright = ImageOps.exif_transpose(source)
    picture = reading(data)
    assert (picture.width, picture.height) == picture.image.size == upright.size
    assert difference(picture.image, upright) <= (60 if format == "jpg" else 0)


def test_a_large_photograph_is_decoded_no_larger_than_its_consumer_needs(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(encoded(Image.linear_gradient("L").resize((4000, 3000)).convert("RGB"), "jpg"))
    for side in (0, 64, 416, 640, 1500):
        picture = read(path, LIMITS, side)
        assert (picture.width, picture.height) == (4000, 3000)
        assert side <= max(picture.image.size) <= max(2 * side, 500)


def test_a_limit_of_memory_counts_what_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(encoded(photo(400, 300), "png"))
    tight = Limits(50_000_000, 400 * 300 * 4, LIMITS.formats)
    assert read(path, tight).width == 400
    with pytest.raises(Exception, match="Image takes more than 479999 bytes once decoded"):
        read(path, Limits(tight.pixels, tight.decoded_bytes - 1, tight.formats))


def test_a_format_that_was_not_asked_for_is_no_picture(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(encoded(photo(), "png"))
    with pytest.raises(InvalidPicture, match="Invalid image file"):
        read(path, Limits(LIMITS.pixels, LIMITS.decoded_bytes, ("jpg",)))


@pytest.mark.parametrize("made", [gif_frames, tiff_pages])
@pytest.mark.parametrize(("count", "told"), [(1, 1), (7, 7), (9_999, 9_999), (100_000, 10_000)])
def test_pages_are_counted_up_to_a_bound(reading: Reading, made: Callable[[int], bytes], count: int, told: int) -> None:
    assert reading(made(count)).pages == told
