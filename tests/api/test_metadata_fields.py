"""Structured metadata through the API: fields, their datasources, and rules."""

import re

import pytest

from tests.api.caller import Caller, message
from tests.api.test_metadata import colours, defined

FIELD = {
    "external_id": "note",
    "type": "string",
    "label": "Note",
    "mandatory": False,
    "default_value": None,
    "default_disabled": False,
    "validation": None,
    "restrictions": None,
    "allow_dynamic_list_values": False,
}


def values(api: Caller, id: str) -> list[str]:
    return [entry["external_id"] for entry in api.get(f"metadata_fields/{id}")["datasource"]["values"]]


def test_a_field_is_made_shown_listed_and_deleted_for_good(api: Caller) -> None:
    assert defined(api, "note", label="Note") == FIELD
    assert api.get("metadata_fields/note") == FIELD
    assert api.get("metadata_fields") == {"metadata_fields": [FIELD]}
    assert api.get("metadata_fields", **{"external_ids[]": "other"}) == {"metadata_fields": []}
    assert api.admin("DELETE", "metadata_fields/note").json() == {"message": "ok"}
    for method in ("GET", "PUT", "DELETE"):
        answer = api.admin(method, "metadata_fields/note", json={"label": "x"} if method == "PUT" else None)
        assert (answer.status_code, message(answer)) == (404, "Metadata field note not found")
    again = api.admin("POST", "metadata_fields", json={"external_id": "note", "label": "Other", "type": "string"})
    assert (again.status_code, message(again)) == (400, "external id note already exists")
    assert defined(api, "second", label="Note")["label"] == "Note", "a label is free again"


def test_an_id_and_a_label_belong_to_one_field(api: Caller) -> None:
    defined(api, "a", label="One")
    assert message(api.admin("POST", "metadata_fields", json={"external_id": "a", "label": "x", "type": "date"})).startswith(
        "external id"
    )
    taken = {"external_id": "b", "label": "One", "type": "date"}
    assert message(api.admin("POST", "metadata_fields", json=taken)) == "label One already exists"
    defined(api, "b", label="Two")
    assert message(api.admin("PUT", "metadata_fields/b", json={"label": "One"})) == "label One already exists"
    named = api.admin("POST", "metadata_fields", json={"label": "Three", "type": "date"}).json()
    assert re.fullmatch(r"[a-z0-9]{20}", named["external_id"])


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"type": None}, "Missing required parameter - type"),
        ({"label": None}, "Missing required parameter - label"),
        ({"type": "float"}, "Invalid value float for parameter type: expected one of string, integer, date, enum, set"),
        ({"type": "enum"}, "Missing required parameter - datasource"),
        ({"type": "set", "datasource": {"values": [1]}}, "for parameter datasource: expected a list"),
        ({"external_id": "a/b"}, "for parameter external_id"),
        ({"external_id": 'a"b'}, "for parameter external_id"),
        ({"label": "x" * 256}, "for parameter label: expected 1 to 255 characters"),
        ({"restrictions": {"readonly_ui": "maybe"}}, "for parameter restrictions"),
        ({"type": "integer", "default_value": "x"}, "default_value is invalid"),
        ({"type": "date", "default_value": "2026-13-01"}, "default_value is invalid"),
        ({"type": "enum", "datasource": {"values": []}, "default_value": "x"}, "default_value is invalid"),
        ({"default_value": "long", "validation": {"type": "strlen", "max": 3}}, "default_value is invalid"),
        ({"validation": {"type": "strlen"}}, "expected min, max or both"),
        ({"validation": {"type": "less_than", "value": 3}}, "less_than is no rule for a field of type string"),
        ({"validation": {"type": "strregex", "regex": "(a+)+"}}, "strregex is no rule for a field of type string"),
        ({"type": "integer", "validation": {"type": "less_than", "value": "x"}}, "expected a whole number"),
        ({"validation": {"type": "and", "rules": []}}, "expected a list of rules"),
        ({"validation": {"type": "and", "rules": [{"type": "and", "rules": []}]}}, "and is no rule"),
        ({"validation": "strlen"}, "for parameter validation: expected an object"),
    ],
)
def test_a_wrong_definition_is_refused(api: Caller, sent: dict[str, object], sentence: str) -> None:
    answer = api.admin("POST", "metadata_fields", json={"external_id": "f", "label": "F", "type": "string"} | sent)
    assert answer.status_code == 400
    assert sentence in message(answer)
    assert api.get("metadata_fields") == {"metadata_fields": []}


def test_a_change_keeps_what_it_does_not_name(api: Caller) -> None:
    rule = {"type": "and", "rules": [{"type": "greater_than", "value": 1, "equals": True}, {"type": "less_than", "value": 9}]}
    made = defined(api, "count", "integer", default_value=5, validation=rule, restrictions={"hidden_ui": True})
    assert made["validation"] == rule
    assert made["restrictions"] == {"readonly_ui": False, "hidden_ui": True, "excluded_from_search": False}
    sent = {"label": "Count", "type": "string", "external_id": "other", "mandatory": "true"}
    changed = api.admin("PUT", "metadata_fields/count", json=sent).json()
    assert changed == made | {"label": "Count", "mandatory": True}
    outside = api.admin("PUT", "metadata_fields/count", json={"default_value": 9})
    assert message(outside) == "default_value is invalid"
    tighter = api.admin("PUT", "metadata_fields/count", json={"validation": {"type": "less_than", "value": 5}})
    assert message(tighter) == "default_value is invalid"
    freed = api.admin("PUT", "metadata_fields/count", json={"default_value": None, "validation": None}).json()
    assert (freed["default_value"], freed["validation"]) == (None, None)


