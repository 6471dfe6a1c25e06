"""How much of a picture the first steps can use, so that a JPEG is decoded no larger than that."""

from collections.abc import Sequence

from app.errors import BadRequest
from app.transform import geometry, gravity
from app.transform.expressions import is_expression
from app.transform.grammar import Step
from app.transform.sizes import Size, asked
from app.transform.values import OPERANDS

SILENT = {"f", "q", "dpr", "dn", "cs", "dl", "pg"}  # say nothing of pixels
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
        return max(1, round(max(size) * factor)) if factor < 1 else 0
    return 0
