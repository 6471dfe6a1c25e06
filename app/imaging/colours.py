"""Which colours a picture has: by their codes, by their names, and what follows from them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from app.imaging.spaces import Array, linear, oklab, rgb, small

SIDE = 128  # pixels of the copy that is counted
MOST = 32  # colours told
GREY_SPAN = 10  # levels between the strongest and the weakest channel that still count as grey
LEAST_SHARE = 0.1  # percent

# Each name with examples; a colour is called what the nearest example is called, by distance in Oklab.
FAMILIES = {
    "red": "#ff0000 #c81414 #8b0000 #dc3c3c #b22222",
    "orange": "#ff8c00 #ffa500 #e86100 #ff7f50 #d2691e #f4a460",
    "yellow": "#ffff00 #ffd700 #f0e68c #e0c830 #fffacd #c8b400",
    "green": "#00ff00 #008000 #228b22 #006400 #90ee90 #6b8e23 #3cb371 #556b2f #9acd32",
    "teal": "#008080 #00ffff #20b2aa #40e0d0 #2f6f6f #5f9ea0 #afeeee #00ced1",
    "blue": "#0000ff #000080 #4169e1 #1e90ff #87ceeb #4682b4 #191970 #add8e6 #6495ed #24406a #4a5d7f #2b3a5c",
    "purple": "#800080 #8a2be2 #9932cc #4b0082 #9370db #663399 #301934 #c8a2e8",
    "pink": "#ff69b4 #ffc0cb #ff1493 #db7093 #ff00ff #ffb6c1 #f4c2c2",
    "brown": "#8b4513 #a52a2a #654321 #a0522d #5c4033 #d2b48c #3b2414 #b08d6a #806040 #c49a6c",
    "white": "#ffffff #f5f5f5 #fafaf0 #eef2f6",
    "gray": "#808080 #a9a9a9 #696969 #c8c8c8 #505050 #778899 #8c8880 #4a4656 #605a6a #3c3a44",
    "black": "#000000 #141414 #202020 #0a0a14 #1a1410 #1a1721",
}
SHADES = FAMILIES | {
    "blue": "#0000ff #000080 #4169e1 #4682b4 #191970 #24406a #1e50c8 #4a5d7f #2b3a5c",
    "lightblue": "#87ceeb #add8e6 #87cefa #b0e0e6 #a0c8f0 #6495ed #1e90ff",
    "cyan": "#00ffff #00ced1 #40e0d0 #afeeee #7fffd4",
    "teal": "#008080 #20b2aa #2f6f6f #5f9ea0",
    "lime": "#00ff00 #32cd32 #7fff00 #adff2f",
    "olive": "#808000 #6b8e23 #556b2f #9a9a3c",
    "green": "#008000 #228b22 #006400 #90ee90 #3cb371 #9acd32",
}  # fmt: skip


def describe(image: Image.Image, translucent: bool) -> dict[str, Any]:
    """`colors`, `predominant`, `grayscale`, `illustration_score`, `semi_transparent`; what was transparent counts as white."""
    copy = small(image, SIDE)
    palette = main_colours(copy)
    codes, shares = [code for code, _ in palette], [share for _, share in palette]
    return {
        "colors": [[code, round(share, 1)] for code, share in palette],
        "predominant": {"google": named(codes, shares, FAMILIES), "cloudinary": named(codes, shares, SHADES)},
        "grayscale": grayscale(copy),
        "illustration_score": illustration_score(image),
        "semi_transparent": translucent,
    }


def main_colours(copy: Image.Image, most: int = MOST) -> list[tuple[str, float]]:
    """Up to `most` colours of a small picture, by median cut, with their shares in percent, largest first."""
    counted = copy.quantize(most, Image.Quantize.MEDIANCUT)
    palette = np.array(counted.getpalette(), np.uint8).reshape(-1, 3)
    shares: dict[str, float] = {}
    for index, count in enumerate(np.bincount(np.asarray(counted).ravel())):
        if count:
            code = f"#{palette[index].tobytes().hex().upper()}"
            shares[code] = shares.get(code, 0.0) + 100 * int(count) / (copy.width * copy.height)
    pairs = [(code, share) for code, share in shares.items() if share >= LEAST_SHARE]
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))


def named(codes: Sequence[str], shares: Sequence[float], names: Mapping[str, str]) -> list[list[Any]]:
    """Shares in percent by the names of a palette, largest first."""
    examples = [(name, code) for name, text in names.items() for code in text.split()]
    known, given = _lab([code for _, code in examples]), _lab(codes)
    nearest = np.linalg.norm(given[:, None] - known[None], axis=2).argmin(axis=1)
    sums: dict[str, float] = {}
    for place, share in zip(nearest, shares, strict=True):
        sums[examples[place][0]] = sums.get(examples[place][0], 0.0) + share
    ordered = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    return [[name, round(share, 1)] for name, share in ordered if round(share, 1) > 0]


def grayscale(copy: Image.Image) -> bool:
    """Whether all but one pixel in a thousand of a small picture have three channels of nearly the same level."""
    pixels = np.asarray(copy, np.int16)
    span = pixels.max(axis=2) - pixels.min(axis=2)
    return bool(np.quantile(span, 0.999) <= GREY_SPAN)


def illustration_score(image: Image.Image) -> float:
    """0 (a photograph) to 1 (a drawing): how flat its areas are and how few colours it gets by with. A rule of thumb, no model.

    Flat: the share of neighbouring pixels that are all but equal, which a camera's noise prevents. Few: the share of the picture
    that its 16 most frequent colours cover, at 32 levels a channel.
    """
    pixels = np.asarray(image.crop((0, 0, min(image.width, 2048), min(image.height, 2048))), np.int16)
    if min(pixels.shape[:2]) < 2:
        return 1.0
    flat = float((np.abs(np.diff(pixels, axis=1)).max(axis=2) <= 1).mean())
    coarse = (pixels >> 3) @ np.array([1024, 32, 1], np.int16)
    _, counts = np.unique(coarse, return_counts=True)
    few = float(np.sort(counts)[-16:].sum() / coarse.size)
    return round(float(np.clip(0.6 * (flat - 0.35) / 0.5, 0, 0.6) + np.clip(0.4 * (few - 0.4) / 0.5, 0, 0.4)), 3)


def _lab(codes: Sequence[str]) -> Array:
    return oklab(linear(np.stack([rgb(code) for code in codes])))
