"""How good a picture is technically: measures from 0 (poor) to 1 (good), each a plain number from the pixels or the JPEG's tables.

None of them is a trained judgement. Every docstring says what is measured; the scale of each is chosen so that an ordinary sharp
photograph comes out above 0.7.
"""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, JpegImagePlugin

from app.imaging.reading import PLUGINS
from app.imaging.spaces import Array, centre, luma, samples, small

SIDE = 512  # pixels of the copy on which the whole picture is judged
NATIVE = 768  # pixels of the untouched middle in which noise and blocks are looked for
FINE_STEP = 16  # a frequency whose quantisation step is at most this is kept well
GOOD_PIXELS = 2_000_000
CHROMA = {0: 1.0, 1: 0.5, 2: 0.25}  # colour samples a pixel of 4:4:4, 4:2:2 and 4:2:0
# Annex K of the JPEG standard: the sums of the two tables that quality 50 stands for.
LUMA_SUM, CHROMA_SUM = 3688, 5712
PIXEL = {"focus": 3, "noise": 1, "blockiness": 1, "dct": 1, "resolution": 1}  # weights of the means
COLOUR = {"contrast": 2, "exposure": 1, "lighting": 2, "saturation": 1}


def describe(image: Image.Image, path: Path, pixels: int) -> dict[str, Any]:
    """`quality_analysis` and `quality_score` of a picture decoded in full; `pixels` are those of its file."""
    copy, native = samples(small(image, SIDE)), luma(samples(centre(image, NATIVE)))
    grey = luma(copy)
    found = {
        "focus": focus(grey),
        "noise": noise(native),
        "contrast": contrast(grey),
        "exposure": exposure(grey),
        "saturation": saturation(copy),
        "lighting": lighting(grey),
        "blockiness": blockiness(native),
        "resolution": min(1.0, (pixels / GOOD_PIXELS) ** 0.5),
    } | jpeg(path)
    found["pixel_score"], found["color_score"] = _mean(found, PIXEL), _mean(found, COLOUR)
    score = 0.6 * found["pixel_score"] + 0.4 * found["color_score"]
    return {"quality_analysis": {name: round(float(value), 3) for name, value in found.items()}, "quality_score": round(score, 3)}


def focus(grey: Array) -> float:
    """Sharpness: the variance v of the Laplacian at 512 pixels, in 0..255 levels, as v / (v + 100). A flat picture has 0."""
    if min(grey.shape) < 3:
        return 0.0
    middle = grey[1:-1, 1:-1]
    waves = 255 * (grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * middle)
    variance = float(waves.var())
    return variance / (variance + 100)


def noise(native: Array) -> float:
    """Freedom from noise: its standard deviation after Immerkaer (1996), where the picture is smooth; 1 at 0 levels, 0 at 20."""
    if min(native.shape) < 3:
        return 1.0
    rows = native[:-2] - 2 * native[1:-1] + native[2:]
    waves = np.abs(rows[:, :-2] - 2 * rows[:, 1:-1] + rows[:, 2:])
    smooth = waves[waves <= np.quantile(waves, 0.75)]
    return float(np.clip(1 - 255 * smooth.mean() * (np.pi / 2) ** 0.5 / 6 / 20 * 2, 0, 1))


def contrast(grey: Array) -> float:
    """The brightness between the darkest and the brightest 1 %, of the whole range."""
    low, high = np.quantile(grey, (0.01, 0.99))
    return float(np.clip(high - low, 0, 1))


def exposure(grey: Array) -> float:
    """How near the mean brightness is to the middle: 1 at the middle, 0 at black or white."""
    return 1 - 2 * abs(float(grey.mean()) - 0.5)


def lighting(grey: Array) -> float:
    """The share of pixels that are neither crushed to black nor blown to white."""
    return float(((grey > 0.02) & (grey < 0.98)).mean())


def saturation(pixels: Array) -> float:
    """Colourfulness: the mean distance between the strongest and the weakest channel, 1 from a third of the range on."""
    return min(1.0, 3 * float((pixels.max(axis=2) - pixels.min(axis=2)).mean()))


def blockiness(native: Array) -> float:
    """Freedom from 8 x 8 blocks: steps across the block borders against steps elsewhere; 1 if like, 0 if twice as large."""
    ratios = []
    for steps in (np.abs(np.diff(native, axis=1)), np.abs(np.diff(native, axis=0)).T):
        if steps.shape[1] >= 16:
            means = steps.mean(axis=0)
            border = np.arange(len(means)) % 8 == 7
            ratios.append(float((means[border].mean() + 1e-4) / (means[~border].mean() + 1e-4)))
    return float(np.clip(2 - max(ratios, default=1.0), 0, 1))


def jpeg(path: Path) -> dict[str, float]:
    """What the tables of a JPEG say; for any other format nothing was thrown away by them, and the two qualities are not told.

    jpeg_quality and jpeg_chroma: the setting (of 100) that scales the standard's tables to the same sum. dct: the share of the
    64 luma frequencies whose quantisation step is at most 16. chroma_subsampling: colour samples a pixel.
    """
    with Image.open(path, formats=PLUGINS) as image:
        tables = image.quantization if isinstance(image, JpegImagePlugin.JpegImageFile) else {}
        sampling = JpegImagePlugin.get_sampling(image) if tables else -1
    if not tables:
        return {"dct": 1.0, "chroma_subsampling": 1.0}
    bright, colour = tables[min(tables)], tables[max(tables)]
    found = {"jpeg_quality": setting(sum(bright), LUMA_SUM), "dct": sum(step <= FINE_STEP for step in bright) / len(bright)}
    chroma = {"jpeg_chroma": setting(sum(colour), CHROMA_SUM)} if len(tables) > 1 else {}
    return found | chroma | {"chroma_subsampling": CHROMA.get(sampling, 1.0)}


def setting(total: int, standard: int) -> float:
    """The inverse of libjpeg's scaling: 50 is the standard's table, 100 all ones."""
    scale = 100 * total / standard
    return float(np.clip((200 - scale) / 200 if scale <= 100 else 50 / scale, 0.01, 1))


def _mean(found: dict[str, float], weights: dict[str, int]) -> float:
    return sum(found[name] * weight for name, weight in weights.items()) / sum(weights.values())
