"""Related assets, by public IDs and by asset IDs: symmetric, each pair with an outcome of its own."""

from typing import Any

from tests.api.caller import Caller


def codes(body: dict[str, Any]) -> dict[str, str]:
    assert all(item["status"] == 200 for item in body["success"])
    assert all(item["status"] in (400, 404, 409) for item in body["failed"])
    return {item["asset"]: item["code"] for item in [*body["success"], *body["failed"]]}


def related(api: Caller, name: str, **more: Any) -> list[str]:
    return [item["public_id"] for item in api.get(f"resources/image/upload/{name}", related=True, **more)["related_assets"]]


def test_relations_are_symmetric_and_each_pair_has_an_outcome(api: Caller) -> None:
    for name in ("a", "dir/b", "c"):
        api.stored(public_id=name)
    wanted = ["image/upload/dir/b", "image/upload/a", "image/upload/nobody", "junk"]
    path = "resources/related_assets/image/upload/a"
    body = api.admin("POST", path, json={"assets_to_relate": wanted}).json()
    assert codes(body) == dict(
        zip(wanted, ["success_ids", "invalid_relate_to_self_id", "non_existing_ids", "invalid_ids"], strict=True)
    )
    assert (related(api, "a"), related(api, "dir/b"), related(api, "c")) == (["dir/b"], ["a"], [])
    again = api.admin("POST", path, data={"assets_to_relate": "image/upload/dir/b,image/upload/c"}).json()
    assert codes(again) == {"image/upload/dir/b": "already_exists_ids", "image/upload/c": "success_ids"}
    first = api.get("resources/image/upload/a", related=True, max_results=1)
    assert [item["public_id"] for item in first["related_assets"]] == ["dir/b"]
    assert related(api, "a", max_results=1, related_next_cursor=first["related_next_cursor"]) == ["c"]
    gone = api.admin("DELETE", "resources/related_assets/image/upload/dir%2Fb", json={"assets_to_unrelate": "image/upload/a"})
    assert codes(gone.json()) == {"image/upload/a": "success_ids"}
    gone = api.admin("DELETE", path, json={"assets_to_unrelate": ["image/upload/dir/b"]})
    assert codes(gone.json()) == {"image/upload/dir/b": "relation_does_not_exist_ids"}
    assert related(api, "a") == ["c"]
    api.admin("DELETE", "resources/image/upload", json={"public_ids": ["c"]})
    assert related(api, "a") == []
    assert "related_assets" not in api.get("resources/image/upload/a")


def test_by_asset_ids_and_wrong_calls(api: Caller) -> None:
    a, b = (api.stored(public_id=name)["asset_id"] for name in ("a", "b"))
    path = f"resources/related_assets/{a}"
    assert codes(api.admin("POST", path, json={"assets_to_relate": [b, "f" * 32]}).json()) == {
        b: "success_ids",
        "f" * 32: "non_existing_ids",
    }
    assert related(api, "b") == ["a"]
    assert codes(api.admin("DELETE", path, json={"assets_to_unrelate": b}).json()) == {b: "success_ids"}
    assert api.admin("POST", path, json={}).status_code == 400
    assert api.admin("POST", path, json={"assets_to_relate": ["x"] + [f"x{n}" for n in range(10)]}).status_code == 400
    assert api.admin("POST", f"resources/related_assets/{'f' * 32}", json={"assets_to_relate": [b]}).status_code == 404
