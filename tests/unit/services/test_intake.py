"""Files on their way in: data URIs in every spelling, limits while writing, and a spool folder that is left clean."""

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.errors import BadRequest
from app.services.fetching import Fetcher, Guard
from app.services.intake import PIECE, Incoming, Intake
from tests.unit.services.remote import answer, remote

BYTES = bytes(range(256)) + b"\xfb\xff\xfe"
PLAIN = base64.b64encode(BYTES).decode()


@pytest.fixture
def intake(tmp_path: Path) -> Intake:
    return Intake(tmp_path, 2_000_000, Fetcher(5, 1, Guard(("127.0.0.1/32",))))


def said(intake: Intake, text: str | bytes) -> Incoming:
    """What a text field named `file` becomes."""
    spool = intake.spool()
    spool.write(text if isinstance(text, bytes) else text.encode())
    return intake.resolve(spool.finish(text=True))


URIS = [
    "data:image/png;base64," + PLAIN,
    "DATA:image/png;BASE64," + PLAIN,
    "  data:image/png;base64," + PLAIN + "\n",
    "data:;base64," + PLAIN,
    "data:image/svg+xml;charset=utf-8;name=a.png;base64," + PLAIN,
    "data:image/png;base64," + PLAIN.rstrip("="),
    "data:image/png;base64," + base64.urlsafe_b64encode(BYTES).decode(),
    "data:image/png;base64," + base64.encodebytes(BYTES).decode(),
    "data:image/png;base64," + PLAIN.replace("A", " A\r\n\t"),
    "data:image/png;base64," + quote(PLAIN, safe=""),
]


@pytest.mark.parametrize("uri", URIS)
def test_a_data_uri_holds_its_bytes_in_every_spelling(intake: Intake, uri: str) -> None:
    file = said(intake, uri)
    assert file.path.read_bytes() == BYTES
    assert (file.size, file.etag, file.filename, file.text) == (len(BYTES), hashlib.md5(BYTES).hexdigest(), "", False)
    assert list(intake.folder.iterdir()) == [file.path], "the text itself is gone"


@pytest.mark.parametrize("escape", [False, True])
@pytest.mark.parametrize("more", [0, 1, 2, 3, 4])
def test_a_long_data_uri_is_decoded_across_its_pieces(intake: Intake, more: int, escape: bool) -> None:
    body = bytes(index * 7 % 256 for index in range(PIECE + more))
    coded = base64.b64encode(body).decode()
    file = said(intake, "data:image/png;base64," + (coded.replace("+", "%2B").replace("/", "%2f") if escape else coded))
    assert file.path.read_bytes() == body


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=300), st.data())
def test_any_bytes_come_back_wherever_white_space_is_put(intake: Intake, body: bytes, data: st.DataObject) -> None:
    coded = base64.b64encode(body).decode()
    place = data.draw(st.integers(0, len(coded)))
    space = data.draw(st.text(" \r\n\t", max_size=3))
    file = said(intake, f"data:x/y;base64,{coded[:place]}{space}{coded[place:]}")
    assert file.path.read_bytes() == body
    file.path.unlink()


REFUSED = [
    ("data:image/png,plain", "Invalid data URI: expected data:<type>;base64,<data>"),
    ("data:", "Invalid data URI: expected data:<type>;base64,<data>"),
    ("data:image/png;base64" + "x" * 5000 + ",QUJD", "Invalid data URI: expected data:<type>;base64,<data>"),
    ("data:image/png;base64,@@@@", "Invalid data URI: the data is not base64"),
    ("data:image/png;base64,QQ=Q", "Invalid data URI: the data is not base64"),
    ("data:image/png;base64,QUJDR", "Invalid data URI: the data is not base64"),
    ("data:image/png;base64,QUJD%zz", "Invalid data URI: the data is not base64"),
    ("data:image/png;base64,Käse", "Invalid data URI: the data is not base64"),
    ("data:image/png;base64,", "Empty file"),
    ("", "Missing required parameter - file"),
    ("/etc/passwd", "Unsupported source URL: /etc/passwd"),
    ("file:///etc/passwd", "Unsupported source URL: file:///etc/passwd"),
    ("s3://bucket/key", "Unsupported source URL: s3://bucket/key"),
    (b"\xff\xfe\x00", "Unsupported source URL: "),
]


@pytest.mark.parametrize(("text", "words"), REFUSED)
def test_a_text_that_is_no_source_is_refused_and_leaves_nothing(intake: Intake, text: str | bytes, words: str) -> None:
    with pytest.raises(BadRequest) as caught:
        said(intake, text)
    assert caught.value.message.startswith(words)
    assert list(intake.folder.iterdir()) == []


def test_a_url_is_read_and_names_the_file(intake: Intake) -> None:
    with remote({"/shop/w%C3%BCnter%20coat.jpg?x=1": answer("200 OK", BYTES)}) as server:
        file = said(intake, server.url("/shop/wünter%20coat.jpg?x=1"))
    assert (file.path.read_bytes(), file.filename) == (BYTES, "wünter coat.jpg")
    assert list(intake.folder.iterdir()) == [file.path]


@pytest.mark.parametrize("answered", [answer("200 OK", bytes(3_000_000)), answer("500 Broken"), answer("200 OK")])
def test_a_url_that_fails_leaves_nothing(intake: Intake, answered: Callable[..., None]) -> None:
    with remote({"/a": answered}) as server, pytest.raises(BadRequest, match=r"File size too large|Error in loading|Empty file"):
        said(intake, server.url("/a"))
    assert list(intake.folder.iterdir()) == []


def test_a_file_over_the_limit_is_refused_while_it_is_written(tmp_path: Path) -> None:
    spool = Intake(tmp_path, 10, Fetcher()).spool()
    spool.write(b"12345")
    spool.write(memoryview(b"67890"))
    with pytest.raises(BadRequest, match=r"File size too large\. Got more than 10 bytes\. Maximum is 10\."):
        spool.write(b"1")
    spool.drop()
    assert list(tmp_path.iterdir()) == []


def test_a_data_uri_over_the_limit_is_refused_and_dropped(tmp_path: Path) -> None:
    intake = Intake(tmp_path, 300, Fetcher())
    large = base64.b64encode(bytes(200)).decode()
    assert said(intake, f"data:x/y;base64,{large}").size == 200
    with pytest.raises(BadRequest, match="File size too large"):
        Intake(tmp_path, 100, Fetcher()).resolve(_written(tmp_path, f"data:x/y;base64,{large}"))
    assert len(list(tmp_path.iterdir())) == 1


def _written(folder: Path, text: str) -> Incoming:
    path = folder / "text"
    path.write_text(text)
    return Incoming(path, len(text), "", text=True)


def test_a_missing_file_and_an_empty_one_are_refused(intake: Intake) -> None:
    with pytest.raises(BadRequest, match="Missing required parameter - file"):
        intake.resolve(None)
    with pytest.raises(BadRequest, match="Empty file"):
        intake.resolve(intake.spool().finish("empty.jpg"))
    assert list(intake.folder.iterdir()) == []
