"""A cloud in the fixed folder mode: a folder is the start of the public IDs in it, and answers say `folder`."""

import pytest

from app.house import House
from tests.api.caller import Caller, message, signed


@pytest.fixture(autouse=True)
def fixed(house: House) -> None:
    house.accounts.set("demo", "folder_mode", "fixed")


def test_the_mode_is_told(api: Caller, house: House) -> None:
    assert api.get("config", settings="true")["settings"] == {"folder_mode": "fixed"}
    house.accounts.set("demo", "folder_mode", "")
    assert api.get("config", settings="true")["settings"] == {"folder_mode": "dynamic"}


def test_a_folder_is_the_start_of_the_public_id(api: Caller) -> None:
    cases = (
        {"folder": "pets/cats", "public_id": "tom"},
        {"public_id": "pets/cats/kit"},
        {"public_id": "x", "asset_folder": "elsewhere"},
    )
    told = [api.stored(**case) for case in cases]
    assert [item["public_id"] for item in told] == ["pets/cats/tom", "pets/cats/kit", "x"]
    assert [item.get("folder") for item in told] == ["pets/cats", "pets/cats", None]
    assert not any({"asset_folder", "display_name"} & item.keys() for item in told)
    assert [item["path"] for item in api.get("folders/pets")["folders"]] == ["pets/cats"]
    assert api.get("resources/image/upload/pets/cats/tom")["folder"] == "pets/cats"
    found = api.get("resources/search", expression="folder:pets/cats")
    assert sorted(item["public_id"] for item in found["resources"]) == ["pets/cats/kit", "pets/cats/tom"]
    assert {item["folder"] for item in found["resources"]} == {"pets/cats"}
    assert api.get("folders")["total_count"] == 1


def test_a_rename_moves_it(api: Caller) -> None:
    api.stored(public_id="old/cat")
    renamed = api.post("image/rename", data=signed({"from_public_id": "old/cat", "to_public_id": "new/place/cat"}))
    assert renamed.json()["folder"] == "new/place"
    assert [item["path"] for item in api.get("folders/new")["folders"]] == ["new/place"]
    assert api.admin("DELETE", "folders/old").status_code == 200


def test_what_the_mode_does_not_know_is_refused(api: Caller) -> None:
    api.stored(public_id="a/cat")
    assert "fixed folder mode" in message(api.admin("PUT", "folders/a", data={"to_folder": "b"}))
    assert "fixed folder mode" in message(api.admin("POST", "resources/image/upload/a/cat", data={"asset_folder": "b"}))
    assert api.get("resources/image/upload/a/cat")["folder"] == "a"
