"""What the console's pages show and do: models, jobs, notices, tags, labels, keys, clouds, an asset's past, signatures."""

import time
from pathlib import Path

import pytest

from app.house import House
from app.services.cards import Cards
from tests.api.caller import PICTURES, message
from tests.api.visitor import PASSWORD, Visitor, browser, signed_in
from tests.conftest import build_house

GIF = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs="
HERE = "/console/api/demo"
PAGES = ("models", "jobs", "deliveries", "tags", "labels", "keys", "clouds", "history/0", "deliveries/1")
CHANGES = ("jobs/1/replay", "jobs/1/discard", "deliveries/1/replay", "keys", "sign")


@pytest.fixture
def visitor(house: House) -> Visitor:
    return signed_in(house)


def stranger(house: House) -> Visitor:
    """Somebody with a key of another cloud."""
    key = house.accounts.add("other")
    return signed_in(house, api_key=key.key, api_secret=key.secret)


def store(visitor: Visitor, picture: str = "", cloud: str = "demo", **parameters: str) -> dict[str, object]:
    files = {"file": (picture, (PICTURES / picture).read_bytes())} if picture else None
    data = parameters if picture else parameters | {"file": GIF}
    answer = visitor.ask("POST", f"/v1_1/{cloud}/image/upload", data=data, files=files)
    assert answer.status_code == 200, answer.text
    body: dict[str, object] = answer.json()
    return body


def test_every_page_is_for_those_who_are_signed_in_to_that_cloud(house: House) -> None:
    nobody, other = Visitor(browser(house)), stranger(house)
    for page in PAGES:
        assert nobody.ask("GET", f"{HERE}/{page}").status_code == 401, page
        assert other.ask("GET", f"{HERE}/{page}").status_code == 403, page
        assert nobody.client.get(f"{HERE}/{page}", auth=("key", "secret")).status_code == 401, page
    for change in CHANGES:
        assert nobody.ask("POST", f"{HERE}/{change}").status_code == 401, change
        assert other.ask("POST", f"{HERE}/{change}").status_code == 403, change
        other.csrf, csrf = "", other.csrf
        assert other.ask("POST", f"/console/api/other/{change}").status_code == 403, change
        other.csrf = csrf


def test_models_have_their_cards_and_measured_quality(visitor: Visitor) -> None:
    models = {(item["name"], item["version"]): item for item in visitor.get(f"{HERE}/models")["models"]}
    lvis = models["lvis", 2]
    assert (lvis["status"], lvis["builtin"], lvis["newest"], lvis["threshold"]) == ("ok", True, True, 0.6)
    assert models["lvis", 1]["newest"] is False
    assert lvis["card"].startswith("# nanodet-g")
    assert "# efficientnet-lite2" in lvis["card"]
    assert lvis["licence"].startswith("NanoDet: Apache-2.0")
    assert "person" in models["coco", 1]["labels"]
    assert lvis["size"] > 1_000_000
    figures = {(item["set"], item["metric"]): item["value"] for item in lvis["quality"]}
    assert figures["coco", "AP50"] == "0.757 (0.596)"
    assert models["lvis", 1]["quality"] == []
    assert not {name for name, _ in models} & {"faces"}


def test_a_broken_model_is_shown_with_its_reason(house: House, visitor: Visitor, tmp_path: Path) -> None:
    detector = house.registry.find("coco")
    assert detector
    house.registry.refuse(detector, "its file is gone")
    broken = [item for item in visitor.get(f"{HERE}/models")["models"] if item["status"] == "broken"]
    assert [(item["name"], item["version"], item["reason"]) for item in broken] == [("coco", 1, "its file is gone")]
    bare = Cards(house.registry, (), tmp_path, tmp_path / "nothing.md")
    assert all(card.quality == () and card.text == "" for card in bare.all())


def test_tags_and_labels_are_counted_the_most_frequent_first(visitor: Visitor) -> None:
    store(visitor, tags="a,b")
    store(visitor, tags="b,<img src=x onerror=alert(1)>")
    store(visitor, "chelsea.jpg", detection="coco", tags="b")
    assert visitor.get(f"{HERE}/tags")["tags"] == [
        {"tag": "b", "count": 3},
        {"tag": "<img src=x onerror=alert(1)>", "count": 1},
        {"tag": "a", "count": 1},
    ]
    assert visitor.get(f"{HERE}/tags", prefix="a")["tags"] == [{"tag": "a", "count": 1}]
    assert len(visitor.get(f"{HERE}/tags", max_results=1)["tags"]) == 1
    assert {"model": "coco", "label": "cat", "count": 1} in visitor.get(f"{HERE}/labels")["labels"]
    assert [item["label"] for item in visitor.get(f"{HERE}/labels", prefix="CA")["labels"]] == ["cat"]
    assert visitor.get(f"{HERE}/labels", prefix="zzz")["labels"] == []
    assert visitor.ask("GET", f"{HERE}/tags", params={"max_results": "many"}).status_code == 400


