"""A picture made smaller by a whole number before anything else is done to it, in strips, so that no second large one exists."""

import numpy as np
from PIL import Image

from app.imaging.reading import eight_bits

GAP = 2.0  # how much larger than wanted it stays, for the fine filter that follows
PLAIN = {"L", "LA", "RGB", "RGBA", "CMYK"}  # are averaged as they are, so that a profile can be applied to what comes out
STRIP = 1 << 18  # pixels of the source that are looked at together


def shrunk(image: Image.Image, side: int) -> Image.Image:
    """The picture averaged so that its longer side keeps twice `side` pixels or more; the same one where it is not much larger."""
    factor = int(max(image.size) / max(side, 1) / GAP)
    if factor < 2 or min(image.size) < factor or image.mode[0] == "F" or image.mode == "I":
        return image
    height = max(factor, STRIP // image.width // factor * factor)
    small: Image.Image | None = None
    for top in range(0, image.height, height):
        strip = _plain(image.crop((0, top, image.width, min(top + height, image.height)))).reduce(factor)
        small = small or Image.new(strip.mode, (strip.width, -(-image.height // factor)))
        small.paste(strip, (0, top // factor))
    assert small
    small.info = {name: value for name, value in image.info.items() if name != "transparency"}
    return small


def _plain(strip: Image.Image) -> Image.Image:
    """In a mode that can be averaged; transparency by a colour or a palette becomes a channel."""
    if strip.mode[0] == "I":
        return Image.fromarray(eight_bits(np.asarray(strip)), "L")
    if "transparency" in strip.info:
        return strip.convert("RGBA")
    if strip.mode in PLAIN:
        return strip
    return strip.convert("RGBA" if strip.mode in ("PA", "La", "RGBa") else "RGB")
