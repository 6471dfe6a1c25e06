"""How much of a picture the first steps can use, so that a JPEG is decoded no larger, and how much memory a rendering may take."""

from collections.abc import Sequence

from app.errors import BadRequest
from app.imaging.shrinking import GAP
from app.transform import geometry, gravity
from app.transform.expressions import is_expression
from app.transform.grammar import Step
from app.transform.scene import Bounds, Wish
from app.transform.sizes import NUMBER, Size, asked
from app.transform.values import OPERANDS

SILENT = {"f", "q", "dpr", "dn", "cs", "dl", "pg"}  # say nothing of pixels
WORK = 28  # bytes a pixel of the largest picture on the way
# Bytes a pixel of the source that its decoder and its colours take: where it is shrunk before all else, and where it is not.
DECODING = {
    "jpg": (9, 9),
    "pdf": (9, 9),
    "png": (6, 13),
    "gif": (3, 6),
    "bmp": (6, 9),
    "ico": (6, 13),
    "webp": (17, 17),
    "avif": (13, 13),
}
UNKNOWN = (20, 20)  # TIFF may hold fractions
WHOLE = {"a", "l", "u"}  # their place or outcome depends on every pixel before the crop


def side_needed(steps: Sequence[Step], size: Size, dpr: float, hint: int | None) -> int:
    """The longer side that is enough, or 0 where the whole picture is needed."""
    for step in steps:
        if step.condition or step.variables or step.params.keys() & WHOLE:
            return 0
        if not step.params.keys() - SILENT:
            continue
        mode, pull = step.params.get("c", "scale"), step.params.get("g", "")
        regional = mode in ("crop", "thumb") or mode not in geometry.MODES
        if regional or not step.params.keys() & {"w", "h", "ar"} or pull == "xy_center" or step.params.keys() & {"x", "y"}:
            return 0
        if any(is_expression(value) or value in OPERANDS for value in step.params.values()):
            return 0
        try:
            want = asked(step.params, size, dpr, hint)
            plan = geometry.plan(mode, size, want, distort="ignore_aspect_ratio" in step.flags, is_auto=gravity.is_automatic(pull))
        except BadRequest:
            return 0
        if plan is None:
            return 0
        factor = max(made / part for made, part in zip(plan.size, plan.window, strict=True))
        return max(1, round(max(size) * factor))
    return 0


def bytes_needed(
    steps: Sequence[Step],
    size: Size,
    pages: int,
    wish: Wish,
    bounds: Bounds,
    format: str = "jpg",
    layers: Sequence[tuple[str, int]] = (),
) -> int:
    """An upper estimate of what a rendering holds at its height, by its largest picture and the greediest effects.

    The factors are measured: effects take up to 27 bytes a pixel of the largest picture (e_oil_paint, a_, e_improve), decoders what
    DECODING says, an animation keeps every frame. `layers`: format and pixels of the pictures that are laid over this one.
    """
    dpr = max([wish.dpr, *(float(value) for step in steps if NUMBER.fullmatch(value := step.params.get("dpr", "")))])
    side = side_needed(steps, size, dpr, wish.width)
    longest = max(*size, 1)
    decoded = size[0] * size[1] * min((side or longest) / longest, 1.0) ** 2
    largest = min(max(decoded, *(_largest(step, size) * dpr**2 for step in steps), 1.0), bounds.pixels)
    twice = 2 if any(step.params.keys() & {"l", "u"} for step in steps) else 1
    frames = 4 * min(pages * max(largest, decoded), 4 * bounds.pixels) if pages > 1 else 0
    reading = DECODING.get(format, UNKNOWN)[0 if side and longest >= 2 * GAP * side else 1] * size[0] * size[1]
    laid = max((DECODING.get(kind, UNKNOWN)[1] * pixels for kind, pixels in layers), default=0)
    return round(reading + laid + WORK * twice * max(largest, decoded) + frames)


def _largest(step: Step, size: Size) -> float:
    """Pixels of what a component makes, where it tells its sides in numbers; a share may be of anything, so it counts as all."""
    sides = []
    for key, whole in (("w", size[0]), ("h", size[1])):
        value = step.params.get(key, "")
        number = float(value) if NUMBER.fullmatch(value) else 0.0
        sides.append(number * whole if "." in value else number)
    width, height = sides
    ratio = size[0] / max(size[1], 1)
    return (width or height * ratio) * (height or width / ratio)
