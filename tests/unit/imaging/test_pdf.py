"""PDF: pages are measured and drawn, broken and hostile files are refused, and nothing of them stays."""

import io
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from app.errors import BadRequest, InvalidPicture
from app.imaging.opening import opened
from app.imaging.reading import Limits, is_picture, read
from tests.unit.imaging.documents import document

LIMITS = Limits(50_000_000, 256 << 20, ("jpg", "pdf"))


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """A page of 300 x 200 that is red to the left, and one of 100 x 400 points in blue."""
    first, second = Image.new("RGB", (300, 200), "white"), Image.new("RGB", (100, 400), "blue")
    ImageDraw.Draw(first).rectangle((0, 0, 149, 199), fill="red")
    first.save(tmp_path / "two.pdf", save_all=True, append_images=[second])
    return tmp_path / "two.pdf"


def test_its_first_page_is_the_picture(two: Path) -> None:
    picture = read(two, LIMITS)
    assert (picture.format, picture.width, picture.height, picture.pages) == ("pdf", 300, 200, 2)
    left, right = picture.image.getpixel((50, 100)), picture.image.getpixel((250, 100))
    assert isinstance(left, tuple)
    assert left[0] > 240 > 30 > left[1]
    assert right == (255, 255, 255)


def test_a_page_has_its_own_size_and_is_drawn_as_large_as_asked(two: Path) -> None:
    with opened(two, LIMITS) as source:
        assert (source.pages, source.frames) == (2, 1)
        page = source.at(1)
        assert (page.width, page.height) == (100, 400)
        assert page.frame(1).size == (100, 400)
        assert page.frame(1, 1000).size == (250, 1000)
        dense = source.at(0, 144)
        assert (dense.width, dense.height) == (600, 400)
        assert dense.frame(0).size == (600, 400)
        with pytest.raises(InvalidPicture):
            source.at(2)


@pytest.mark.parametrize(
    "bytes",
    [b"%PDF-1.7\n", b"%PDF-1.7\n" + b"\0" * 5000, document("q", pages=0), document("q")[:300], b"junk"],
    ids=["head", "zeros", "no pages", "cut", "junk"],
)
def test_what_is_broken_is_refused(tmp_path: Path, bytes: bytes) -> None:
    file = tmp_path / "broken.pdf"
    file.write_bytes(bytes)
    assert not is_picture(file, LIMITS)
    with pytest.raises(InvalidPicture):
        read(file, LIMITS)


def test_a_page_as_large_as_a_field_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "field.pdf"
    file.write_bytes(document("q", size=(14_000, 14_000)))
    with pytest.raises(BadRequest, match="Megapixels"):
        read(file, LIMITS)


def test_a_bomb_inside_a_stream_takes_its_bounded_share(tmp_path: Path) -> None:
    file = tmp_path / "bomb.pdf"
    packed = zlib.compress(b"0 0 m\n" * 50_000_000, 9)  # 300 MB of path
    file.write_bytes(document(packed, packed=True))
    assert file.stat().st_size < 1_000_000
    try:
        picture = read(file, LIMITS)
    except InvalidPicture:
        return
    assert picture.image.size == (200, 100)


def test_scripts_and_files_outside_mean_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    file = tmp_path / "script.pdf"
    file.write_bytes(document("q", catalogue=f"/OpenAction << /S /JavaScript /JS (app.launchURL\\('file://{secret}'\\)) >>"))
    picture = read(file, LIMITS)
    assert picture.image.getcolors() == [(200 * 100, (255, 255, 255))]
    assert io.BytesIO(file.read_bytes()).getvalue().count(b"JavaScript") == 1
