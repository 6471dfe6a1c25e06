"""Which family a graph is of, told by the names and shapes that the exporters write."""

from collections.abc import Mapping
from typing import Any

import pytest

from app.errors import BadRequest
from app.ports import Graph, Slot
from app.vision.recognise import names, recognise

Shape = tuple[int | None, ...]
IMAGE: dict[str, Shape] = {"images": (1, 3, 640, 640)}
FREE: dict[str, Shape] = {"pixel_values": (None, 3, None, None)}


def graph(inputs: Mapping[str, Shape], outputs: Mapping[str, Shape], kinds: Mapping[str, str] = {}, **metadata: str) -> Graph:
    types = {"orig_target_sizes": "int64", "pixel_mask": "int64", "input_tensor": "uint8"} | dict(kinds)
    slots = [tuple(Slot(name, types.get(name, "float32"), shape) for name, shape in side.items()) for side in (inputs, outputs)]
    return Graph(slots[0], slots[1], metadata)


def pair(scores: str, boxes: str, rows: int | None, wide: int) -> dict[str, Shape]:
    return {scores: (1, rows, wide), boxes: (1, rows, 4)}


STRIDES = (52 * 52, 26 * 26, 13 * 13)
NANODET = {f"cls_pred_stride_{2 ** (3 + n)}": (1, rows, 80) for n, rows in enumerate(STRIDES)} | {
    f"dis_pred_stride_{2 ** (3 + n)}": (1, rows, 32) for n, rows in enumerate(STRIDES)
}
SSD: dict[str, Shape] = {
    "detection_boxes:0": (1, 100, 4), "detection_classes:0": (1, 100), "detection_scores:0": (1, 100), "num_detections:0": (1,),
    "raw_detection_boxes:0": (1, 1917, 4),
}  # fmt: skip
SMALL: dict[str, Shape] = {"image": (1, 3, 416, 416)}

# What the graph is -> inputs, outputs, labels; the family and some of its options.
KNOWN: dict[str, tuple[Graph, int, str, dict[str, Any]]] = {
    "YOLOv8": (graph(IMAGE, {"output0": (1, 84, 8400)}), 80, "yolo", {"outputs": {"raw": "output0"}, "fit": "letterbox"}),
    "YOLOv8 free": (
        graph({"images": (None, 3, None, None)}, {"o": (None, 84, None)}, imgsz="[320, 480]"),
        80,
        "yolo",
        {"size": [480, 320]},
    ),
    "YOLOv8 segments": (graph(IMAGE, {"output0": (1, 116, 8400), "output1": (1, 32, 160, 160)}), 80, "yolo", {"masks": 32}),
    "YOLOv8 of LVIS": (graph({"images": (1, 3, 64, 64)}, {"o": (1, 1207, 84)}), 1203, "yolo", {"size": [64, 64]}),
    "YOLO-World": (
        graph(IMAGE, pair("scores", "boxes", 8400, 80)),
        80,
        "yolo",
        {"outputs": {"scores": "scores", "boxes": "boxes"}},
    ),
    "YOLOX": (graph(IMAGE, {"output": (1, 8400, 85)}), 80, "yolox", {"colours": "bgr", "scale": 1.0, "strides": [8, 16, 32]}),
    "YOLOX P6": (graph(IMAGE, {"output": (1, 8500, 85)}), 80, "yolox", {"strides": [8, 16, 32, 64]}),
    "YOLOv5": (graph(IMAGE, {"output": (1, 25200, 85)}), 80, "yolov5", {"colours": "rgb", "grid": False}),
    "YOLOv10": (graph(IMAGE, {"output0": (1, 300, 6)}), 80, "end2end", {"columns": ["x1", "y1", "x2", "y2", "score", "class"]}),
    "YOLOv7": (
        graph(IMAGE, {"output": (None, 7)}),
        80,
        "end2end",
        {"columns": ["batch", "x1", "y1", "x2", "y2", "class", "score"]},
    ),
    "EfficientNMS": (
        graph(IMAGE, {"num_dets": (1, 1), "det_boxes": (1, 100, 4), "det_scores": (1, 100), "det_classes": (1, 100)}),
        80,
        "end2end",
        {"outputs": {"count": "num_dets", "boxes": "det_boxes", "scores": "det_scores", "classes": "det_classes"}},
    ),
    "MMDeploy": (
        graph(IMAGE, {"dets": (1, None, 5), "labels": (1, None)}),
        80,
        "end2end",
        {"outputs": {"rows": "dets", "classes": "labels"}},
    ),
    "DETR": (
        graph(FREE | {"pixel_mask": (None, None, None)}, pair("logits", "pred_boxes", 100, 92)),
        91,
        "detr",
        {"activation": "softmax", "fit": "inside", "size": [800, 800], "also": {"pixel_mask": ["mask", "int64"]}},
    ),
    "RT-DETR": (
        graph({"pixel_values": (1, 3, 640, 640)}, pair("logits", "pred_boxes", 300, 80)),
        80,
        "detr",
        {"activation": "sigmoid"},
    ),
    "D-FINE deployed": (
        graph(IMAGE | {"orig_target_sizes": (1, 2)}, {"labels": (1, 300), "boxes": (1, 300, 4), "scores": (1, 300)}),
        80,
        "detr",
        {"also": {"orig_target_sizes": ["size", "int64"]}},
    ),
    "RF-DETR": (graph({"input": (1, 3, 560, 560)}, pair("labels", "dets", 300, 91)), 91, "detr", {"std": [0.229, 0.224, 0.225]}),
    "SSD": (graph({"input_tensor": (1, None, None, 3)}, SSD), 90, "ssd", {"dtype": "uint8", "layout": "nhwc", "first": 1}),
    "NanoDet": (graph(SMALL, NANODET), 80, "nanodet", {"offset": 0.5, "strides": [8, 16, 32]}),
    "NanoDet-g": (graph(SMALL, {"output": (1, 3549, 124)}), 80, "nanodet", {"offset": 0.5}),
    "NanoDet-Plus": (graph(SMALL, {"output": (1, 3598, 112)}), 80, "nanodet", {"offset": 0.0, "strides": [8, 16, 32, 64]}),
    "classifier": (graph({"x": (None, 3, 224, 224)}, {"y": (None, 1000)}), 1000, "classifier", {"size": [224, 224]}),
    "YOLOv8 classifier": (
        graph({"images": (1, 3, 224, 224)}, {"y": (1, 10)}, task="classify"),
        10,
        "classifier",
        {"mean": [0.0, 0.0, 0.0]},
    ),
    "Keras classifier": (
        graph({"x": (None, 160, 160, 3)}, {"y": (None, 10)}),
        10,
        "classifier",
        {"layout": "nhwc", "size": [160, 160]},
    ),
}


