"""TensorFlow's Object Detection models (SSD, EfficientDet, Faster R-CNN): uint8 pixels in, suppressed boxes out, classes from 1.

Reference: the detection_* outputs of the Object Detection API's exporter: boxes are ymin xmin ymax xmax as shares of the picture.
"""

from app.ports import Graph
from app.vision.families.end2end import decode
from app.vision.families.graphs import Match, named

__all__ = ["DEFAULTS", "decode", "recognise"]

DEFAULTS = {
    "size": [640, 640], "fit": "stretch", "colours": "rgb", "scale": 1.0, "form": "yx", "normalised": True, "first": 1, "most": 100,
}  # fmt: skip
ROLES = {"boxes": "detection_boxes", "scores": "detection_scores", "classes": "detection_classes", "count": "num_detections"}


def recognise(graph: Graph, size: tuple[int, int]) -> list[Match]:
    outputs = named(graph.outputs)
    roles = {role: outputs[name].name for role, name in ROLES.items() if name in outputs}
    return [Match("ssd", DEFAULTS | {"outputs": roles})] if {"boxes", "scores", "classes"} <= roles.keys() else []
