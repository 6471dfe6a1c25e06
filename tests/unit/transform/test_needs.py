"""What a rendering may take: the estimate is above what is really taken, and 64 at once stay within the budget."""

import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

from app.memory import give_back_large_blocks
from app.transform import grammar
from app.transform.needs import bytes_needed
from app.transform.scene import Bounds, Wish

SIZE = (2400, 1600)
PROGRAM = """
import resource, sys, tempfile, threading
from pathlib import Path
from app.imaging.opening import opened
from app.imaging.reading import Limits
from app.memory import give_back_large_blocks
from app.threads import Budget
from app.transform import grammar, pipeline
from app.transform.needs import bytes_needed
from app.transform.scene import Bounds, Wish

give_back_large_blocks()
source, text, ending, many, total = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])
steps, wish, budget = grammar.parse(text), Wish(extension=ending), Budget(total)
kind = source.suffix[1:]
height = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

def once(path, number):
    with tempfile.TemporaryDirectory() as folder, budget.of(bytes_needed(steps, (2400, 1600), 1, wish, Bounds(), kind)):
        pipeline.render(path, steps, None, wish, Bounds(), Path(folder))

once(Path(sys.argv[6]), 0)  # imports and tables
before = height()
crowd = [threading.Thread(target=once, args=(source, number)) for number in range(many)]
[thread.start() for thread in crowd]
[thread.join() for thread in crowd]
print(height() - before)
"""


FRACTIONS = np.linspace(0, 1, SIZE[0] * SIZE[1], dtype=np.float32).reshape(SIZE[::-1])
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes().replace(b"s\0R\0G\0B", b"o\0u\0r\0s")  # another one


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A large one with something to see, and a small one."""
    folder = tmp_path_factory.mktemp("needs")
    Image.effect_mandelbrot(SIZE, (-2, -1.5, 1, 1.5), 30).convert("RGB").save(folder / "large.jpg", progressive=True)
    Image.new("RGB", (64, 64)).save(folder / "small.jpg")
    return folder / "large.jpg", folder / "small.jpg"


def taken(pictures: tuple[Path, Path], text: str, ending: str, many: int, total: int) -> int:
    command = [sys.executable, "-c", PROGRAM, str(pictures[0]), text, ending, str(many), str(total), str(pictures[1])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.parametrize(
    ("text", "ending"),
    [
        ("c_fill,w_300,h_300", "jpg"),
        ("e_oil_paint", "jpg"),
        ("e_improve", "jpg"),
        ("a_20", "png"),
        ("w_4500", "webp"),
        ("e_distort:arc:180", "jpg"),
        ("c_fill,w_1500,h_1500,dpr_2.0", "avif"),
    ],
)
def test_the_estimate_is_above_what_is_taken(pictures: tuple[Path, Path], text: str, ending: str) -> None:
    estimate = bytes_needed(grammar.parse(text), SIZE, 1, Wish(extension=ending), Bounds())
    assert taken(pictures, text, ending, 1, estimate) <= estimate


@pytest.mark.parametrize("text", ["c_fill,w_300,h_300", "w_900", "w_2400", "e_sepia"])
@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("cmyk.jpg", "CMYK", {"progressive": True}),
        ("fine.jpg", "RGB", {"progressive": True, "subsampling": 0, "quality": 95}),
        ("plain.png", "RGB", {"compress_level": 1}),
        ("profiled.png", "RGBA", {"compress_level": 1, "icc_profile": PROFILE}),
        ("deep.png", "I;16", {"compress_level": 1}),
        ("plain.webp", "RGB", {"method": 0}),
        ("clear.webp", "RGBA", {"method": 0}),
        ("clear.avif", "RGBA", {"speed": 10}),
        ("clear.tiff", "RGBA", {"compression": "tiff_lzw"}),
        ("fractions.tiff", "F", {}),
        ("few.gif", "P", {}),
        ("plain.bmp", "RGB", {}),
    ],
)
def test_the_estimate_knows_the_decoders(
    pictures: tuple[Path, Path], name: str, mode: str, options: dict[str, Any], text: str
) -> None:
    large, small = pictures[0].with_name(name), pictures[1].with_name(f"small-{name}")
    if not large.exists():
        for source, target in ((pictures[0], large), (pictures[1], small)):
            with Image.open(source) as image:
                deep = (
                    Image.fromarray(FRACTIONS[: image.height, : image.width] * (1 if mode == "F" else 65535))
                    if mode[0] in "IF"
                    else None
                )
                made = (
                    image.convert(mode)
                    if deep is None
                    else deep
                    if mode == "F"
                    else Image.fromarray(np.asarray(deep).astype(np.uint16))
                )
            if mode == "RGBA":
                made.putalpha(200)
            made.save(target, **options)
    estimate = bytes_needed(grammar.parse(text), SIZE, 1, Wish(extension="jpg"), Bounds(), large.suffix[1:])
    assert taken((large, small), text, "jpg", 1, estimate) <= estimate


def test_64_at_once_stay_within_the_budget(pictures: tuple[Path, Path]) -> None:
    total = 250_000_000
    assert bytes_needed(grammar.parse("w_2000/a_20"), SIZE, 1, Wish(), Bounds()) * 64 > 3 * total
    assert taken(pictures, "w_2000/a_20", "jpg", 64, total) <= total


def test_the_c_library_can_be_told() -> None:
    assert give_back_large_blocks() == (platform.libc_ver()[0] == "glibc")


def test_more_steps_never_need_less() -> None:
    need = [
        bytes_needed(grammar.parse(text), SIZE, pages, Wish(), Bounds())
        for text, pages in (("w_100", 1), ("w_2000", 1), ("w_4000", 1), ("w_4000/l_x", 1), ("w_4000/l_x", 50))
    ]
    assert need == sorted(need)
    assert bytes_needed(grammar.parse("w_99999,h_99999"), SIZE, 10_000, Wish(), Bounds()) < 2 * 1024**3, "bounds hold here too"
