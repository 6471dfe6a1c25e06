"""Cursors: what was written is read again, and nothing else is."""

import base64
import re

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.db import cursor
from app.errors import BadRequest

NUMBERS = st.integers(-(2**63), 2**63 - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(NUMBERS | TEXTS, min_size=1, max_size=3))
def test_a_place_comes_back(place: list[int | str]) -> None:
    text = cursor.write(*place)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", text), "fit for a URL as it is"
    assert cursor.read(text, *map(type, place)) == place


@pytest.mark.parametrize("text", [None, ""])
def test_no_cursor_is_the_first_page(text: str | None) -> None:
    assert cursor.read(text, int, int) is None


def coded(value: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "nonsense",
        "ü",
        "====",
        coded([1]),
        coded([1, 2, 3]),
        coded(["1", 2]),
        coded([True, 2]),
        coded([1.0, 2]),
        coded({"a": 1}),
    ],
)
def test_a_cursor_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="for parameter next_cursor"):
        cursor.read(text, int, int)


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    try:
        assert cursor.read(text, str) is None or text
    except BadRequest as refused:
        assert "next_cursor" in refused.message  # noqa: PT017
