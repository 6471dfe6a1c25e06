"""The kinds of detectors: how pixels go in and findings come out. `kind` in the registry picks a row of this table."""

from collections.abc import Callable

from PIL import Image

from app.vision import apparel, boxes
from app.vision.boxes import Run
from app.vision.families.table import FAMILIES
from app.vision.findings import Finding
from app.vision.registry import Detector

Detect = Callable[[Image.Image, Detector, Run], list[Finding]]

KINDS: dict[str, Detect] = {
    "boxes": boxes.detect,
    "apparel": apparel.detect,
    **{name: family.detect for name, family in FAMILIES.items()},
}

# The longer side, in pixels, that a kind wants of the decoded picture; `size` in the registry overrules it.
DEFAULT_SIDE = 640


def wanted_side(detector: Detector) -> int:
    side: int = max(detector.options.get("size", [DEFAULT_SIDE]))
    return side
