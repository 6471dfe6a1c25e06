"""Values of structured metadata against their fields: reading, rules, defaults, merging."""

from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequest
from app.params.definitions import checked_validation
from app.params.kinds import P, Params, Values
from app.params.metadata import TYPES, Entry, Field, fits, read
from app.params.sheet import Sheet

ENTRIES = {"a": Entry("a", "A"), "b": Entry("b", "B"), "old": Entry("old", "Old", active=False)}


def field(type: str, **more: Any) -> Field:
    return Field(1, type, type, type, entries=ENTRIES if type in ("enum", "set") else {}, **more)


SHEET = Sheet({type: field(type) for type in TYPES})


class Table(Params):
    values: Values = P("values")


def parsed(value: object) -> Any:
    return Table.read({"values": value}).values


@pytest.mark.parametrize(
    ("type", "raw", "value"),
    [
        ("string", "x y", "x y"),
        ("string", 12, "12"),
        ("integer", 12, 12),
        ("integer", " -12 ", -12),
        ("integer", 2**63 - 1, 2**63 - 1),
        ("date", "2024-02-29", "2024-02-29"),
        ("enum", "a", "a"),
        ("set", ["a", "b", "a"], ["a", "b"]),
        ("set", '["a","b"]', ["a", "b"]),
        ("set", r"[\"a\", \"b\"]", ["a", "b"]),
        ("set", "[a, b]", ["a", "b"]),
        ("set", "a, b", ["a", "b"]),
        ("set", "b", ["b"]),
    ],
)
def test_a_value_is_read_however_it_is_written(type: str, raw: object, value: object) -> None:
    assert read(field(type), raw) == value


