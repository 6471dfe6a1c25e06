"""Figures of merit: average precision of boxes, and how far scores are from the share that was right."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Found = tuple[str, float, Array]  # name, score, box x1 y1 x2 y2
Known = tuple[str, Array, bool]  # name, box x1 y1 x2 y2, whether it stands for a crowd


def average_precision(known: Mapping[str, Sequence[Known]], found: Mapping[str, Sequence[Found]]) -> dict[str, float]:
    """AP at an overlap of 0.5 for each annotated name, 101 recall points as in COCO; keys are pictures."""
    names = sorted({name for boxes in known.values() for name, _, crowd in boxes if not crowd})
    return {name: _of_name(name, known, found) for name in names}


def _of_name(name: str, known: Mapping[str, Sequence[Known]], found: Mapping[str, Sequence[Found]]) -> float:
    rows: list[tuple[float, bool]] = []
    wanted = 0
    for picture, all_boxes in known.items():
        boxes = [(box, crowd) for other, box, crowd in all_boxes if other == name]
        wanted += sum(not crowd for _, crowd in boxes)
        free = [True] * len(boxes)
        for _, score, box in sorted((f for f in found.get(picture, ()) if f[0] == name), key=lambda f: -f[1])[:100]:
            hits = [(overlap(box, other, crowd), -place) for place, (other, crowd) in enumerate(boxes) if free[place] or crowd]
            real = [hit for hit in hits if hit[0] >= 0.5 and not boxes[-hit[1]][1]]
            if real:
                free[-max(real)[1]] = False
            if real or not any(hit[0] >= 0.5 for hit in hits):  # what lies in a crowd counts neither way
                rows.append((score, bool(real)))
    if not rows:
        return 0.0
    right = np.cumsum([hit for _, hit in sorted(rows, key=lambda row: -row[0])])
    recall, precision = right / wanted, right / np.arange(1, len(rows) + 1)
    best_after = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
    return float(np.mean(best_after[np.searchsorted(recall, np.linspace(0, 1, 101))]))


def overlap(box: Array, other: Array, crowd: bool = False) -> float:
    """Intersection over union; over the box alone where the other is a crowd."""
    shared = np.clip(np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2]), 0, None).prod()
    own, others = (box[2:] - box[:2]).prod(), (other[2:] - other[:2]).prod()
    return float(shared / max(own if crowd else own + others - shared, 1e-9))


def reliability(scores: Sequence[float], right: Sequence[bool]) -> tuple[list[tuple[float, int, float, float]], float]:
    """Rows (lower bound, count, mean score, share right) for tenths of the score, and the expected calibration error."""
    values, hits = np.array(scores), np.array(right, float)
    tenth = np.minimum((values * 10).astype(int), 9)
    rows = [
        (number / 10, int((tenth == number).sum()), float(values[tenth == number].mean()), float(hits[tenth == number].mean()))
        for number in sorted(set(tenth.tolist()))
    ]
    return rows, sum(count * abs(said - was) for _, count, said, was in rows) / max(len(values), 1)


@dataclass(frozen=True, slots=True)
class TagFigures:
    """Tags over whole pictures: precision, recall and F1 of all together, and the mean F1 over labels with enough pictures."""

    precision: float
    recall: float
    f1: float
    macro_f1: float


def tag_figures(said: Sequence[set[str]], true: Sequence[set[str]], least: int = 5) -> TagFigures:
    """One set of tags a picture, said and true. A label counts for the mean from `least` pictures on."""
    hits: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for tags, truth in zip(said, true, strict=True):
        hits.update(tags & truth)
        wrong.update(tags - truth)
        missed.update(truth - tags)
    hit, false, lost = hits.total(), wrong.total(), missed.total()
    labels = [label for label in hits | missed if hits[label] + missed[label] >= least]
    each = [2 * hits[label] / (2 * hits[label] + wrong[label] + missed[label]) for label in labels]
    return TagFigures(
        hit / max(hit + false, 1), hit / max(hit + lost, 1), 2 * hit / max(2 * hit + false + lost, 1), float(np.mean(each or [0]))
    )
