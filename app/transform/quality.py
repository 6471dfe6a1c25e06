"""q_auto: the smallest quality number whose loss the eye hardly sees, found by measuring a sample of the very picture.

The measure is the structural similarity of luma (Wang et al., "Image quality assessment: from error visibility to structural
similarity", IEEE TIP 2004) in windows of 8 pixels, averaged over the worse half of the windows: loss shows where it is worst.
"""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from app.transform.effects.pixels import Floats

# Level -> the similarity to reach, and the numbers between which it is looked for.
LEVELS: Mapping[str, tuple[float, int, int]] = {
    "best": (0.975, 70, 95),
    "good": (0.955, 50, 90),
    "eco": (0.935, 40, 80),
    "low": (0.90, 25, 70),
}
PLUGINS = {"jpg": "JPEG", "webp": "WEBP", "avif": "AVIF", "jp2": "JPEG2000"}
TILE, TILES = 192, 4  # the sample: so many squares of that side
TRIES = 4


def searched(image: Image.Image, format: str, level: str) -> dict[str, Any]:
    """The encoder's options for that level: at most four encodings of a sample of 147,456 pixels."""
    least, low, high = LEVELS[level]
    if format not in PLUGINS or format == "jp2":
        return {"quality": (low + high) // 2}
    options: dict[str, Any] = {"subsampling": 0} if format == "jpg" and level == "best" else {}
    patch = sample(image)
    luma = _luma(patch)
    for _ in range(TRIES):
        if low >= high:
            break
        middle = (low + high) // 2
        if similarity(luma, _luma(_again(patch, format, {"quality": middle} | options))) >= least:
            high = middle
        else:
            low = middle + 1
    return {"quality": high} | options


def sample(image: Image.Image) -> Image.Image:
    """Squares from all over the picture side by side, or the whole of a small one."""
    plain = image if image.mode == "RGB" else image.convert("RGB")
    if plain.width * plain.height <= TILE * TILE * TILES or min(plain.size) < TILE * 2:
        return plain.crop((0, 0, min(plain.width, 768), min(plain.height, 768)))
    whole = Image.new("RGB", (TILE * 2, TILE * 2))
    for place in range(TILES):
        column, row = place % 2, place // 2
        left = (plain.width // 2 - TILE) // 2 + column * (plain.width // 2)
        top = (plain.height // 2 - TILE) // 2 + row * (plain.height // 2)
        whole.paste(plain.crop((left, top, left + TILE, top + TILE)), (column * TILE, row * TILE))
    return whole


def similarity(one: Floats, other: Floats) -> float:
    """Structural similarity of two lumas of one size, 0 to 255: the mean of the worse half of all windows."""
    side = 8
    height, width = (length - length % side for length in one.shape)
    if not height or not width:
        return 1.0 if np.array_equal(one, other) else 0.0
    a, b = (item[:height, :width].reshape(height // side, side, width // side, side).swapaxes(1, 2) for item in (one, other))
    axes = (2, 3)
    mean_a, mean_b = a.mean(axes), b.mean(axes)
    var_a, var_b = a.var(axes), b.var(axes)
    both = (a * b).mean(axes) - mean_a * mean_b
    small, large = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    found = ((2 * mean_a * mean_b + small) * (2 * both + large)) / ((mean_a**2 + mean_b**2 + small) * (var_a + var_b + large))
    ordered = np.sort(found.ravel())
    return float(ordered[: max(1, ordered.size // 2)].mean())


def _luma(image: Image.Image) -> Floats:
    return np.asarray(image.convert("L"), np.float32)


def _again(image: Image.Image, format: str, options: Mapping[str, Any]) -> Image.Image:
    file = io.BytesIO()
    image.save(file, PLUGINS[format], **options, **({"speed": 8} if format == "avif" else {}))
    return Image.open(file, formats=[PLUGINS[format]])