def test_a_datasource_is_merged_emptied_and_restored(api: Caller) -> None:
    made = defined(api, "size", "enum", datasource={"values": [{"external_id": "s", "value": "Small"}, {"value": "Large"}]})
    small, large = made["datasource"]["values"]
    assert small == {"external_id": "s", "value": "Small", "state": "active", "position": 0}
    assert re.fullmatch(r"[a-z0-9]{20}", large["external_id"])
    sent = {"values": [{"external_id": "s", "value": "Tiny", "state": "inactive"}, {"external_id": "m", "value": "Middle"}]}
    merged = api.admin("PUT", "metadata_fields/size/datasource", json=sent).json()
    assert merged["values"][0] == {"external_id": "s", "value": "Tiny"}
    assert [entry["value"] for entry in merged["values"]] == ["Tiny", "Large", "Middle"]
    left = api.admin("DELETE", "metadata_fields/size/datasource", data={"external_ids[]": "s"}).json()
    assert [entry["value"] for entry in left["values"]] == ["Large", "Middle"]
    assert api.get("metadata_fields/size")["datasource"]["values"][0]["state"] == "inactive"
    back = api.admin("POST", "metadata_fields/size/datasource_restore", json={"external_ids": ["s"]}).json()
    assert [entry["value"] for entry in back["values"]] == ["Tiny", "Large", "Middle"]
    changed = api.admin("PUT", "metadata_fields/size", json={"datasource": {"values": [{"external_id": "s", "value": "S"}]}}).json()
    assert [entry["value"] for entry in changed["datasource"]["values"]] == ["S", "Large", "Middle"]
    unknown = api.admin("DELETE", "metadata_fields/size/datasource", json={"external_ids": ["xl"]})
    assert (unknown.status_code, message(unknown)) == (400, "Metadata field size has no datasource entry xl")
    assert api.admin("DELETE", "metadata_fields/size/datasource", json={}).status_code == 400
    assert api.admin("PUT", "metadata_fields/nobody/datasource", json=sent).status_code == 404


def test_only_lists_have_a_datasource(api: Caller) -> None:
    defined(api, "note")
    answer = api.admin("PUT", "metadata_fields/note/datasource", json={"values": []})
    assert (answer.status_code, message(answer)) == (400, "Metadata field note is of type string, which has no datasource")


def test_a_datasource_holds_three_thousand_values(api: Caller) -> None:
    full = {"values": [{"external_id": str(number), "value": str(number)} for number in range(3000)]}
    defined(api, "many", "set", datasource=full, allow_dynamic_list_values=True)
    more = api.admin("PUT", "metadata_fields/many/datasource", json={"values": [{"value": "one more"}]})
    assert message(more) == "A datasource holds at most 3000 values"
    assert message(api.upload(metadata="many=fresh")).startswith("Metadata field many has its 3000 datasource values")
    full["values"].append({"external_id": "x", "value": "x"})
    assert api.admin("PUT", "metadata_fields/many/datasource", json=full).status_code == 400


def test_a_datasource_is_ordered(api: Caller) -> None:
    entries = [
        {"external_id": "1", "value": "banana"},
        {"external_id": "3", "value": "Apple"},
        {"external_id": "2", "value": "cherry"},
    ]
    defined(api, "fruit", "enum", datasource={"values": entries})
    path = "metadata_fields/fruit/datasource/order"
    for sent, ids in (
        ({"order_by": "value"}, ["3", "1", "2"]),
        ({"order_by": "value", "direction": "desc"}, ["2", "1", "3"]),
        ({"order_by": "external_id", "direction": None}, ["1", "2", "3"]),
    ):
        for method in ("POST", "PUT"):
            answer = api.admin(method, path, json=sent).json()
            assert [entry["external_id"] for entry in answer["values"]] == ids == values(api, "fruit")
    assert api.admin("POST", path, json={"order_by": "colour"}).status_code == 400


