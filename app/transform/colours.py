"""Colours as a transformation writes them: names, `rgb:RRGGBB`, 3, 4, 6 or 8 hex digits, `transparent`."""

import re

from PIL import ImageColor

from app.errors import BadRequest

RGBA = tuple[int, int, int, int]
HEX = re.compile(r"(?:rgb:|#)?([0-9a-f]{3}|[0-9a-f]{4}|[0-9a-f]{6}|[0-9a-f]{8})")
TRANSPARENT: RGBA = (0, 0, 0, 0)
BLACK: RGBA = (0, 0, 0, 255)
WHITE: RGBA = (255, 255, 255, 255)
GRAY: RGBA = (128, 128, 128, 255)
NAMES = frozenset(ImageColor.colormap)  # the CSS and X11 names


def colour(text: str, name: str = "color") -> RGBA:
    """Raises BadRequest with the parameter's `name` where the text is no colour."""
    plain = text.strip().lower()
    if plain == "transparent":
        return TRANSPARENT
    if plain in NAMES:
        return (*ImageColor.getcolor(plain, "RGB")[:3], 255)  # type: ignore[index]
    found = HEX.fullmatch(plain)
    if not found:
        raise BadRequest(f"Invalid {name} in transformation: {text[:100]}")
    digits = found[1]
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue, alpha = bytes.fromhex(digits.ljust(8, "f"))
    return red, green, blue, alpha


def code(rgb: tuple[int, ...]) -> str:
    """The hex digits of a colour, without the opacity."""
    return bytes(rgb[:3]).hex()
