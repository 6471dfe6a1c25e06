"""Boxes: pictures fitted into a frame, rivals suppressed, findings clipped."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from app.vision.boxes import GREY, Array, detect, finding, iou, letterbox, suppress
from app.vision.registry import Detector

SIDE = st.integers(1, 400)
CORNER = st.floats(-50, 500, width=32)
BOX = st.tuples(CORNER, CORNER, CORNER, CORNER).map(lambda c: (min(c[0], c[2]), min(c[1], c[3]), max(c[0], c[2]), max(c[1], c[3])))
BOXES = st.lists(BOX, min_size=1, max_size=12).map(lambda items: np.array(items, dtype=np.float32))


def detector(**options: Any) -> Detector:
    return Detector("d", 1, "boxes", ("m/1",), ("cat", "dog"), (("animal",), ()), 0.5, 0.3, "0" * 64, {"size": [64, 32], **options})


@given(SIDE, SIDE, st.integers(8, 96), st.integers(8, 96))
def test_a_picture_keeps_its_shape_and_fills_one_side_of_the_frame(width: int, height: int, across: int, down: int) -> None:
    pixels, scale = letterbox(Image.new("RGB", (width, height), "red"), across, down)
    assert pixels.shape == (1, 3, down, across)
    assert pixels.dtype == np.float32
    fitted = max(1, round(width * scale)), max(1, round(height * scale))
    assert fitted[0] <= across
    assert fitted[1] <= down
    assert fitted[0] == across or fitted[1] == down
    assert (pixels[0, :, : fitted[1], : fitted[0]].transpose(1, 2, 0) == (255, 0, 0)).all()
    for rest in (pixels[0, :, fitted[1] :, :], pixels[0, :, :, fitted[0] :]):
        assert (rest.transpose(1, 2, 0) == GREY).all()


@given(BOXES)
def test_the_share_of_two_boxes_is_between_none_and_all_and_the_same_both_ways(boxes: Array) -> None:
    for one in boxes:
        ratios = iou(one, boxes)
        assert ((ratios >= 0) & (ratios <= 1.0001)).all()
        for place, other in enumerate(boxes):
            assert iou(other, one[None])[0] == pytest.approx(ratios[place], abs=1e-4)


def test_known_shares() -> None:
    box = np.array([0, 0, 10, 10], dtype=np.float32)
    others = np.array([[0, 0, 10, 10], [5, 0, 15, 10], [10, 10, 20, 20], [2, 2, 4, 4], [3, 3, 3, 3]], dtype=np.float32)
    assert iou(box, others) == pytest.approx([1, 1 / 3, 0, 0.04, 0])


@given(BOXES, st.data())
def test_suppression_keeps_the_surest_and_no_two_rivals(boxes: Array, data: st.DataObject) -> None:
    floor, overlap = 0.3, 0.5
    scores = data.draw(hnp.arrays(np.float32, (len(boxes), 2), elements=st.floats(0, 1, width=32)))
    kept = suppress(scores, boxes, floor, overlap, 100)
    values = [scores[row, label] for row, label in kept]
    assert values == sorted(values, reverse=True)
    assert all(value >= floor for value in values)
    assert len(set(kept)) == len(kept)
    for place, (row, label) in enumerate(kept):
        rivals = [other for other, kind in kept[place + 1 :] if kind == label]
        assert (iou(boxes[row], boxes[rivals]) < overlap).all()
    for row, label in zip(*np.nonzero(scores >= floor), strict=True):  # what went had a surer rival that stayed
        if (row, label) not in kept:
            surer = [other for other, kind in kept if kind == label and scores[other, kind] >= scores[row, label]]
            assert (iou(boxes[row], boxes[surer]) >= overlap).any()


def test_nothing_over_the_floor_is_nothing_found_and_most_bounds_it() -> None:
    boxes = np.array([[index * 20, 0, index * 20 + 10, 10] for index in range(50)], dtype=np.float32)
    scores = np.full((50, 2), 0.5, dtype=np.float32)
    assert suppress(scores, boxes, 0.6, 0.5, 10) == []
    assert len(suppress(scores, boxes, 0.5, 0.5, 10)) == 10
    assert len(suppress(scores, boxes, 0.5, 0.5, 1000)) == 100, "classes are no rivals of each other"
    assert suppress(np.full((50, 2), np.nan, dtype=np.float32), boxes, 0.1, 0.5, 10) == []


@given(BOX, SIDE, SIDE)
def test_a_finding_lies_inside_the_picture(box: tuple[float, float, float, float], width: int, height: int) -> None:
    x, y, across, down = finding(detector(), 0, 0.5, np.array(box), (width, height)).box
    assert 0 <= x <= x + across <= width * 1.0001
    assert 0 <= y <= y + down <= height * 1.0001


def test_findings_are_in_pixels_of_the_picture_with_labels_and_categories() -> None:
    seen: list[tuple[int, ...]] = []

    def run(model: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
        assert model == "m/1"
        seen.append(inputs["image"].shape)
        boxes = np.array([[[8, 4, 24, 20], [8, 4, 25, 20], [0, 0, 900, 900]]], dtype=np.float32)
        scores = np.array([[[0.9, 0.1], [0.8, 0.0], [0.0, 0.4]]], dtype=np.float32)
        return {"scores": scores, "boxes": boxes}

    found = detect(Image.new("RGB", (128, 64)), detector(), run)
    assert seen == [(1, 3, 32, 64)]
    assert [(item.label, item.categories, item.box) for item in found] == [
        ("cat", ("animal",), (16.0, 8.0, 32.0, 32.0)),
        ("dog", (), (0.0, 0.0, 128.0, 64.0)),
    ]
