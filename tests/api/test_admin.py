"""The Admin API: update with detection, listings, cursors, details, deletion, tags, small endpoints."""

import time
from typing import Any

import pytest

from app.house import House
from tests.api.caller import BASIC, Caller, message


def ids(body: dict[str, Any]) -> list[str]:
    return [item["public_id"] for item in body["resources"]]


def pages(api: Caller, path: str, key: str, /, **parameters: Any) -> list[Any]:
    """All entries of a listing, fetched page by page."""
    found: list[Any] = []
    body = api.get(path, **parameters)
    found += body[key]
    while "next_cursor" in body:
        body = api.get(path, next_cursor=body["next_cursor"], **parameters)
        found += body[key]
    return found


def test_update_detects_and_tags_a_stored_picture(api: Caller) -> None:
    api.stored("chelsea.jpg", public_id="puppy", tags="mine")
    answer = api.admin("POST", "resources/image/upload/puppy", json={"detection": "lvis_v1", "auto_tagging": "0.5"})
    assert answer.status_code == 200
    assert answer.json()["tags"] == ["cat", "mine"]
    assert "cat" in answer.json()["info"]["detection"]["object_detection"]["data"]["lvis"]["tags"]
    assert api.get("resources/image/upload/puppy")["info"] == answer.json()["info"], "it is kept"
    assert ids(api.get("resources/image/tags/cat")) == ["puppy"]


@pytest.mark.parametrize("how", ["json", "data"])
def test_update_in_either_encoding_replaces_tags_and_context(api: Caller, how: str) -> None:
    made = api.stored(public_id="a/b", tags="x,y", context="k=v")
    fields = {"tags": "z", "context": "k2=v2", "display_name": "B", "asset_folder": "shelf", "timestamp": "1", "api_key": "key"}
    body = api.admin("POST", "resources/image/upload/a/b", **{how: fields}).json()
    assert (body["tags"], body["context"]["custom"], body["display_name"], body["asset_folder"]) == (
        ["z"],
        {"k2": "v2"},
        "B",
        "shelf",
    )
    assert api.admin("PUT", f"resources/{made['asset_id']}", **{how: {"tags": ""}}).json().get("tags") is None


def test_a_persons_removal_outlives_every_later_detection(api: Caller) -> None:
    api.stored("chelsea.jpg", public_id="c", detection="lvis_v1", auto_tagging="0.3")
    before = api.get("resources/image/upload/c")["tags"]
    assert {"cat", "dog"} <= set(before), "at 0.3 the model sees a dog too"
    api.admin("POST", "resources/image/upload/c", json={"tags": ["cat", "pet"]})
    again = api.admin("POST", "resources/image/upload/c", json={"detection": "lvis_v1", "auto_tagging": "0.3"}).json()
    assert again["tags"] == ["cat", "pet"], "dog was taken off by hand and stays off"
    put_back = api.admin("POST", "resources/image/upload/c", json={"tags": "dog"}).json()
    assert put_back["tags"] == ["dog"]


def test_every_tag_knows_where_it_came_from(api: Caller, house: House) -> None:
    from app.db.tables import asset_tags

    api.stored("chelsea.jpg", tags="mine", detection="lvis_v1", auto_tagging="0.5")
    with house.db.read() as c:
        rows = c.execute(asset_tags.select().order_by(asset_tags.c.position)).all()
    assert [(row.source_kind, row.source) for row in rows] == [("key", "key"), ("model", "lvis_v1")]
    assert rows[0].score is None
    assert rows[1].score >= 0.5


