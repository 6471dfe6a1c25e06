"""l_ and u_: which components belong to a layer, what it shows, and how it is laid on the picture below.

The pipeline walks the components: `closings` tells it where a layer ends, `show` makes the layer's first picture, the components
between act on that, and `lay` puts it down. A layer in a single component is closed where it opens.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from PIL import Image

from app.errors import BadRequest
from app.transform import corners, sources
from app.transform.blending import ANCHORS, BLENDS, Placing, laid
from app.transform.colours import colour
from app.transform.effects.arguments import NUMBER
from app.transform.effects.pixels import Moved, Region
from app.transform.fonts import Fonts
from app.transform.text import TextStyle, draw
from app.transform.text_styles import from_words

MOST_LAYERS = 20
MOST_REGIONS = 20  # that one layer is laid on
PLACE = ("l", "u", "g", "x", "y")  # that say where a layer lies, not what is done to it
TEXT = ("co", "b", "bo")  # that a text layer's drawing uses up
INSERTED = re.compile(r"\$\(([A-Za-z][A-Za-z0-9]*)\)")
Params = Mapping[str, str]


class Step(Protocol):
    """What is read of a component."""

    @property
    def params(self) -> Params: ...
    @property
    def flags(self) -> Sequence[str]: ...


class World(Protocol):
    """What is asked of the scene."""

    def layer(self, type: str, public_id: str) -> Path: ...
    def remote(self, url: str) -> Path: ...
    def text_style(self, public_id: str) -> str: ...


@dataclass(frozen=True, slots=True)
class Studio:
    """What layers need besides the picture: the scene, a way to open a file, typefaces, variables, and the largest result."""

    world: World
    open: Callable[[Path], Image.Image]
    fonts: Fonts | None = None
    variables: Mapping[str, str] | None = None
    most: int = 50_000_000


def opens(step: Step) -> bool:
    return "l" in step.params or "u" in step.params


def closings(steps: Sequence[Step]) -> Mapping[int, int]:
    """The place of each opening component -> the place of the one that lays the layer down, which may be itself.

    `fl_layer_apply` closes the layer that was opened last. A layer that nothing closes stands in a single component.
    Raises BadRequest for a closing without a layer, and for too many layers.
    """
    found: dict[int, int] = {}
    waiting: list[int] = []
    for place, step in enumerate(steps):
        if opens(step):
            found[place] = place
            if "layer_apply" not in step.flags:
                waiting.append(place)
        elif "layer_apply" in step.flags:
            if not waiting:
                raise BadRequest("Invalid layer in transformation: fl_layer_apply without a layer")
            found[waiting.pop()] = place
    if len(found) > MOST_LAYERS:
        raise BadRequest(f"Invalid layer in transformation: at most {MOST_LAYERS} layers")
    return found


def show(step: Step, studio: Studio) -> Image.Image:
    """The layer's picture before anything is done to it. Raises BadRequest, or NotFound where there is no such asset."""
    source = sources.read(inserted(step.params.get("l") or step.params.get("u", ""), studio.variables))
    if source.kind == "text":
        return draw(inserted(source.name, studio.variables), style(step, source.style, studio), studio.fonts)
    if source.kind == "fetch":
        return studio.open(studio.world.remote(source.name))
    return studio.open(studio.world.layer(source.type, source.name))


def style(step: Step, words: str, studio: Studio) -> TextStyle:
    """The style of a text layer: its words or a stored one's, with the colour, ground, outline and width of the component."""
    params = step.params
    numbered = any(NUMBER.fullmatch(word) for word in words.split("_")[1:])
    found = from_words(words if numbered else studio.world.text_style(words.replace(":", "/")))
    if "co" in params:
        found = replace(found, colour=colour(params["co"]))
    if "b" in params:
        found = replace(found, background=colour(params["b"], "background"))
    if "bo" in params:
        width, ink = corners.border(params["bo"])
        found = replace(found, stroke=width, stroke_colour=ink)
    if params.get("c") in ("fit", "limit") and "w" in params:
        height = _pixels("h", params["h"], 0) if "h" in params else None
        found = replace(found, width=max(1, _pixels("w", params["w"], 0)), height=height or None)
    return replace(found, trim="text_no_trim" not in step.flags)


