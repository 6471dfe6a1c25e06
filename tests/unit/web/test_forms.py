"""Requests in every encoding become one mapping of raw values and one file."""

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from starlette.requests import Request

from app.errors import BadRequest
from app.services.fetching import Fetcher
from app.services.intake import Intake
from app.settings import Settings
from app.web.forms import Form, receive

URLENCODED = "application/x-www-form-urlencoded"


def received(folder: Path, body: bytes, kind: str = "", query: str = "", **limits: Any) -> Form:
    messages = [
        {"type": "http.request", "body": body[:7], "more_body": True},
        {"type": "http.request", "body": body[7:], "more_body": False},
    ]

    async def receiving() -> dict[str, Any]:
        return messages.pop(0)

    headers = [(b"content-type", kind.encode())] if kind else []
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": query.encode(), "headers": headers}
    intake = Intake(folder, 10_000, Fetcher())
    return asyncio.run(receive(Request(scope, receiving), intake, Settings.model_validate(limits)))


def test_repeats_brackets_and_indexes_become_one_list_in_order_of_appearance() -> None:
    form = Form()
    for name, value in [
        ("a", "1"),
        ("a", "2"),
        ("a", "3"),
        ("b[]", "x"),
        ("b[]", "y"),
        ("c[0]", "p"),
        ("c[1]", "q"),
        ("c[10]", "r"),
        ("d[]", "z"),
    ]:
        form.add(name, value)
    assert form.fields == {"a": ["1", "2", "3"], "b": ["x", "y"], "c": ["p", "q", "r"], "d": ["z"]}


def test_other_brackets_are_part_of_a_name() -> None:
    form = Form()
    for name in ("a[x]", "[]", "b[", "c[0]d"):
        form.add(name, "1")
    assert form.fields == {"a[x]": "1", "[]": "1", "b[": "1", "c[0]d": "1"}


def test_every_encoding_says_the_same(tmp_path: Path) -> None:
    pairs = [("tags", "a&b=ü"), ("public_ids[]", "1"), ("public_ids[]", "2"), ("empty", "")]
    expected = {"tags": "a&b=ü", "public_ids": ["1", "2"], "empty": ""}
    text = urlencode(pairs).encode()
    assert received(tmp_path, text, URLENCODED).fields == expected
    assert received(tmp_path, text, URLENCODED + "; charset=UTF-8").fields == expected
    assert received(tmp_path, text).fields == expected, "no Content-Type at all"
    assert received(tmp_path, b"", query=text.decode()).fields == expected
    parts = b"".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in pairs)
    assert received(tmp_path, parts + b"--b--\r\n", "multipart/form-data; boundary=b").fields == expected
    data = orjson.dumps({"tags": "a&b=ü", "public_ids": ["1", "2"], "empty": ""})
    assert received(tmp_path, data, "application/json").fields == expected
    assert received(tmp_path, data).fields == expected, "no Content-Type, but an object"


def test_json_keeps_its_types_for_the_kinds_to_read(tmp_path: Path) -> None:
    form = received(
        tmp_path, orjson.dumps({"overwrite": True, "auto_tagging": 0.6, "context": {"a": "b"}, "none": None}), "application/json"
    )
    assert form.fields == {"overwrite": True, "auto_tagging": 0.6, "context": {"a": "b"}, "none": None}


def test_the_body_wins_over_the_query(tmp_path: Path) -> None:
    assert received(tmp_path, b"a=body", URLENCODED, "a=query&b=query").fields == {"a": "body", "b": "query"}


@pytest.mark.parametrize(
    ("kind", "body", "query"),
    [(URLENCODED, b"file=data:x", ""), ("application/json", b'{"file": "data:x"}', ""), ("", b"", "file=data:x")],
)
def test_a_file_said_as_text_is_spooled_like_any_other(tmp_path: Path, kind: str, body: bytes, query: str) -> None:
    form = received(tmp_path, body, kind, query)
    assert form.file
    assert (form.file.path.read_bytes(), form.file.text, form.fields) == (b"data:x", True, {})
    form.drop()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{half"),
        ("application/json", b"[1]"),
        ("application/json", b'"text"'),
        ("application/json", b"\xff"),
        ("application/json", b'{"a":' * 5000),
        (URLENCODED, b"\xff=1"),
        (URLENCODED, b"a=1&" * 20_000),
        ("multipart/form-data", b"x"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(tmp_path: Path, kind: str, body: bytes) -> None:
    with pytest.raises(BadRequest, match=r"^Invalid "):
        received(tmp_path, body, kind)
    assert list(tmp_path.iterdir()) == []


def test_a_text_body_over_its_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match=r"^Request body too large\. Maximum is 100 bytes\.$"):
        received(tmp_path, b"a=" + b"x" * 100, URLENCODED, max_text_bytes=100)
    with pytest.raises(BadRequest, match=r"^File size too large"):
        received(tmp_path, b"file=" + b"x" * 10_001, URLENCODED)
    assert list(tmp_path.iterdir()) == []