def test_datasources_are_searched(api: Caller) -> None:
    defined(api, "colour", "enum", datasource=colours("red", "dark red", "blue"))
    defined(
        api,
        "state",
        "set",
        datasource={"values": [{"external_id": "x", "value": "Retired"}, {"external_id": "y", "value": "ÄRED"}]},
    )
    api.admin("DELETE", "metadata_fields/colour/datasource", json={"external_ids": ["dark red"]})
    one = api.admin("POST", "metadata_fields/colour/datasource/search", json={"term": "re"}).json()
    assert one == {"values": [{"external_id": "red", "value": "RED"}]}
    every = api.admin("POST", "metadata_fields/datasource/search", json={"term": "red"}).json()
    assert [(hit["field_id"], hit["id"]) for hit in every] == [("colour", "red"), ("state", "x"), ("state", "y")]
    for sent, ids in (({"exact_match": True}, ["red"]), ({"max_results": 2}, ["red", "x"]), ({"term": "äred"}, ["y"])):
        hits = api.admin("POST", "metadata_fields/datasource/search", json={"term": "red"} | sent).json()
        assert [hit["id"] for hit in hits] == ids
    assert message(api.admin("POST", "metadata_fields/datasource/search", json={})) == "Missing required parameter - term"


def test_fields_are_ordered_and_moved(api: Caller) -> None:
    for id, label in (("b", "x"), ("a", "Z"), ("c", "y")):
        defined(api, id, label=label)

    def ids() -> list[str]:
        return [field["external_id"] for field in api.get("metadata_fields")["metadata_fields"]]

    assert ids() == ["b", "a", "c"]
    for sent, order in (
        ({"order_by": "label"}, ["b", "c", "a"]),
        ({"order_by": "external_id", "direction": "desc"}, ["c", "b", "a"]),
        ({"order_by": "created_at", "direction": "asc"}, ["b", "a", "c"]),
    ):
        answer = api.admin("PUT", "metadata_fields/order", json=sent).json()
        assert [field["external_id"] for field in answer["metadata_fields"]] == order == ids()
    moved = api.admin("PUT", "metadata_fields/c/reorder", json={"position": 0}).json()
    assert [field["external_id"] for field in moved["metadata_fields"]] == ["c", "b", "a"]
    api.admin("PUT", "metadata_fields/c/reorder", json={"position": 99})
    assert ids() == ["b", "a", "c"]
    assert api.admin("PUT", "metadata_fields/c/reorder", json={}).status_code == 400
    assert api.admin("PUT", "metadata_fields/order", json={"order_by": "type"}).status_code == 400


RULE = {
    "metadata_field_id": "team",
    "name": "employees",
    "condition": {"and": [{"metadata_field_id": "kind", "equals": "employee"}, {"metadata_field_id": "kind", "populated": True}]},
    "result": {"activate_values": {"external_ids": ["a"], "mode": "override"}, "apply_value": {"value": "a", "mode": "default"}},
}


def test_rules_are_kept_and_returned(api: Caller) -> None:
    for id in ("team", "kind"):
        defined(api, id)
    made = api.admin("POST", "metadata_rules", json=RULE).json()
    assert {name: made[name] for name in RULE} == RULE
    assert (made["state"], made["position"]) == ("active", 0)
    assert re.fullmatch(r"[0-9a-f]{64}", made["external_id"])
    assert re.fullmatch(r"[0-9a-f-]{36}", made["condition_signature"])
    second = api.admin("POST", "metadata_rules", json=RULE | {"metadata_field_id": "kind"}).json()
    assert second["condition_signature"] == made["condition_signature"]
    assert api.get("metadata_rules") == {"metadata_rules": [second, made]}
    path = f"metadata_rules/{made['external_id']}"
    assert api.admin("PUT", path, json={"state": "inactive"}).json() == made | {"state": "inactive"}
    assert api.admin("DELETE", path).json() == {"success": True}
    for method in ("PUT", "DELETE"):
        assert api.admin(method, path, json={}).status_code == 404
    api.admin("DELETE", "metadata_fields/kind")
    assert api.get("metadata_rules") == {"metadata_rules": []}, "a field's rules go with it"


def test_a_wrong_rule_is_refused(api: Caller) -> None:
    defined(api, "team")
    deep: dict[str, object] = {}
    for _ in range(50):
        deep = {"and": [deep]}
    for sent in ({"condition": "x"}, {"condition": deep}, {"result": None}, {"state": "asleep"}, {"metadata_field_id": None}):
        assert api.admin("POST", "metadata_rules", json=RULE | sent).status_code == 400
    assert api.admin("POST", "metadata_rules", json=RULE | {"name": "a\0b"}).status_code == 400
    assert api.admin("POST", "metadata_rules", json=RULE | {"name": "n" * 256}).status_code == 400
    unknown = api.admin("POST", "metadata_rules", json=RULE | {"metadata_field_id": "ghost"})
    assert message(unknown) == 'Metadata External IDs do not exist: ["ghost"]'
    assert api.get("metadata_rules") == {"metadata_rules": []}


def test_fields_belong_to_their_cloud_and_want_credentials(api: Caller) -> None:
    defined(api, "note")
    assert api.client.get("/v1_1/demo/metadata_fields").status_code == 401
    assert api.client.get("/v1_1/other/metadata_fields", auth=("key", "secret")).status_code == 401


def test_control_characters_in_a_message_break_no_header(api: Caller) -> None:
    answer = api.admin("POST", "metadata_fields", json={"label": "x", "type": "a\0\u001b[2J"})
    assert (answer.status_code, "\0" in answer.json()["error"]["message"], "\0" in answer.headers["x-cld-error"]) == (
        400,
        True,
        False,
    )
