"""Deleting in the console: gone for everybody at once, and back with everything within the hour."""

from collections.abc import Callable

import pytest

from app.db.engine import now
from app.house import House
from app.services.undoing import KEPT
from tests.api.caller import PICTURES, Caller, message
from tests.api.visitor import Visitor, signed_in

HERE = "/console/api/demo"
VOLATILE = ("updated_at", "last_updated")


@pytest.fixture
def visitor(house: House) -> Visitor:
    return signed_in(house)


@pytest.fixture
def blobs(house: House) -> Callable[[], int]:
    return lambda: len(list(house.storage.list("originals/")))


def store(visitor: Visitor, **parameters: str) -> str:
    files = {"file": ("grace_hopper.jpg", (PICTURES / "grace_hopper.jpg").read_bytes())}
    answer = visitor.ask("POST", "/v1_1/demo/image/upload", data=parameters, files=files)
    assert answer.status_code == 200, answer.text
    return str(answer.json().get("asset_id", ""))


def details(visitor: Visitor, asset_id: str) -> dict[str, object]:
    flags = {"tags": "true", "faces": "true", "image_metadata": "true", "coordinates": "true", "versions": "true"}
    body = visitor.get(f"/v1_1/demo/resources/{asset_id}", **flags)
    return {name: value for name, value in body.items() if name not in VOLATILE}


def test_what_went_comes_back_with_all_that_was_known_of_it(visitor: Visitor, blobs: Callable[[], int]) -> None:
    said = {"public_id": "shots/hopper", "asset_folder": "shots", "context": "by=me", "face_coordinates": "1,2,3,4"}
    asset_id = store(visitor, **said, detection="coco,cld-fashion", auto_tagging="default", tags="mine,other", faces="true")
    visitor.ask("POST", "/v1_1/demo/image/tags", data={"command": "remove", "tag": "other", "public_ids": "shots/hopper"})
    assert visitor.client.get("/demo/image/upload/c_scale,w_20/shots/hopper.jpg").status_code == 200
    before = details(visitor, asset_id)
    assert before["info"]
    answer = visitor.ask("POST", f"{HERE}/delete", json={"asset_ids": [asset_id, "nobody"]})
    assert answer.json() == {"deleted": {asset_id: "deleted", "nobody": "not_found"}, "undo_seconds": KEPT}
    assert visitor.ask("GET", f"/v1_1/demo/resources/{asset_id}").status_code == 404
    assert visitor.client.get("/demo/image/upload/shots/hopper.jpg").status_code == 404
    assert visitor.get("/v1_1/demo/resources/search")["total_count"] == 0
    assert visitor.get(f"{HERE}/tags")["tags"] == []
    (gone,) = visitor.get(f"{HERE}/trash")["trash"]
    assert (gone["asset_id"], gone["public_id"], gone["bytes"]) == (asset_id, "shots/hopper", before["bytes"])
    assert gone["until"] > gone["deleted_at"]
    assert blobs() == 1
    restored = visitor.ask("POST", f"{HERE}/undelete", json={"asset_ids": [asset_id]}).json()["restored"]
    assert restored[asset_id]["public_id"] == "shots/hopper"
    after = details(visitor, asset_id)
    assert after | {"derived": []} == before | {"derived": []}
    assert visitor.client.get("/demo/image/upload/shots/hopper.jpg").status_code == 200
    assert visitor.get("/v1_1/demo/resources/search", expression="detected:person AND tags:mine")["total_count"] == 1
    assert visitor.get(f"{HERE}/trash")["trash"] == []
    body = visitor.ask("POST", f"{HERE}/undelete", json={"asset_ids": [asset_id]}).json()
    assert body == {"restored": {asset_id: {"error": "it cannot come back any more"}}}


def test_what_a_person_took_off_stays_off_after_that(visitor: Visitor, api: Caller) -> None:
    asset_id = store(visitor, public_id="p", detection="coco", auto_tagging="0.3")
    names = visitor.get(f"/v1_1/demo/resources/{asset_id}")["tags"]
    assert "person" in names
    api.post("image/tags", data={"command": "remove", "tag": "person", "public_ids": "p"}, auth=("key", "secret"))
    visitor.ask("POST", f"{HERE}/delete", json={"asset_ids": [asset_id]})
    visitor.ask("POST", f"{HERE}/undelete", json={"asset_ids": [asset_id]})
    changed = visitor.ask("PUT", f"/v1_1/demo/resources/{asset_id}", data={"detection": "coco", "auto_tagging": "0.3"}).json()
    assert "person" not in changed.get("tags", [])


