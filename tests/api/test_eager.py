"""Pictures rendered with their upload: at once or in a job, by explicit, and on the way in."""

import io
from typing import Any

import pytest
from PIL import Image

from app.house import House
from tests.api.caller import Caller, message, signed


def opened(api: Caller, url: str) -> Image.Image:
    answer = api.client.get(url)
    assert answer.status_code == 200
    return Image.open(io.BytesIO(answer.content))


def test_eager_transformations_are_rendered_and_told(api: Caller, house: House) -> None:
    body = api.stored(public_id="p", eager="c_fill,w_40,h_30|e_sepia,w_50/png|w_20/")
    assert [item["transformation"] for item in body["eager"]] == ["c_fill,w_40,h_30", "e_sepia,w_50/png", "w_20/"]
    assert [(item["width"], item["height"], item["format"]) for item in body["eager"]] == [
        (40, 30, "jpg"),
        (50, 33, "png"),
        (20, 13, "jpg"),
    ]
    assert len(list(house.storage.list("derived/"))) == 3
    for item in body["eager"]:
        found = opened(api, item["secure_url"])
        assert (found.width, found.height) == (item["width"], item["height"])
    assert len(list(house.storage.list("derived/"))) == 3, "the URLs show what was rendered already"
    assert len(api.get("resources/image/upload/p")["derived"]) == 3


def test_asynchronous_ones_are_rendered_by_a_job(api: Caller, house: House) -> None:
    body = api.stored(public_id="p", eager="w_40", eager_async="true")
    assert [item["status"] for item in body["eager"]] == ["processing"]
    assert list(house.storage.list("derived/")) == []
    house.workers.drain()
    assert len(list(house.storage.list("derived/"))) == 1
    assert opened(api, body["eager"][0]["url"]).width == 40


def test_explicit_renders_stored_pictures(api: Caller) -> None:
    api.stored(public_id="p")
    for _ in range(2):
        answer = api.post("image/explicit", data=signed({"public_id": "p", "type": "upload", "eager": "w_33"}))
        assert [item["width"] for item in answer.json()["eager"]] == [33]


@pytest.mark.parametrize(
    ("parameters", "format", "size"),
    [
        ({"transformation": "c_fill,w_60,h_50"}, "jpg", (60, 50)),
        ({"transformation": '[{"crop": "scale", "width": 70}, {"effect": "sepia"}]'}, "jpg", (70, 47)),
        ({"format": "png"}, "png", (451, 300)),
        ({"format": "webp", "transformation": "w_45"}, "webp", (45, 30)),
    ],
)
def test_incoming_transformations_are_what_is_stored(
    api: Caller, parameters: dict[str, Any], format: str, size: tuple[int, int]
) -> None:
    body = api.stored(public_id="p", detection="lvis", **parameters)
    assert (body["format"], body["width"], body["height"]) == (format, *size)
    found = opened(api, body["secure_url"])
    assert (found.size, found.format) == (size, "JPEG" if format == "jpg" else format.upper())
    assert body["bytes"] == len(api.client.get(body["secure_url"]).content)


def test_presets_and_calls_are_joined(api: Caller) -> None:
    api.admin("POST", "upload_presets", data={"name": "thumbs", "eager": "w_10", "transformation": "w_100"})
    body = api.stored(public_id="p", upload_preset="thumbs", eager="w_20", transformation="e_grayscale")
    assert [item["width"] for item in body["eager"]] == [10, 20]
    assert body["width"] == 100


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"eager": "x_nothing,ab_cd"}, "Invalid transformation component"),
        ({"transformation": "ab_cd"}, "Invalid transformation component"),
        ({"format": "exe"}, "Unsupported format"),
        ({"transformation": "w_0"}, "Invalid width in transformation: 0"),
        ({"transformation": "t_nobody"}, "Unknown transformation nobody"),
    ],
)
def test_what_cannot_be_rendered_stores_nothing(api: Caller, house: House, parameters: dict[str, Any], words: str) -> None:
    answer = api.upload(public_id="p", **parameters)
    assert answer.status_code == 400
    assert words in message(answer)
    assert list(house.storage.list()) == []


def test_an_eager_one_that_fails_says_why_beside_the_others(api: Caller) -> None:
    body = api.stored(public_id="p", eager="w_30|l_nobody,w_3")
    assert body["eager"][0]["width"] == 30
    assert body["eager"][1] == {"transformation": "l_nobody,w_3", "reason": "Resource not found - nobody", "status": "failed"}


def test_invalidate_forgets_what_was_rendered(api: Caller, house: House) -> None:
    body = api.stored(public_id="p", eager="w_30|w_40")
    said = {"public_id": "p", "type": "upload", "invalidate": "true", "eager": "w_50"}
    made = api.post("image/explicit", data=signed(said)).json()
    assert [item["width"] for item in made["eager"]] == [50]
    assert len(list(house.storage.list("derived/"))) == 1
    assert opened(api, body["eager"][0]["url"]).width == 30, "it is rendered anew"
    assert len(api.get("resources/image/upload/p")["derived"]) == 2
