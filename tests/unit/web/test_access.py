"""Basic credentials out of an Authorization header, however it is written."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.access import basic


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        "Basic " + coded("key:secret?>"),
        "basic " + coded("key:secret?>"),
        "BASIC   " + coded("key:secret?>") + " ",
        "Basic " + coded("key:secret?>").rstrip("="),
        "Basic " + base64.urlsafe_b64encode(b"key:secret?>").decode(),
    ],
)
def test_credentials_are_read_in_every_spelling(header: str) -> None:
    assert basic(header) == ("key", "secret?>")


def test_a_password_may_hold_a_colon_and_be_empty() -> None:
    assert basic("Basic " + coded("key:a:b")) == ("key", "a:b")
    assert basic("Basic " + coded("key:")) == ("key", "")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic ",
        "Bearer abc",
        "Basic @@@@",
        "Basic é",
        "Basic " + coded("no colon"),
        "Basic /w==",
        "Basic " + "A" * 5,
        coded("key:secret"),
    ],
)
def test_anything_else_is_no_credentials(header: str) -> None:
    assert basic(header) is None


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=":")), st.text(st.characters(exclude_categories=["Cs"])))
def test_any_user_and_password_come_back(user: str, password: str) -> None:
    assert basic("Basic " + coded(f"{user}:{password}")) == (user, password)


@given(st.text(st.characters(max_codepoint=255)))
def test_any_header_is_read_or_refused(text: str) -> None:
    assert basic("Basic " + text) is None or ":" in "".join(map(":".join, [basic("Basic " + text) or ()]))
