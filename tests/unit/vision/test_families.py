"""Every family on answers whose boxes are worked out by hand, or by a slow and obvious second way."""

import math
from typing import Any

import numpy as np
import pytest
from PIL import Image

from app.errors import Failure
from app.vision.boxes import Array
from tests.unit.vision.seeing import detector, look, rounded, see

WIDE = (128, 64)  # in an input of 64 x 64: letterboxed at half its size, 16 below the top


def test_yolo_rows_are_centres_and_class_scores() -> None:
    columns = [[32, 32, 16, 8, 0.9, 0.1], [33, 32, 16, 8, 0.6, 0.2], [32, 32, 16, 8, 0.3, 0.7], [10, 50, 4, 4, 0.2, 0.1]]
    chosen = detector("yolo", outputs={"raw": "out"})
    expected = [("cat", 0.9, (48, 24, 32, 16)), ("dog", 0.7, (48, 24, 32, 16))]
    assert rounded(see(chosen, WIDE, out=np.transpose(columns))) == expected
    assert rounded(see(chosen, WIDE, out=columns)) == expected  # exported the other way round


def test_yolo_leaves_the_masks_of_a_segmenter_alone() -> None:
    columns = [[32, 32, 16, 8, 0.9, 0.1, 5, -5]] * 9
    chosen = detector("yolo", outputs={"raw": "out"}, masks=2)
    assert rounded(see(chosen, WIDE, out=np.transpose(columns))) == [("cat", 0.9, (48, 24, 32, 16))]


def test_yolo_scores_and_boxes_may_come_apart() -> None:
    chosen = detector("yolo", outputs={"scores": "s", "boxes": "b"})
    assert rounded(see(chosen, WIDE, s=[[0.1, 0.8]], b=[[24, 28, 40, 36]])) == [("dog", 0.8, (48, 24, 32, 16))]
    shares = detector("yolo", outputs={"scores": "s", "boxes": "b"}, normalised=True, form="centres")
    assert rounded(see(shares, WIDE, s=[[0.1, 0.8]], b=[[0.5, 0.5, 0.25, 0.125]])) == [("dog", 0.8, (48, 24, 32, 16))]


def slow_suppression(boxes: Array, scores: Array, floor: float, overlap: float) -> list[tuple[int, int]]:
    """Row and class of what stays: one box after the other, each against all that stay, in plain numbers."""
    best = [(float(max(row)), place, int(np.argmax(row))) for place, row in enumerate(scores)]
    kept: list[tuple[int, int]] = []
    for score, place, label in sorted(best, key=lambda item: -item[0]):
        if score < floor:
            continue
        x1, y1, x2, y2 = boxes[place]
        for other, name in kept:
            a1, b1, a2, b2 = boxes[other]
            shared = max(0.0, min(x2, a2) - max(x1, a1)) * max(0.0, min(y2, b2) - max(y1, b1))
            union = (x2 - x1) * (y2 - y1) + (a2 - a1) * (b2 - b1) - shared
            if name == label and shared / union > overlap:
                break
        else:
            kept.append((place, label))
    return kept


def test_suppression_is_that_of_the_slow_way() -> None:
    random = np.random.default_rng(5)
    centres = np.concatenate([random.uniform(16, 48, (200, 2)), random.uniform(4, 24, (200, 2))], axis=1)
    scores = random.uniform(0, 1, (200, 2)) ** 3
    boxes = np.concatenate([centres[:, :2] - centres[:, 2:] / 2, centres[:, :2] + centres[:, 2:] / 2], axis=1).astype(np.float32)
    chosen = detector("yolo", outputs={"raw": "out"}, fit="stretch", overlap=0.5)
    found = see(chosen, (64, 64), out=np.concatenate([centres, scores], axis=1).T)
    expected = [(chosen.labels[label], boxes[row]) for row, label in slow_suppression(boxes, scores, 0.25, 0.5)]
    assert len(found) == len(expected) > 20
    for item, (label, box) in zip(found, expected, strict=True):
        x, y, width, height = item.box
        assert item.label == label
        assert [x, y, x + width, y + height] == pytest.approx(np.clip(box, 0, 64), abs=1e-4)


def test_yolox_boxes_are_relative_to_their_cells() -> None:
    rows = np.zeros((64 + 16 + 4, 7))
    rows[64 + 1 * 4 + 2] = [0.5, 0.5, math.log(2), 0, 0.8, 0.5, 0.9]  # stride 16, second row, third cell
    chosen = detector("yolox", outputs={"raw": "out"}, grid=True, strides=[8, 16, 32])
    assert rounded(see(chosen, (128, 128), out=rows)) == [("dog", 0.72, (48, 32, 64, 32))]


