"""Answers that were sent lately and may be sent again: what a request may ask of them, how long they are right, their room."""

import asyncio
import itertools
import uuid
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.db.engine import Database
from app.db.lately import Stamp

SHARE = 16  # the largest picture kept is this part of the whole memory
LONGEST_HEADER = 1000
READ = (b"accept", b"save-data", b"sec-ch-dpr", b"dpr", b"sec-ch-width", b"width")  # what a picture may be chosen by
TAGS = b"if-none-match"
KNOWN = frozenset((*READ, TAGS))
PASSED = frozenset((b"range", b"if-modified-since", b"if-range", b"authorization"))  # such requests take the long way
TOKEN = b"__cld_token__"
UNSENT = (b"content-length", b"content-type", b"accept-ranges")  # when the caller has the picture already
PROCESS, NUMBERS = uuid.uuid4().hex[:20].encode(), itertools.count(1)  # of request IDs
Key = tuple[bytes, ...]
Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be answered from the shelf: the names an answer may have, and the digests the caller knows."""

    path: Key
    chosen: Key
    tags: bytes = b""
    is_head: bool = False

    @classmethod
    def read(cls, method: bytes, path: bytes, query: bytes, headers: Iterable[tuple[bytes, bytes]]) -> "Asked | None":
        """None for a request that is not answered from memory. Names of headers are in lower case."""
        if method not in (b"GET", b"HEAD") or TOKEN in query:
            return None
        said: dict[bytes, bytes] = {}
        for name, value in headers:
            if name in KNOWN:
                if len(value) > LONGEST_HEADER:
                    return None
                said[name] = value
            elif name in PASSED or (name == b"cookie" and TOKEN in value):
                return None
        return cls((path,), (path, *(said.get(name, b"") for name in READ)), said.get(TAGS, b""), method == b"HEAD")


@dataclass(slots=True)
class Entry:
    """An answer as it was sent, and when it was known to be right. `lines` are the headers as they stand on the wire."""

    headers: Headers
    body: bytes
    etag: bytes
    stamp: Stamp
    lines: bytes = b""
    renewal: asyncio.Event | None = None

    def __post_init__(self) -> None:
        self.lines = wire(self.headers)

    def is_known(self, tags: bytes) -> bool:
        """Whether an If-None-Match names it."""
        return bool(tags) and bool({item.strip().removeprefix(b"W/") for item in tags.split(b",")} & {self.etag, b"*"})

    def bare(self) -> Headers:
        """What is said of a picture that is not sent."""
        return [item for item in self.headers if item[0] not in UNSENT]


@dataclass
class Shelf:
    """Entries by key, the latest asked for last; the others go when the memory is full."""

    db: Database
    limit: int
    entries: "OrderedDict[Key, Entry]" = field(default_factory=OrderedDict)
    size: int = 0

    def right(self, asked: Asked) -> Entry | None:
        """What may be sent as it is."""
        for key in (asked.path, asked.chosen):
            entry = self.entries.get(key)
            if entry and entry.stamp.holds(self.db):
                self.entries.move_to_end(key)
                return entry
        return None

    def holds(self, length: int) -> bool:
        """Whether something so long is worth its room."""
        return length * SHARE <= self.limit

    def keep(self, key: Key, entry: Entry) -> None:
        self.drop(key)
        self.entries[key] = entry
        self.size += len(entry.body)
        while self.size > self.limit:
            self.drop(next(iter(self.entries)))

    def drop(self, key: Key) -> None:
        old = self.entries.pop(key, None)
        self.size -= len(old.body) if old else 0


def wire(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%s: %s\r\n" % item for item in headers])


def request_id() -> bytes:
    return b"%s%012x" % (PROCESS, next(NUMBERS))


def etag_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return next((value for name, value in headers if name == b"etag"), b"")
