"""How values are spelled on the wire: every SDK's way of writing flags, lists, pairs, numbers, and what is refused."""

import json
from collections.abc import Mapping
from contextlib import suppress

import cloudinary.utils
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequest
from app.params.kinds import Count, Csv, Direction, Flag, Items, P, Pairs, Params, Text, Unit


class Table(Params):
    """One parameter a kind."""

    text: Text = P("Any text.", unsigned=True, preset=False)
    flag: Flag = P("Yes or no.", unsigned=True)
    csv: Csv = P("A list.")
    items: Items = P("A list of whole texts.")
    pairs: Pairs = P("Pairs.")
    unit: Unit = P("A share.", preset=False)
    count: Count = P("A number.")
    direction: Direction = P("A direction.")


def parsed(name: str, value: object) -> object:
    return getattr(Table.read({name: value}), name)


def refusal(name: str, value: object) -> str:
    with pytest.raises(BadRequest) as caught:
        Table.read({name: value})
    return caught.value.message


@pytest.mark.parametrize("word", ["1", "true", "True", "TRUE", " yes ", "on", 1, True])
def test_yes_has_many_spellings(word: object) -> None:
    assert parsed("flag", word) is True


@pytest.mark.parametrize("word", ["0", "false", "False", "no", "OFF", 0, False])
def test_no_has_many_spellings_and_is_not_absent(word: object) -> None:
    assert parsed("flag", word) is False


@pytest.mark.parametrize("word", ["", " ", "none", "None", None])
def test_a_blank_flag_is_not_set(word: object) -> None:
    assert parsed("flag", word) is None


@pytest.mark.parametrize("word", ["2", "maybe", "1.0", [], {}])
def test_another_word_is_no_flag(word: object) -> None:
    assert refusal("flag", word).endswith("for parameter flag: expected true or false")


@pytest.mark.parametrize("value", ["a,b", " a , b ", "a,,b,", ["a", "b"], ("a", "b"), ["a", "b", "a"], '["a","b"]', " a,b,a"])
def test_a_list_is_the_same_in_every_spelling(value: object) -> None:
    assert parsed("csv", value) == ["a", "b"]


@pytest.mark.parametrize(("value", "whole"), [(["a,b", "c"], ["a,b", "c"]), ('["a,b"]', ["a,b"]), ("[a],b", ["[a]", "b"])])
def test_an_entry_of_an_array_keeps_its_commas_and_a_text_its_brackets(value: object, whole: list[str]) -> None:
    assert parsed("csv", value) == whole


@pytest.mark.parametrize("value", ["", ",", [], "[]", [""]])
def test_an_empty_list_is_said_and_empty(value: object) -> None:
    assert parsed("csv", value) == []


def test_whole_texts_keep_their_commas_where_they_come_one_by_one() -> None:
    assert parsed("items", ["a,b", "c", "a,b", ""]) == ["a,b", "c"]
    assert parsed("items", "a,b") == ["a", "b"]


@pytest.mark.parametrize("name", ["csv", "pairs"])
@pytest.mark.parametrize("opening", ["[", "{"])
def test_json_nested_without_end_is_refused_like_any_other_that_does_not_parse(name: str, opening: str) -> None:
    value = ('{"a":' if opening == "{" else "[") * 100_000
    expected = {"csv": "expected text without NUL of at most 255 characters", "pairs": "expected JSON"}
    if (name == "csv") is (opening == "["):
        assert refusal(name, value).endswith(expected[name])


PAIRS = [
    ("a=1|b", {"a": "1|b"}),  # one SDK leaves the backslash out
    ("a=1|b=2", {"a": "1", "b": "2"}),
    ("a=1", {"a": "1"}),
    ("a=", {"a": ""}),
    ("", {}),
    ("|a=1|", {"a": "1"}),
    (r"a=x\=y|b=p\|q", {"a": "x=y", "b": "p|q"}),
    ("a=x=y", {"a": "x=y"}),
    ('{"a": "1", "b": 2}', {"a": "1", "b": "2"}),
    ({"a": "1"}, {"a": "1"}),
    ("a=1|a=2", {"a": "2"}),
    ('sizes=["s","m"]', {"sizes": '["s","m"]'}),
    ("größe=weiß", {"größe": "weiß"}),
]