def test_update_refuses_what_it_must(api: Caller) -> None:
    api.stored(public_id="p", tags="kept")
    for fields, status, start in [
        ({"detection": "illegal"}, 400, "Illegal value"),
        ({"detection": "captioning"}, 420, "You don't have an active subscription"),
        ({"detection": "lvis_v1", "auto_tagging": 1.5, "tags": "lost"}, 400, "Invalid value 1.5"),
        ({"ocr": "adv_ocr"}, 420, "You don't have an active subscription for OCR"),
        ({"ocr": "illegal"}, 400, "Illegal value 'illegal' for parameter ocr"),
        ({"eval": "x"}, 400, "Eval is not supported"),
    ]:
        answer = api.admin("POST", "resources/image/upload/p", json=fields)
        assert answer.status_code == status
        assert message(answer).startswith(start)
    assert api.get("resources/image/upload/p")["tags"] == ["kept"]
    answer = api.admin("POST", "resources/image/upload/nobody", json={"tags": "x"})
    assert (answer.status_code, message(answer)) == (404, "Resource not found - nobody")


def test_listing_by_tag_pages_newest_first(api: Caller) -> None:
    for number in range(7):
        api.stored(public_id=f"p{number}", tags=f"all,{'odd' if number % 2 else 'even'}", context=f"n={number}")
    assert ids(api.get("resources/image/tags/all")) == [f"p{number}" for number in range(6, -1, -1)]
    assert [item["public_id"] for item in pages(api, "resources/image/tags/all", "resources", max_results=2)] == [
        f"p{number}" for number in range(6, -1, -1)
    ]
    rising = pages(api, "resources/image/tags/odd", "resources", max_results=1, direction="asc")
    assert [item["public_id"] for item in rising] == ["p1", "p3", "p5"]
    item = api.get("resources/image/tags/all", max_results=1)["resources"][0]
    assert "tags" not in item
    assert "context" not in item
    item = api.get("resources/image/tags/all", max_results=1, tags="true", context="true", metadata=True)["resources"][0]
    assert (item["tags"], item["context"], item["metadata"]) == (["all", "even"], {"custom": {"n": "6"}}, {})
    item = api.get("resources/image/tags/all", max_results=1, fields="tags,secure_url")["resources"][0]
    assert set(item) == {"asset_id", "public_id", "tags", "secure_url"}
    assert api.get("resources/image/tags/none") == {"resources": []}


def test_a_page_does_not_move_when_something_is_uploaded_meanwhile(api: Caller) -> None:
    for number in range(4):
        api.stored(public_id=f"p{number}", tags="t")
    first = api.get("resources/image/tags/t", max_results=2)
    api.stored(public_id="late", tags="t")
    second = api.get("resources/image/tags/t", max_results=2, next_cursor=first["next_cursor"])
    assert ids(first) + ids(second) == ["p3", "p2", "p1", "p0"]
    assert "next_cursor" not in second


def test_tags_of_any_spelling_are_found_whole(api: Caller) -> None:
    strange = ["red hat/ü", "a+b", "50%", "Case", "o'neil", "日本"]
    for place, tag in enumerate(strange):
        api.stored(public_id=f"s{place}", tags=tag)
    from urllib.parse import quote

    for place, tag in enumerate(strange):
        for spelled in (quote(tag), quote(tag, safe="")):
            assert ids(api.get(f"resources/image/tags/{spelled}")) == [f"s{place}"]
    assert ids(api.get("resources/image/tags/case")) == []
    assert api.get("tags/image")["tags"] == sorted(strange)
    assert pages(api, "tags/image", "tags", max_results=2) == sorted(strange)
    assert api.get("tags/image", prefix="a")["tags"] == ["a+b"]


def test_listing_by_type_prefix_ids_and_moment(api: Caller) -> None:
    made = {name: api.stored(public_id=name) for name in ("b/2", "a", "b/1", "b")}
    private = api.stored(public_id="secret", type="private")
    assert ids(api.get("resources/image", max_results=50)) == ["secret", "b", "b/1", "a", "b/2"]
    assert ids(api.get("resources/image/upload")) == ["b", "b/1", "a", "b/2"]
    assert ids(api.get("resources/image/private")) == ["secret"]
    assert [item["public_id"] for item in pages(api, "resources/image/upload", "resources", prefix="b", max_results=1)] == [
        "b",
        "b/1",
        "b/2",
    ]
    assert set(ids(api.get("resources/image/upload", **{"public_ids[]": ["a", "nobody", "b/1"]}))) == {"a", "b/1"}
    assert ids(api.get("resources/by_asset_ids", **{"asset_ids[]": [private["asset_id"]]})) == ["secret"]
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
    assert ids(api.get("resources/image", start_at=later)) == []
    assert api.get(f"resources/{made['a']['asset_id']}")["public_id"] == "a"
    assert api.get("resources") == {"resource_types": ["image", "raw", "video"]}


