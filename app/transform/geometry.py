"""c_: how large the picture becomes, which part of it is shown, and how much room is put around. Numbers only, no pixels.

Source: transformation reference, resize and crop modes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil

from app.errors import BadRequest
from app.transform.sizes import Asked, Size

Window = tuple[float, float]  # width and height of the part that is shown, in pixels of the picture as it is


@dataclass(frozen=True, slots=True)
class Plan:
    """Cut `window` out of the picture (where, gravity says), make it `size`, and lay it on a ground of `padded`."""

    window: Window
    size: Size
    padded: Size | None = None
    regional: bool = False  # the window is made around what gravity found


Mode = Callable[[Size, Asked, bool], Plan]


def plan(mode: str, size: Size, want: Asked, *, distort: bool = False, is_auto: bool = False) -> Plan | None:
    """What a crop mode does to a picture of this size; None where it does nothing. Raises BadRequest for an unknown mode.

    `distort` leaves the side that nobody named as it is; `is_auto` tells whether gravity finds its place by itself.
    """
    if mode.startswith("imagga"):
        raise BadRequest(f"Unsupported crop mode in transformation: {mode[:100]}")
    if mode not in MODES:
        raise BadRequest(f"Invalid crop in transformation: {mode[:100]}")
    if mode == "fill_pad" and not is_auto:
        raise BadRequest("Invalid gravity in transformation: fill_pad needs g_auto")
    if want.is_empty:
        return None
    return MODES[mode](size, want, distort)


def _scale(size: Size, want: Asked, distort: bool) -> Plan:
    width, height = want.width, want.height
    if want.ratio:
        width, height = _enclosed(size, want.ratio)
    if distort:
        return Plan(size, (width or size[0], height or size[1]))
    if width is None and height is not None:
        width = max(1, round(size[0] * height / size[1]))
    if height is None and width is not None:
        height = max(1, round(size[1] * width / size[0]))
    return Plan(size, (width or size[0], height or size[1]))


def _within(size: Size, want: Asked) -> float:
    """The factor that makes the picture as large as fits."""
    return min(side / whole for side, whole in zip((want.width, want.height), size, strict=True) if side) if _named(want) else 1.0


def _named(want: Asked) -> bool:
    return bool(want.width or want.height)


def _by(size: Size, factor: float) -> Size:
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _fit(size: Size, want: Asked, _distort: bool) -> Plan:
    return Plan(size, _by(size, _within(size, want)))


def _limit(size: Size, want: Asked, _distort: bool) -> Plan:
    return Plan(size, _by(size, min(1.0, _within(size, want))))


def _mfit(size: Size, want: Asked, _distort: bool) -> Plan:
    return Plan(size, _by(size, max(1.0, _within(size, want))))


def _enclosed(size: Size, ratio: float) -> Size:
    """The largest size of that ratio inside."""
    width = min(size[0], round(size[1] * ratio))
    return max(1, width), max(1, min(size[1], round(width / ratio)))


def _enclosing(size: Size, ratio: float) -> Size:
    width = max(size[0], ceil(size[1] * ratio - 1e-6))
    return width, max(size[1], round(width / ratio))


def _box(size: Size, want: Asked) -> Size:
    """The size that is asked for; a side that nobody named follows from the ratio, or from the picture's."""
    if want.ratio:
        return _enclosed(size, want.ratio)
    if want.width and want.height:
        return want.width, want.height
    return _by(size, _within(size, want))


def _cover(size: Size, box: Size) -> Window:
    """The largest part of the picture that has the ratio of the box."""
    factor = max(box[0] / size[0], box[1] / size[1])
    return min(size[0], box[0] / factor), min(size[1], box[1] / factor)


def _fill(size: Size, want: Asked, _distort: bool) -> Plan:
    box = _box(size, want)
    return Plan(_cover(size, box), box)


def _lfill(size: Size, want: Asked, _distort: bool) -> Plan:
    box = _box(size, want)
    factor = min(1.0, max(box[0] / size[0], box[1] / size[1]))
    shown = min(box[0], round(size[0] * factor)), min(box[1], round(size[1] * factor))
    return Plan((shown[0] / factor, shown[1] / factor), shown)


def _crop(size: Size, want: Asked, _distort: bool) -> Plan:
    if want.ratio:
        window = _enclosed(size, want.ratio)
    else:
        window = min(want.width or size[0], size[0]), min(want.height or size[1], size[1])
    return Plan(window, window)


def _thumb(size: Size, want: Asked, _distort: bool) -> Plan:
    box = _box(size, want)
    return Plan(_cover(size, box), box, regional=True)


def _padded(size: Size, want: Asked, factor: Callable[[float], float]) -> Plan:
    if want.ratio:
        return Plan(size, size, _enclosing(size, want.ratio))
    inside = _by(size, factor(_within(size, want)))
    return Plan(size, inside, (want.width or inside[0], want.height or inside[1]))


def _pad(size: Size, want: Asked, _distort: bool) -> Plan:
    return _padded(size, want, lambda factor: factor)


def _lpad(size: Size, want: Asked, _distort: bool) -> Plan:
    return _padded(size, want, lambda factor: min(1.0, factor))


def _mpad(size: Size, want: Asked, _distort: bool) -> Plan:
    smaller = size[0] <= (want.width or size[0]) and size[1] <= (want.height or size[1])
    return _padded(size, want, lambda factor: factor) if smaller or want.ratio else Plan(size, size)


def _fill_pad(size: Size, want: Asked, _distort: bool) -> Plan:
    """As fill, but never less than three quarters of a side are shown; the rest is ground."""
    box = _box(size, want)
    cover, inside = max(box[0] / size[0], box[1] / size[1]), min(box[0] / size[0], box[1] / size[1])
    factor = max(inside, min(cover, inside / 0.75))
    shown = min(box[0], round(size[0] * factor)), min(box[1], round(size[1] * factor))
    return Plan((shown[0] / factor, shown[1] / factor), shown, box)


MODES: Mapping[str, Mode] = {
    "scale": _scale,
    "fit": _fit,
    "limit": _limit,
    "mfit": _mfit,
    "fill": _fill,
    "lfill": _lfill,
    "crop": _crop,
    "thumb": _thumb,
    "auto": _fill,
    "pad": _pad,
    "lpad": _lpad,
    "mpad": _mpad,
    "fill_pad": _fill_pad,
    "auto_pad": _fill_pad,
}
CUTTING = ("fill", "lfill", "fill_pad", "crop", "thumb", "auto", "auto_pad")  # the modes that gravity may choose a place in
