"""Kept versions: what `backup` keeps is shown, restored and deleted, and its bytes outlive the asset."""

from typing import Any

import pytest

from app.house import House
from tests.api.caller import PICTURES, Caller, message
from tests.api.test_admin import ids

CAT, CHART = (PICTURES / "chelsea.jpg").read_bytes(), (PICTURES / "grace_hopper.jpg").read_bytes()


def restore(api: Caller, **fields: Any) -> dict[str, Any]:
    answer = api.admin("POST", "resources/image/upload/restore", json=fields)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def bytes_of(api: Caller, url: str) -> bytes:
    answer = api.client.get(url)
    assert answer.status_code == 200
    return answer.content


def delete(api: Caller, *names: str) -> None:
    api.admin("DELETE", "resources/image/upload", json={"public_ids": list(names)})


def test_what_was_deleted_leaves_a_placeholder_and_comes_back_whole(api: Caller, house: House) -> None:
    made = api.stored(CAT, public_id="a", backup="true", tags="x,y", context="k=v", asset_folder="f")
    api.admin("POST", "resources/image/upload/a", json={"tags": "later,x"})
    delete(api, "a")
    gone = api.get("resources/image/upload/a")
    assert (gone["bytes"], gone["placeholder"], gone["asset_id"]) == (0, True, made["asset_id"])
    assert api.get(f"resources/{made['asset_id']}", colors=True)["placeholder"] is True
    assert ids(api.get("resources/image")) == []
    assert ids(api.get("resources/image/tags/x")) == []
    assert api.client.get(made["url"]).status_code == 404
    assert api.admin("POST", "resources/image/upload/a", json={"tags": "z"}).status_code == 404
    back = restore(api, public_ids=["a", "nobody"])
    assert back["nobody"] == {"error": "no_backup"}
    assert (back["a"]["bytes"], back["a"]["asset_id"], back["a"]["placeholder"]) == (len(CAT), made["asset_id"], False)
    assert (back["a"]["tags"], back["a"]["context"], back["a"]["asset_folder"]) == (["later", "x"], {"custom": {"k": "v"}}, "f")
    assert bytes_of(api, back["a"]["url"]) == CAT
    assert ids(api.get("resources/image/tags/later")) == ["a"]
    assert house.library.sweep(before=4e9) == 0


def test_an_overwritten_version_is_kept_listed_and_restored(api: Caller) -> None:
    first = api.stored(CAT, public_id="a", backup=True)
    second = api.stored(CHART, public_id="a", backup=True)
    details = api.get("resources/image/upload/a", versions=True)
    assert [item["version_id"] for item in details["versions"]] == [second["version_id"], first["version_id"]]
    assert set(details["versions"][0]) == {"version_id", "version", "format", "size", "time", "restorable"}
    assert details["versions"][1]["version"] == str(first["version"])
    assert details["versions"][1]["size"] == len(CAT)
    assert "versions" not in api.get("resources/image/upload/a")
    for chosen in (first["version_id"], str(first["version"])):
        back = restore(api, public_ids=["a"], versions=[chosen])["a"]
        assert bytes_of(api, back["url"]) == CAT
        assert back["version"] > second["version"]
        back = restore(api, public_ids=["a"])["a"]
        assert bytes_of(api, back["url"]) == CHART, "the newest kept one"
    assert restore(api, public_ids=["a"], versions=["f" * 32]) == {"a": {"error": "no_backup"}}


def test_by_asset_ids_too_and_wrong_calls_are_refused(api: Caller) -> None:
    made = api.stored(CAT, public_id="a", backup=True)
    delete(api, "a")
    answer = api.admin("POST", "resources/restore", json={"asset_ids": [made["asset_id"]]})
    assert answer.json()[made["asset_id"]]["public_id"] == "a"
    for path, fields, said in [
        ("resources/restore", {}, "asset_ids parameter is required"),
        ("resources/image/upload/restore", {}, "public_ids parameter is required"),
        ("resources/image/upload/restore", {"public_ids": ["a"], "versions": ["1", "2"]}, "versions count must match ids count"),
    ]:
        answer = api.admin("POST", path, json=fields)
        assert (answer.status_code, message(answer)) == (400, said)


def test_without_backup_nothing_is_kept(api: Caller, house: House) -> None:
    api.stored(CAT, public_id="a")
    delete(api, "a")
    assert api.admin("GET", "resources/image/upload/a").status_code == 404
    assert restore(api, public_ids=["a"]) == {"a": {"error": "no_backup"}}
    assert list(house.storage.list()) == []


def test_deleting_versions_frees_their_bytes_and_leaves_the_asset(api: Caller, house: House) -> None:
    first = api.stored(CAT, public_id="a", backup=True)
    second = api.stored(CHART, public_id="a", backup=True)
    path = f"resources/backup/{first['asset_id']}"
    answer = api.admin("DELETE", path, json={"version_ids": [first["version_id"], "nobody"]}).json()
    assert (answer["asset_id"], answer["deleted_version_ids"]) == (first["asset_id"], [first["version_id"]])
    assert [item["version_id"] for item in answer["failures"]] == ["nobody"]
    assert len(list(house.storage.list())) == 1
    api.admin("DELETE", path, data={"version_ids[]": second["version_id"]})
    assert bytes_of(api, second["url"]) == CHART
    assert api.admin("DELETE", path, json={"version_ids": ["x"]}).status_code == 404
    assert api.admin("DELETE", path).status_code == 400
    delete(api, "a")
    assert list(house.storage.list()) == []


@pytest.mark.parametrize("how", ["destroy", "overwritten", "renamed"])
def test_every_way_an_asset_goes_keeps_its_versions(api: Caller, how: str) -> None:
    made = api.stored(CAT, public_id="a", backup=True)
    if how == "destroy":
        api.post("image/destroy", data={"public_id": "a"}, auth=("key", "secret"))
    elif how == "overwritten":
        api.stored(CHART, public_id="a")
    else:
        api.stored(CHART, public_id="b")
        api.post("image/rename", data={"from_public_id": "b", "to_public_id": "a", "overwrite": True}, auth=("key", "secret"))
    back = api.admin("POST", "resources/restore", json={"asset_ids": [made["asset_id"]]}).json()
    assert bytes_of(api, back[made["asset_id"]]["url"]) == CAT


def test_a_renamed_asset_leaves_no_placeholder_and_is_not_doubled(api: Caller) -> None:
    api.stored(CAT, public_id="a", backup=True)
    api.post("image/rename", data={"from_public_id": "a", "to_public_id": "b"}, auth=("key", "secret"))
    assert api.admin("GET", "resources/image/upload/a").status_code == 404
    assert restore(api, public_ids=["a"]) == {"a": {"error": "failed"}}
    assert ids(api.get("resources/image")) == ["b"]
