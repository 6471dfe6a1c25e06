"""The Upload API's other methods: explicit, destroy, rename, tags, context."""

import time
from typing import Any

from app.house import House
from app.signing import delete_token
from tests.api.caller import Caller, message, signed


def call(api: Caller, action: str, **parameters: Any) -> Any:
    """A signed call; lists go out as `name[]`, as most SDKs write them."""
    form = signed(parameters)
    wire = {f"{name}[]" if isinstance(value, list) else name: value for name, value in form.items()}
    return api.post(f"image/{action}", data=wire)


def tags_of(api: Caller, public_id: str) -> list[str]:
    tags: list[str] = api.get(f"resources/image/upload/{public_id}").get("tags", [])
    return tags


def test_tags_are_added_removed_replaced_and_cleared(api: Caller) -> None:
    for name in ("a", "b"):
        api.stored(public_id=name, tags="x")
    answer = call(api, "tags", command="add", tag="y,z,y", public_ids=["b", "nobody", "a"])
    assert answer.json() == {"public_ids": ["b", "a"]}
    assert tags_of(api, "a") == ["x", "y", "z"]
    call(api, "tags", command="remove", tag="x", public_ids=["a"])
    assert (tags_of(api, "a"), tags_of(api, "b")) == (["y", "z"], ["x", "y", "z"])
    call(api, "tags", command="replace", tag="r", public_ids=["a"])
    assert tags_of(api, "a") == ["r"]
    call(api, "tags", command="set_exclusive", tag="y", public_ids=["a"])
    assert (tags_of(api, "a"), tags_of(api, "b")) == (["r", "y"], ["x", "z"])
    call(api, "tags", command="remove_all", public_ids=["a", "b"])
    assert (tags_of(api, "a"), tags_of(api, "b")) == ([], [])
    assert api.get("tags/image") == {"tags": []}


def test_a_tag_taken_off_here_is_not_put_back_by_a_detector(api: Caller) -> None:
    api.stored("chelsea.jpg", public_id="c", detection="lvis_v1", auto_tagging="0.5")
    call(api, "tags", command="remove", tag="cat", public_ids=["c"])
    again = {"detection": "lvis_v1", "auto_tagging": "0.5"}
    assert api.admin("POST", "resources/image/upload/c", json=again).json().get("tags") is None
    call(api, "tags", command="add", tag="cat", public_ids=["c"])
    assert api.admin("POST", "resources/image/upload/c", json=again).json()["tags"] == ["cat"]


def test_context_is_added_and_cleared(api: Caller) -> None:
    api.stored(public_id="a", context="k=v")
    assert call(api, "context", command="add", context="k2=a\\|b", public_ids=["a", "nobody"]).json() == {"public_ids": ["a"]}
    assert api.get("resources/image/upload/a")["context"] == {"custom": {"k": "v", "k2": "a|b"}}
    call(api, "context", command="remove_all", public_ids=["a"])
    assert "context" not in api.get("resources/image/upload/a")


def test_rename_keeps_the_asset_and_its_bytes(api: Caller, house: House) -> None:
    made = api.stored("chelsea.jpg", public_id="old", tags="t")
    body = call(api, "rename", from_public_id="old", to_public_id="dir/new").json()
    assert (body["public_id"], body["asset_id"], body["tags"]) == ("dir/new", made["asset_id"], ["t"])
    assert api.client.get(body["url"]).status_code == 200
    assert api.client.get(made["url"]).status_code == 404
    api.stored("coffee.jpg", public_id="rival")
    taken = call(api, "rename", from_public_id="dir/new", to_public_id="rival")
    assert (taken.status_code, message(taken)) == (400, "to_public_id(rival) already exists")
    body = call(api, "rename", from_public_id="dir/new", to_public_id="rival", overwrite="1", to_type="private").json()
    assert body["type"] == "private"
    body = call(api, "rename", from_public_id="rival", to_public_id="rival", type="private", to_type="upload", overwrite="1").json()
    assert body["asset_id"] == made["asset_id"]
    assert len(list(house.storage.list())) == 1, "the replaced asset's bytes are gone"
    missing = call(api, "rename", from_public_id="nobody", to_public_id="x")
    assert (missing.status_code, message(missing)) == (404, "Resource not found - nobody")