def test_jobs_are_shown_by_page_and_held_ones_run_again_or_are_forgotten(house: House, visitor: Visitor) -> None:
    for number in range(3):
        store(visitor, "chelsea.jpg", public_id=f"n{number}", detection="coco", **{"async": "true"})
    body = visitor.get(f"{HERE}/jobs", limit=2)
    assert body["counts"] == [{"name": "look", "status": "ready", "count": 3}]
    first = body["jobs"][0]
    assert (first["name"], first["status"], first["attempts"], first["error"]) == ("look", "ready", 0, None)
    assert first["arguments"]["detection"] == ["coco_v1"]
    rest = visitor.get(f"{HERE}/jobs", limit=2, cursor=body["next_cursor"])
    assert (len(rest["jobs"]), rest["next_cursor"]) == (1, None)
    assert visitor.ask("POST", f"{HERE}/jobs/{first['id']}/replay").status_code == 400
    with house.db.begin() as tx:
        tx.exec_driver_sql(f"UPDATE jobs SET status = 'held' WHERE id = {int(first['id'])}")
    assert [item["id"] for item in visitor.get(f"{HERE}/jobs", status="held")["jobs"]] == [first["id"]]
    assert visitor.ask("POST", f"{HERE}/jobs/{first['id']}/replay").json() == {"result": "ok"}
    assert visitor.get(f"{HERE}/jobs", status="held")["jobs"] == []
    assert visitor.ask("POST", f"{HERE}/jobs/{first['id']}/discard").json() == {"result": "ok"}
    answer = visitor.ask("POST", f"{HERE}/jobs/{first['id']}/discard")
    assert (answer.status_code, message(answer)) == (404, f"There is no job {first['id']}; it may be done")
    assert visitor.ask("GET", f"{HERE}/jobs", params={"status": "odd"}).status_code == 400
    assert visitor.ask("POST", f"{HERE}/jobs/abc/replay").status_code == 400
    assert house.workers.drain() == 2


def test_a_key_sees_its_own_clouds_jobs_and_whoever_runs_the_place_sees_all(house: House, visitor: Visitor) -> None:
    other = stranger(house)
    store(visitor, "chelsea.jpg", detection="coco", **{"async": "true"})
    store(other, "chelsea.jpg", "other", detection="coco", **{"async": "true"})
    assert len(visitor.get(f"{HERE}/jobs")["jobs"]) == 2
    own = other.get("/console/api/other/jobs")
    assert (len(own["jobs"]), own["counts"]) == (1, [{"name": "look", "status": "ready", "count": 1}])
    foreign = next(row["id"] for row in visitor.get(f"{HERE}/jobs")["jobs"] if row["id"] != own["jobs"][0]["id"])
    assert other.ask("POST", f"/console/api/other/jobs/{foreign}/discard").status_code == 404


def test_notices_are_shown_with_their_body_and_sent_again(house: House, visitor: Visitor) -> None:
    asset = store(visitor, notification_url="http://127.0.0.1:1/hook")
    house.workers.drain()
    (item,) = visitor.get(f"{HERE}/deliveries")["deliveries"]
    assert (item["url"], item["type"], item["status"], item["attempts"]) == ("http://127.0.0.1:1/hook", "upload", "waiting", 1)
    assert item["last_error"]
    assert item["next_try"] > item["created"]
    whole = visitor.get(f"{HERE}/deliveries/{item['id']}")
    assert whole["payload"]["public_id"] == asset["public_id"]
    assert visitor.ask("POST", f"{HERE}/deliveries/{item['id']}/replay").json() == {"result": "ok"}
    assert visitor.get(f"{HERE}/deliveries/{item['id']}")["attempts"] == 0
    assert visitor.get(f"{HERE}/deliveries", status="failed")["deliveries"] == []
    assert visitor.ask("GET", f"{HERE}/deliveries/999999").status_code == 404
    other = stranger(house)
    assert other.ask("GET", f"/console/api/other/deliveries/{item['id']}").status_code == 404
    assert other.ask("POST", f"/console/api/other/deliveries/{item['id']}/replay").status_code == 404
    assert other.get("/console/api/other/deliveries")["deliveries"] == []


