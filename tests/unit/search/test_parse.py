"""Expressions become trees, or errors that say where."""

import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import BadRequest
from app.search.parse import parse
from app.search.tree import EVERYTHING, And, Match, Not, Or, Value


def one(text: str) -> Match:
    found = parse(text)
    assert isinstance(found, Match)
    return found


def words(node: object) -> object:
    """A tree of free words as nested lists, for reading."""
    match node:
        case Match():
            return node.values[0].text
        case Not():
            return ["NOT", words(node.part)]
        case And():
            return ["AND", *map(words, node.parts)]
        case Or():
            return ["OR", *map(words, node.parts)]
    raise AssertionError(node)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a b", ["AND", "a", "b"]),
        ("a AND b c", ["AND", "a", "b", "c"]),
        ("a OR b AND c", ["OR", "a", ["AND", "b", "c"]]),
        ("a OR b c OR d", ["OR", "a", ["AND", "b", "c"], "d"]),
        ("NOT a b", ["AND", ["NOT", "a"], "b"]),
        ("-a +b", ["AND", ["NOT", "a"], "b"]),
        ("NOT (a OR b)", ["NOT", ["OR", "a", "b"]]),
        ("--a", ["NOT", ["NOT", "a"]]),
        ("ANDROID or ORDER", ["AND", "ANDROID", "or", "ORDER"]),
        ("((a))", "a"),
    ],
)
def test_not_binds_tighter_than_and_and_and_than_or(text: str, tree: object) -> None:
    assert words(parse(text)) == tree


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_asks_for_everything(text: str) -> None:
    assert parse(text) == EVERYTHING


@pytest.mark.parametrize(
    ("text", "value", "prefix"),
    [
        ("a-b", "a-b", False),
        ("a*", "a", True),
        ("*", "", True),
        (r"a\*", "a*", False),
        (r"a\:b\ c", "a:b c", False),
        ('"a b*"', "a b", True),
        (r'"a\"b\*"', 'a"b*', False),
        ("'it is'", "it is", False),
        ("don't", "don't", False),
        ('"(AND)"', "(AND)", False),
        ("käse/日本", "käse/日本", False),
    ],
)
def test_values_lose_their_quotes_and_backslashes(text: str, value: str, prefix: bool) -> None:
    found = one(f"x:{text}").values[0]
    assert (found.text, found.prefix) == (value, prefix)


def test_every_sign_and_range() -> None:
    signs = {text: one(f"f{text}1").how for text in (":", "=", ">", "<", ">=", "<=", ":>", ":>=", ":<", ":<=")}
    assert [*signs.values()] == [":", "=", ">", "<", ">=", "<=", ">", ">=", "<", "<="]
    assert one("f:{1 TO *]") == Match("f", "range", (Value("1", 3), Value("", 8, True)), 0, None, (True, False))
    assert one("f=[-1 TO 2}").open == (False, True)
    assert one("detected.count:person>=3").label == Value("person", 15)
    assert one("detected.count:person=3").how == "="


def test_a_field_before_parentheses_is_that_of_all_inside() -> None:
    found = parse("tags=(a OR -b)")
    assert isinstance(found, Or)
    assert found.parts[0] == Match("tags", "=", (Value("a", 6),), 6)
    assert isinstance(found.parts[1], Not)
    assert found.parts[1].part.field == "tags"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("(", 2), ("a)", 2), ("a AND", 6), ("AND a", 1), ("a OR OR b", 6), ("tags:", 6), ("tags:)", 6), ("a !b", 3),
        ('"abc', 1), ("ab*c", 3), ("bytes:[1 2]", 10), ("bytes:[1 TO", 12), ("tags:(a:b)", 7), ("a\0", 2), ("a\\", 2), ("\n\n[", 3),
    ],
)  # fmt: skip
def test_an_error_says_at_which_column(text: str, column: int) -> None:
    with pytest.raises(BadRequest, match=rf"^Invalid expression at column {column}: "):
        parse(text)


@given(st.text(alphabet="ab:=><()[]{}\"'\\*-+ ANDORTO1\n", max_size=40) | st.text(max_size=40))
def test_any_text_is_a_tree_or_a_refusal(text: str) -> None:
    with suppress(BadRequest):
        parse(text)


@pytest.mark.parametrize(
    "bomb", ["(" * 9_999 + ")" * 9_999, "-" * 19_999 + "a", "a " * 9_999, "(a OR " * 3_000, "x:" * 9_000, "\\" * 19_999]
)
def test_bombs_are_refused_after_bounded_work(bomb: str) -> None:
    parse("warm")
    start = time.thread_time()  # of the processor, not of the wall: neighbours do not count
    with pytest.raises(BadRequest):
        parse(bomb)
    assert time.thread_time() - start < 3
