"""Folders over the Admin API: made by uploads and by hand, listed, searched, moved, deleted only when empty."""

from functools import partial
from typing import Any

import pytest

from tests.api.caller import Caller, message
from tests.together import together


def paths(body: dict[str, Any]) -> list[str]:
    return [item["path"] for item in body["folders"]]


def test_uploads_make_their_folder_and_all_above_it(api: Caller) -> None:
    api.stored(public_id="one", asset_folder="shop/summer")
    api.stored(public_id="two", asset_folder="shop/winter")
    api.stored(public_id="three")
    root = api.get("folders")
    assert (paths(root), root["next_cursor"], root["total_count"]) == (["shop"], None, 1)
    below = api.get("folders/shop")
    assert [item["name"] for item in below["folders"]] == ["summer", "winter"]
    assert len(below["folders"][0]["external_id"]) == 32
    api.admin("POST", "resources/image/upload/three", json={"asset_folder": "desk/left"})
    assert paths(api.get("folders/desk")) == ["desk/left"]


@pytest.mark.parametrize("spelled", ["a/b/c", "a%2Fb%2Fc"])
def test_a_folder_is_made_by_hand_once(api: Caller, spelled: str) -> None:
    for _ in range(2):
        made = api.admin("POST", f"folders/{spelled}").json()
        assert (made["success"], made["path"], made["name"]) == (True, "a/b/c", "c")
    assert paths(api.get("folders/a%2Fb")) == ["a/b/c"]
    assert paths(api.get("folders/a/b/c")) == []


def test_children_come_page_by_page(api: Caller) -> None:
    for name in ("c", "a", "b", "a b+c"):
        assert api.admin("POST", f"folders/{name.replace('+', '')}").status_code == 200
    first = api.get("folders", max_results=3)
    assert (paths(first), first["total_count"]) == (["a", "a bc", "b"], 4)
    rest = api.get("folders", max_results=3, next_cursor=first["next_cursor"])
    assert (paths(rest), rest["next_cursor"]) == (["c"], None)


def test_a_folder_that_is_not_there_is_a_404_in_the_documented_words(api: Caller) -> None:
    for method, fields in (("GET", {}), ("DELETE", {}), ("PUT", {"to_folder": "x"})):
        answer = api.admin(method, "folders/no/where", **({"json": fields} if fields else {}))
        assert (answer.status_code, message(answer)) == (404, "Can't find folder with path no/where")


def test_moving_a_folder_takes_its_assets_and_folders_along(api: Caller) -> None:
    api.stored(public_id="one", asset_folder="old")
    api.stored(public_id="two", asset_folder="old/deep/er")
    api.stored(public_id="three", asset_folder="older")
    answer = api.admin("PUT", "folders/old", json={"to_folder": "new/home"})
    assert answer.json() == {"from": {"name": "old", "path": "old"}, "to": {"name": "home", "path": "new/home"}}
    found = {item["public_id"]: item["asset_folder"] for item in api.get("resources/image")["resources"]}
    assert found == {"one": "new/home", "two": "new/home/deep/er", "three": "older"}
    assert paths(api.get("folders")) == ["new", "older"]
    assert paths(api.get("folders/new/home/deep")) == ["new/home/deep/er"]
    assert api.get("folders/new")["folders"][0]["name"] == "home"
    for target, status in (("older", 409), ("new/home/deep/x", 400), ("v12", 400), ("a//b", 400), ("x" * 250, 400), ("", 400)):
        assert api.admin("PUT", "folders/new/home", json={"to_folder": target}).status_code == status, target
    assert paths(api.get("folders")) == ["new", "older"]


def test_only_an_empty_folder_is_deleted_and_empty_ones_below_go_with_it(api: Caller) -> None:
    api.stored(public_id="one", asset_folder="a/b")
    api.admin("POST", "folders/a/c")
    answer = api.admin("DELETE", "folders/a")
    assert (answer.status_code, message(answer)) == (409, "Folder a is not empty")
    api.admin("DELETE", "resources/image/upload", json={"public_ids": ["one"]})
    assert api.admin("DELETE", "folders/a", json={"skip_backup": True}).json() == {"deleted": ["a", "a/b", "a/c"]}
    assert paths(api.get("folders")) == []


