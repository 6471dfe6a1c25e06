"""Structured metadata, pure: what a field is, what may be written into it, and which rules its values keep."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import orjson

TYPES = ("string", "integer", "date", "enum", "set")
MOST_VALUES = 3000  # the documented limit of a datasource and of a set's values
LONGEST_TEXT = 4_000_000
LARGEST = 2**63 - 1  # an integer both databases and every SDK can hold

Value = str | int | list[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """One value that an enum or set may take."""

    external_id: str
    value: str
    active: bool = True
    position: int = 0


@dataclass(frozen=True, slots=True)
class Field:
    """A metadata field's definition. `id` is its row; `entries` are those of its datasource that were loaded, by their ID."""

    id: int
    external_id: str
    type: str
    label: str
    mandatory: bool = False
    default_value: Any = None
    default_disabled: bool = False
    validation: dict[str, Any] | None = None
    restrictions: dict[str, bool] | None = None
    allow_dynamic_list_values: bool = False
    position: int = 0
    created_at: int = 0
    entries: Mapping[str, Entry] = field(default_factory=dict)

    @property
    def listed(self) -> bool:
        """Whether its values come from a datasource."""
        return self.type in ("enum", "set")

    @property
    def default(self) -> Value | None:
        """What is filled in where nobody gives a value; none once it does not fit any more."""
        if self.default_disabled or empty(self.default_value) or not fits(self, self.default_value):
            return None
        return read(self, self.default_value)


def empty(raw: object) -> bool:
    """Whether this says: no value."""
    return raw is None or raw == [] or (isinstance(raw, str) and raw.strip() in ("", "[]"))


def read(field: Field, raw: object) -> Value:
    """The field's value as it is stored, from what any SDK writes. Raises ValueError saying what was expected."""
    value: Value = READERS[field.type](raw)
    if field.listed:
        _check_listed(field, named(field, value))
    elif field.validation:
        broken = next((rule for rule in rules_of(field.validation) if not holds(field.type, rule, value)), None)
        if broken:
            raise ValueError(f"expected a value that is {told(broken)}")
    return value


def fits(field: Field, raw: object) -> bool:
    try:
        read(field, raw)
    except ValueError:
        return False
    return True


def named(field: Field, raw: object) -> list[str]:
    """The datasource IDs a raw value of an enum or set speaks of; none if it cannot be read."""
    if empty(raw):
        return []
    try:
        value = READERS[field.type](raw)
    except ValueError:
        return []
    return [value] if isinstance(value, str) else list(value)


def rules_of(validation: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The single rules of a checked validation."""
    return validation["rules"] if validation["type"] == "and" else [validation]


def holds(type: str, rule: Mapping[str, Any], value: Any) -> bool:
    """Whether a value keeps one rule of a field of that type."""
    if rule["type"] == "strlen":
        return int(rule.get("min") or 0) <= len(value) <= int(rule.get("max") or LONGEST_TEXT)
    bound = READERS[type](rule["value"])
    if rule.get("equals") and value == bound:
        return True
    return bool(value > bound if rule["type"] == "greater_than" else value < bound)


def told(rule: Mapping[str, Any]) -> str:
    """A rule in words."""
    if rule["type"] == "strlen":
        return f"{rule.get('min') or 0} to {rule.get('max') or LONGEST_TEXT} characters long"
    return f"{rule['type'].replace('_', ' ')} {'or equal to ' if rule.get('equals') else ''}{rule['value']}"


def _check_listed(field: Field, ids: Sequence[str]) -> None:
    if len(ids) > MOST_VALUES:
        raise ValueError(f"expected at most {MOST_VALUES} values")
    for id in ids:
        entry = field.entries.get(id)
        if entry is None and not field.allow_dynamic_list_values:
            raise ValueError(f"{id[:100]} is not in the datasource")
        if entry is not None and not entry.active:
            raise ValueError(f"{id[:100]} was deleted from the datasource")


def _text(raw: object) -> str:
    if raw is None or isinstance(raw, bool | list | dict) or len(str(raw)) > LONGEST_TEXT or "\0" in str(raw):
        raise ValueError("expected one text")
    return str(raw)


def _integer(raw: object) -> int:
    if isinstance(raw, bool) or not re.fullmatch(r"[+-]?[0-9]{1,19}", str(raw).strip()):
        raise ValueError("expected a whole number")
    number = int(str(raw))
    if abs(number) > LARGEST:
        raise ValueError("expected a whole number of at most 64 bits")
    return number


def _date(raw: object) -> str:
    text = str(raw).strip()
    try:
        return date.fromisoformat(text if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else "").isoformat()
    except ValueError:
        raise ValueError("expected a date as in 2026-01-31") from None


def _one(raw: object) -> str:
    text = _text(raw).strip()
    if len(text) > 255:
        raise ValueError("expected the ID of one datasource entry")
    return text


def _many(raw: object) -> list[str]:
    """A list; or its text: JSON with or without escaped quotes, as the SDKs write it; or `a,b`."""
    items = raw if isinstance(raw, list) else _written(_text(raw).strip())
    return list(dict.fromkeys(id for item in items if (id := _one(item))))


def _written(text: str) -> list[Any]:
    if not text.startswith("["):
        return text.split(",")
    for form in (text, text.replace('\\"', '"')):
        try:
            items = orjson.loads(form)
        except orjson.JSONDecodeError:
            continue
        if isinstance(items, list):
            return items
    return text[1:].removesuffix("]").split(",")


READERS: dict[str, Callable[[object], Any]] = {"string": _text, "integer": _integer, "date": _date, "enum": _one, "set": _many}