def shaping(step: Step, closing: bool, base: tuple[int, int], region: tuple[int, int] | None = None) -> Params:
    """What of an opening or closing component is done to the layer: all but what says where it lies and how it mixes.

    `closing` is whether the component also lays the layer down, so that g, x and y are its place. Fractions of w and h are of the
    base with fl_relative, and of the region with fl_region_relative.
    """
    params = dict(step.params)
    left_out = {"l", "u", *(PLACE if closing else ()), *(TEXT if _is_text(params) else ())}
    if _is_text(params) and params.get("c") in ("fit", "limit"):
        left_out |= {"c", "w", "h"}
    if closing and params.get("e", "").partition(":")[0] in BLENDS:
        left_out.add("e")
    return relative({key: value for key, value in params.items() if key not in left_out}, step.flags, base, region)


def relative(params: Params, flags: Sequence[str], base: tuple[int, int], region: tuple[int, int] | None = None) -> Params:
    """Fractions of w and h as pixels, where a flag says of what."""
    whole = region if "region_relative" in flags and region else base if {"relative", "region_relative"} & set(flags) else None
    if whole is None:
        return params
    sides = {key: str(max(1, _pixels(key, params[key], side))) for key, side in zip("wh", whole, strict=True) if key in params}
    return {**params, **sides}


def regions(step: Step, found: Callable[[str], Sequence[Region]]) -> Sequence[Region] | None:
    """Where gravity says that the layer lies, when it names no side; None when it does."""
    gravity = step.params.get("g", "center")
    if gravity in ANCHORS:
        return None
    if gravity.partition(":")[0] == "auto":
        raise BadRequest(f"Invalid gravity in transformation: {gravity[:100]}")
    return found(gravity)[:MOST_REGIONS]


def lay(
    base: Image.Image, layer: Image.Image, step: Step, studio: Studio, under: bool, found: Sequence[Region] | None = None
) -> Moved:
    """The picture with the layer, as the closing component says: once, or on every region. No region found: in the middle."""
    params, flags = step.params, step.flags
    mixing, _, amount = params.get("e", "").partition(":")
    if amount and not NUMBER.fullmatch(amount) and mixing in BLENDS:
        raise BadRequest(f"Invalid effect in transformation: {params['e'][:100]}")
    placing = Placing(
        anchor=params["g"] if params.get("g") in ANCHORS else "center",
        x=_pixels("x", params.get("x", "0"), base.width),
        y=_pixels("y", params.get("y", "0"), base.height),
        under=under,
        tiled="tiled" in flags,
        grows="no_overflow" not in flags,
        mixing="cutter" if "cutter" in flags else mixing if mixing in BLENDS else "",
        amount=min(max(float(amount), 1.0), 100.0) if amount and mixing in BLENDS else 50.0,
        most=studio.most,
    )
    if not found:
        return laid(base, layer, placing)
    result = Moved(base)
    for left, top, right, bottom in found:
        x = round((left + right) / 2 + result.left - layer.width / 2) + placing.x
        y = round((top + bottom) / 2 + result.top - layer.height / 2) + placing.y
        result = result.then(laid(result.image, layer, replace(placing, anchor="north_west", x=x, y=y)))
    return result


def inserted(text: str, variables: Mapping[str, str] | None) -> str:
    """`$(name)` replaced by the variable's value, without the marks of a text. Raises BadRequest for one that is not there."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in (variables or {}):
            raise BadRequest(f"Undefined variable in transformation: ${found[1]}")
        given = (variables or {})[found[1]]
        return given[1:-1] if len(given) > 1 and given[0] == given[-1] == "!" else given

    return INSERTED.sub(value, text)


def _is_text(params: Params) -> bool:
    return (params.get("l") or params.get("u") or "").startswith("text:")


def _pixels(name: str, value: str, whole: int) -> int:
    """A number with a decimal point is a share of the whole."""
    if not NUMBER.fullmatch(value):
        raise BadRequest(f"Invalid {NAMES[name]} in transformation: {value[:100]}")
    number = float(value) * (whole if "." in value and whole else 1)
    return round(min(max(number, -100_000.0), 100_000.0))


NAMES = {"w": "width", "h": "height", "x": "x", "y": "y"}
