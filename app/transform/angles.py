"""a_: turned and mirrored pictures, with the map from old places to new ones."""

import re
from collections.abc import Sequence
from math import cos, radians, sin

from PIL import Image

from app.errors import BadRequest
from app.transform.effects.pixels import Moved, opaque

DEGREES = re.compile(r"-?\d{1,6}(?:\.\d{0,6})?", re.ASCII)
MODES = ("auto_right", "auto_left", "hflip", "vflip", "ignore", "exif")
TURN = Image.Transpose
QUARTERS = {90: TURN.ROTATE_270, 180: TURN.ROTATE_180, 270: TURN.ROTATE_90}  # Pillow counts against the clock


def read(value: str) -> Sequence[str]:
    """The words of `hflip.45`. Raises BadRequest."""
    words = re.split(r"\.(?=[a-z-])|(?<=[a-z])\.", value)
    if not all(word in MODES or DEGREES.fullmatch(word) for word in words):
        raise BadRequest(f"Invalid angle in transformation: {value[:100]}")
    return words


def early(image: Image.Image, value: str, ratio: float | None) -> Moved:
    """What is done before a crop: a turn that makes the picture lie as the wanted ratio (width by height) does."""
    words = read(value)
    if ratio and (image.width > image.height) != (ratio > 1):
        if "auto_right" in words:
            return turned(image, 90)
        if "auto_left" in words:
            return turned(image, 270)
    return Moved(image)


def late(image: Image.Image, value: str, most: int) -> Moved:
    """What is done after a crop: mirrors and degrees, in the order they are written."""
    result = Moved(image)
    for word in read(value):
        step = mirrored(result.image, word) if word in MODES else turned(result.image, float(word), most)
        result = result.then(step)
    return result


def mirrored(image: Image.Image, word: str) -> Moved:
    if word == "hflip":
        return Moved(image.transpose(TURN.FLIP_LEFT_RIGHT), (-1, 0, image.width, 0, 1, 0))
    if word == "vflip":
        return Moved(image.transpose(TURN.FLIP_TOP_BOTTOM), (1, 0, 0, 0, -1, image.height))
    return Moved(image)


def turned(image: Image.Image, degrees: float, most: int | None = None) -> Moved:
    """Clockwise; at angles that are not right the picture grows and its new corners are transparent."""
    degrees %= 360
    if degrees == 0:
        return Moved(image)
    quarter = QUARTERS.get(int(degrees)) if degrees == int(degrees) else None
    across, down = cos(radians(degrees)), sin(radians(degrees))
    width, height = image.size
    result = image.transpose(quarter) if quarter is not None else None
    if result is None:
        size = abs(width * across) + abs(height * down), abs(width * down) + abs(height * across)
        if most and size[0] * size[1] > most:
            raise BadRequest(f"Invalid angle in transformation: {degrees:g} makes more than {most / 1e6:g} megapixels")
        whole = opaque(image).convert("RGBa").rotate(-degrees, Image.Resampling.BICUBIC, expand=True)
        result = _trimmed(whole, (max(1, round(size[0])), max(1, round(size[1])))).convert("RGBA")
    middle = result.width / 2, result.height / 2
    left = middle[0] - across * width / 2 + down * height / 2
    top = middle[1] - down * width / 2 - across * height / 2
    return Moved(result, (across, -down, left, down, across, top))


def _trimmed(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The middle of a picture that may have become a pixel too large."""
    left, top = (image.width - size[0]) // 2, (image.height - size[1]) // 2
    return image.crop((left, top, left + size[0], top + size[1]))
