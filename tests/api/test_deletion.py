"""What was rendered is deleted by itself, by transformation or with its original, and every answer counts it."""

import uuid

from app.db.engine import now
from app.db.tables import derived
from app.house import House
from tests.api.caller import Caller


def rendered(house: House, public_id: str, text: str) -> str:
    """A row as delivery leaves it; its ID."""
    asset = house.library.get(house.accounts.anonymous("demo"), "image", "upload", public_id)
    names = {name: uuid.uuid4().hex for name in ("derived_id", "key", "etag")}
    with house.db.begin() as tx:
        values = {"transformation": text, "format": "jpg", "bytes": 1, "blob_key": f"derived/{names['key']}"}
        tx.execute(derived.insert().values(asset_id=asset.id, created_at=now(), **names, **values))
    return names["derived_id"]


def left(house: House) -> list[str]:
    with house.db.read() as c:
        return [row.transformation for row in c.execute(derived.select().order_by(derived.c.id))]


def test_rendered_pictures_are_deleted_by_their_ids(api: Caller, house: House) -> None:
    api.stored(public_id="a")
    one = rendered(house, "a", "w_1")
    rendered(house, "a", "w_2")
    answer = api.admin("DELETE", "derived_resources", json={"derived_resource_ids": [one, "nobody"]})
    assert answer.json() == {"deleted": {one: "deleted", "nobody": "not_found"}}
    assert left(house) == ["w_2"]
    assert api.admin("DELETE", "derived_resources").status_code == 400
    many = [str(number) for number in range(101)]
    assert api.admin("DELETE", "derived_resources", json={"derived_resource_ids": many}).status_code == 400


def test_rendered_pictures_are_deleted_by_transformation_and_the_original_stays(api: Caller, house: House) -> None:
    for name in ("a", "b"):
        api.stored(public_id=name)
        for text in ("c_scale,w_1", "w_2", "w_3"):
            rendered(house, name, text)
    fields = {"public_ids": ["a", "nobody"], "transformations": "w_1,c_scale|w_2", "keep_original": True}
    body = api.admin("DELETE", "resources%2Fimage%2Fupload", json=fields).json()
    assert body["deleted_counts"]["a"] == {"original": 0, "derived": 2}
    assert left(house) == ["w_3", "c_scale,w_1", "w_2", "w_3"]
    body = api.admin("DELETE", "resources/image/upload", json={"prefix": "b", "transformations": "w_2"}).json()
    assert body["deleted_counts"] == {"b": {"original": 0, "derived": 1}}
    body = api.admin("DELETE", "resources/image/upload", json={"all": True, "keep_original": "true"}).json()
    assert {name: counts["derived"] for name, counts in body["deleted_counts"].items()} == {"a": 1, "b": 2}
    assert left(house) == []
    assert len(api.get("resources/image")["resources"]) == 2


def test_with_the_original_goes_what_was_rendered_from_it(api: Caller, house: House) -> None:
    api.stored(public_id="a", tags="t")
    for text in ("w_1", "w_2"):
        rendered(house, "a", text)
    body = api.admin("DELETE", "resources/image/tags/t", params={"invalidate": "true"}).json()
    assert body == {"deleted": {"a": "deleted"}, "deleted_counts": {"a": {"original": 1, "derived": 2}}, "partial": False}
    assert left(house) == []


def test_a_large_deletion_is_partial_and_goes_on_at_its_cursor(api: Caller, house: House) -> None:
    from app.db.tables import assets

    api.stored(public_id="p/x")
    with house.db.begin() as tx:
        row = tx.execute(assets.select()).mappings().one()
        copies = []
        for number in range(1004):
            new = {"asset_id": uuid.uuid4().hex, "version_id": uuid.uuid4().hex, "public_id": f"p/{number:04}"}
            copies.append({key: value for key, value in row.items() if key != "id" and not assets.c[key].computed} | new)
        tx.execute(assets.insert(), copies)
    body = api.admin("DELETE", "resources/image/upload", params={"prefix": "p/", "keep_original": True}).json()
    assert (len(body["deleted"]), body["partial"]) == (1000, True)
    more = {"prefix": "p/", "keep_original": True, "next_cursor": body["next_cursor"]}
    body = api.admin("DELETE", "resources/image/upload", params=more).json()
    assert (sorted(body["deleted"]), body["partial"]) == (["p/1000", "p/1001", "p/1002", "p/1003", "p/x"], False)
    assert "next_cursor" not in body
