"""How much of an animated picture stands still."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from app.imaging.reading import PLUGINS
from app.imaging.spaces import small

SIDE = 128  # pixels of the copies that are compared
MOST_FRAMES = 60
MOST_PIXELS = 100_000_000  # of all decoded frames together
STILL = 12  # levels that a pixel may change by and still count as static


def describe(path: Path, width: int, height: int, pages: int) -> dict[str, Any]:
    """`cinemagraph_analysis`: the share of pixels that stand still while others move; 0 for a single picture and for no motion.

    The first 60 frames are compared at 128 pixels, fewer where they are large.
    """
    frames = min(pages, MOST_FRAMES, MOST_PIXELS // max(1, width * height))
    return {"cinemagraph_analysis": {"cinemagraph_score": round(static_share(path, frames), 3) if frames > 1 else 0.0}}


def static_share(path: Path, frames: int) -> float:
    """A frame that cannot be decoded ends the comparison."""
    with Image.open(path, formats=PLUGINS) as image:
        if not getattr(image, "is_animated", False):
            return 0.0
        low = high = np.asarray(small(image.convert("RGB"), SIDE), np.int16)
        for number in range(1, frames):
            try:
                image.seek(number)
                levels = np.asarray(small(image.convert("RGB"), SIDE), np.int16)
            except Exception:  # broken frames make Pillow raise nearly every class there is
                break
            if levels.shape != low.shape:
                break
            low, high = np.minimum(low, levels), np.maximum(high, levels)
    moving = float(((high - low).max(axis=2) > STILL).mean())
    return 1 - moving if moving > 0 else 0.0