def test_yolox_rows_may_be_decoded_already() -> None:
    chosen = detector("yolov5", outputs={"raw": "out"}, fit="corner")
    assert rounded(see(chosen, (128, 128), out=[[40, 24, 32, 16, 0.8, 0.5, 0.9]])) == [("dog", 0.72, (48, 32, 64, 32))]


def test_yolox_takes_blue_first() -> None:
    chosen = detector("yolox", outputs={"raw": "out"}, grid=False)
    _, given = look(chosen, Image.new("RGB", (64, 64), (200, 100, 0)), out=np.zeros((84, 7)))
    assert given["image"][0, :, 5, 5].tolist() == [0, 100, 200]


def test_rows_with_suppression_inside() -> None:
    columns = ["x1", "y1", "x2", "y2", "score", "class"]
    chosen = detector("end2end", outputs={"rows": "out"}, columns=columns)
    rows = [[24, 28, 40, 36, 0.9, 1], [24, 28, 40, 36, 0.8, 1], [0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0.9, -1]]
    assert rounded(see(chosen, WIDE, out=rows)) == [("dog", 0.9, (48, 24, 32, 16)), ("dog", 0.8, (48, 24, 32, 16))]
    chosen = detector("end2end", outputs={"rows": "out"}, columns=["batch", "x1", "y1", "x2", "y2", "class", "score"])
    assert rounded(see(chosen, WIDE, out=[[0, 24, 28, 40, 36, 1, 0.9]])) == [("dog", 0.9, (48, 24, 32, 16))]
    assert see(chosen, WIDE, out=np.zeros((0, 7))) == []


def test_count_boxes_scores_and_classes() -> None:
    roles = {"count": "n", "boxes": "b", "scores": "s", "classes": "c"}
    answers: dict[str, Any] = {"n": [1], "b": [[24, 28, 40, 36]] * 3, "s": [0.9, 0.8, 0.7], "c": [0, 1, 1]}
    assert rounded(see(detector("end2end", outputs=roles), WIDE, **answers)) == [("cat", 0.9, (48, 24, 32, 16))]
    chosen = detector("end2end", outputs={"rows": "d", "classes": "l"}, columns=["x1", "y1", "x2", "y2", "score"])
    assert rounded(see(chosen, WIDE, d=[[24, 28, 40, 36, 0.9]], l=[1])) == [("dog", 0.9, (48, 24, 32, 16))]


def test_detr_with_softmax_has_a_class_for_nothing() -> None:
    logits = [[2.0, 0, 0], [0, 0, 3], [0, 1.5, 1]]
    boxes = [[0.5, 0.5, 0.25, 0.5]] * 3
    chosen = detector("detr", outputs={"logits": "l", "boxes": "b"}, activation="softmax", floor=0.3)
    e = math.e
    first, third = e**2 / (e**2 + 2), e**1.5 / (1 + e**1.5 + e)
    expected = [("cat", round(first, 3), (48, 16, 32, 32)), ("dog", round(third, 3), (48, 16, 32, 32))]
    assert rounded(see(chosen, WIDE, l=logits, b=boxes)) == expected


def test_detr_with_sigmoid_takes_the_best_pairs_of_query_and_class() -> None:
    logits = [[2.0, 1.0], [-9, -9]]
    chosen = detector("detr", outputs={"logits": "l", "boxes": "b"}, activation="sigmoid")
    found = rounded(see(chosen, WIDE, l=logits, b=[[0.5, 0.5, 0.25, 0.5], [0, 0, 1, 1]]))
    assert found == [("cat", 0.881, (48, 16, 32, 32)), ("dog", 0.731, (48, 16, 32, 32))]


def test_detr_deployed_is_told_the_size_of_the_input() -> None:
    roles = {"classes": "labels", "boxes": "boxes", "scores": "scores"}
    chosen = detector("detr", outputs=roles, also={"orig_target_sizes": ["size", "int64"], "pixel_mask": ["mask", "int64"]})
    answers: dict[str, Any] = {"labels": [1, 0], "boxes": [[24, 16, 40, 48]] * 2, "scores": [0.8, 0.1]}
    found, given = look(chosen, Image.new("RGB", WIDE), **answers)
    assert rounded(found) == [("dog", 0.8, (48, 16, 32, 32))]
    assert given["orig_target_sizes"].tolist() == [[64, 64]]
    assert given["pixel_mask"].shape == (1, 64, 64)


