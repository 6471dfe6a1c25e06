"""Exports with suppression inside: rows of box, score and class; or count, boxes, scores and classes apart.

Reference: YOLOv10 and Ultralytics' `nms=True` ([1, N, 6]), YOLOv7's `--end2end` ([N, 7]), the EfficientNMS quartet, MMDeploy's
`dets` and `labels`, and TensorFlow's detection_* outputs.
"""

import numpy as np

from app.errors import Failure
from app.ports import Graph
from app.vision.boxes import Array
from app.vision.families.frames import Frame
from app.vision.families.graphs import Match, named, one_of
from app.vision.families.looking import Answers, Boxes, placed, surest
from app.vision.registry import Detector

DEFAULTS = {"size": [640, 640], "fit": "letterbox", "colours": "rgb", "scale": 1 / 255, "most": 300}
ROWS = {
    5: ["x1", "y1", "x2", "y2", "score"],
    6: ["x1", "y1", "x2", "y2", "score", "class"],
    7: ["batch", "x1", "y1", "x2", "y2", "class", "score"],
}


def recognise(graph: Graph, size: tuple[int, int]) -> list[Match]:
    if "orig_target_sizes" in named(graph.inputs):
        return []  # a deployed DETR
    outputs = named(graph.outputs)
    boxes, scores = one_of(outputs, "boxes", "bboxes", "det_boxes"), one_of(outputs, "scores", "det_scores")
    classes = one_of(outputs, "classes", "labels", "det_classes", "class_ids")
    count = one_of(outputs, "num_dets", "num_detections", "num")
    if boxes and scores and classes and len(scores.shape) == len(boxes.shape) - 1 == len(classes.shape):
        roles = {"boxes": boxes.name, "scores": scores.name, "classes": classes.name} | ({"count": count.name} if count else {})
        return [Match("end2end", DEFAULTS | {"outputs": roles})]
    dets = one_of(outputs, "dets")
    if dets and classes and dets.shape[-1] == 5 and len(classes.shape) == len(dets.shape) - 1:
        return [Match("end2end", DEFAULTS | {"outputs": {"rows": dets.name, "classes": classes.name}, "columns": ROWS[5]})]
    if len(graph.outputs) != 1:
        return []
    name, shape = graph.outputs[0].name, graph.outputs[0].shape
    if (len(shape) == 3 and shape[-1] == 6) or (len(shape) == 2 and shape[-1] == 7 and shape[0] != 1):
        return [Match("end2end", DEFAULTS | {"outputs": {"rows": name}, "columns": ROWS[6 if len(shape) == 3 else 7]})]
    return []


def decode(answers: Answers, frame: Frame, detector: Detector) -> Boxes:
    """Options: `columns` of the rows; `form` of the boxes (corners, centres or yx), `normalised` if they are shares of the input;
    `first`, the number of the first class.
    """
    options = detector.options
    boxes, scores, classes = _apart(answers, detector)
    if not len(boxes) == len(scores) == len(classes):
        raise Failure(f"{detector.name} answers {len(boxes)} boxes, {len(scores)} scores and {len(classes)} classes")
    classes = np.rint(classes).astype(int) - options.get("first", 0)
    real = classes >= 0  # padding is class -1, or the background below the first class
    if "count" in answers:
        real &= np.arange(len(boxes)) < answers["count"].ravel()[0]
    boxes = placed(boxes[real], frame, options.get("form", "corners"), options.get("normalised", False))
    return surest(classes[real], scores[real], boxes, detector)


def _apart(answers: Answers, detector: Detector) -> tuple[Array, Array, Array]:
    """Boxes [N, 4], scores [N] and classes [N], from rows or as they came."""
    if "rows" not in answers:
        return answers["boxes"].reshape(-1, 4), answers["scores"].ravel(), answers["classes"].ravel()
    names, rows = detector.options["columns"], answers["rows"].reshape(-1, answers["rows"].shape[-1])
    if rows.shape[1] != len(names):
        raise Failure(f"{detector.name} answers rows of {rows.shape[1]} numbers, not {', '.join(names)}")
    columns = dict(zip(names, rows.T, strict=True))
    boxes = np.stack([columns[side] for side in ("x1", "y1", "x2", "y2")], axis=1)
    return boxes, columns["score"], columns["class"] if "class" in columns else answers["classes"].ravel()
