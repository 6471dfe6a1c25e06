"""w_, h_, ar_, x_, y_, z_: what a component asks for, in pixels of the picture as it is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import BadRequest

NUMBER = re.compile(r"-?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})", re.ASCII)
RATIO = re.compile(r"(\d{1,6}(?:\.\d{1,6})?):(\d{1,6}(?:\.\d{1,6})?)", re.ASCII)
NAMES = {"w": "width", "h": "height", "ar": "aspect_ratio", "x": "x", "y": "y", "z": "zoom", "dpr": "dpr"}
MOST_SIDE = 65_500  # the longest that JPEG can hold
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Asked:
    """The size that is asked for: a side that nobody named is None. `x` and `y` are None where they are not given."""

    width: int | None = None
    height: int | None = None
    ratio: float | None = None
    x: int | None = None
    y: int | None = None
    zoom: float = 1.0

    @property
    def is_empty(self) -> bool:
        return self.width is None and self.height is None and self.ratio is None


def asked(params: Mapping[str, str], size: Size, dpr: float = 1.0, hint: int | None = None) -> Asked:
    """Read the numbers of a component. Raises BadRequest naming the one that is none.

    A number with a decimal point is a share of the picture's side; pixels are multiplied by `dpr`; `w_auto` is the client's hint.
    """
    width = _side("w", params, size[0], dpr, hint)
    height = _side("h", params, size[1], dpr, None)
    ratio = _ratio(params["ar"], size) if "ar" in params and (width is None or height is None) else None
    if ratio and width is not None:
        height, ratio = max(1, round(width / ratio)), None
    elif ratio and height is not None:
        width, ratio = max(1, round(height * ratio)), None
    for key, side in (("w", width), ("h", height)):
        if side is not None and side > MOST_SIDE:
            raise _invalid(key, params.get(key, str(side)))
    return Asked(width, height, ratio, _offset("x", params, size[0], dpr), _offset("y", params, size[1], dpr), _zoom(params))


def zoomed(value: str) -> float:
    """dpr_'s number: how many pixels of the screen one of the page has. Raises BadRequest."""
    if not NUMBER.fullmatch(value) or not 0.01 <= float(value) <= 10:
        raise _invalid("dpr", value)
    return float(value)


def _side(key: str, params: Mapping[str, str], whole: int, dpr: float, hint: int | None) -> int | None:
    value = params.get(key)
    if value is None:
        return None
    if value.partition(":")[0] == "auto":
        return _automatic(key, value, whole, dpr, hint)
    if not NUMBER.fullmatch(value):
        raise _invalid(key, value)
    found = round(float(value) * (whole if "." in value else dpr))
    if float(value) <= 0:
        raise _invalid(key, value)
    return max(1, found)


def _automatic(key: str, value: str, whole: int, dpr: float, hint: int | None) -> int | None:
    """`auto[:<step>[:<fallback>]]`: the hinted width, rounded up to a step; without a hint the fallback, or the picture's own."""
    words = value.split(":")[1:]
    numbers = [int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 6]
    if key != "w" or len(numbers) != len([word for word in words if word not in ("breakpoints", "json")]) or len(numbers) > 2:
        raise _invalid(key, value)
    if hint:
        step = max(1, numbers[0] if numbers else 1)
        return round(min(-(-hint // step) * step, whole) * (dpr if hint < whole else 1))
    return round(numbers[1] * dpr) if len(numbers) == 2 and numbers[1] else whole


def _offset(key: str, params: Mapping[str, str], whole: int, dpr: float) -> int | None:
    value = params.get(key)
    if value is None:
        return None
    if not NUMBER.fullmatch(value):
        raise _invalid(key, value)
    return round(float(value) * (whole if "." in value else dpr))


def _ratio(value: str, size: Size) -> float:
    found = RATIO.fullmatch(value)
    if found and float(found[1]) > 0 and float(found[2]) > 0:
        return float(found[1]) / float(found[2])
    if NUMBER.fullmatch(value) and float(value) > 0:
        return float(value)
    if value in ("auto", "iar"):
        return size[0] / size[1]
    raise _invalid("ar", value)


def _zoom(params: Mapping[str, str]) -> float:
    value = params.get("z", "1")
    if not NUMBER.fullmatch(value) or float(value) <= 0:
        raise _invalid("z", value)
    return min(max(float(value), 0.1), 100.0)


def _invalid(key: str, value: str) -> BadRequest:
    return BadRequest(f"Invalid {NAMES[key]} in transformation: {value[:100]}")