def test_keys_are_made_shown_and_removed(house: House, visitor: Visitor) -> None:
    assert visitor.get(f"{HERE}/keys")["keys"] == [{"key": "key", "created": None, "own": True}]
    made = visitor.ask("POST", f"{HERE}/keys").json()
    assert made["cloud"] == "demo"
    fresh = signed_in(house, api_key=made["key"], api_secret=made["secret"])
    text = visitor.ask("GET", f"{HERE}/keys").text
    assert made["key"] in text
    assert made["secret"] not in text
    answer = visitor.ask("DELETE", f"{HERE}/keys/key")
    assert (answer.status_code, "CLOUDINARY_URL" in message(answer)) == (400, True)
    assert visitor.ask("DELETE", f"{HERE}/keys/nobody").status_code == 404
    assert visitor.ask("DELETE", f"{HERE}/keys/{made['key']}").json() == {"result": "ok"}
    assert fresh.ask("GET", f"{HERE}/keys").status_code == 401


def test_a_clouds_last_key_and_other_clouds_keys_stay(house: House, visitor: Visitor) -> None:
    other = stranger(house)
    (own,) = other.get("/console/api/other/keys")["keys"]
    answer = other.ask("DELETE", f"/console/api/other/keys/{own['key']}")
    assert (answer.status_code, "last key" in message(answer)) == (400, True)
    assert visitor.ask("DELETE", f"{HERE}/keys/{own['key']}").status_code == 404
    assert other.get("/console/api/other/clouds") == {"clouds": [{"name": "other", "own": False}]}
    assert visitor.get(f"{HERE}/clouds") == {"clouds": [{"name": "demo", "own": True}]}


def test_an_assets_past_is_told(house: House, visitor: Visitor) -> None:
    asset = store(visitor, "chelsea.jpg", public_id="cat", detection="coco", backup="true", notification_url="http://127.0.0.1:1/x")
    body = visitor.get(f"{HERE}/history/{asset['asset_id']}")
    assert (body["public_id"], body["uploaded_by"], body["deleted"]) == ("cat", "key", False)
    assert [(item["model"], item["version"], item["status"]) for item in body["analyses"]] == [("coco", 1, "complete")]
    assert len(body["versions"]) == 1
    assert [item["type"] for item in body["notices"]] == ["upload"]
    assert visitor.ask("DELETE", "/v1_1/demo/resources/image/upload", params={"public_ids": "cat"}).status_code == 200
    assert visitor.get(f"{HERE}/history/{asset['asset_id']}")["deleted"] is True
    assert visitor.ask("GET", f"{HERE}/history/nothing").status_code == 404


def test_a_signature_lets_others_upload_what_was_signed(visitor: Visitor) -> None:
    params = {"public_id": "signed", "tags": "a,b", "timestamp": 1}
    proof = visitor.ask("POST", f"{HERE}/sign", json={"params": params}).json()
    assert proof["cloud_name"] == "demo"
    assert abs(proof["timestamp"] - time.time()) < 600
    sent = {name: str(value) for name, value in (params | proof).items() if name != "cloud_name"}
    outside = browser(visitor.client.app.state.house)  # type: ignore[attr-defined]
    assert outside.post("/v1_1/demo/image/upload", data=sent | {"file": GIF}).status_code == 200
    answer = outside.post("/v1_1/demo/image/upload", data=sent | {"file": GIF, "tags": "other"})
    assert answer.status_code == 401
    assert visitor.ask("POST", f"{HERE}/sign", json={"params": "text"}).status_code == 400


def test_a_cloud_without_keys_signs_nothing(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    house = build_house("sqlite", tmp_path, request, console_password=PASSWORD)
    house.accounts.remove(house.accounts.add("other").key)
    visitor = signed_in(house, password=PASSWORD)
    answer = visitor.ask("POST", "/console/api/other/sign", json={"params": {}})
    assert (answer.status_code, "no key" in message(answer)) == (400, True)
    house.close()


@pytest.mark.parametrize("type", ["upload", "private", "authenticated"])
def test_pictures_of_restricted_assets_and_of_strict_clouds_are_seen(house: House, visitor: Visitor, type: str) -> None:
    asset = store(visitor, "chelsea.jpg", public_id="fold er/ä", type=type)
    house.accounts.set("demo", "strict_transformations", "true")
    path = f"{HERE}/picture/{asset['asset_id']}"
    for said, kind in (({}, "image/jpeg"), ({"transformation": "c_limit,w_50/e_sepia", "format": "png"}, "image/png")):
        answer = visitor.ask("GET", path, params=said)
        assert answer.status_code == 302
        place = answer.headers["location"]
        assert place.startswith(f"/demo/image/{type}/s--")
        shown = browser(house).get(place)
        assert (shown.status_code, shown.headers["content-type"]) == (200, kind), shown.text[:300]
    assert Visitor(browser(house)).ask("GET", path).status_code == 401
    assert stranger(house).ask("GET", f"/console/api/other/picture/{asset['asset_id']}").status_code == 404
    place = visitor.ask("GET", path, params={"transformation": "a_1\r\nX-Evil: 1//evil.example"}).headers["location"]
    assert place.startswith("/demo/")
    assert "\r" not in place
