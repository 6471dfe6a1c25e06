"""A fingerprint that survives resizing and recompression: pictures that look alike differ in few of its 64 bits."""

import numpy as np
from PIL import Image

from app.imaging.spaces import Array

SIDE = 32  # pixels of the grey copy that is transformed
BITS = 8  # frequencies kept in each direction, of which the first (the mean brightness) is skipped


def phash(image: Image.Image) -> str:
    """16 hex digits. A bit tells whether one of the 64 lowest frequencies of a 32 x 32 grey copy is above their median.

    The usual "pHash": a discrete cosine transform (type II), rows and columns 1 to 8 of it. Compare two by their Hamming distance.
    """
    grey = image.convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS)
    waves = _waves()
    levels = (waves @ np.asarray(grey, np.float64) @ waves.T).round(3).ravel()
    bits = levels > np.median(levels)
    return f"{int.from_bytes(np.packbits(bits).tobytes()):016x}"


def distance(one: str, other: str) -> int:
    """In how many of the 64 bits two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _waves() -> Array:
    """Rows 1 to 8 of the transform's matrix."""
    place = 2 * np.arange(SIDE) + 1
    matrix: Array = np.cos(np.pi * np.outer(np.arange(1, BITS + 1), place) / (2 * SIDE))
    return matrix