@pytest.mark.parametrize(
    ("type", "raw", "sentence"),
    [
        ("string", ["a"], "expected one text"),
        ("string", True, "expected one text"),
        ("string", "\0", "expected one text"),
        ("integer", "1.5", "expected a whole number"),
        ("integer", 1.0, "expected a whole number"),
        ("integer", True, "expected a whole number"),
        ("integer", "٣", "expected a whole number"),
        ("integer", 2**63, "expected a whole number of at most 64 bits"),
        ("date", "2023-02-29", "expected a date"),
        ("date", "2024-W01-1", "expected a date"),
        ("date", "20240101", "expected a date"),
        ("date", 20240101, "expected a date"),
        ("enum", "c", "c is not in the datasource"),
        ("enum", "old", "old was deleted from the datasource"),
        ("enum", ["a"], "expected one text"),
        ("set", ["a", "c"], "c is not in the datasource"),
        ("set", [["a"]], "expected one text"),
        ("set", [None], "expected one text"),
        ("set", [str(number) for number in range(3001)], "expected at most 3000 values"),
        ("set", {"a": 1}, "expected one text"),
    ],
)
def test_another_value_is_refused(type: str, raw: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read(field(type), raw)


def greater(value: object, equals: bool | None = None) -> dict[str, Any]:
    return {"type": "greater_than", "value": value} | ({} if equals is None else {"equals": equals})


@given(st.integers(-100, 100), st.integers(-100, 100), st.booleans(), st.booleans())
def test_a_comparison_is_python_s_own(value: int, bound: int, equals: bool, text: bool) -> None:
    rule = {"type": "less_than", "value": str(bound) if text else bound, "equals": equals}
    assert fits(field("integer", validation=rule), value) is (value <= bound if equals else value < bound)
    assert fits(field("integer", validation=greater(bound, equals)), value) is (value >= bound if equals else value > bound)


@given(st.dates(), st.dates())
def test_dates_compare_as_dates(value: date, bound: date) -> None:
    assert fits(field("date", validation=greater(bound.isoformat())), value.isoformat()) is (value > bound)


@given(st.text("aä€😀", max_size=6), st.integers(0, 6), st.integers(0, 6))
def test_a_length_counts_characters(value: str, low: int, high: int) -> None:
    rule = {"type": "strlen", "min": low, "max": high}
    bound = field("string", validation=rule)
    assert fits(bound, value) is (low <= len(value) <= (high or 4_000_000))
    assert fits(field("string", validation={"type": "strlen", "min": low}), value) is (low <= len(value))


def test_and_wants_every_rule() -> None:
    both = field("integer", validation={"type": "and", "rules": [greater(1), {"type": "less_than", "value": 9, "equals": True}]})
    assert [number for number in range(12) if fits(both, number)] == list(range(2, 10))


@pytest.mark.parametrize(
    ("type", "validation"),
    [("integer", greater(5)), ("date", greater("2024-01-01", True)), ("string", {"type": "strlen", "max": 5})],
)
def test_a_rule_that_suits_is_kept_as_it_was_sent(type: str, validation: dict[str, Any]) -> None:
    assert checked_validation(type, validation) == validation
    both = {"type": "and", "rules": [validation, validation]}
    assert checked_validation(type, both) == both
    for other in ("enum", "set"):
        with pytest.raises(ValueError, match="no rule for a field of type"):
            checked_validation(other, validation)


def test_a_value_that_a_list_does_not_know_may_be_learnt() -> None:
    sheet = Sheet({"set": field("set", allow_dynamic_list_values=True)})
    changes = sheet.read({"set": ["a", "new"]})
    assert (changes, sheet.fresh(changes)) == ({"set": ["a", "new"]}, {"set": ["new"]})
    with pytest.raises(BadRequest, match="old was deleted"):
        sheet.read({"set": ["old"]})


def test_everything_that_is_wrong_is_named() -> None:
    with pytest.raises(BadRequest) as wrong:
        SHEET.read({"integer": "x", "date": "y", "string": "fine"})
    assert wrong.value.message == (
        "Invalid value x for metadata field integer: expected a whole number. "
        "Invalid value y for metadata field date: expected a date as in 2026-01-31"
    )
    with pytest.raises(BadRequest) as unknown:
        SHEET.read({"b": 1, "ü": 2, "integer": "x"})
    assert unknown.value.message == 'Metadata External IDs do not exist: ["b", "ü"]'


def test_mandatory_comes_from_the_call_the_store_or_the_default() -> None:
    sheet = Sheet({"n": field("integer", mandatory=True), "s": field("string", mandatory=True, default_value="d")})
    assert sheet.filled({"n": 1}) == {"n": 1, "s": "d"}
    assert sheet.merged({"n": 2}, {}) == {"n": 2, "s": "d"}
    for changes in ({}, {"n": None}, {"n": 1, "s": None}):
        with pytest.raises(BadRequest, match="is mandatory; give it a value"):
            sheet.filled(changes)
    sleeping = Sheet({"n": field("integer", mandatory=True, default_disabled=True, default_value=3)})
    assert sleeping.filled({}) == {}


def test_stored_values_outlive_a_change_of_their_field() -> None:
    stored = {"integer": 1, "enum": "old", "gone": "x"}
    assert SHEET.merged(stored, {"string": "s"}) == {"string": "s", "integer": 1, "enum": "old"}
    assert SHEET.merged(stored, {}, clear_invalid=True) == {"integer": 1}
    governed = replace(SHEET, governed=frozenset({"enum"}))
    with pytest.raises(BadRequest, match="field enum is no longer valid"):
        governed.merged(stored, {})
    assert governed.merged(stored, {"enum": "a"}) == {"integer": 1, "enum": "a"}
    assert governed.merged(stored, {}, clear_invalid=True) == {"integer": 1}


KEYS = st.text("abc", min_size=1, max_size=3)
TEXTS = st.text('ab=|[]," ', max_size=8).filter(lambda text: not text.startswith("["))


def escaped(text: str) -> str:
    """As the official SDKs do."""
    return text.replace("=", r"\=").replace("|", r"\|")


@given(st.dictionaries(KEYS, TEXTS | st.lists(TEXTS, max_size=3), max_size=4))
def test_pairs_come_back_as_they_were_written(values: dict[str, Any]) -> None:
    """Texts exactly; lists as JSON that reads as the same list."""
    written = {key: orjson.dumps(value).decode() if isinstance(value, list) else value for key, value in values.items()}
    found = parsed("|".join(f"{key}={escaped(text)}" for key, text in written.items()))
    assert {key: orjson.loads(text) if text.startswith("[") else text for key, text in found.items()} == values
    assert parsed(orjson.dumps(values).decode()) == parsed(values) == values


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["a", "b", "old", "[a"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(TYPES), ANYTHING, max_size=5), st.booleans())
def test_any_value_is_stored_as_json_or_refused_with_a_sentence(values: dict[str, object], dynamic: bool) -> None:
    sheet = Sheet({id: replace(one, allow_dynamic_list_values=dynamic) for id, one in SHEET.fields.items()})
    with suppress(BadRequest):
        stored = sheet.filled(sheet.read(values))
        again = orjson.loads(orjson.dumps(stored))
        assert sheet.merged({}, sheet.read(again)) == stored, "what was stored is valid as it is"
