"""Answers that were sent lately and may be sent again: what a request may ask of them, how long they are right, their room.

A shelf has two boards. Answers lie on the warm one with their bytes. What is pushed off it lies on the cold one, for small files of
this machine's disk: their bytes are read again when they are asked for.
"""

import asyncio
import itertools
import os
import uuid
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from app.db.engine import Database
from app.db.lately import Stamp

SHARE = 16  # the largest picture kept is this part of the whole memory
COLD = 4  # and all that is known of the cold board may take this part
COST = 2048  # bytes of what is known of an answer beside its own: headers, names, a path
SMALL = 1 << 18  # bytes of a file that is read in one go
LONGEST_HEADER = 1000
READ = (b"accept", b"save-data", b"sec-ch-dpr", b"dpr", b"sec-ch-width", b"width")  # what a picture may be chosen by
TAGS = b"if-none-match"
KNOWN = frozenset((*READ, TAGS))
PASSED = frozenset((b"range", b"if-modified-since", b"if-range", b"authorization"))  # such requests take the long way
TOKEN = b"__cld_token__"
UNSENT = (b"content-length", b"content-type", b"accept-ranges")  # when the caller has the picture already
AT_ONCE = getattr(os, "RWF_NOWAIT", None)  # Linux: what is not in the system's memory is not waited for
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


@dataclass(frozen=True, slots=True)
class Keep:
    """How the route marks an answer that anybody may have: whether request headers chose it, whether it is right until the next
    commit however long that takes, and the file it is, if that is on this machine."""

    chosen: bool
    lasting: bool = False
    file: Path | None = None


@dataclass(slots=True)
class Entry:
    """An answer as it was sent, and when it was known to be right. `lines` are the headers as they stand on the wire."""

    key: Key
    lines: bytes
    stamp: Stamp
    keep: Keep
    length: int
    body: bytes | None = None
    renewal: asyncio.Event | None = None

    def holds(self, db: Database) -> bool:
        return self.stamp.holds(db, lasting=self.keep.lasting)

    def is_known(self, tags: bytes) -> bool:
        """Whether an If-None-Match names it."""
        if not tags:
            return False
        etag = (b"\r\n" + self.lines).partition(b"\r\netag: ")[2].partition(b"\r\n")[0]
        return bool({item.strip().removeprefix(b"W/") for item in tags.split(b",")} & {etag, b"*"})

    def headers(self, *, bare: bool) -> Headers:
        """All of them, or those of a picture that is not sent."""
        found = [line.partition(b": ")[::2] for line in self.lines.split(b"\r\n")[:-1]]
        return [item for item in found if not (bare and item[0] in UNSENT)]

    def read(self, flags: int = 0) -> bytes | None:
        """The bytes from the file; None where it is gone, or where it would have to be waited for and the flags forbid that."""
        try:
            handle = os.open(self.keep.file or "", os.O_RDONLY)
        except OSError:
            return None
        try:
            body = bytearray(self.length)
            return bytes(body) if os.preadv(handle, [body], 0, flags) == self.length else None
        except OSError:
            return None
        finally:
            os.close(handle)


@dataclass
class Shelf:
    """Entries by key, the latest asked for last. `size` is what they take."""

    db: Database
    limit: int
    warm: "OrderedDict[Key, Entry]" = field(default_factory=OrderedDict)
    cold: "OrderedDict[Key, Entry]" = field(default_factory=OrderedDict)
    size: int = 0

    def find(self, key: Key) -> Entry | None:
        """Right or not."""
        return self.warm.get(key) or self.cold.get(key)

    def right(self, asked: Asked) -> Entry | None:
        """What may be sent as it is."""
        for key in (asked.path, asked.chosen):
            entry = self.find(key)
            if entry and entry.holds(self.db):
                (self.warm if entry.body is not None else self.cold).move_to_end(key)
                return entry
        return None

    def body(self, entry: Entry, flags: int | None = None) -> bytes | None:
        """An entry's bytes, from memory or from its file, which comes back to the warm board."""
        if entry.body is None and flags is not None:
            found = entry.read(flags)
            if found is not None and self.holds(entry.length) and self.cold.get(entry.key) is entry:
                entry.body = found
                self.keep(entry)
            return found
        return entry.body

    def holds(self, length: int) -> bool:
        """Whether something so long is worth its room in memory."""
        return length * SHARE <= self.limit

    def keep(self, entry: Entry) -> None:
        self.drop(entry.key)
        if entry.body is None:
            self._cool(entry)
            return
        self.warm[entry.key] = entry
        self.size += COST + entry.length
        while self.size > self.limit and self.warm:
            _, oldest = self.warm.popitem(last=False)
            self.size -= COST + oldest.length
            oldest.body = None
            self._cool(oldest)

    def drop(self, key: Key) -> None:
        if old := self.warm.pop(key, None):
            self.size -= COST + old.length
        elif self.cold.pop(key, None):
            self.size -= COST

    def _cool(self, entry: Entry) -> None:
        if entry.keep.file is None or entry.length > SMALL:
            return
        self.cold[entry.key] = entry
        self.size += COST
        if len(self.cold) * COST * COLD > self.limit:
            self.cold.popitem(last=False)
            self.size -= COST


def wire(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"".join([b"%s: %s\r\n" % item for item in headers])


def request_id() -> bytes:
    return b"%s%012x" % (PROCESS, next(NUMBERS))
