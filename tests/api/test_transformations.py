"""Transformations over the Admin API: by name, by text in any order, as any SDK writes them."""

import uuid

import pytest

from app.db import transformations
from app.db.engine import now
from app.db.tables import derived
from app.house import House
from tests.api.caller import Caller, message
from tests.api.test_admin import pages

SCALE = {"crop": "scale", "width": 103}


def find(api: Caller, text: str) -> int:
    return api.admin("GET", "transformations", params={"transformation": text}).status_code


def test_a_named_transformation_lives_and_dies(api: Caller) -> None:
    made = api.admin("POST", "transformations", json={"name": "small", "transformation": "w_102,c_scale"})
    assert made.json() == {"message": "created"}
    for spelled in ("small", "t_small"):
        found = api.get("transformations", transformation=spelled)
        assert found["info"] == [SCALE | {"width": 102}]
        assert (found["name"], found["named"], found["allowed_for_strict"], found["used"]) == ("t_small", True, True, False)
        assert found["derived"] == []
    assert api.get("transformations/small")["info"] == [SCALE | {"width": 102}]
    again = api.admin("POST", "transformations", json={"name": "t_small", "transformation": "w_1"})
    assert (again.status_code, message(again)) == (409, "Transformation small already exists")
    for fields in ({"unsafe_update": "c_scale,w_103"}, {"allowed_for_strict": "false"}):
        answer = api.admin("PUT", "transformations", data={"transformation": "small"} | fields)
        assert answer.json() == {"message": "updated"}
    found = api.get("transformations", transformation="small")
    assert (found["info"], found["allowed_for_strict"], found["used"]) == ([SCALE], False, False)
    assert api.admin("DELETE", "transformations", json={"transformation": "small"}).json() == {"message": "deleted"}
    assert find(api, "small") == 404


@pytest.mark.parametrize("body", [SCALE, [SCALE], '[{"crop":"scale","width":103}]', "w_103,c_scale"])
def test_a_body_may_be_text_or_objects(api: Caller, body: object) -> None:
    api.admin("POST", "transformations", json={"name": "n", "transformation": body})
    assert api.get("transformations", transformation="n")["info"] == [SCALE]


def test_one_without_a_name_is_found_by_its_text_in_any_order(api: Caller, house: House) -> None:
    for text in ("c_scale,w_100", "c_scale,w_100/jpg", "c_scale,w_100/"):
        made = api.admin("POST", "transformations", data={"name": text, "transformation": text})
        assert made.json() == {"message": "created"}
        found = api.get("transformations", transformation=text)
        assert (found["name"], found["named"], found["allowed_for_strict"]) == (text, False, False)
    assert find(api, "w_100,c_scale") == 200
    assert find(api, "w_100/c_scale") == 404
    long = "/".join(f"e_sepia:{number}" for number in range(200))
    with house.db.begin() as tx:
        transformations.use(tx, _cloud(house), long)
        transformations.use(tx, _cloud(house), long)
    assert api.get("transformations", transformation=long)["name"] == long


def test_the_list_pages_and_filters(api: Caller) -> None:
    for number in range(3):
        api.admin("POST", "transformations", json={"name": f"n{number}", "transformation": f"w_{number + 1}"})
    api.admin("POST", "transformations", json={"name": "w_9", "transformation": "w_9"})
    listed = pages(api, "transformations", "transformations", max_results=1)
    assert [item["name"] for item in listed] == ["w_9", "t_n2", "t_n1", "t_n0"]
    assert set(listed[0]) == {"name", "allowed_for_strict", "used", "named"}
    assert [item["name"] for item in api.get("transformations", named="true")["transformations"]] == ["t_n2", "t_n1", "t_n0"]
    assert [item["name"] for item in api.get("transformations", named=False)["transformations"]] == ["w_9"]


def test_what_it_rendered_is_told_page_by_page_and_goes_with_it(api: Caller, house: House) -> None:
    api.admin("POST", "transformations", json={"name": "small", "transformation": "w_10"})
    for name in ("a", "b"):
        api.stored(public_id=name)
        _rendered(house, name, "t_small")
        _rendered(house, name, "w_10")
    with house.db.begin() as tx:
        transformations.use(tx, _cloud(house), "small")
    found = api.get("transformations", transformation="small", max_results=1)
    assert found["used"] is True
    (first,) = found["derived"]
    assert first["public_id"] == "b"
    assert "/image/upload/t_small/v" in first["url"]
    assert first["url"].endswith("/b.jpg")
    rest = api.get("transformations", transformation="small", next_cursor=found["next_cursor"])
    assert [item["public_id"] for item in rest["derived"]] == ["a"]
    assert "next_cursor" not in rest
    api.admin("DELETE", "transformations", json={"transformation": "small"})
    with house.db.read() as c:
        assert {row.transformation for row in c.execute(derived.select())} == {"w_10"}


def test_wrong_transformations_are_refused(api: Caller) -> None:
    for fields, start in [
        ({"name": "n"}, "Invalid value  for parameter transformation"),
        ({"name": "n", "transformation": "what is this"}, "Invalid value what is this for parameter transformation"),
        ({"name": "n/m", "transformation": "w_1"}, "Invalid value n/m for parameter name"),
        ({"name": "w_2", "transformation": "w_1"}, "Invalid value w_2 for parameter name"),
        ({"name": "n", "transformation": {"colour": 1}}, "Invalid value colour for parameter transformation"),
    ]:
        answer = api.admin("POST", "transformations", json=fields)
        assert (answer.status_code, message(answer)[: len(start)]) == (400, start)
    api.admin("POST", "transformations", json={"name": "w_1", "transformation": "w_1"})
    for fields, start in [
        ({"transformation": "w_1"}, "Missing required parameter - allowed_for_strict"),
        ({"transformation": "w_1", "unsafe_update": "w_2"}, "Only a named transformation"),
    ]:
        answer = api.admin("PUT", "transformations", json=fields)
        assert (answer.status_code, message(answer)[: len(start)]) == (400, start)
    assert api.admin("DELETE", "transformations", json={"transformation": "nobody"}).status_code == 404
    assert api.admin("DELETE", "transformations").status_code == 400


def _cloud(house: House) -> int:
    return house.accounts.anonymous("demo").cloud_id


def _rendered(house: House, public_id: str, text: str) -> None:
    """A row as delivery leaves it."""
    asset = house.library.get(house.accounts.anonymous("demo"), "image", "upload", public_id)
    names = {name: uuid.uuid4().hex for name in ("derived_id", "key", "etag")}
    with house.db.begin() as tx:
        values = {"transformation": text, "format": "jpg", "bytes": 1, "blob_key": f"derived/{names['key']}"}
        tx.execute(derived.insert().values(asset_id=asset.id, created_at=now(), **names, **values))
