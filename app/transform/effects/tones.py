"""Effects on light and shade: brightness, contrast, saturation and the automatic improvements."""

from typing import Any

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps, ImageStat

from app.transform.effects.pixels import Around, Floats, coloured, curve, gray, like, matrix, mixed, plain

STEEPEST = 12.0  # of the sigmoid at full contrast


def brightness(image: Image.Image, around: Around, level: float) -> Image.Image:
    """Makes the picture lighter or darker."""
    return curve(image, lambda value: value * (1 + level / 100))


def brightness_hsb(image: Image.Image, around: Around, level: float) -> Image.Image:
    """As brightness, keeping the hue of colours that are already bright."""
    hue, saturation, value = plain(image).convert("HSV").split()
    lit = value.point([min(255, round(number * (1 + level / 100))) for number in range(256)])
    return like(image, Image.merge("HSV", (hue, saturation, lit)).convert("RGB"))


def contrast(image: Image.Image, around: Around, linear: float | None, level: float, type: str) -> Image.Image:
    """Draws light and dark apart or together, along a sigmoid, or along a line around the middle gray."""
    if linear is not None or type == "linear":
        share = linear if linear is not None else 100 + level
        return curve(image, lambda value: 0.5 + (value - 0.5) * share / 100)
    steep = abs(level) / 100 * STEEPEST
    if steep < 0.01:
        return image
    low, high = 1 / (1 + np.exp(steep / 2)), 1 / (1 + np.exp(-steep / 2))
    if level > 0:
        return curve(image, lambda value: (1 / (1 + np.exp(steep * (0.5 - value))) - low) / (high - low))
    return curve(image, lambda value: 0.5 - np.log(1 / (low + value * (high - low)) - 1) / steep)


def saturation(image: Image.Image, around: Around, level: float) -> Image.Image:
    """Makes colours stronger or paler."""
    return like(image, ImageEnhance.Color(plain(image)).enhance(1 + level / 100))


def hue(image: Image.Image, around: Around, level: float) -> Image.Image:
    """Turns the circle of colours; 100 and -100 are half a turn."""
    circle, saturated, value = plain(image).convert("HSV").split()
    turned = circle.point([(number + round(level * 1.28)) % 256 for number in range(256)])
    return like(image, Image.merge("HSV", (turned, saturated, value)).convert("RGB"))


def gamma(image: Image.Image, around: Around, level: float) -> Image.Image:
    """Lightens or darkens the middle tones."""
    return curve(image, lambda value: value ** (1 / (1 + level / 100)))


def vibrance(image: Image.Image, around: Around, level: float) -> Image.Image:
    """Makes pale colours stronger and leaves strong ones."""

    def stronger(pixels: Floats, _: int) -> Any:
        middle = gray(pixels)[..., None]
        span = (pixels.max(axis=2) - pixels.min(axis=2))[..., None]
        return middle + (pixels - middle) * (1 + level / 100 * (1 - span) * 1.5)

    return coloured(image, stronger)


def red(image: Image.Image, around: Around, level: float) -> Image.Image:
    """More or less red."""
    return _channel(image, 0, level)


def green(image: Image.Image, around: Around, level: float) -> Image.Image:
    """More or less green."""
    return _channel(image, 1, level)


def blue(image: Image.Image, around: Around, level: float) -> Image.Image:
    """More or less blue."""
    return _channel(image, 2, level)


def _channel(image: Image.Image, place: int, level: float) -> Image.Image:
    rows = [[1.0 if row == column else 0.0 for column in range(3)] + [0.0] for row in range(3)]
    rows[place][3] = level / 100 * 128
    return matrix(image, rows)


def auto_color(image: Image.Image, around: Around, blend: float) -> Image.Image:
    """Takes a colour cast off: each channel uses its whole range."""
    return mixed(image, ImageOps.autocontrast(plain(image), cutoff=0.5), blend)


def auto_contrast(image: Image.Image, around: Around, blend: float) -> Image.Image:
    """Spreads the tones over the whole range and leaves the colours."""
    return mixed(image, ImageOps.autocontrast(plain(image), cutoff=0.5, preserve_tone=True), blend)


def auto_brightness(image: Image.Image, around: Around, blend: float) -> Image.Image:
    """Lightens or darkens the middle tones until the mean is near the middle."""
    mean = min(max(ImageStat.Stat(plain(image).convert("L")).mean[0] / 255, 0.05), 0.95)
    power = min(max(np.log(0.48) / np.log(mean), 0.5), 2.0)
    return mixed(image, curve(plain(image), lambda value: value**power), blend)


def fill_light(image: Image.Image, around: Around, blend: float, bias: float) -> Image.Image:
    """Lightens the shadows; a bias above 0 reaches further into the lights."""
    reach = 3.0 * 2 ** (-bias / 50)
    return mixed(image, curve(plain(image), lambda value: value + (1 - value) ** reach * value**0.6 * 0.6), blend)


def improve(image: Image.Image, around: Around, mode: str, blend: float) -> Image.Image:
    """Contrast, shadows, colour and sharpness a little better at once; an approximation of the original's."""
    spread = ImageOps.autocontrast(plain(image), cutoff=0.3, preserve_tone=True)
    better = Image.blend(plain(image), spread, 0.7)
    light, colour = (15, 18) if mode == "outdoor" else (28, 10)
    better = vibrance(fill_light(better, around, light, 0), around, colour)
    return mixed(image, better.filter(ImageFilter.UnsharpMask(1.2, 40, 2)), blend)


def viesus_correct(image: Image.Image, around: Around, options: tuple[str, ...]) -> Image.Image:
    """As improve, indoors; an approximation of the original's, whose options make no difference."""
    return improve(image, around, "indoor", 100)