@pytest.mark.parametrize("case", KNOWN)
def test_a_family_is_known_by_its_graph(case: str) -> None:
    found, labels, family, options = KNOWN[case]
    recognised = recognise(found, labels, {})
    assert recognised.kind == family
    assert {key: recognised.options[key] for key in options} == options
    assert recognised.options["input"] == found.inputs[0].name


def test_strides_are_joined_in_their_order() -> None:
    found = graph(SMALL, dict(reversed(NANODET.items())))
    assert recognise(found, 80, {}).options["outputs"]["boxes"] == [f"dis_pred_stride_{stride}" for stride in (8, 16, 32)]


REFUSED: dict[str, tuple[Graph, int, dict[str, Any], str | None, str]] = {
    "count": (
        graph(IMAGE, {"o": (1, 84, 8400)}),
        79,
        {},
        None,
        r"80 classes as yolo; the labels file names 79",
    ),
    "ambiguous": (graph(IMAGE, {"o": (1, None, 6)}), 1, {}, None, "could be end2end or yolox; say which with --family"),
    "unknown": (graph(IMAGE, {"a": (1, 5, 5, 5, 5)}), 1, {}, None, "No family is known"),
    "family": (graph(IMAGE, {"o": (1, 84, 8400)}), 80, {}, "yolo9000", "There is no family yolo9000"),
    "size": (graph(IMAGE, {"o": (1, 84, 8400)}), 80, {"size": [320, 320]}, None, "fixed at 640x640"),
    "batch": (graph({"x": (8, 3, 64, 64)}, {"o": (8, 10)}), 10, {}, None, "takes 8 pictures at once"),
    "grey": (graph({"x": (1, 1, 64, 64)}, {"o": (1, 10)}), 10, {}, None, "three colours"),
    "no picture": (graph({"x": (1, 10)}, {"o": (1, 10)}), 10, {}, None, "three colours"),
    "other input": (graph(IMAGE | {"text": (1, 77)}, {"o": (1, 84, 8400)}), 80, {}, None, "wants an input text beside the picture"),
    "pixels": (graph({"x": (1, 3, 64, 64)}, {"o": (1, 10)}, {"x": "int64"}), 10, {}, None, "takes pixels as int64"),
    "task": (graph(IMAGE, {"o": (1, 56, 8400)}, task="pose"), 52, {}, None, "made for pose"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_told_is_refused_with_a_sentence(case: str) -> None:
    found, labels, wanted, family, words = REFUSED[case]
    with pytest.raises(BadRequest, match=words):
        recognise(found, labels, wanted, family)


def test_a_family_given_by_hand_settles_what_is_ambiguous() -> None:
    found = graph(IMAGE, {"o": (1, None, 6)})
    assert recognise(found, 1, {}, "yolox").kind == "yolox"
    assert recognise(found, 1, {}, "end2end").options["outputs"] == {"rows": "o"}
    assert recognise(graph(IMAGE, {"o": (1, 8400, 84)}), 80, {}, "yolo").options["outputs"] == {"raw": "o"}


def test_options_given_by_hand_win() -> None:
    wanted = {"size": [320, 192], "scale": 1.0, "outputs": {"scores": "a", "boxes": "b"}}
    options = recognise(graph(FREE, {"a": (1, None, 80), "b": (1, None, 4)}), 80, wanted, "yolo").options
    assert {key: options[key] for key in wanted} == wanted


def test_names_may_be_in_the_metadata() -> None:
    assert names(graph(IMAGE, {}, names="{0: 'cat', 1: \"dog's\"}")) == ["cat", "dog's"]
    assert names(graph(IMAGE, {}, names="['cat']")) == ["cat"]
    for text in ("{1: 'cat'}", "__import__('os')", "(" * 5000, "", "7"):
        assert names(graph(IMAGE, {}, names=text)) == []
