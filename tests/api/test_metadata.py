"""Structured metadata through the API: its values on assets."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.house import House
from tests.api.caller import PICTURES, Caller, message, signed


def defined(api: Caller, external_id: str, type: str = "string", **more: Any) -> dict[str, Any]:
    """A field that must be made; its label is its ID unless told."""
    answer = api.admin("POST", "metadata_fields", json={"external_id": external_id, "label": external_id, "type": type} | more)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def colours(*ids: str) -> dict[str, Any]:
    return {"values": [{"external_id": id, "value": id.upper()} for id in ids]}


@pytest.fixture
def stocked(api: Caller) -> Caller:
    """A cloud with a field of every type."""
    defined(api, "name", validation={"type": "strlen", "max": 10})
    defined(api, "stock", "integer", validation={"type": "greater_than", "value": 0, "equals": True})
    defined(api, "since", "date")
    defined(api, "size", "enum", datasource=colours("s", "m", "l"))
    defined(api, "colours", "set", datasource=colours("red", "green", "blue"))
    return api


GIVEN = {"name": "mug", "stock": 5, "since": "2026-01-31", "size": "m", "colours": ["red", "blue"]}


@pytest.mark.parametrize(
    "written",
    [
        'name=mug|stock=5|since=2026-01-31|size=m|colours=["red","blue"]',
        'name=mug|stock=5|since=2026-01-31|size=m|colours=["red", "blue"]',
        r"name=mug|stock=5|since=2026-01-31|size=m|colours=[\"red\",\"blue\"]",
        "name=mug|stock=5|since=2026-01-31|size=m|colours=red,blue",
        '{"name": "mug", "stock": 5, "since": "2026-01-31", "size": "m", "colours": ["red", "blue"]}',
        '{"name": "mug", "stock": "5", "since": "2026-01-31", "size": "m", "colours": "red,blue"}',
    ],
)
def test_an_upload_sets_values_however_an_sdk_writes_them(stocked: Caller, written: str) -> None:
    made = stocked.stored(public_id="mug", metadata=written)
    assert made["metadata"] == GIVEN
    assert stocked.get("resources/image/upload/mug")["metadata"] == GIVEN


def test_escaped_signs_are_part_of_a_text(api: Caller) -> None:
    defined(api, "note")
    assert api.stored(metadata=r"note=a\=b\|c \"d\" e=f")["metadata"] == {"note": 'a=b|c "d" e=f'}


def test_values_are_shown_where_they_are_asked_for(stocked: Caller) -> None:
    stocked.stored(public_id="with", metadata="name=mug")
    bare = stocked.stored(public_id="without")
    assert "metadata" not in bare
    assert "metadata" not in stocked.get("resources/image/upload/without")
    listed = {item["public_id"]: item["metadata"] for item in stocked.get("resources/image", metadata=True)["resources"]}
    assert listed == {"with": {"name": "mug"}, "without": {}}
    assert not any("metadata" in item for item in stocked.get("resources/image")["resources"])
    assert stocked.get("resources/image", fields="metadata")["resources"][1]["metadata"] == {"name": "mug"}


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("nobody=1|name=x|noone=2", 'Metadata External IDs do not exist: ["nobody", "noone"]'),
        ("stock=many", "Invalid value many for metadata field stock: expected a whole number"),
        ("stock=-1", "Invalid value -1 for metadata field stock: expected a value that is greater than or equal to 0"),
        ("name=a very long name", "metadata field name: expected a value that is 0 to 10 characters long"),
        ("since=31.1.2026", "metadata field since: expected a date as in 2026-01-31"),
        ("since=2026-02-30|size=xl", "2026-01-31. Invalid value xl for metadata field size: xl is not in the datasource"),
        ('colours=["red","pink"]', "metadata field colours: pink is not in the datasource"),
        ('{"name": {"a": 1}}', "metadata field name: expected one text"),
        ("name", "Invalid value name for parameter metadata: expected key=value pairs separated by |"),
        ('{"name": "\\ud800"}', "for parameter metadata"),
    ],
)
def test_a_wrong_value_fails_the_upload(stocked: Caller, written: str, sentence: str) -> None:
    answer = stocked.upload(public_id="mug", metadata=written)
    assert answer.status_code == 400
    assert sentence in message(answer)
    assert stocked.get("resources/image")["resources"] == []


def test_defaults_fill_in_on_upload_and_an_empty_value_leaves_them_out(api: Caller) -> None:
    defined(api, "state", default_value="new")
    defined(api, "tags", "set", datasource=colours("a", "b"), default_value=["a", "b"])
    defined(api, "sleeping", default_value="zzz", default_disabled=True)
    assert api.stored()["metadata"] == {"state": "new", "tags": ["a", "b"]}
    assert api.stored(metadata="state=old|tags=")["metadata"] == {"state": "old"}
    api.admin("DELETE", "metadata_fields/tags/datasource", json={"external_ids": ["a"]})
    assert api.stored()["metadata"] == {"state": "new"}, "a default that no longer fits is not filled in"


def test_a_mandatory_field_wants_a_value(api: Caller) -> None:
    defined(api, "owner", mandatory=True)
    assert message(api.upload()) == "Metadata field owner is mandatory; give it a value"
    assert api.stored(public_id="a", metadata="owner=me")["metadata"] == {"owner": "me"}
    assert api.admin("POST", "resources/image/upload/a", data={"metadata": "owner="}).status_code == 400
    refused = api.admin("POST", "metadata_fields", json={"label": "late", "type": "string", "mandatory": True})
    assert message(refused).startswith("A mandatory metadata field needs a default_value")
    defined(api, "late", mandatory=True, default_value="none")
    changed = api.admin("POST", "resources/image/upload/a", data={"metadata": "owner=you"}).json()
    assert changed["metadata"] == {"owner": "you", "late": "none"}, "older assets get it with their next change"


def test_an_update_changes_field_by_field(stocked: Caller) -> None:
    stocked.stored(public_id="mug", metadata="name=mug|stock=5")
    path = "resources/image/upload/mug"
    assert stocked.admin("POST", path, json={"metadata": {"stock": 6, "size": "l"}}).json()["metadata"] == {
        "name": "mug",
        "stock": 6,
        "size": "l",
    }
    assert stocked.admin("POST", path, json={"metadata": "name=|size="}).json()["metadata"] == {"stock": 6}
    assert stocked.admin("POST", path, json={"tags": "a"}).json()["metadata"] == {"stock": 6}
    assert stocked.admin("POST", path, json={"metadata": {"stock": None}}).json().get("metadata") is None
    assert message(stocked.admin("POST", path, json={"metadata": {"x": 1}})) == 'Metadata External IDs do not exist: ["x"]'


def test_explicit_sets_values_too(stocked: Caller) -> None:
    stocked.stored(public_id="mug", metadata="name=mug")
    answer = stocked.post("image/explicit", data=signed({"public_id": "mug", "type": "upload", "metadata": "stock=1"}))
    assert answer.json()["metadata"] == {"name": "mug", "stock": 1}


def test_uploading_again_replaces_the_values(stocked: Caller) -> None:
    stocked.stored(public_id="mug", metadata="name=mug")
    assert stocked.stored(public_id="mug", metadata="stock=1")["metadata"] == {"stock": 1}
    assert "metadata" not in stocked.stored(public_id="mug")


def test_many_assets_at_once(stocked: Caller) -> None:
    for name in ("a", "b", "c"):
        stocked.stored(public_id=name, metadata="name=old")
    form = signed({"public_ids": ["b", "nobody", "a"], "metadata": "stock=7"})
    named = {f"{name}[]" if name == "public_ids" else name: value for name, value in form.items()}
    answer = stocked.post("image/metadata", data=named)
    assert (answer.status_code, answer.json()) == (200, {"public_ids": ["b", "a"]})
    held = {item["public_id"]: item["metadata"] for item in stocked.get("resources/image", metadata=True)["resources"]}
    assert held == {"a": {"name": "old", "stock": 7}, "b": {"name": "old", "stock": 7}, "c": {"name": "old"}}
    wrong = stocked.admin("POST", "image/metadata", json={"public_ids": ["a"], "metadata": {"stock": -1}})
    assert wrong.status_code == 400
    for missing in ({"public_ids": ["a"]}, {"metadata": {"stock": 1}}):
        assert message(stocked.admin("POST", "image/metadata", json=missing)).startswith("Missing required parameter")
    assert stocked.post("image/metadata", data={"public_ids": "a", "metadata": "stock=9"}).status_code == 400
    assert stocked.admin("POST", "raw/metadata", json={"public_ids": "a", "metadata": {"stock": 9}}).json() == {"public_ids": []}


def test_values_gone_stale_stay_until_they_are_cleared(stocked: Caller) -> None:
    stocked.stored(public_id="mug", metadata="name=mug|size=m|colours=red")
    stocked.admin("DELETE", "metadata_fields/size/datasource", json={"external_ids": ["m"]})
    path = "resources/image/upload/mug"
    kept = stocked.admin("POST", path, json={"metadata": {"stock": 1}}).json()["metadata"]
    assert kept == {"name": "mug", "stock": 1, "size": "m", "colours": ["red"]}
    again = stocked.admin("POST", path, json={"metadata": {"size": "m"}, "clear_invalid": True})
    assert message(again).endswith("m was deleted from the datasource"), "what is sent must be valid in any case"
    rule = {"metadata_field_id": "size", "condition": {"metadata_field_id": "name", "populated": True}, "result": {"enable": True}}
    stocked.admin("POST", "metadata_rules", json=rule)
    failed = stocked.admin("POST", path, json={"metadata": {"stock": 2}})
    assert message(failed).startswith("The stored value of metadata field size is no longer valid")
    cleared = stocked.admin("POST", path, json={"metadata": {"stock": 2}, "clear_invalid": "1"}).json()["metadata"]
    assert cleared == {"name": "mug", "stock": 2, "colours": ["red"]}


def test_a_dynamic_list_learns_from_its_values(api: Caller) -> None:
    defined(api, "topics", "set", datasource=colours("a"), allow_dynamic_list_values=True)
    assert api.stored(metadata='topics=["a","new one"]')["metadata"] == {"topics": ["a", "new one"]}
    values = api.get("metadata_fields/topics")["datasource"]["values"]
    assert [(entry["external_id"], entry["value"]) for entry in values] == [("a", "A"), ("new one", "new one")]
    assert api.upload(b"no picture", metadata="topics=lost").status_code == 400
    assert len(api.get("metadata_fields/topics")["datasource"]["values"]) == 2, "a failed upload teaches nothing"


def test_a_preset_carries_values(stocked: Caller) -> None:
    preset = {"name": "p", "unsigned": True, "metadata": 'name=preset|colours=["red"]'}
    assert stocked.admin("POST", "upload_presets", json=preset).status_code == 200
    assert stocked.get("upload_presets/p")["settings"]["metadata"] == {"name": "preset", "colours": '["red"]'}
    assert stocked.stored(upload_preset="p")["metadata"] == {"name": "preset", "colours": ["red"]}
    assert stocked.stored(upload_preset="p", metadata="stock=3")["metadata"] == {"stock": 3}, "signed, the call's value wins"
    picture = {"file": ("chelsea.jpg", (PICTURES / "chelsea.jpg").read_bytes())}
    joined = stocked.post("image/upload", data={"upload_preset": "p", "metadata": "stock=3"}, files=picture).json()
    assert joined["metadata"] == {"name": "preset", "stock": 3, "colours": ["red"]}, "unsigned, they are joined"


def test_deleting_a_field_takes_its_values_along(stocked: Caller, house: House) -> None:
    for number in range(3):
        stocked.stored(public_id=str(number), metadata=f"name=n{number}|stock={number}")
    assert stocked.admin("DELETE", "metadata_fields/name").json() == {"message": "ok"}
    held = [item["metadata"] for item in stocked.get("resources/image", metadata=True, direction="asc")["resources"]]
    assert held == [{"stock": 0}, {"stock": 1}, {"stock": 2}]
    assert message(stocked.upload(metadata="name=x")) == 'Metadata External IDs do not exist: ["name"]'


def test_callers_at_once_agree(api: Caller) -> None:
    defined(api, "topics", "set", datasource=colours("a"), allow_dynamic_list_values=True)
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda n: api.admin("POST", "metadata_fields", json={"label": "One", "type": "date"}), range(8)))
        taught = list(pool.map(lambda n: api.stored(public_id=str(n), metadata="topics=new"), range(8)))
    assert sorted(answer.status_code for answer in made) == [200] + [400] * 7
    assert [answer["metadata"] for answer in taught] == [{"topics": ["new"]}] * 8
    assert [entry["external_id"] for entry in api.get("metadata_fields/topics")["datasource"]["values"]] == ["a", "new"]


def test_a_deleted_field_leaves_no_value_behind_whoever_uploads_meanwhile(api: Caller) -> None:
    defined(api, "name")
    defined(api, "other", default_value="x")

    def upload(number: int) -> int:
        return api.upload(public_id=str(number), metadata="name=mug").status_code

    with ThreadPoolExecutor(8) as pool:
        before = list(pool.map(upload, range(4)))
        uploads = pool.map(upload, range(4, 24))
        gone = pool.submit(api.admin, "DELETE", "metadata_fields/name")
        after = list(uploads)
        assert gone.result().json() == {"message": "ok"}
    assert (before, set(after) <= {200, 400}) == ([200] * 4, True)
    listed = api.get("resources/image", metadata=True, max_results=100)["resources"]
    assert {str(item["metadata"]) for item in listed} == {"{'other': 'x'}"}