def test_destroy_removes_by_name_or_asset_id_and_forgives_what_is_gone(api: Caller, house: House) -> None:
    made = [api.stored(public_id=name) for name in ("a", "b")]
    assert call(api, "destroy", public_id="a").json() == {"result": "ok"}
    assert call(api, "destroy", public_id="a", invalidate="1").json() == {"result": "not found"}
    answer = api.post("asset/destroy", data=signed({"asset_id": made[1]["asset_id"]}))
    assert answer.json() == {"result": "ok"}
    assert list(house.storage.list()) == []


def test_explicit_looks_at_a_stored_picture_again(api: Caller) -> None:
    api.stored("chelsea.jpg", public_id="c", tags="old")
    body = call(api, "explicit", public_id="c", type="upload", detection="lvis_v1", auto_tagging="0.5", tags="new").json()
    assert body["tags"] == ["new", "cat"]
    assert body["info"]["detection"]["object_detection"]["status"] == "complete"
    missing = call(api, "explicit", public_id="nobody", type="upload")
    assert (missing.status_code, message(missing)) == (404, "Resource not found - nobody")


def test_these_methods_need_a_proof_and_their_parameters(api: Caller) -> None:
    for action in ("explicit", "destroy", "rename", "tags", "context"):
        assert api.post(f"image/{action}", data={"public_id": "a", "upload_preset": "p"}).status_code == 400
        assert api.post(f"image/{action}", data=signed({"public_id": "a"}) | {"public_id": "b"}).status_code == 401
    for action, words in [
        ("destroy", "Missing required parameter - public_id"),
        ("rename", "Missing required parameter - from_public_id"),
        ("tags", "Invalid value None for parameter command: expected one of add, remove, replace, remove_all, set_exclusive"),
        ("context", "Invalid value None for parameter command: expected one of add, remove_all"),
        ("explicit", "Missing required parameter - public_id"),
    ]:
        answer = call(api, action)
        assert (answer.status_code, message(answer)) == (400, words)
    assert message(call(api, "tags", command="add", tag="x")) == "Missing required parameter - public_ids"
    assert message(call(api, "tags", command="add", public_ids=["a"])) == "Missing required parameter - tag"


def test_a_delete_token_deletes_its_asset_once_without_a_signature(api: Caller, house: House) -> None:
    body = api.stored(public_id="mine", return_delete_token="1")
    api.stored(public_id="other")
    token = body["delete_token"]
    for wrong in (token[:-1] + ("0" if token[-1] != "0" else "1"), "x" * 100, ""):
        assert api.post("delete_by_token", data={"token": wrong}).status_code == 400
    old = delete_token(body["asset_id"], int(time.time()) - 1, "secret")
    assert message(api.post("image/delete_by_token", data={"token": old})).startswith("Stale request - reported time is ")
    assert api.post("image/delete_by_token", data={"token": token}).json() == {"result": "ok"}
    assert api.post("delete_by_token", data={"token": token}).status_code == 400
    assert [item["public_id"] for item in api.get("resources/image")["resources"]] == ["other"]


def test_tags_keep_their_commas_in_arrays_and_their_brackets_in_text(api: Caller) -> None:
    api.stored(public_id="a")
    for tags, kept in [(["red, white", "b"], ["red, white", "b"]), ("[draft],x", ["[draft]", "x"]), ('["p,q"]', ["p,q"])]:
        assert api.admin("POST", "resources/image/upload/a", json={"tags": tags}).json()["tags"] == sorted(kept)
