"""DETR, YOLOS, RT-DETR, D-FINE, RF-DETR: queries, each with class logits and a box; or the deployed form with both decoded.

Reference: `post_process_object_detection` of the `transformers` image processors (softmax with a last class for "no object", or
sigmoid with the best of all query-class pairs), and the deployed form of RT-DETR and D-FINE (labels, boxes, scores).
"""

import numpy as np

from app.ports import Graph
from app.vision.families import end2end
from app.vision.families.frames import IMAGENET, Frame
from app.vision.families.graphs import Match, named, one_of
from app.vision.families.looking import Answers, Boxes, corners, expect, sigmoid, softmax, surest
from app.vision.registry import Detector

DEFAULTS = {"size": [640, 640], "fit": "stretch", "colours": "rgb", "scale": 1 / 255, "most": 300}


def recognise(graph: Graph, size: tuple[int, int]) -> list[Match]:
    """Softmax has one class more than labels, sigmoid as many: both are offered, the labels decide."""
    outputs, inputs = named(graph.outputs), named(graph.inputs)
    logits, boxes = one_of(outputs, "logits", "pred_logits"), one_of(outputs, "pred_boxes")
    if logits and boxes and len(logits.shape) == 3 and logits.shape[2] is not None:
        roles, wide = {"logits": logits.name, "boxes": boxes.name}, logits.shape[2]
        free = {"fit": "inside", "size": [800, 800]} if None in _sides(graph) else {}
        note = "taken for DETR or YOLOS: softmax with a last class for no object, ImageNet mean and std"
        return [
            Match("detr", DEFAULTS | IMAGENET | free | {"outputs": roles, "activation": "softmax"}, wide - 1, (note,)),
            Match(
                "detr",
                DEFAULTS | {"outputs": roles, "activation": "sigmoid"},
                wide,
                ("taken for RT-DETR or D-FINE: sigmoid, no mean",),
            ),
        ]
    labels, dets = one_of(outputs, "labels"), one_of(outputs, "dets")
    if labels and dets and len(labels.shape) == 3 and dets.shape[-1] == 4:
        options = DEFAULTS | IMAGENET | {"outputs": {"logits": labels.name, "boxes": dets.name}, "activation": "sigmoid"}
        return [Match("detr", options, labels.shape[2], ("taken for RF-DETR: sigmoid, ImageNet mean and std",))]
    scores, boxes = one_of(outputs, "scores"), one_of(outputs, "boxes")
    if labels and scores and boxes and "orig_target_sizes" in inputs:
        roles = {"classes": labels.name, "scores": scores.name, "boxes": boxes.name}
        return [Match("detr", DEFAULTS | {"outputs": roles}, None, ("the deployed form: boxes come in input pixels",))]
    return []


def decode(answers: Answers, frame: Frame, detector: Detector) -> Boxes:
    """Options: `activation`, softmax or sigmoid."""
    if "logits" not in answers:
        return end2end.decode(answers, frame, detector)
    logits, boxes = answers["logits"][0], corners(answers["boxes"][0]) * np.array(frame.size * 2)
    if detector.options["activation"] == "softmax":
        expect(logits.shape[1] - 1, detector)
        scores = softmax(logits)[:, :-1]
        return surest(scores.argmax(axis=1), scores.max(axis=1), boxes, detector)
    expect(logits.shape[1], detector)
    scores = sigmoid(logits)
    best = np.argsort(-scores, axis=None, kind="stable")[: len(logits)]
    queries, classes = np.unravel_index(best, scores.shape)
    return surest(classes, scores[queries, classes], boxes[queries], detector)


def _sides(graph: Graph) -> tuple[int | None, ...]:
    image = next(slot for slot in graph.inputs if len(slot.shape) == 4)
    return image.shape[2:]