@pytest.mark.parametrize(("value", "expected"), PAIRS)
def test_pairs_are_read_with_their_escapes(value: object, expected: Mapping[str, str]) -> None:
    assert parsed("pairs", value) == expected


@pytest.mark.parametrize("value", ["1,2|3,4", "novalue", "=x", r"a\=1", "a=1|=2"])
def test_what_is_no_pair_is_refused(value: str) -> None:
    assert refusal("pairs", value).endswith("expected key=value pairs separated by |")


KEYS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="=|\\{\0"), min_size=1, max_size=10)
# The SDK does not escape a backslash, so a value that ends with one cannot be told from an escaped separator.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20).filter(
    lambda text: not text.endswith("\\")
)


@given(st.dictionaries(KEYS, TEXTS, max_size=5))
def test_pairs_written_by_the_official_sdk_come_back(pairs: dict[str, str]) -> None:
    assert parsed("pairs", cloudinary.utils.encode_context(dict(pairs))) == pairs
    assert parsed("pairs", json.dumps(pairs)) == pairs


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "C", "Z"], exclude_characters=",["), min_size=1, max_size=8), unique=True
    )
)
def test_a_list_comes_back_from_text_json_and_repeats(items: list[str]) -> None:
    assert parsed("csv", ",".join(items)) == parsed("csv", json.dumps(items)) == parsed("csv", items) == items


@pytest.mark.parametrize(("value", "number"), [("0", 0), ("1", 1), ("0.60", 0.6), (".5", 0.5), ("1e-1", 0.1), (0.25, 0.25), (1, 1)])
def test_a_share_is_a_number_from_0_to_1(value: object, number: float) -> None:
    assert parsed("unit", value) == number


def test_a_share_may_be_left_to_the_model() -> None:
    assert parsed("unit", " Default ") == "default"


@pytest.mark.parametrize("value", ["1.01", "-0.1", "nan", "inf", "abc", "", "0,5", True, [0.5]])
def test_another_share_is_refused(value: object) -> None:
    assert refusal("unit", value).endswith("expected a number from 0 to 1, or default")


@pytest.mark.parametrize(("value", "number"), [("0", 0), (" 12 ", 12), (500, 500), ("999999999", 999_999_999)])
def test_a_count_is_a_whole_number(value: object, number: int) -> None:
    assert parsed("count", value) == number


@pytest.mark.parametrize("value", ["-1", "1.5", "", "ten", "9999999999", "1" * 5000, True])
def test_another_count_is_refused(value: object) -> None:
    assert refusal("count", value).endswith("expected a whole number")


@pytest.mark.parametrize(("value", "word"), [("asc", "asc"), ("DESC", "desc"), (1, "asc"), (-1, "desc"), ("-1", "desc")])
def test_a_direction_is_a_word_or_a_sign(value: object, word: str) -> None:
    assert parsed("direction", value) == word


def test_a_text_is_one_text() -> None:
    assert parsed("text", 12) == "12"
    assert refusal("text", ["a", "b"]).endswith("expected one text")


@pytest.mark.parametrize(
    ("name", "value"), [("text", "a\0b"), ("csv", "a,b\0"), ("items", ["a\0"]), ("pairs", "a=\0"), ("csv", "x" * 256)]
)
def test_what_a_database_would_not_keep_is_refused(name: str, value: object) -> None:
    assert "expected text without NUL" in refusal(name, value)


def test_every_wrong_parameter_is_named_and_a_long_value_is_cut() -> None:
    with pytest.raises(BadRequest, match=r"for parameter flag: .*\. Invalid value .* for parameter count: ") as caught:
        Table.read({"flag": "x" * 1000, "count": "y"})
    assert len(caught.value.message) < 300


def test_unknown_names_are_ignored() -> None:
    assert Table.read({"nobody": "x"}) == Table()


def test_marks_name_the_parameters_that_carry_them() -> None:
    assert Table.marked("unsigned") == ("text", "flag")
    assert Table.marked("preset") == ("flag", "csv", "items", "pairs", "count", "direction")


@given(
    st.sampled_from(sorted(Table.model_fields)),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=5,
    ),
)
def test_any_value_is_parsed_or_refused_with_a_sentence(name: str, value: object) -> None:
    with suppress(BadRequest):
        Table.read({name: value})
