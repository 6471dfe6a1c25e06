"""Multipart bodies: the same parts however the network cuts them, bounded in every way, nothing left behind."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import BadRequest
from app.services.fetching import Fetcher
from app.services.intake import Incoming, Intake
from app.settings import Settings
from app.web.multipart import Parts

TYPE = "multipart/form-data; boundary=xBx"
FILE = bytes(range(256)) * 3 + b"\r\n--xB\r\n--xBy\r\n"


def body(*parts: tuple[str, bytes]) -> bytes:
    """A body of parts, each with its Content-Disposition parameters."""
    lines = [f"--xBx\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + data + b"\r\n" for head, data in parts]
    return b"".join(lines) + b"--xBx--\r\n"


WHOLE = body(
    ('name="tags"', "größe,b".encode()),
    ('name="file"; filename="a \\"cat\\".jpg"', FILE),
    ("name=unquoted", b"1"),
    ('name="empty"', b""),
    ('name="public_ids[]"', b"x"),
    ('name="public_ids[]"', b"y"),
)
FIELDS = [("tags", "größe,b"), ("unquoted", "1"), ("empty", ""), ("public_ids[]", "x"), ("public_ids[]", "y")]


def receive(folder: Path, pieces: Sequence[bytes], content_type: str = TYPE, **limits: Any) -> tuple[Parts, Incoming | None]:
    parts = Parts(content_type, Intake(folder, 10_000, Fetcher()), Settings.model_validate(limits))
    try:
        for piece in pieces:
            parts.write(piece)
        return parts, parts.finish()
    except BaseException:
        parts.drop()
        raise


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, len(WHOLE)), max_size=20))
def test_any_split_of_a_body_gives_the_same_parts(tmp_path: Path, cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(WHOLE)]
    parts, file = receive(tmp_path, [WHOLE[start:end] for start, end in pairwise(places)])
    assert parts.fields == FIELDS
    assert file
    assert (file.path.read_bytes(), file.filename, file.text) == (FILE, 'a "cat".jpg', False)
    parts.drop()
    assert list(tmp_path.iterdir()) == []


def test_a_body_may_come_byte_by_byte(tmp_path: Path) -> None:
    parts, file = receive(tmp_path, [bytes([byte]) for byte in WHOLE])
    assert parts.fields == FIELDS
    assert file
    assert file.path.read_bytes() == FILE


NAMES = [
    ('filename="cat.jpg"', "cat.jpg"),
    ("filename=cat.jpg", "cat.jpg"),
    ("filename*=utf-8''w%C3%BCnter.jpg", "wünter.jpg"),
    ("filename*=iso-8859-1''w%FCnter.jpg", "wünter.jpg"),
    ('filename=""', ""),
    ('filename="wünter.jpg"', "wünter.jpg"),
    ("filename*=idna''a%FF", ""),
    ("filename*=undefined''a", ""),
    ("filename*=unicode_escape''%5Cud800.jpg", "?.jpg"),
    ("filename*=nonsense''a.jpg", "a.jpg"),
    ("filename*=utf-8''a%00b.jpg", "ab.jpg"),
    ("filename*=%%%%", "%%%%"),
]


@pytest.mark.parametrize(("head", "name"), NAMES)
def test_a_file_is_a_file_whatever_its_name_is_written_in(tmp_path: Path, head: str, name: str) -> None:
    _, file = receive(tmp_path, [body((f'name="file"; {head}', FILE))])
    assert file
    assert (file.path.read_bytes(), file.filename, file.text) == (FILE, name, False)


def test_a_file_without_a_name_is_the_text_of_its_source(tmp_path: Path) -> None:
    _, file = receive(tmp_path, [body(('name="file"', b"https://example.com/a.jpg"))])
    assert file
    assert (file.path.read_bytes(), file.text) == (b"https://example.com/a.jpg", True)


def test_a_body_without_a_file_gives_none(tmp_path: Path) -> None:
    parts, file = receive(tmp_path, [body(('name="a"', b"1"))])
    assert (parts.fields, file) == ([("a", "1")], None)
    assert list(tmp_path.iterdir()) == []


def test_a_part_without_a_name_is_left_out_and_a_second_file_is_text(tmp_path: Path) -> None:
    named = 'name="file"; filename="a"'
    parts, file = receive(tmp_path, [body(("x=1", b"lost"), (named, b"first"), (named, b"second"))])
    assert file
    assert (file.path.read_bytes(), parts.fields) == (b"first", [("file", "second")])


HEAVY: list[tuple[bytes, dict[str, Any], str]] = [
    (body(*[('name="a"', b"")] * 6), {"max_parts": 5}, "Too many parts: at most 5"),
    (body(('name="a"', b"x" * 101)), {"max_field_bytes": 100}, "The fields beside the file are too large. Maximum is 100 bytes."),
    (body(*[('name="a"', b"x" * 30)] * 4), {"max_field_bytes": 100}, "The fields beside the file are too large."),
    (body(('name="file"; filename="a"', b"x" * 10_001)), {}, "File size too large. Got more than 10000 bytes."),
    (body(('name="file"', b"x" * 10_001)), {}, "File size too large. Got more than 10000 bytes."),
    (body(('name="a"', b"")) + b"x" * 500, {"max_body_bytes": 400}, "File size too large. Got more than 400 bytes."),
    (body(('name="a"; x="' + "y" * 20_000 + '"', b"")), {}, "Invalid multipart body"),
    (b"--xBx\r\n" + b"A: b\r\n" * 100 + b"\r\n\r\n--xBx--\r\n", {}, "Invalid multipart body"),
    (b"--xBx\r\n" + b"".join(b"A%d: b\r\n" % index for index in range(100)) + b"\r\n\r\n--xBx--\r\n", {}, "Invalid multipart body"),
]


@pytest.mark.parametrize("size", [1000, 100_000])
@pytest.mark.parametrize(("content", "limits", "words"), HEAVY)
def test_what_is_too_much_is_refused_and_nothing_stays(
    tmp_path: Path, content: bytes, limits: dict[str, Any], words: str, size: int
) -> None:
    file = body(('name="file"; filename="a"', b"started")).removesuffix(b"--xBx--\r\n")
    with pytest.raises(BadRequest) as caught:
        receive(tmp_path, [content[start : start + size] for start in range(0, len(content), size)], **limits)
    assert caught.value.message.startswith(words)
    with pytest.raises(BadRequest):
        receive(tmp_path, [file, b"--xBx nonsense"], **limits)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("end", [10, 60, len(WHOLE) // 2, len(WHOLE) - 6])
def test_a_body_that_stops_early_is_refused_and_nothing_stays(tmp_path: Path, end: int) -> None:
    with pytest.raises(BadRequest, match="Invalid multipart body: it ends before its last boundary"):
        receive(tmp_path, [WHOLE[:end]])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content_type", ["multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary*=idna''%FF"]
)
def test_a_type_without_a_boundary_is_refused(tmp_path: Path, content_type: str) -> None:
    with pytest.raises(BadRequest, match="Invalid multipart body"):
        receive(tmp_path, [WHOLE], content_type)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [b"--xBx", b"\r\n", b"--", b":", b"Content-Disposition: form-data; name=", b'"file"', b'; filename="', b"x", b"\0"]
        ),
        max_size=30,
    )
)
def test_any_body_is_read_or_refused_and_nothing_stays(tmp_path: Path, tokens: list[bytes]) -> None:
    try:
        receive(tmp_path, [b"--xBx\r\n", *tokens])[0].drop()
    except BadRequest as refused:
        assert refused.message  # noqa: PT017
    assert list(tmp_path.iterdir()) == []
