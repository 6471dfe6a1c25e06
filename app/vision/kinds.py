"""The kinds of detectors: how pixels go in and findings come out. `kind` in the registry picks a row of this table."""

from collections.abc import Callable, Mapping

import numpy as np
from PIL import Image

from app.errors import Failure
from app.vision import apparel, boxes, cascade, faces, fashion
from app.vision.boxes import Array, Run
from app.vision.families.table import FAMILIES
from app.vision.findings import Finding
from app.vision.registry import Detector

Detect = Callable[[Image.Image, Detector, Run], list[Finding]]

KINDS: dict[str, Detect] = {
    "boxes": boxes.detect,
    "apparel": apparel.detect,
    "fashion": fashion.detect,
    "cascade": cascade.detect,
    "faces": faces.detect,
    **{name: family.detect for name, family in FAMILIES.items()},
}

# The longer side, in pixels, that a kind wants of the decoded picture; `size` in the registry overrules it.
DEFAULT_SIDE = 640


def wanted_side(detector: Detector) -> int:
    side: int = max(detector.options.get("size", [DEFAULT_SIDE]))
    return side


def find(image: Image.Image, detector: Detector, run: Run) -> list[Finding]:
    """What a detector sees. Raises Failure if its model cannot run, or answers what its kind cannot read."""
    if detector.kind not in KINDS:
        raise Failure(f"There is no kind {detector.kind}")
    checked = run if detector.kind in FAMILIES else _finite(run)  # a family looks at those outputs that it reads
    try:
        return KINDS[detector.kind](image, detector, checked)
    except (KeyError, IndexError, ValueError, TypeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise Failure(f"The answers of {detector.name} cannot be read as {detector.kind} ({reason})") from error


def _finite(run: Run) -> Run:
    def checked(model: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
        answers = run(model, inputs)
        for name, answer in answers.items():
            if not np.isfinite(answer).all():
                raise Failure(f"Model {model} answers {name} with numbers that are not finite")
        return answers

    return checked
