"""Files made to hurt: bombs are refused by their header, broken ones by our own errors, and none of them is expensive."""

import random
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from app.errors import BadRequest, InvalidPicture
from app.imaging.reading import Limits, read
from tests.unit.imaging.files import PILLOW, bombs, gif_frames, gif_of_small_blocks, png_bomb, png_sealed, seeds, tiff_pages

LIMITS = Limits(50_000_000, 256 * 1024 * 1024, tuple(PILLOW))

# Read in a process of its own, so that the peak of its memory is the bombs' alone.
GROWTH = """
import resource, sys
from pathlib import Path
from app.errors import BadRequest
from app.imaging.reading import Limits, read
limits = Limits(50_000_000, 256 << 20, ("jpg", "png", "webp", "gif", "bmp", "tiff", "avif"))
read(Path(sys.argv[1]), limits)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for name in sys.argv[2:]:
    try:
        read(Path(name), limits)
    except BadRequest:
        continue
    raise SystemExit(name + " was read")
sys.stdout.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before))
"""


def test_a_bomb_is_refused_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_bomb())
    assert path.stat().st_size < 25_000
    with pytest.raises(BadRequest, match=r"Maximum image size is 50 Megapixels\. Requested 169\.00 Megapixels \(13000 x 13000\)"):
        read(path, LIMITS)


def test_bombs_of_every_format_cost_neither_memory_nor_time(tmp_path: Path) -> None:
    names = []
    for format, data in ({"harmless.jpg": seeds()["jpg"]} | bombs()).items():
        assert len(data) < 120_000, format
        names.append(str(tmp_path / format))
        Path(names[-1]).write_bytes(data)
    for name in names[1:]:
        start = time.process_time()
        with pytest.raises(BadRequest):
            read(Path(name), LIMITS)
        assert time.process_time() - start < 0.1, name
    child = subprocess.run([sys.executable, "-c", GROWTH, *names], capture_output=True, text=True, check=True)
    assert int(child.stdout) < 32 * 1024, "kilobytes"


@pytest.mark.parametrize(
    "data", [gif_frames(300_000), tiff_pages(50_000), gif_of_small_blocks(2_000_000)], ids=["gif", "tiff", "blocks"]
)
def test_files_with_very_many_pages_or_blocks_stay_cheap(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    start = time.process_time()
    read(path, LIMITS)
    assert time.process_time() - start < 0.5


def test_a_tiff_whose_pages_go_in_a_circle_ends(tmp_path: Path) -> None:
    path = tmp_path / "file"
    data = bytearray(tiff_pages(3))
    data[-4:] = (10).to_bytes(4, "little")
    path.write_bytes(data)
    assert read(path, LIMITS).pages == 3


@pytest.mark.parametrize("format", PILLOW)
@pytest.mark.parametrize("part", [0.02, 0.25, 0.5, 0.9])
def test_a_truncated_file_is_no_picture(tmp_path: Path, format: str, part: float) -> None:
    path, data = tmp_path / "file", seeds()[format]
    path.write_bytes(data[: int(len(data) * part)])
    with pytest.raises(InvalidPicture, match="Invalid image file"):
        read(path, LIMITS)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of metadata it cannot read
@pytest.mark.parametrize("format", PILLOW)
def test_whatever_is_changed_in_a_file_the_answer_is_a_picture_or_a_refusal(tmp_path: Path, format: str) -> None:
    """Sixty mutations of each format, the same ones in every run."""
    chance, path, seed = random.Random(format), tmp_path / "file", seeds()[format]
    small = Limits(1_000_000, 16 * 1024 * 1024, tuple(PILLOW))
    for _ in range(60):
        data = bytearray(seed)
        reach = len(data) if chance.random() < 0.5 else min(len(data), 200)
        for _ in range(chance.randint(1, 8)):
            place = chance.randrange(reach)
            data[place : place + chance.choice((0, 1, 1, 1, 4))] = chance.randbytes(chance.choice((0, 1, 1, 1, 4)))
        path.write_bytes(png_sealed(bytes(data)) if format == "png" else data)
        with suppress(BadRequest):
            read(path, small)
