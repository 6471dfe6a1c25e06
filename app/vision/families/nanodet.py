"""NanoDet: class scores and, for each side of a box, bins of a distance; per stride or in one output; suppression is ours.

Reference: NanoDet's `GFLHead.get_bboxes` (cell centres at 0.5, three levels) and `NanoDetPlusHead.get_bboxes` (cell corners, four).
"""

from typing import Any

import numpy as np

from app.errors import Failure
from app.ports import Graph, Slot
from app.vision.families.frames import Frame
from app.vision.families.graphs import LEVELS, Match, cell_count, only, strides_of
from app.vision.families.looking import Answers, Boxes, cells, expect, sigmoid, softmax, suppressed
from app.vision.registry import Detector

DEFAULTS = {
    "size": [416, 416], "fit": "stretch", "colours": "bgr", "scale": 1.0, "mean": [103.53, 116.28, 123.675],
    "std": [57.375, 57.12, 58.395], "overlap": 0.6, "most": 100,
}  # fmt: skip
WIDTHS = (32, 44)  # four sides of 8 bins (most), or of 11 (NanoDet-g)


def recognise(graph: Graph, size: tuple[int, int]) -> list[Match]:
    """[1, N, C + 4 * bins] in one output, or C and 4 * bins apart for each of three or four strides."""
    raw = only(graph.outputs, 3) if len(graph.outputs) == 1 else None
    if raw and raw.shape[2] and (strides := strides_of(raw.shape[1], size)):
        wide = raw.shape[2]
        return [_match({"raw": raw.name}, strides, wide - bins) for bins in WIDTHS if wide > bins]
    return _per_stride(graph, size)


def _match(outputs: dict[str, object], strides: tuple[int, ...], classes: int | None) -> Match:
    offset = 0.5 if len(strides) == 3 else 0.0
    kind = "cell centres, as NanoDet" if offset else "cell corners, as NanoDet-Plus"
    return Match("nanodet", DEFAULTS | {"outputs": outputs, "strides": list(strides), "offset": offset}, classes, (kind,))


def _per_stride(graph: Graph, size: tuple[int, int]) -> list[Match]:
    levels = next((levels for levels in LEVELS if 2 * len(levels) == len(graph.outputs)), None)
    if levels is None or any(len(slot.shape) not in (3, 4) for slot in graph.outputs):
        return []
    matches = []
    for bins in WIDTHS:
        boxes = [slot for slot in graph.outputs if _width(slot) == bins]
        scores = [slot for slot in graph.outputs if _width(slot) != bins]
        if len(boxes) != len(levels) or len({_width(slot) for slot in scores}) != 1:
            continue
        counts = [cell_count(size, (stride,)) for stride in levels]
        pairs = [sorted(group, key=lambda slot: -(_cells(slot) or 0)) for group in (scores, boxes)]
        if all(_cells(slot) in (None, count) for group in pairs for slot, count in zip(group, counts, strict=True)):
            outputs: dict[str, object] = {"scores": [slot.name for slot in pairs[0]], "boxes": [slot.name for slot in pairs[1]]}
            matches.append(_match(outputs, levels, _width(scores[0])))
    return matches


def settle(answers: Answers, frame: Frame, labels: int) -> dict[str, Any]:
    """Whether the scores still need a sigmoid: the official export has it inside."""
    scores = answers["raw"][0][:, :labels] if "raw" in answers else answers["scores"]
    return {"activation": "sigmoid" if scores.min() < 0 or scores.max() > 1 else "none"}


def _width(slot: Slot) -> int | None:
    """Channels of a row: the last of three axes, the second of four."""
    return slot.shape[2] if len(slot.shape) == 3 else slot.shape[1]


def _cells(slot: Slot) -> int | None:
    if len(slot.shape) == 3:
        return slot.shape[1]
    down, across = slot.shape[2:]
    return None if down is None or across is None else down * across


def decode(answers: Answers, frame: Frame, detector: Detector) -> Boxes:
    """Options: `strides`; `offset` of a cell's point from its corner, in cells; `activation` of the scores, if not in the graph."""
    options, classes = detector.options, len(detector.labels)
    if "raw" in answers:
        scores, bins = np.split(answers["raw"][0], [classes], axis=1)
    else:
        scores, bins = answers["scores"][0], answers["boxes"][0]
        expect(scores.shape[1], detector)
    if bins.shape[1] < 8 or bins.shape[1] % 4:
        raise Failure(f"{detector.name} answers {bins.shape[1]} bins beside {classes} classes, which is not four sides of them")
    corner, stride = cells(frame, options["strides"])
    if len(corner) != len(bins):
        raise Failure(f"{detector.name} answers {len(bins)} rows, strides {options['strides']} make {len(corner)}")
    parts = softmax(bins.reshape(len(bins), 4, -1))
    sides = (parts @ np.arange(parts.shape[2], dtype=np.float32)) * stride[:, None]
    points = (corner + options["offset"]) * stride[:, None]
    boxes = np.concatenate([points - sides[:, :2], points + sides[:, 2:]], axis=1).clip(0, np.array(frame.size * 2))
    scores = sigmoid(scores) if options.get("activation") == "sigmoid" else scores
    return suppressed(scores, boxes, detector, single=False)
