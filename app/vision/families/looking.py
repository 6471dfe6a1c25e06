"""What every family shares: pixels in, the graph's answers read by role, decoded boxes out as findings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from PIL import Image

from app.errors import Failure
from app.vision.boxes import Array, Run, finding, suppress
from app.vision.families.frames import Frame, Options, prepare
from app.vision.findings import Finding
from app.vision.registry import Detector

Answers = Mapping[str, Array]  # by the role an output plays in its family: raw, scores, boxes…

UNNAMED = frozenset({"", "-", "n/a", "???"})  # lines of a labels file that hold the place of a class nobody named
SLACK = 1.01  # half-precision sigmoids overshoot a little


@dataclass(frozen=True, slots=True)
class Boxes:
    """What a family decodes: N classes, scores and boxes x1 y1 x2 y2 in pixels of the model's input."""

    classes: Array
    scores: Array
    boxes: Array


Decode = Callable[[Answers, Frame, Detector], Boxes]


def look(image: Image.Image, detector: Detector, run: Run, decode: Decode) -> list[Finding]:
    """One model of a family over the whole picture."""
    answers, frame = answered(image, detector.models[0], detector.options, run)
    found = decode(answers, frame, detector)
    if found.scores.size and (found.scores.max() > SLACK or found.scores.min() < 0):
        raise Failure(f'{detector.name} scores {found.scores.max():.3g}, which is no probability; try activation = "sigmoid"')
    if found.classes.size and not 0 <= found.classes.min() <= found.classes.max() < len(detector.labels):
        strange = int(found.classes.max()) if found.classes.min() >= 0 else int(found.classes.min())
        raise Failure(f"{detector.name} answers class {strange}, its labels file names {len(detector.labels)}")
    findings = [
        finding(detector, int(label), min(float(score), 1.0), box, image.size)
        for label, score, box in zip(found.classes, found.scores, frame.back(found.boxes), strict=True)
        if detector.labels[int(label)].strip().lower() not in UNNAMED
    ]
    return [item for item in findings if item.box[2] > 0 and item.box[3] > 0]


def answered(image: Image.Image, model: str, options: Options, run: Run) -> tuple[Answers, Frame]:
    """Run a graph: its outputs by role, each [N, …] or as it came, and how the picture was fitted.

    Options: `input` and `outputs` name the tensors (a role may have several, which are joined), `also` what other inputs are given.
    """
    pixels, frame = prepare(image, options)
    inputs = {options["input"]: pixels} | {
        name: _given(what, dtype, frame) for name, (what, dtype) in options.get("also", {}).items()
    }
    outputs = run(model, inputs)
    return {role: _joined(model, names, outputs) for role, names in options["outputs"].items()}, frame


def _given(what: str, dtype: str, frame: Frame) -> Array:
    """The inputs beside the picture: `mask`, ones over all of it; `size`, its width and height."""
    width, height = frame.size
    return np.ones((1, height, width), dtype) if what == "mask" else np.array([[width, height]], dtype)


def _joined(model: str, names: str | list[str], outputs: Answers) -> Array:
    parts = []
    for name in [names] if isinstance(names, str) else names:
        if name not in outputs:
            raise Failure(f"Model {model} has no output {name}")
        part = outputs[name]
        if not np.isfinite(part).all():
            raise Failure(f"Model {model} answers {name} with numbers that are not finite")
        parts.append(part if part.dtype.kind != "f" else part.astype(np.float32, copy=False))
    return parts[0] if len(parts) == 1 else np.concatenate([_rows(part) for part in parts], axis=1)


def _rows(part: Array) -> Array:
    """A map [1, C, h, w] as rows [1, h * w, C]; rows as they are."""
    return part.reshape(*part.shape[:2], -1).transpose(0, 2, 1) if part.ndim == 4 else part


def expect(classes: int, detector: Detector) -> None:
    """Refuse a graph that tells apart another number of classes than the labels file names."""
    if classes != len(detector.labels):
        raise Failure(f"{detector.name} tells {classes} classes apart, its labels file names {len(detector.labels)}")


def suppressed(scores: Array, boxes: Array, detector: Detector, *, single: bool = True) -> Boxes:
    """Boxes over the floor after suppression within each class: scores [N, C]; `single` keeps each row's best class only."""
    options, rows = detector.options, np.flatnonzero(scores.max(axis=1, initial=-1) >= detector.floor)
    scores, boxes = scores[rows], boxes[rows]
    if single and len(rows):
        best, every = scores.argmax(axis=1), np.arange(len(rows))
        scores = _only(scores, every, best)
    kept = suppress(scores, boxes, detector.floor, options.get("overlap", 0.6), options.get("most", 100))
    places, classes = [row for row, _ in kept], [label for _, label in kept]
    return Boxes(np.array(classes, int), scores[places, classes], boxes[places].reshape(-1, 4))


def _only(scores: Array, rows: Array, columns: Array) -> Array:
    kept = np.full_like(scores, -1)
    kept[rows, columns] = scores[rows, columns]
    return kept


def surest(classes: Array, scores: Array, boxes: Array, detector: Detector) -> Boxes:
    """Boxes over the floor, surest first, without suppression."""
    order = np.argsort(-scores, kind="stable")[: detector.options.get("most", 100)]
    order = order[scores[order] >= detector.floor]
    return Boxes(classes[order].astype(int), scores[order], boxes[order])


def cells(frame: Frame, strides: list[int]) -> tuple[Array, Array]:
    """The grid of an anchor-free head, level by level: N corners x y in cells, and N strides."""
    corners, sizes = [], []
    for stride in strides:
        across, down = -(-frame.size[0] // stride), -(-frame.size[1] // stride)
        x, y = np.meshgrid(np.arange(across), np.arange(down))
        corners.append(np.stack([x, y], axis=-1).reshape(-1, 2))
        sizes.append(np.full(across * down, stride))
    return np.concatenate(corners), np.concatenate(sizes)


def corners(boxes: Array) -> Array:
    """Centre x y, width, height as x1 y1 x2 y2."""
    half = boxes[:, 2:] / 2
    return np.concatenate([boxes[:, :2] - half, boxes[:, :2] + half], axis=1)


def placed(boxes: Array, frame: Frame, form: str, normalised: bool) -> Array:
    """Boxes of any form as x1 y1 x2 y2 in pixels of the input."""
    if form == "yx":
        boxes = boxes[:, [1, 0, 3, 2]]
    elif form == "centres":
        boxes = corners(boxes)
    return np.asarray(boxes * np.array(frame.size * 2)) if normalised else boxes


def sigmoid(values: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -60, 60))))


def softmax(values: Array) -> Array:
    """Over the last axis."""
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
