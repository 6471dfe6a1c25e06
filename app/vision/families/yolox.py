"""YOLOX, and YOLOv5 and v7 with the same rows: centre, size, objectness, classes; suppression is ours.

Reference: YOLOX's `demo_postprocess` (grid) and `postprocess` (suppression within a class), YOLOv5's `non_max_suppression`.
"""

from typing import Any

import numpy as np

from app.errors import Failure
from app.ports import Graph
from app.vision.families.frames import Frame
from app.vision.families.graphs import Match, only, strides_of
from app.vision.families.looking import Answers, Boxes, cells, corners, expect, suppressed
from app.vision.registry import Detector

DEFAULTS = {"size": [640, 640], "fit": "corner", "colours": "bgr", "scale": 1.0, "overlap": 0.45, "most": 300}
DEFAULTS_V5 = {
    "size": [640, 640],
    "fit": "letterbox",
    "colours": "rgb",
    "scale": 1 / 255,
    "overlap": 0.45,
    "most": 300,
    "grid": False,
}
STEEPEST = 20.0  # e to this is more pixels than any picture has


def recognise(graph: Graph, size: tuple[int, int]) -> list[Match]:
    """[1, N, 5 + C]: as many rows as cells for YOLOX, three times as many for YOLOv5."""
    raw = only(graph.outputs, 3)
    if raw is None or raw.shape[2] is None or raw.shape[2] < 6:
        return []
    rows, classes, outputs = raw.shape[1], raw.shape[2] - 5, {"raw": raw.name}
    matches = []
    if strides := strides_of(rows, size):
        matches.append(Match("yolox", DEFAULTS | {"outputs": outputs, "strides": list(strides)}, classes))
    if rows is not None and strides_of(rows, size, anchors=3):
        matches.append(Match("yolov5", DEFAULTS_V5 | {"outputs": outputs}, classes))
    return matches


def decode(answers: Answers, frame: Frame, detector: Detector) -> Boxes:
    """Options: `grid`, whether boxes are still relative to the cells of `strides`."""
    rows, options = answers["raw"][0], detector.options
    expect(rows.shape[1] - 5, detector)
    boxes = rows[:, :4]
    if options.get("grid", False):
        corner, stride = cells(frame, options["strides"])
        if len(corner) != len(boxes):
            raise Failure(f"{detector.name} answers {len(boxes)} rows, strides {options['strides']} make {len(corner)}")
        centre, extent = boxes[:, :2] + corner, np.exp(np.minimum(boxes[:, 2:], STEEPEST))
        boxes = np.concatenate([centre, extent], axis=1) * stride[:, None]
    return suppressed(rows[:, 4:5] * rows[:, 5:], corners(boxes), detector)


def settle(answers: Answers, frame: Frame, labels: int) -> dict[str, Any]:
    """Whether boxes are still relative to their cells: decoded centres spread over the input, relative ones stay near zero."""
    centres = answers["raw"][0][:, :2]
    return {"grid": bool((np.ptp(centres, axis=0) < 0.5 * np.array(frame.size)).any())}
