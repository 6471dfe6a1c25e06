"""YOLOv8, v11, YOLO-World and their kin: one head of box and class rows, or scores and boxes apart; suppression is ours.

Reference: Ultralytics' `non_max_suppression` (best class of a row, suppression within a class), YOLO-World's `scores` and `boxes`.
"""

from app.errors import Failure
from app.ports import Graph
from app.vision.families.frames import Frame
from app.vision.families.graphs import LEVELS, Match, cell_count, named, one_of, only
from app.vision.families.looking import Answers, Boxes, expect, placed, suppressed
from app.vision.registry import Detector

DEFAULTS = {"size": [640, 640], "fit": "letterbox", "colours": "rgb", "scale": 1 / 255, "overlap": 0.7, "most": 300}


def recognise(graph: Graph, size: tuple[int, int]) -> list[Match]:
    """[1, 4 + C, N] in one output, with [1, masks, h, w] beside it when it segments; or [1, N, C] and [1, N, 4]."""
    outputs = named(graph.outputs)
    scores, boxes = one_of(outputs, "scores", "pred_scores"), one_of(outputs, "boxes", "bboxes", "pred_boxes")
    if scores and boxes and len(scores.shape) == 3 and boxes.shape[2:] == (4,):
        options = DEFAULTS | {"outputs": {"scores": scores.name, "boxes": boxes.name}}
        return [Match("yolo", options, scores.shape[2], ("boxes are taken for x1 y1 x2 y2 in input pixels",))]
    raw, maps = only(graph.outputs, 3), only(graph.outputs, 4)
    if raw is None or len(graph.outputs) > (2 if maps else 1):
        return []
    _, channels, rows = raw.shape
    grids = [cell_count(size, levels) for levels in LEVELS]
    if channels is None or channels < 5 or not (rows is None or rows > channels or rows in grids):
        return []
    masks = (maps.shape[1] or 0) if maps else 0
    return [Match("yolo", DEFAULTS | {"outputs": {"raw": raw.name}} | ({"masks": masks} if masks else {}), channels - 4 - masks)]


def decode(answers: Answers, frame: Frame, detector: Detector) -> Boxes:
    """Options: `form` of the boxes (centres or corners), `normalised` if they are shares of the input, `masks` columns to leave."""
    options, classes = detector.options, len(detector.labels)
    if "raw" in answers:
        rows, wide = answers["raw"][0], 4 + classes + options.get("masks", 0)
        if wide not in rows.shape:
            expect(min(rows.shape) - 4 - options.get("masks", 0), detector)
            raise Failure(f"{detector.name} answers {list(rows.shape)}, which has no room for {classes} classes")
        rows = rows.T if rows.shape[0] == wide else rows
        boxes, scores, form = rows[:, :4], rows[:, 4 : 4 + classes], "centres"
    else:
        boxes, scores, form = answers["boxes"][0], answers["scores"][0], "corners"
        expect(scores.shape[1], detector)
    return suppressed(scores, placed(boxes, frame, options.get("form", form), options.get("normalised", False)), detector)