@pytest.mark.parametrize("path", ["v1", "a/v22", "a//b", "%20a", "a%3Fb", "a%5Cb", "../x", "x" * 256])
def test_a_path_that_no_folder_may_have_is_refused(api: Caller, path: str) -> None:
    assert api.admin("POST", f"folders/{path}").status_code in (400, 404)
    assert paths(api.get("folders")) == []


def test_folder_search_reads_what_sdks_send(api: Caller) -> None:
    for path in ("TestOne/deep", "TestTwo", "other_x"):
        api.admin("POST", f"folders/{path}")
    for expression, found in [
        ("path:TEST*", ["TestOne", "TestOne/deep", "TestTwo"]),
        ("name=testT*", ["TestTwo"]),
        ('path="TestOne/deep"', ["TestOne/deep"]),
        ("name:deep OR name:other_x", ["TestOne/deep", "other_x"]),
        ("path:TestOne* AND -name:deep", ["TestOne"]),
        ("name:otherAx", []),
        ("name:other%", []),
        ("created_at>1d", ["TestOne", "TestOne/deep", "TestTwo", "other_x"]),
        ("created_at<2020-01-01", []),
        ("", ["TestOne", "TestOne/deep", "TestTwo", "other_x"]),
    ]:
        body = api.admin("POST", "folders%2Fsearch", json={"expression": expression}).json()
        assert (paths(body), body["total_count"]) == (found, len(found)), expression
        assert isinstance(body["time"], int)
        assert "next_cursor" not in body
    down = {"sort_by": [{"name": "desc"}], "max_results": 2}
    first = api.admin("POST", "folders/search", json=down).json()
    rest = api.admin("POST", "folders/search", json=down | {"next_cursor": first["next_cursor"]}).json()
    assert paths(first) + paths(rest) == ["other_x", "TestOne/deep", "TestTwo", "TestOne"]
    for fields in [{"expression": e} for e in ("colour:red", "name:", "AND name:a", "name:a AND", "(", "name>3", 'name:"a')] + [
        {"sort_by": [{"secret": "asc"}]},
        {"expression": "name:a " * 1000},
    ]:
        assert api.admin("POST", "folders/search", json=fields).status_code == 400, fields


def test_assets_of_one_folder_are_listed_without_those_below(api: Caller) -> None:
    for name, folder in (("a", "f"), ("b", "f"), ("c", "f/g"), ("d", "")):
        api.stored(public_id=name, asset_folder=folder)
    body = api.get("resources/by_asset_folder", asset_folder="f", max_results=1)
    assert ([item["public_id"] for item in body["resources"]], body["total_count"]) == (["b"], 2)
    rest = api.get("resources/by_asset_folder", asset_folder="f", max_results=1, next_cursor=body["next_cursor"])
    assert [item["public_id"] for item in rest["resources"]] == ["a"]
    assert "next_cursor" not in rest
    assert [item["public_id"] for item in api.get("resources/by_asset_folder", asset_folder="")["resources"]] == ["d"]
    assert api.admin("GET", "resources/by_asset_folder").status_code == 400


def test_a_folder_never_vanishes_under_an_asset(api: Caller) -> None:
    """Uploads into a folder, and deletions of it, at the same time."""

    def upload(number: int) -> None:
        api.stored(public_id=f"p{number}", asset_folder="race")

    def delete(_number: int) -> None:
        assert api.admin("DELETE", "folders/race").status_code in (200, 404, 409)

    together([partial(upload if number % 2 else delete, number) for number in range(12)])
    assert paths(api.get("folders")) == ["race"]
    assert api.get("resources/by_asset_folder", asset_folder="race")["total_count"] == 6