def test_ssd_boxes_are_shares_with_y_first_and_classes_from_one() -> None:
    roles = {"boxes": "b", "scores": "s", "classes": "c", "count": "n"}
    chosen = detector("ssd", outputs=roles, dtype="uint8", layout="nhwc")
    answers: dict[str, Any] = {"b": [[0.25, 0.5, 0.75, 1]] * 3, "s": [0.9, 0.8, 0.7], "c": [2, 1, 1], "n": 2}
    found, given = look(chosen, Image.new("RGB", WIDE), **answers)
    assert rounded(found) == [("dog", 0.9, (64, 16, 64, 32)), ("cat", 0.8, (64, 16, 64, 32))]
    assert given["image"].shape == (1, 64, 64, 3)
    assert given["image"].dtype == np.uint8


def bins(*sides: int, most: int = 8) -> Array:
    """Logits that put all the weight of each side on one bin."""
    return np.eye(most)[list(sides)].ravel() * 60


@pytest.mark.parametrize(("offset", "expected"), [(0.5, (12, 4, 16, 8)), (0.0, (8, 0, 16, 8))])
def test_nanodet_sides_are_bins_of_distance(offset: float, expected: tuple[int, ...]) -> None:
    rows = np.zeros((16 + 4 + 1, 2 + 32))
    rows[2] = [0.1, 0.9, *bins(1, 0, 1, 1)]  # stride 8, first row, third cell: from its centre 20, 4 or its corner 16, 0
    chosen = detector("nanodet", size=[32, 32], outputs={"raw": "out"}, strides=[8, 16, 32], offset=offset)
    assert rounded(see(chosen, (32, 32), out=rows)) == [("dog", 0.9, expected)]


def test_nanodet_may_answer_stride_by_stride() -> None:
    scores, sides = [np.zeros((2, 4, 4)), np.zeros((2, 2, 2)), np.zeros((2, 1, 1))], [np.zeros((32, n, n)) for n in (4, 2, 1)]
    scores[1][:, 1, 0], sides[1][:, 1, 0] = [0.9, 0.8], bins(0, 1, 1, 0)  # stride 16, second row, first cell: its centre is 8, 24
    outputs = {"scores": ["s8", "s16", "s32"], "boxes": ["d8", "d16", "d32"]}
    chosen = detector("nanodet", size=[32, 32], outputs=outputs, strides=[8, 16, 32], offset=0.5)
    answers = dict(zip(["s8", "s16", "s32", "d8", "d16", "d32"], scores + sides, strict=True))
    assert rounded(see(chosen, (32, 32), **answers)) == [("cat", 0.9, (8, 8, 16, 16)), ("dog", 0.8, (8, 8, 16, 16))]


@pytest.mark.parametrize(("activation", "expected"), [("softmax", 0.731), ("sigmoid", 0.881), ("none", 1.0)])
def test_classifiers_speak_of_the_whole_picture(activation: str, expected: float) -> None:
    scores = [1.0, 0.0] if activation != "sigmoid" else [2.0, -2.0]
    chosen = detector("classifier", outputs={"scores": "out"}, activation=activation, fit="letterbox", floor=0.5)
    assert rounded(see(chosen, WIDE, out=scores)) == [("cat", expected, (0, 0, 128, 64))]


def test_classes_without_a_name_are_not_reported() -> None:
    chosen = detector("classifier", "N/A dog", outputs={"scores": "out"}, floor=0.1)
    assert [item.label for item in see(chosen, WIDE, out=[0.6, 0.4])] == ["dog"]


BAD: dict[str, tuple[Any, str]] = {
    "not a number": ([[32, 32, 16, 8, np.nan, 0.1]] * 9, "not finite"),
    "infinite": ([[np.inf, 32, 16, 8, 0.9, 0.1]] * 9, "not finite"),
    "more classes": ([[32, 32, 16, 8, 0.9, 0.1, 0.1]] * 9, "tells 3 classes apart, its labels file names 2"),
    "logits": ([[32, 32, 16, 8, 4.5, 0.1]] * 9, "no probability"),
    "flat": ([0.5] * 6, "cannot be read"),
}


@pytest.mark.parametrize("case", BAD)
def test_answers_that_make_no_sense_are_refused(case: str) -> None:
    rows, words = BAD[case]
    with pytest.raises(Failure, match=words):
        see(detector("yolo", outputs={"raw": "out"}), WIDE, out=np.transpose(rows))


def test_a_missing_output_is_named() -> None:
    with pytest.raises(Failure, match="has no output raw"):
        see(detector("yolo", outputs={"raw": "raw"}), WIDE, out=[[0.0]])


def test_a_class_beyond_the_labels_is_refused() -> None:
    chosen = detector("end2end", outputs={"rows": "out"}, columns=["x1", "y1", "x2", "y2", "score", "class"])
    with pytest.raises(Failure, match="answers class 2, its labels file names 2"):
        see(chosen, WIDE, out=[[1, 1, 9, 9, 0.9, 2]])
