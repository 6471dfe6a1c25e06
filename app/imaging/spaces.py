"""Pixels as arrays: the small copies that facts are measured on, and the colour spaces they are compared in."""

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Array = npt.NDArray[Any]

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # Rec. 709
TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)


def small(image: Image.Image, side: int) -> Image.Image:
    """The picture with its longer side at most `side`; every pixel of the source counts alike."""
    scale = side / max(image.size)
    if scale >= 1:
        return image
    return image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), Image.Resampling.BOX)


def centre(image: Image.Image, side: int) -> Image.Image:
    """The middle of the picture, untouched, at most `side` pixels a side; it begins on the grid of 8 x 8 blocks."""
    width, height = min(image.width, side), min(image.height, side)
    left, top = (image.width - width) // 16 * 8, (image.height - height) // 16 * 8
    return image.crop((left, top, left + width, top + height))


def samples(image: Image.Image) -> Array:
    """float32 [height, width, 3], 0..1."""
    return np.asarray(image, np.float32) / 255


def luma(pixels: Array) -> Array:
    """Brightness [height, width] of RGB in 0..1."""
    grey: Array = pixels @ LUMA
    return grey


def linear(pixels: Array) -> Array:
    """sRGB 0..1 -> amounts of light 0..1."""
    light: Array = np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    return light


def oklab(light: Array) -> Array:
    """Amounts of light [..., 3] -> Oklab (Ottosson, 2020): lightness 0..1, green-red, blue-yellow; distances are as seen."""
    lab: Array = np.cbrt(np.clip(light, 0, 1) @ TO_CONES.T) @ TO_OKLAB.T
    return lab


def rgb(code: str) -> Array:
    """`#RRGGBB` as float32 [3], 0..1."""
    return np.frombuffer(bytes.fromhex(code.removeprefix("#")), np.uint8).astype(np.float32) / 255