def test_a_name_that_was_taken_meanwhile_is_not_taken_back(visitor: Visitor) -> None:
    asset_id = store(visitor, public_id="one")
    visitor.ask("POST", f"{HERE}/delete", json={"asset_ids": [asset_id]})
    second = store(visitor, public_id="one")
    assert second != asset_id
    body = visitor.ask("POST", f"{HERE}/undelete", json={"asset_ids": [asset_id]}).json()
    assert body["restored"] == {asset_id: {"error": "its name is taken by another asset"}}
    assert len(visitor.get(f"{HERE}/trash")["trash"]) == 1  # it still may, once the name is free
    visitor.ask("DELETE", "/v1_1/demo/resources/image/upload", params={"public_ids": "one"})
    body = visitor.ask("POST", f"{HERE}/undelete", json={"asset_ids": [asset_id]}).json()
    assert body["restored"][asset_id]["public_id"] == "one"


def test_after_the_hour_bytes_and_rows_are_gone(house: House, visitor: Visitor, blobs: Callable[[], int]) -> None:
    asset_id = store(visitor, public_id="one")
    kept = store(visitor, public_id="two", backup="true")
    visitor.ask("POST", f"{HERE}/delete", json={"asset_ids": [asset_id, kept]})
    assert visitor.get(f"{HERE}/jobs")["counts"] == [{"name": "empty", "status": "ready", "count": 1}]
    house.undoing.empty(0)  # too early
    assert (blobs(), len(visitor.get(f"{HERE}/trash")["trash"])) == (2, 2)
    with house.db.begin() as tx:
        tx.exec_driver_sql(f"UPDATE trash SET deleted_at = {now() - (KEPT + 1) * 1_000_000}")
        tx.exec_driver_sql("UPDATE jobs SET run_at = 0")
    assert house.workers.drain() == 1
    assert (blobs(), visitor.get(f"{HERE}/trash")["trash"]) == (1, [])  # the kept version names its bytes
    assert visitor.ask("POST", f"{HERE}/undelete", json={"asset_ids": [asset_id]}).json()["restored"][asset_id]["error"]
    answer = visitor.ask("POST", "/v1_1/demo/resources/restore", json={"asset_ids": [kept]})
    assert answer.json()[kept]["public_id"] == "two"


def test_an_asset_that_was_waiting_for_its_analysis_comes_back_as_failed(house: House, visitor: Visitor) -> None:
    store(visitor, public_id="one", detection="coco", **{"async": "true"})
    asset_id = visitor.get("/v1_1/demo/resources/image/upload/one")["asset_id"]
    visitor.ask("POST", f"{HERE}/delete", json={"asset_ids": [asset_id]})
    assert house.workers.drain() == 1  # the look finds nothing
    visitor.ask("POST", f"{HERE}/undelete", json={"asset_ids": [asset_id]})
    found = visitor.get(f"/v1_1/demo/resources/{asset_id}")
    assert found["info"]["detection"]["object_detection"]["status"] == "failed"


def test_the_sweep_leaves_the_trash_alone(house: House, visitor: Visitor, blobs: Callable[[], int]) -> None:
    asset_id = store(visitor)
    visitor.ask("POST", f"{HERE}/delete", json={"asset_ids": [asset_id]})
    house.library.sweep(2**40)
    assert blobs() == 1


def test_another_cloud_neither_deletes_nor_brings_back(house: House, visitor: Visitor) -> None:
    key = house.accounts.add("other")
    other = signed_in(house, api_key=key.key, api_secret=key.secret)
    asset_id = store(visitor)
    body = other.ask("POST", "/console/api/other/delete", json={"asset_ids": [asset_id]}).json()
    assert body["deleted"] == {asset_id: "not_found"}
    visitor.ask("POST", f"{HERE}/delete", json={"asset_ids": [asset_id]})
    body = other.ask("POST", "/console/api/other/undelete", json={"asset_ids": [asset_id]}).json()
    assert "error" in body["restored"][asset_id]
    assert other.get("/console/api/other/trash")["trash"] == []
    assert len(visitor.get(f"{HERE}/trash")["trash"]) == 1


def test_a_call_without_or_with_too_many_assets_does_nothing(visitor: Visitor) -> None:
    for ids in ([], [str(number) for number in range(1001)]):
        for call in ("delete", "undelete"):
            answer = visitor.ask("POST", f"{HERE}/{call}", json={"asset_ids": ids})
            assert (answer.status_code, "asset_ids" in message(answer)) == (400, True)


def test_a_deletion_is_told_as_any_other(visitor: Visitor) -> None:
    visitor.ask("POST", "/v1_1/demo/triggers", data={"uri": "https://example.com/hook", "event_type": "delete"})
    asset_id = store(visitor)
    visitor.ask("POST", f"{HERE}/delete", json={"asset_ids": [asset_id]})
    (item,) = visitor.get(f"{HERE}/deliveries")["deliveries"]
    assert item["type"] == "delete"
    payload = visitor.get(f"{HERE}/deliveries/{item['id']}")["payload"]
    assert payload["resources"][0]["asset_id"] == asset_id
