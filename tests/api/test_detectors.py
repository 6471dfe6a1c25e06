"""The detectors that come with the program, through the API, on pictures in the public domain."""

from typing import Any

import pytest

from tests.api.caller import Caller


def seen(api: Caller, picture: str, detection: str) -> dict[str, Any]:
    """label -> instances of one detector."""
    body = api.stored(picture, detection=detection)
    data = body["info"]["detection"]["object_detection"]["data"]
    (answer,) = data.values()
    tags: dict[str, Any] = answer["tags"]
    return tags


def test_the_plain_name_is_the_newest_version_and_the_old_one_still_answers(api: Caller) -> None:
    for name in ("lvis", "cld-fashion"):
        versions = []
        for detection in (name, f"{name}_v1", f"{name}_v2"):
            data = api.stored("chelsea.jpg", detection=detection)["info"]["detection"]["object_detection"]["data"]
            versions.append(data[name]["model_version"])
        assert versions == [2, 1, 2]


def test_lvis_finds_one_cat_where_one_cat_is_and_is_sure_of_it(api: Caller) -> None:
    tags = seen(api, "chelsea.jpg", "lvis")
    assert list(tags) == ["cat"], "not the dog that the box detector alone takes it for too"
    (cat,) = tags["cat"]
    assert cat["confidence"] > 0.9
    x, y, width, height = cat["bounding-box"]
    assert (x < 30, y < 30, width > 390, height > 260) == (True, True, True, True)


@pytest.mark.parametrize(("picture", "label"), [("grace_hopper.jpg", "person"), ("astronaut.jpg", "person"), ("coffee.jpg", "cup")])
def test_lvis_names_the_first_thing_a_person_would(api: Caller, picture: str, label: str) -> None:
    assert next(iter(seen(api, picture, "lvis"))) == label


def test_a_narrow_name_tells_the_broader_ones(api: Caller) -> None:
    helmet = seen(api, "astronaut.jpg", "lvis")
    assert {"football_helmet", "helmet"} <= set(helmet)
    assert "helmet" in helmet["football_helmet"][0]["categories"]


@pytest.mark.parametrize("picture", ["chelsea.jpg", "coffee.jpg", "rocket.jpg"])
def test_no_clothes_are_seen_where_there_are_none(api: Caller, picture: str) -> None:
    assert seen(api, picture, "cld-fashion") == {}


def test_clothes_are_seen_on_a_person_in_their_category(api: Caller) -> None:
    tags = seen(api, "grace_hopper.jpg", "cld-fashion")
    assert "top" in tags
    assert tags["top"][0]["categories"] == ["fashion"]


def test_coco_keeps_its_own_names(api: Caller) -> None:
    assert {"person", "tie"} <= set(seen(api, "grace_hopper.jpg", "coco"))
    assert "dining table" in seen(api, "coffee.jpg", "coco")
