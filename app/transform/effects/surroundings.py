"""The qualifiers of a component, and what was found in the picture, as an effect asks for them."""

from collections.abc import Callable, Mapping, Sequence

from PIL import Image

from app.errors import BadRequest
from app.transform.colours import colour
from app.transform.effects.arguments import NUMBER
from app.transform.effects.pixels import Around, Moved, Region
from app.transform.effects.table import render

REGIONAL = ("blur_region", "pixelate_region")  # their w, h, x and y are a region, not a size
NAMES = {"w": "width", "h": "height", "x": "x", "y": "y"}
Params = Mapping[str, str]
Found = Callable[[str], Sequence[Region]]  # gravity -> where, in the picture as it is now


def is_regional(params: Params) -> bool:
    """Whether w, h, x, y and g of the component belong to its effect, so that nothing is resized by them."""
    return params.get("e", "").partition(":")[0] in REGIONAL


def apply(image: Image.Image, params: Params, found: Found, most: int) -> Moved:
    """The picture under the component's effect."""
    if "e" not in params:
        return Moved(image)
    around = Around(
        colour=colour(params["co"]) if "co" in params else None,
        x=_number(params, "x"),
        y=_number(params, "y"),
        faces=lambda: found("faces"),
        regions=lambda: regions(image, params, found),
        most_pixels=most,
    )
    return render(image, params["e"], around)


def regions(image: Image.Image, params: Params, found: Found) -> Sequence[Region]:
    """By x, y, w and h; else what gravity finds, which may be nothing; else the whole picture."""
    if {"x", "y", "w", "h"} & set(params):
        x, y, width, height = (
            _pixels(params, key, side)
            for key, side in (("x", image.width), ("y", image.height), ("w", image.width), ("h", image.height))
        )
        left, top = x or 0, y or 0
        right = image.width if width is None else left + width
        return [(left, top, right, image.height if height is None else top + height)]
    return found(params["g"]) if "g" in params else [(0, 0, *image.size)]


def _number(params: Params, key: str) -> float | None:
    if key not in params:
        return None
    if not NUMBER.fullmatch(params[key]):
        raise BadRequest(f"Invalid {NAMES[key]} in transformation: {params[key][:100]}")
    return min(max(float(params[key]), -100_000.0), 100_000.0)


def _pixels(params: Params, key: str, side: int) -> int | None:
    """A number with a decimal point is a share of the side."""
    number = _number(params, key)
    return None if number is None else round(number * side) if "." in params[key] else round(number)
