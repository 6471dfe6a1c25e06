"""Test photographs made at run time: the repository's own, enlarged, with texture and sensor noise, so that files weigh what a
camera's do."""

from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

SOURCES = Path(__file__).parent.parent / "tests" / "pictures"
SIZES = {"2 MP": (1632, 1224), "12 MP": (4032, 3024), "640x480": (640, 480)}
NOISE = 5.0  # standard deviation, in levels of 255


@cache
def photograph(size: tuple[int, int], source: str = "astronaut.jpg", seed: int = 1) -> bytes:
    """A baseline JPEG of about 0.3 bytes a pixel. The same arguments give the same bytes with the same Pillow."""
    width, height = size
    with Image.open(SOURCES / source) as image:
        scale = max(width / image.width, height / image.height)
        large = image.convert("RGB").resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BICUBIC)
    pixels = np.asarray(large.crop((0, 0, width, height)), dtype=np.float32)
    random = np.random.default_rng(seed)
    coarse = Image.fromarray(random.normal(0, 8, (height // 6, width // 6)).astype(np.float32))
    texture = np.asarray(coarse.resize(size, Image.Resampling.BICUBIC))[..., None]
    grain = random.normal(0, NOISE, (height, width, 1)).astype(np.float32)
    noisy = np.clip(pixels + texture + grain, 0, 255).astype(np.uint8)
    out = BytesIO()
    Image.fromarray(noisy).save(out, "JPEG", quality=90)
    return out.getvalue()
