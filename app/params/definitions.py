"""The tables of metadata field and rule parameters, and what a definition may hold."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from app.params.kinds import Count, Direction, Flag, Items, P, Params, Text
from app.params.metadata import LONGEST_TEXT, MOST_VALUES, READERS, TYPES

ODD = re.compile(r'[\x00-\x1f\x7f/\\"|=]')  # would break a path, a search expression or the key=value syntax
RESTRICTIONS = ("readonly_ui", "hidden_ui", "excluded_from_search")
DEEPEST = 20
MOST_RULES = 100


def _id(value: object) -> object:
    text = str(value)
    if isinstance(value, Mapping | list) or not text.strip() or len(text) > 255 or ODD.search(text):
        raise ValueError('expected at most 255 characters, none of / \\ " | =')
    return text


def _label(value: object) -> object:
    text = str(value).strip()
    if isinstance(value, Mapping | list) or not text or len(text) > 255 or "\0" in text:
        raise ValueError("expected 1 to 255 characters")
    return text


def _type(value: object) -> object:
    if value not in TYPES:
        raise ValueError(f"expected one of {', '.join(TYPES)}")
    return value


def _restrictions(value: object) -> object:
    if not isinstance(value, Mapping) or any(not isinstance(item, bool | None) for item in value.values()):
        raise ValueError(f"expected an object of true or false by {', '.join(RESTRICTIONS)}")
    return {name: bool(value.get(name)) for name in RESTRICTIONS}


def _entries(value: object) -> object:
    """`[{"external_id": …, "value": …}]`, alone or under `values`. The ID may be left out; a state is not for the caller to say."""
    values = value.get("values") if isinstance(value, Mapping) else value
    if not isinstance(values, list) or len(values) > MOST_VALUES or any(not isinstance(item, Mapping) for item in values):
        raise ValueError(f"expected a list of at most {MOST_VALUES} objects with external_id and value")
    return [{"external_id": _entry_id(item.get("external_id")), "value": _label(item.get("value") or "")} for item in values]


def _entry_id(value: object) -> str | None:
    return None if value in (None, "") else str(_label(value))


def _object(value: object) -> object:
    if not isinstance(value, Mapping) or _depth(value) > DEEPEST:
        raise ValueError("expected an object")
    return dict(value)


def _state(value: object) -> object:
    if value not in ("active", "inactive"):
        raise ValueError("expected active or inactive")
    return value


def _depth(value: object) -> int:
    """How deep a JSON value is nested, counted no deeper than a bit over what is allowed."""
    level, depth = [value], 0
    while level and depth <= DEEPEST:
        depth += 1
        inner = [item.values() if isinstance(item, Mapping) else item for item in level if isinstance(item, Mapping | list)]
        level = [part for parts in inner for part in parts]
    return depth


Id = Annotated[str | None, BeforeValidator(_id)]
Label = Annotated[str | None, BeforeValidator(_label)]
Type = Annotated[str | None, BeforeValidator(_type)]
Entries = Annotated[list[dict[str, Any]] | None, BeforeValidator(_entries)]
Restrictions = Annotated[dict[str, bool] | None, BeforeValidator(_restrictions)]
Object = Annotated[dict[str, Any] | None, BeforeValidator(_object)]
State = Annotated[str | None, BeforeValidator(_state)]


class FieldParams(Params):
    """`POST metadata_fields`, `PUT metadata_fields/<external_id>`."""

    external_id: Id = P("The field's name in calls; random if not given, never changed and never given twice.")
    type: Type = P("string, integer, date, enum or set; never changed.")
    label: Label = P("The field's name for people; no two alike.")
    mandatory: Flag = P("Every asset needs a value; with assets stored, that needs a default_value.")
    default_value: Any = P("Filled in on upload: a text, a number, a date, a datasource ID, or a list of them for a set.")
    default_disabled: Flag = P("Fill nothing in and demand nothing on upload.")
    validation: Object = P("A rule: greater_than or less_than (value, equals), strlen (min, max), or and (rules).")
    restrictions: Restrictions = P("readonly_ui, hidden_ui, excluded_from_search: kept for user interfaces.")
    datasource: Entries = P("For enum and set: values, each with a value and an external_id.")
    allow_dynamic_list_values: Flag = P("A value that is not in the datasource is added to it instead of being refused.")


class FieldListParams(Params):
    """`GET metadata_fields`."""

    external_ids: Items = P("Only these fields.")


class DatasourceParams(Params):
    """`PUT metadata_fields/<external_id>/datasource`."""

    values: Entries = P("Entries: a known external_id changes, a new one is appended.")


class EntryParams(Params):
    """`DELETE …/datasource`, `POST …/datasource_restore`."""

    external_ids: Items = P("IDs of datasource entries.")


class OrderParams(Params):
    """`PUT metadata_fields/order`, `POST metadata_fields/<external_id>/datasource/order`."""

    order_by: Text = P("label, external_id or created_at for fields; value or external_id for a datasource.")
    direction: Direction = P("asc (the default) or desc.")


class PlaceParams(Params):
    """`PUT metadata_fields/<external_id>/reorder`."""

    position: Count = P("The field's new place, counted from 0.")


class SearchParams(Params):
    """`POST metadata_fields/…/datasource/search`."""

    term: Text = P("Part of an entry's value, in any case.")
    exact_match: Flag = P("The whole value instead of a part.")
    max_results: Count = P("Entries answered: 255 of one field, 100 of all, unless told.")


class RuleParams(Params):
    """`POST metadata_rules`, `PUT metadata_rules/<external_id>`: kept for user interfaces, which apply them."""

    metadata_field_id: Text = P("The field the rule is for.")
    name: Label = P("The rule's name.")
    condition: Object = P("When: equals, includes or populated of a field, or such under and / or.")
    result: Object = P("What then: disable, hide, set_mandatory, activate_values, apply_value.")
    state: State = P("active (the default) or inactive.")


def checked_validation(type: str, validation: Mapping[str, Any]) -> dict[str, Any]:
    """The validation as it was sent, if every rule of it suits the field's type. Raises ValueError."""
    rules = validation.get("rules") if validation.get("type") == "and" else [validation]
    if not isinstance(rules, list) or not 0 < len(rules) <= MOST_RULES:
        raise ValueError("expected a list of rules")
    for rule in rules:
        if not isinstance(rule, Mapping):
            raise ValueError("expected a rule to be an object with a type")
        _check_rule(type, rule)
    return dict(validation)


def _check_rule(type: str, rule: Mapping[str, Any]) -> None:
    kind = rule.get("type")
    if kind in ("greater_than", "less_than") and type in ("integer", "date"):
        READERS[type](rule.get("value"))
    elif kind == "strlen" and type == "string":
        bounds = [rule[name] for name in ("min", "max") if rule.get(name) is not None]
        if not bounds or any(
            isinstance(item, bool) or not isinstance(item, int) or not 0 <= item <= LONGEST_TEXT for item in bounds
        ):
            raise ValueError("expected min, max or both as whole numbers")
    else:
        raise ValueError(f"{str(kind)[:50]} is no rule for a field of type {type}")
