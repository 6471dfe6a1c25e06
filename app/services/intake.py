"""A file, a data URI or a URL -> bytes on disk, within limits, hashed while they are written."""

import base64
import binascii
import hashlib
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from app.errors import BadRequest, room
from app.services.fetching import Fetcher

PIECE = 1 << 18  # a multiple of 4, so that base64 can be decoded piece by piece
LONGEST_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Incoming:
    """A received file: `etag` is the MD5 of its bytes. `text`: it holds what a text field said (a URL or a data URI)."""

    path: Path
    size: int
    etag: str
    filename: str = ""
    text: bool = False


class Spool:
    """A file being received. It counts, hashes and limits; `finish` gives the file away, `drop` forgets it."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.path = folder / uuid.uuid4().hex
        self.size = 0
        self._limit = limit
        self._hash = hashlib.md5(usedforsecurity=False)
        with room():
            self._file = self.path.open("wb")

    def write(self, piece: bytes | memoryview) -> None:
        self.size += len(piece)
        if self.size > self._limit:
            raise BadRequest(f"File size too large. Got more than {self._limit} bytes. Maximum is {self._limit}.")
        self._hash.update(piece)
        with room():
            self._file.write(piece)

    def finish(self, filename: str = "", text: bool = False) -> Incoming:
        try:
            with room():
                self._file.close()
        except BaseException:
            self.path.unlink(missing_ok=True)
            raise
        return Incoming(self.path, self.size, self._hash.hexdigest(), filename, text)

    def drop(self) -> None:
        with suppress(OSError):  # a full disk refuses once more what it has not taken yet
            self._file.close()
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Intake:
    """Where files are spooled (`folder`, on the storage's own disk if it has one), how large they may be, how URLs are read."""

    folder: Path
    limit: int
    fetcher: Fetcher

    def spool(self) -> Spool:
        return Spool(self.folder, self.limit)

    def note(self, text: str) -> Incoming:
        """A URL or data URI that came as text, on disk like any other file."""
        spool = self.spool()
        try:
            spool.write(text.encode())
        except BaseException:
            spool.drop()
            raise
        return spool.finish(text=True)

    def resolve(self, given: Incoming | None) -> Incoming:
        """The uploaded bytes themselves, wherever the caller said they are. Raises BadRequest."""
        if given is None:
            raise BadRequest.missing("file")
        file = self._read_text(given) if given.text else given
        if not file.size:
            file.path.unlink(missing_ok=True)
            raise BadRequest("Empty file")
        return file

    def url(self, given: Incoming | None) -> str:
        """The address of a remote file, or nothing where the bytes themselves came."""
        if given is None or not given.text or not given.size:
            return ""
        head = _head(given)
        return head if head.partition(":")[0].lower() in ("http", "https") else ""

    def _read_text(self, given: Incoming) -> Incoming:
        try:
            if not given.size:
                raise BadRequest.missing("file")
            head = _head(given)
            scheme = head.partition(":")[0].lower()
            if scheme == "data":
                return self._decode(given.path)
            if scheme in ("http", "https"):
                return self._fetch(head)
            raise BadRequest(f"Unsupported source URL: {head[:100]}")
        finally:
            given.path.unlink(missing_ok=True)

    def _fetch(self, url: str) -> Incoming:
        spool = self.spool()
        try:
            self.fetcher.fetch(url, spool.write)
        except BaseException:
            spool.drop()
            raise
        return spool.finish(unquote(urlsplit(url).path).rpartition("/")[2])

    def _decode(self, path: Path) -> Incoming:
        """A data URI's payload, decoded piece by piece so that memory stays flat."""
        spool = self.spool()
        try:
            with path.open("rb") as file:
                head = file.read(LONGEST_HEAD)
                start = head.find(b",") + 1
                if not start or b";base64" not in head[:start].lower():
                    raise BadRequest("Invalid data URI: expected data:<type>;base64,<data>")
                file.seek(start)
                left = b""
                for piece in _unescaped(file):
                    left += piece.translate(None, b" \r\n\t").replace(b"-", b"+").replace(b"_", b"/")
                    whole = len(left) // 4 * 4
                    spool.write(base64.b64decode(left[:whole], validate=True))
                    left = left[whole:]
                spool.write(base64.b64decode(left + b"=" * (-len(left) % 4), validate=True))
        except binascii.Error:
            spool.drop()
            raise BadRequest("Invalid data URI: the data is not base64") from None
        except BaseException:
            spool.drop()
            raise
        return replace(spool.finish(), filename="")


def _head(given: Incoming) -> str:
    with given.path.open("rb") as file:
        return file.read(LONGEST_HEAD).decode("utf-8", "replace").strip()


def _unescaped(file: BinaryIO) -> Iterator[bytes]:
    """The rest of a file in pieces, with `%2B` and its like undone; an escape is never cut in two."""
    held = b""
    while piece := file.read(PIECE):
        piece = held + piece
        cut = piece.rfind(b"%", max(len(piece) - 2, 0))
        piece, held = (piece[:cut], piece[cut:]) if cut >= 0 else (piece, b"")
        yield unquote_to_bytes(piece)
    yield held
