"""b_: what lies behind a picture that is padded, turned or transparent: a colour, one of its own, a gradient, or its own blur."""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from app.errors import BadRequest
from app.imaging.colours import main_colours
from app.imaging.spaces import small
from app.transform.colours import BLACK, RGBA, WHITE, colour
from app.transform.effects.arguments import NUMBER
from app.transform.effects.pixels import opaque, plain
from app.transform.effects.tints import edge_colour

AUTOS = ("border", "predominant", "border_contrast", "predominant_contrast", "border_gradient", "predominant_gradient",
         "border_gradient_contrast", "predominant_gradient_contrast")  # fmt: skip
DIRECTIONS = ("horizontal", "vertical", "diagonal_desc", "diagonal_asc")
BLURRED = (100.0, 0.0)  # intensity 1 to 2000, brightness -300 to 100


def ground(value: str, image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The background that b_'s value names, for this picture, at this size. Raises BadRequest."""
    name, _, rest = value.partition(":")
    if name == "auto":
        return _auto(value, rest.split(":") if rest else ["border"], _filled(image), size)
    if name == "blurred":
        return _blurred(value, rest.split(":") if rest else [], _filled(image), size)
    if name == "gen_fill":
        raise BadRequest("Unsupported background in transformation: gen_fill")
    ink = colour(value, "background")
    return Image.new("RGB", size, ink[:3]) if ink[3] == 255 else Image.new("RGBA", size, ink)


def check(value: str) -> None:
    """Raise BadRequest for a background that is none."""
    ground(value, Image.new("RGB", (4, 4)), (4, 4))


def flattened(image: Image.Image, value: str) -> Image.Image:
    """The picture on that background; a transparent one leaves it as it is."""
    if image.mode != "RGBA":
        return image
    behind = ground(value, image, image.size)
    if behind.mode == "RGB":
        behind.paste(image, (0, 0), image)
        return behind
    behind.alpha_composite(image)
    return behind


def _filled(image: Image.Image) -> Image.Image:
    """What is transparent in the mean colour of what is not, so that hidden colours do not count."""
    if image.mode != "RGBA":
        return image
    mean = image.convert("RGBa").resize((1, 1), Image.Resampling.BOX).convert("RGBA").convert("RGB").resize(image.size)
    mean.paste(image, (0, 0), image)
    return mean


def _auto(value: str, words: list[str], image: Image.Image, size: tuple[int, int]) -> Image.Image:
    mode, options = words[0], words[1:]
    if mode not in AUTOS:
        raise BadRequest(f"Invalid background in transformation: {value[:100]}")
    palette = _palette(image, mode.startswith("border"))
    if "gradient" not in mode:
        first = palette[0]
        return Image.new("RGB", size, _against(first)[:3] if mode.endswith("contrast") else first[:3])
    count, direction = 2, "horizontal" if size[0] >= size[1] else "vertical"
    for option in options:
        if option in ("2", "4"):
            count = int(option)
        elif option in DIRECTIONS:
            direction = option
        elif option.startswith("palette_"):
            palette = [colour(item, "background") for item in option.split("_")[1:]][:8]
        else:
            raise BadRequest(f"Invalid background in transformation: {value[:100]}")
    stops = (palette * count)[:count]
    if mode.endswith("contrast"):
        stops = [_against(stop) for stop in stops]
    return _gradient(stops, direction, size)


def _palette(image: Image.Image, at_edge: bool) -> list[RGBA]:
    """The colours that make up most of the picture, most frequent first; of its edge alone where that is asked for."""
    copy = small(plain(image), 64)
    found = [colour(code) for code, _ in main_colours(copy, 6)]
    if not at_edge:
        return found
    first = edge_colour(copy)
    return [first, *sorted(found, key=lambda item: _distance(item, first))[1:]]


def _distance(one: RGBA, other: RGBA) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _against(ink: RGBA) -> RGBA:
    return BLACK if 0.299 * ink[0] + 0.587 * ink[1] + 0.114 * ink[2] > 140 else WHITE


def _gradient(stops: Sequence[RGBA], direction: str, size: tuple[int, int]) -> Image.Image:
    side = 256  # drawn small and enlarged: a gradient has no detail
    line = np.linspace(0, 1, side)
    way = {
        "horizontal": np.tile(line, (side, 1)),
        "vertical": np.tile(line[:, None], (1, side)),
        "diagonal_desc": (line[None] + line[:, None]) / 2,
        "diagonal_asc": (line[None] + line[::-1, None]) / 2,
    }[direction]
    places = np.linspace(0, 1, len(stops))
    channels = [np.interp(way, places, [stop[channel] for stop in stops]) for channel in range(3)]
    return Image.fromarray(np.dstack(channels).round().astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)


def _blurred(value: str, words: list[str], image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if len(words) > 2 or not all(NUMBER.fullmatch(word) for word in words):
        raise BadRequest(f"Invalid background in transformation: {value[:100]}")
    numbers = [float(word) for word in words]
    intensity, brightness = (*numbers, *BLURRED[len(numbers) :])
    scale = min(1.0, 512 / max(size))  # a blur has no detail either
    copy = ImageOps.fit(plain(image), (max(1, round(size[0] * scale)), max(1, round(size[1] * scale))))
    soft = copy.filter(ImageFilter.GaussianBlur(4 + min(max(intensity, 1.0), 2000.0) / 50))
    lit = ImageEnhance.Brightness(soft).enhance(max(0.0, 1 + min(max(brightness, -300.0), 100.0) / 300))
    return lit.resize(size, Image.Resampling.BICUBIC)


def seen_through(image: Image.Image, percent: float) -> Image.Image:
    """o_: the picture with its opacity at that percentage."""
    whole = opaque(image).copy()
    whole.putalpha(whole.getchannel("A").point([round(level * percent / 100) for level in range(256)]))
    return whole
