"""Search on what was seen: real detectors look at real pictures; findings are found by label, count, certainty and size."""

from typing import Any

import pytest

from tests.api.caller import Caller


@pytest.fixture
def seen(api: Caller) -> dict[str, Any]:
    """The instances that each model told of the astronaut, by label; a cat and a picture that nobody looked at beside it."""
    told = api.stored("astronaut.jpg", public_id="astronaut", detection="coco,lvis")
    api.stored("chelsea.jpg", public_id="cat", detection="coco")
    api.stored("coffee.jpg", public_id="unseen")
    data = told["info"]["detection"]["object_detection"]["data"]
    return {model: found["tags"] for model, found in data.items()} | {"pixels": told["width"] * told["height"]}


def found(api: Caller, expression: str) -> list[str]:
    answer = api.admin("POST", "resources/search", json={"expression": expression, "sort_by": "public_id:asc"})
    assert answer.status_code == 200, answer.text
    return [item["public_id"] for item in answer.json()["resources"]]


def test_labels_are_found_by_any_model_and_by_one(api: Caller, seen: dict[str, Any]) -> None:
    assert "person" in seen["coco"]
    assert found(api, "detected:person") == ["astronaut"]
    assert found(api, "detected:PERSON") == found(api, "detected.coco:pers*") == ["astronaut"]
    assert found(api, "detected.coco:cat") == found(api, "detected:cat") == ["cat"]
    assert found(api, "detected.lvis:cat") == []
    assert found(api, "detected:*") == ["astronaut", "cat"]
    assert found(api, "-detected:*") == ["unseen"]
    assert found(api, "detected.coco:* -detected:cat") == ["astronaut"]


def test_certainty_count_and_size_are_those_of_the_answer(api: Caller, seen: dict[str, Any]) -> None:
    persons = seen["coco"]["person"]
    surest = max(item["confidence"] for item in persons)
    largest = max(item["bounding-box"][2] * item["bounding-box"][3] for item in persons) / seen["pixels"]
    for measure, value in (("confidence", surest), ("area", min(1.0, largest)), ("count", len(persons))):
        name = f"detected.coco.{measure}:person"
        assert found(api, f"{name}>={value - 0.001}") == ["astronaut"]
        assert found(api, f"{name}>{value + 0.001}") == []
        assert found(api, f"{name}<={value + 0.001}") == ["astronaut"]
    assert found(api, "detected.confidence>0.999 detected.area>2") == []
    assert found(api, "detected.count:person>=1 AND detected.area:person>0.01") == ["astronaut"]


def test_what_is_seen_later_counts_and_what_is_replaced_does_not(api: Caller, seen: dict[str, Any]) -> None:
    api.admin("POST", "resources/image/upload/unseen", json={"detection": "coco"})
    assert "unseen" in found(api, "detected:*")
    api.stored("coffee.jpg", public_id="cat")
    assert found(api, "detected:cat") == []
    api.admin("DELETE", "resources/image/upload", json={"public_ids": ["astronaut"]})
    assert found(api, "detected:person") == []
