"""Where a picture draws the eye: a small map of colour contrast and detail, for automatic gravity.

Colours that differ from the picture's edge and from its mean, where there is structure, after Achanta et al., "Frequency-tuned
salient region detection" (CVPR 2009), with a preference for the middle, where most photographers put what they mean.
"""

import numpy as np
from PIL import Image, ImageFilter

from app.transform.effects.pixels import Floats, plain

SIDE = 128  # of the map; finer detail does not move a window


def saliency(image: Image.Image) -> Floats:
    """A map of at most 128 pixels a side whose sum is 1: rows by columns, one number for each place of the picture."""
    scale = min(1.0, SIDE / max(image.size))
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    small = plain(image).resize(size, Image.Resampling.BOX)
    lab = np.asarray(small.convert("LAB"), np.float32)
    soft = np.asarray(small.filter(ImageFilter.GaussianBlur(1)).convert("LAB"), np.float32)
    if lab.ndim != 3 or min(size) < 3:
        return np.full(size[::-1], 1 / (size[0] * size[1]), np.float32)
    edge = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    contrast = _unit(_distance(soft, np.median(edge, 0))) + 0.5 * _unit(_distance(soft, lab.mean((0, 1))))
    down, across = np.gradient(lab[..., 0])
    detail = _unit(_blurred(np.hypot(down, across)))
    found = _unit(_blurred(contrast)) * (0.35 + 0.4 * detail) + 0.1 * detail
    if image.mode == "RGBA":
        found = found * (np.asarray(image.getchannel("A").resize(size), np.float32) / 255 + 1e-3)
    found = found * _middle(size) + 1e-6
    return np.asarray(found / found.sum(), np.float32)


def _distance(colours: Floats, one: Floats) -> Floats:
    return np.asarray(np.sqrt(((colours - one) ** 2).sum(-1)), np.float32)


def _unit(values: Floats) -> Floats:
    top = float(np.percentile(values, 99))
    return np.clip(values / top, 0, 1) if top > 0 else np.zeros_like(values)


def _blurred(values: Floats) -> Floats:
    picture = Image.fromarray((_unit(values) * 255).astype(np.uint8))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(2)), np.float32) / 255


def _middle(size: tuple[int, int]) -> Floats:
    across, down = (np.linspace(-1, 1, side, dtype=np.float32) for side in size)
    return np.asarray(np.exp(-3 * (across[None] ** 2 + down[:, None] ** 2)), np.float32)


def best(heat: Floats, window: tuple[float, float], size: tuple[int, int]) -> tuple[float, float]:
    """The top left corner, in pixels of the picture, of the window that holds most of the map; the most central of equals."""
    rows, columns = heat.shape
    wide = min(columns, max(1, round(window[0] * columns / size[0])))
    high = min(rows, max(1, round(window[1] * rows / size[1])))
    total = np.pad(heat, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    sums = total[high:, wide:] - total[:-high, wide:] - total[high:, :-wide] + total[:-high, :-wide]
    down, across = sums.shape
    if across == down == 1:
        return (size[0] - window[0]) / 2, (size[1] - window[1]) / 2
    off = np.abs(np.linspace(-1, 1, across))[None] + np.abs(np.linspace(-1, 1, down))[:, None]
    off = off if across > 1 and down > 1 else off - off.min()
    top, left = np.unravel_index(int(np.argmax(sums - 1e-3 * float(sums.max()) * off)), sums.shape)
    return (
        (size[0] - window[0]) * (float(left) / (across - 1) if across > 1 else 0.5),
        (size[1] - window[1]) * (float(top) / (down - 1) if down > 1 else 0.5),
    )
