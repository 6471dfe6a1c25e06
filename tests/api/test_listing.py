"""Listings by context, moderation, moment and external ID, and what a listing or a deletion refuses."""

from app.db.tables import assets
from app.house import House
from tests.api.caller import Caller, message
from tests.api.test_admin import ids, pages

NOTHING: tuple[dict[str, object], ...] = ({}, {"public_ids": []}, {"asset_ids": ""}, {"all": False}, {"prefix": ""})


def test_listing_by_context_tells_the_context_unasked(api: Caller) -> None:
    for name, context in (("a", "stage=draft"), ("b", "stage=done|x=1"), ("c", ""), ("d", "o'neil=1|da$h.ed=2")):
        api.stored(public_id=name, context=context)
    body = api.get("resources/image/context", key="stage")
    assert {item["public_id"]: item["context"]["custom"]["stage"] for item in body["resources"]} == {"a": "draft", "b": "done"}
    assert ids(api.get("resources/image/context", key="stage", value="done")) == ["b"]
    assert ids(api.get("resources/image/context", key="stage", value="don")) == []
    assert ids(api.get("resources/image/context", key="da$h.ed", value="2")) == ["d"]
    assert ids(api.get("resources/image/context", key="o'neil")) == ["d"]
    assert [item["public_id"] for item in pages(api, "resources/image/context", "resources", key="stage", max_results=1)] == [
        "b",
        "a",
    ]
    for parameters in ({}, {"key": 'a"b'}, {"key": "a\\b"}):
        assert api.admin("GET", "resources/image/context", params=parameters).status_code == 400


def test_listing_by_moderation(api: Caller, house: House) -> None:
    for name in ("a", "b"):
        api.stored(public_id=name)
    with house.db.begin() as tx:
        change = {"moderation_kind": "manual", "moderation_status": "pending"}
        tx.execute(assets.update().where(assets.c.public_id == "a").values(**change))
    (item,) = api.get("resources/image/moderations/manual/pending")["resources"]
    assert (item["public_id"], item["moderation_kind"], item["moderation_status"]) == ("a", "manual", "pending")
    assert ids(api.get("resources/image/moderations/manual/approved")) == []
    assert "moderation_status" not in api.get("resources/image")["resources"][1]
    assert "moderation_status" in api.get("resources/image", moderations=True)["resources"][1]
    for path in ("manual/none", "nobody/pending"):
        assert api.admin("GET", f"resources/image/moderations/{path}").status_code == 400


def test_start_at_takes_every_form_that_sdks_send(api: Caller) -> None:
    api.stored(public_id="a")
    for moment, found in [
        ("Thu, 01 Jan 1970 00:00:00 GMT", ["a"]),
        ("1970-01-01", ["a"]),
        ("2020-01-01T00:00:00+02:00", ["a"]),
        ("Fri, 01 Jan 2100 00:00:00 GMT", []),
    ]:
        assert ids(api.get("resources/image", start_at=moment, direction="asc")) == found


def test_external_ids_are_asset_ids(api: Caller) -> None:
    made = api.stored(public_id="a")
    assert ids(api.get("resources/by_external_ids", **{"external_ids[]": [made["asset_id"], "f" * 32]})) == ["a"]
    assert ids(api.get("resources/by_external_ids")) == []


def test_wrong_counts_and_deletions_without_a_scope_are_refused(api: Caller) -> None:
    api.stored(public_id="a")
    for path in ("resources/image", "resources/image/tags/t", "tags/image", "folders", "transformations", "upload_presets"):
        for size in ("-1", "1.5", "many"):
            assert api.admin("GET", path, params={"max_results": size}).status_code == 400, path
        answer = api.admin("GET", path, params={"next_cursor": "bm8"})
        assert (answer.status_code, message(answer)) == (400, "Invalid value bm8 for parameter next_cursor")
    for path in ("resources/image/upload", "resources", "derived_resources"):
        for fields in NOTHING:
            assert api.admin("DELETE", path, json=fields).status_code in (400, 404), path
    assert ids(api.get("resources/image")) == ["a"]
