"""Clothes told by an image classifier: over the people a box detector finds, and over the whole picture."""

from collections.abc import Mapping, Sequence

import numpy as np
from PIL import Image

from app.vision.boxes import Array, Run, letterbox, suppress
from app.vision.findings import Attributes, Finding
from app.vision.registry import Detector, Rows

Frame = tuple[float, float, float, float]

LEAST_ATTRIBUTE = 0.1  # the share of probability from which a class names an attribute


def detect(image: Image.Image, detector: Detector, run: Run) -> list[Finding]:
    """Models: a box detector, then a classifier. Every region's classes are summed into groups of clothes.

    Options: `size` of the detector's input, `person` its row for people, `crop` the classifier's side, `people` how many at most.
    The table `classes` has columns index (of the class), label, and where the class is an attribute value, group and value.
    """
    frames = _frames(image, detector, run)
    side = detector.options["crop"]
    crops = np.stack([square(image, frame, side) for frame in frames])
    answers = run(detector.models[1], {"image": crops})["probabilities"]
    found: dict[str, Finding] = {}
    for frame, answer in zip(frames, answers, strict=True):
        for label, score, attributes in _groups(answer, detector.tables["classes"]):
            if score >= detector.floor and (label not in found or score > found[label].score):
                found[label] = Finding(label, score, frame, (detector.options["category"],), attributes)
    return list(found.values())


def _frames(image: Image.Image, detector: Detector, run: Run) -> list[Frame]:
    """The whole picture and the surest people in it: x, y, width, height."""
    width, height = detector.options["size"]
    pixels, scale = letterbox(image, width, height)
    answer = run(detector.models[0], {"image": pixels})
    person = detector.options["person"]
    scores, boxes = answer["scores"][0][:, person : person + 1], answer["boxes"][0] / scale
    frames: list[Frame] = [(0.0, 0.0, float(image.width), float(image.height))]
    for row, _ in suppress(scores, boxes, detector.options["person_floor"], 0.6, detector.options["people"]):
        x1, y1 = np.clip(boxes[row, :2], 0, image.size)
        x2, y2 = np.clip(boxes[row, 2:], 0, image.size)
        if x2 - x1 >= 16 and y2 - y1 >= 16:
            frames.append((float(x1), float(y1), float(x2 - x1), float(y2 - y1)))
    return frames


def square(image: Image.Image, frame: Frame, side: int) -> Array:
    """A region stretched to the classifier's square: float32 [3, side, side] RGB 0..255."""
    x, y, width, height = frame
    crop = image.resize((side, side), Image.Resampling.BILINEAR, box=(x, y, x + width, y + height), reducing_gap=2.0)
    return np.asarray(crop, dtype=np.float32).transpose(2, 0, 1)


def _groups(answer: Array, classes: Rows) -> list[tuple[str, float, Attributes]]:
    """Sums of class probabilities a label, with the attribute values of the classes that are one, each with its own score."""
    totals: dict[str, float] = {}
    attributes: dict[str, dict[str, list[tuple[str, float]]]] = {}
    for row in classes:
        score, label = float(answer[int(row["index"])]), row["label"]
        totals[label] = totals.get(label, 0.0) + score
        if row.get("value") and score >= LEAST_ATTRIBUTE:
            attributes.setdefault(label, {}).setdefault(row["group"], []).append((row["value"], score))
    return [(label, min(total, 1.0), _sorted(attributes.get(label, {}))) for label, total in totals.items()]


def _sorted(groups: Mapping[str, Sequence[tuple[str, float]]]) -> Attributes:
    return {group: sorted(pairs, key=lambda pair: -pair[1]) for group, pairs in sorted(groups.items())}