def test_wrong_listing_parameters_are_named(api: Caller) -> None:
    for parameters, start in [
        ({"next_cursor": "junk"}, "Invalid value junk for parameter next_cursor"),
        ({"max_results": "many"}, "Invalid value many for parameter max_results"),
        ({"direction": "up"}, "Invalid value up for parameter direction"),
        ({"start_at": "yesterday"}, "Invalid value yesterday for parameter start_at"),
        ({"public_ids[]": [str(n) for n in range(101)]}, "Too many public_ids"),
    ]:
        answer = api.admin("GET", "resources/image", params=parameters)
        assert answer.status_code == 400
        assert message(answer).startswith(start)


def test_deletion_by_ids_prefix_tag_and_all(api: Caller, house: House) -> None:
    for name in ("a", "b", "p/1", "p/2", "t1", "t2", "z"):
        api.stored(public_id=name, tags="t" if name.startswith("t") else "")
    body = api.admin("DELETE", "resources/image/upload", json={"public_ids": ["a", "nobody"]}).json()
    assert body["deleted"] == {"a": "deleted", "nobody": "not_found"}
    assert body["deleted_counts"]["a"] == {"original": 1, "derived": 0}
    assert body["partial"] is False
    assert set(api.admin("DELETE", "resources/image/upload?prefix=p/").json()["deleted"]) == {"p/1", "p/2"}
    assert set(api.admin("DELETE", "resources/image/tags/t").json()["deleted"]) == {"t1", "t2"}
    asset_id = api.get("resources/image/upload/b")["asset_id"]
    assert api.admin("DELETE", "resources", json={"asset_ids": [asset_id]}).json()["deleted"] == {asset_id: "deleted"}
    assert message(api.admin("DELETE", "resources/image/upload")).startswith("Missing required parameter")
    assert set(api.admin("DELETE", "resources/image/upload", json={"all": True}).json()["deleted"]) == {"z"}
    assert api.get("resources/image") == {"resources": []}
    assert api.get("tags/image") == {"tags": []}
    assert list(house.storage.list()) == []


def test_small_endpoints_and_rate_limit_headers(api: Caller) -> None:
    answer = api.admin("GET", "ping")
    assert answer.json() == {"status": "ok"}
    assert int(answer.headers["x-featureratelimit-limit"]) > 0
    assert api.get("config")["cloud_name"] == "demo"
    assert "settings" not in api.get("config")
    assert api.get("config", settings="true")["settings"] == {"folder_mode": "dynamic"}
    api.stored()
    usage = api.get("usage")
    assert (usage["resources"], usage["objects"]["usage"]) == (1, 1)
    assert {
        "plan",
        "last_updated",
        "transformations",
        "bandwidth",
        "storage",
        "requests",
        "derived_resources",
        "media_limits",
    } <= set(usage)


def test_only_the_right_credentials_are_let_in(api: Caller) -> None:
    for auth, status in [(None, 401), (("key", "wrong"), 401), (("nobody", "secret"), 401), (BASIC, 200)]:
        answer = api.client.get("/v1_1/demo/ping", auth=auth)
        assert answer.status_code == status
        assert "x-featureratelimit-remaining" in answer.headers, "on errors too"
        assert len(answer.headers["x-request-id"]) == 32
    from base64 import urlsafe_b64encode

    loose = urlsafe_b64encode(b"key:secret").decode().rstrip("=")
    assert api.client.get("/v1_1/demo/ping", headers={"authorization": f"Basic {loose}"}).status_code == 200
    assert message(api.client.get("/v1_1/demo/ping", headers={"authorization": "Basic !!!"})) == "Invalid credentials"
