"""Box detectors that answer with decoded boxes and scores: letterbox in, non-maximum suppression out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from app.vision.findings import Finding
from app.vision.registry import Detector

Array = npt.NDArray[Any]
Run = Callable[[str, Mapping[str, Array]], dict[str, Array]]  # model "name/version", input name -> array; output name -> array

GREY = (114, 114, 114)


def detect(image: Image.Image, detector: Detector, run: Run) -> list[Finding]:
    """One model over the whole picture. Its outputs: `scores` [1, N, C] in 0..1, `boxes` [1, N, 4] x1 y1 x2 y2 in its pixels.

    Options: `size` [width, height] of its input, of which a model of free sides needs no more than whole steps of `step` pixels.
    """
    width, height = sides(image.size, detector.options["size"], detector.options.get("step", 0))
    pixels, scale = letterbox(image, width, height)
    answer = run(detector.models[0], {"image": pixels})
    scores, boxes = answer["scores"][0], answer["boxes"][0] / scale
    if scores.shape[1] != len(detector.labels):
        raise ValueError(f"{scores.shape[1]} classes, {len(detector.labels)} labels")
    kept = suppress(scores, boxes, detector.floor, detector.options.get("overlap", 0.6), detector.options.get("most", 100))
    return [finding(detector, int(label), float(scores[row, label]), boxes[row], image.size) for row, label in kept]


def sides(picture: tuple[int, int], most: Sequence[int], step: int) -> tuple[int, int]:
    """Width and height of the input: `most` itself, or the least whole steps that hold the picture scaled to fit into it."""
    if not step:
        return most[0], most[1]
    scale = min(most[0] / picture[0], most[1] / picture[1])
    width, height = (step * max(1, -(-round(side * scale) // step)) for side in picture)
    return width, height


def letterbox(image: Image.Image, width: int, height: int) -> tuple[Array, float]:
    """The picture fitted into the top left corner of a grey frame: float32 [1, 3, height, width] RGB 0..255, and the scale."""
    scale = min(width / image.width, height / image.height)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    frame = Image.new("RGB", (width, height), GREY)
    frame.paste(image.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))
    return np.asarray(frame, dtype=np.float32).transpose(2, 0, 1)[None], scale


def suppress(scores: Array, boxes: Array, floor: float, overlap: float, most: int) -> list[tuple[int, int]]:
    """Greedy suppression within each class: (row, class) pairs, surest first.

    scores [N, C], boxes [N, 4] x1 y1 x2 y2; `overlap` is the intersection over union from which the less sure box goes.
    """
    rows, labels = np.nonzero(scores >= floor)
    values = scores[rows, labels]
    order = np.argsort(-values, kind="stable")[:1000]
    rows, labels = rows[order], labels[order]
    kept: list[tuple[int, int]] = []
    alive = np.ones(len(rows), dtype=bool)
    for place in range(len(rows)):
        if not alive[place]:
            continue
        kept.append((int(rows[place]), int(labels[place])))
        if len(kept) == most:
            break
        rivals = alive & (labels == labels[place])
        alive[rivals] = iou(boxes[rows[place]], boxes[rows[rivals]]) < overlap
    return kept


def iou(box: Array, others: Array) -> Array:
    """Intersection over union of one box [4] with others [N, 4], x1 y1 x2 y2."""
    corner, end = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    shared = np.prod(np.clip(end - corner, 0, None), axis=1)
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1) + np.prod(box[2:] - box[:2])
    ratio: Array = shared / np.maximum(areas - shared, 1e-9)
    return ratio


def finding(detector: Detector, label: int, score: float, box: Array, size: tuple[int, int]) -> Finding:
    """A finding with its box clipped to the picture: x1 y1 x2 y2 in, x y width height out."""
    x1, y1 = float(np.clip(box[0], 0, size[0])), float(np.clip(box[1], 0, size[1]))
    x2, y2 = float(np.clip(box[2], 0, size[0])), float(np.clip(box[3], 0, size[1]))
    return Finding(detector.labels[label], score, (x1, y1, x2 - x1, y2 - y1), detector.categories[label])
