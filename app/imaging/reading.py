"""Bytes on disk -> an upright picture, or a refusal: formats, bombs and broken files are told from the header where they can be.

The picture is decoded once, and no larger than its largest consumer needs: JPEG is scaled while decoding.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from app.errors import BadRequest, Failure, InvalidPicture
from app.imaging.pages import MOST_PAGES, count
from app.imaging.pdf import Pdf

Image.MAX_IMAGE_PIXELS = None  # the header is checked below, against limits of our own

# Our name of a format -> Pillow's name and the media type it is served with.
FORMATS = {
    "jpg": ("JPEG", "image/jpeg"),
    "png": ("PNG", "image/png"),
    "webp": ("WEBP", "image/webp"),
    "gif": ("GIF", "image/gif"),
    "bmp": ("BMP", "image/bmp"),
    "tiff": ("TIFF", "image/tiff"),
    "avif": ("AVIF", "image/avif"),
    "ico": ("ICO", "image/x-icon"),
    "pdf": (Pdf.format, "application/pdf"),
}
PLUGINS = tuple(pillow for pillow, _ in FORMATS.values())  # nothing else is let near a file
NAMES = {pillow: name for name, (pillow, _) in FORMATS.items()} | {"MPO": "jpg"}  # a JPEG with more pictures behind it
ALIASES = {"jpeg": "jpg", "jpe": "jpg", "tif": "tiff"}
BYTES_A_PIXEL = {"1": 1, "L": 1, "P": 1, "LA": 4, "PA": 4, "RGB": 4, "I;16": 2, "I;16B": 2}
ORIENTATION = 0x0112  # EXIF's tag; its values 5 to 8 exchange width and height
TURN = Image.Transpose
TURNS = {
    2: TURN.FLIP_LEFT_RIGHT,
    3: TURN.ROTATE_180,
    4: TURN.FLIP_TOP_BOTTOM,
    5: TURN.TRANSPOSE,
    6: TURN.ROTATE_270,
    7: TURN.TRANSVERSE,
    8: TURN.ROTATE_90,
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a picture may cost: pixels by its header, bytes once decoded, and the formats taken at all."""

    pixels: int
    decoded_bytes: int
    formats: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: `image` is upright RGB and may be smaller than the source, whose upright size is width x height."""

    image: Image.Image
    format: str
    width: int
    height: int
    pages: int
    translucent: bool = False


def read(path: Path, limits: Limits, side: int = 0) -> Picture:
    """Decode the file so that its longer side keeps at least `side` pixels (0: only look whether it decodes).

    Raises InvalidPicture or BadRequest; nothing is decoded before the header has been weighed against the limits.
    """
    with refusals(), Image.open(path, formats=plugins_of(limits)) as image:
        format = NAMES[image.format or ""]
        width, height = image.size
        if width * height > limits.pixels:
            raise BadRequest(
                f"Maximum image size is {limits.pixels / 1e6:g} Megapixels. "
                f"Requested {width * height / 1e6:.2f} Megapixels ({width} x {height})"
            )
        if format == "jpg":
            scale = max(side, 64) / max(width, height)
            image.draft("RGB", (max(1, int(width * scale)), max(1, int(height * scale))))
        if image.width * image.height * BYTES_A_PIXEL.get(image.mode, 4) > limits.decoded_bytes:
            raise BadRequest(f"Image takes more than {limits.decoded_bytes} bytes once decoded")
        pages = 1 if format == "jpg" else count(path, format) or min(getattr(image, "n_frames", 1), MOST_PAGES)
        image.load()
        orientation = image.getexif().get(ORIENTATION, 1)
        plain, translucent = _rgb(image)
        upright = plain.transpose(TURNS[orientation]) if orientation in TURNS else plain
    size = (height, width) if orientation in range(5, 9) else (width, height)
    return Picture(upright, format, *size, pages, translucent)


def is_picture(path: Path, limits: Limits) -> bool:
    """Whether the header says that this is one of the accepted formats."""
    try:
        with refusals(), Image.open(path, formats=plugins_of(limits)):
            return True
    except InvalidPicture:
        return False


def plugins_of(limits: Limits) -> list[str]:
    return [FORMATS[name][0] for name in limits.formats if name in FORMATS]


def _rgb(image: Image.Image) -> tuple[Image.Image, bool]:
    """Any mode as RGB, and whether it had half-transparent pixels: deep samples become 8 bits, transparency is laid on white."""
    if image.mode[0] in "IF":
        image = Image.fromarray(eight_bits(np.asarray(image)), "L")
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        solid = image.convert("RGBA")
        flat = Image.new("RGB", solid.size, "white")
        opacity = solid.getchannel("A")
        flat.paste(solid, mask=opacity)
        return flat, any(opacity.histogram()[1:255])
    return image.convert("RGB"), False


def eight_bits(samples: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Deep samples: whole numbers count up to 65535, fractions up to 1 or to the brightest of them."""
    if samples.dtype.kind == "f":
        finite = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        samples = finite * (65535.0 / max(float(finite.max()), 1.0))
    return (samples.clip(0, 65535).astype(np.uint16) >> 8).astype(np.uint8)


@contextmanager
def refusals() -> Iterator[None]:
    """Whatever Pillow raises over a broken file becomes one sentence of ours."""
    try:
        yield
    except Failure:
        raise
    except Exception as error:  # broken files make its parsers raise nearly every class there is
        raise InvalidPicture("Invalid image file") from error
