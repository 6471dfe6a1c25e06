"""How findings are written into an answer, and which labels are sure enough."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.vision.findings import Finding, sure_labels, written

CAT = Finding("cat", 0.9, (1.0, 2.0, 3.0, 4.0), ("animal",))
KITTEN = Finding("cat", 0.6, (5.0, 6.0, 7.0, 8.0))
SHIRT = Finding("shirt", 0.7, (0.0, 0.0, 1.0, 1.0), ("fashion",), {"sleeve": [("long", 0.8), ("short", 0.1)]})


def test_labels_and_instances_are_written_surest_first() -> None:
    data = written("lvis", 1, [KITTEN, SHIRT, CAT])
    assert {key: data[key] for key in ("model_name", "model_version", "schema_version")} == {
        "model_name": "lvis",
        "model_version": 1,
        "schema_version": 1,
    }
    assert list(data["tags"]) == ["cat", "shirt"]
    assert data["tags"]["cat"] == [
        {"bounding-box": [1.0, 2.0, 3.0, 4.0], "categories": ["animal"], "confidence": 0.9},
        {"bounding-box": [5.0, 6.0, 7.0, 8.0], "categories": [], "confidence": 0.6},
    ]
    assert data["tags"]["shirt"][0]["attributes"] == {"sleeve": [["long", 0.8], ["short", 0.1]]}
    assert orjson.loads(orjson.dumps(data)) == data


def test_nothing_found_is_written_as_no_tags() -> None:
    assert written("lvis", 2, [])["tags"] == {}


@given(st.lists(st.builds(Finding, st.sampled_from("abc"), st.floats(0, 1), st.just((0.0, 0.0, 1.0, 1.0)))), st.floats(0, 1))
def test_a_label_is_as_sure_as_its_best_instance(findings: list[Finding], threshold: float) -> None:
    labels = sure_labels(findings, threshold)
    assert list(labels.values()) == sorted(labels.values(), reverse=True)
    for label in "abc":
        best = max((item.score for item in findings if item.label == label), default=-1.0)
        assert labels.get(label, -1.0) == (best if best >= threshold else -1.0)


def test_a_finding_is_scaled_to_the_picture_it_came_from() -> None:
    scaled = SHIRT.scaled(2.0, 3.0)
    assert scaled.box == pytest.approx((0.0, 0.0, 2.0, 3.0))
    assert (scaled.label, scaled.score, scaled.attributes) == (SHIRT.label, SHIRT.score, SHIRT.attributes)
