"""Pictures that were asked for lately, answered from memory: no thread, no query, no file, no log line.

What is kept was an answer of the delivery route that anybody may have. It is asked for anew when this process has committed
anything since, or after a quarter of a second, for what other processes commit; many who ask meanwhile wait for the first.
"""

import asyncio
import itertools
import uuid
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.db.engine import Database
from app.db.lately import Stamp

SHARE = 16  # the largest picture kept is this part of the whole memory
LONGEST_HEADER = 1000
READ = (b"accept", b"save-data", b"sec-ch-dpr", b"dpr", b"sec-ch-width", b"width")  # what a picture may be chosen by
KNOWN = frozenset((*READ, b"if-none-match"))
PASSED = frozenset((b"range", b"if-modified-since", b"if-range", b"authorization"))  # such requests take the long way
TOKEN = b"__cld_token__"
PROCESS, NUMBERS = uuid.uuid4().hex[:20].encode(), itertools.count(1)  # of request IDs
Key = tuple[bytes, ...]


@dataclass(slots=True)
class Entry:
    """An answer as it was sent, and when it was known to be right."""

    headers: list[tuple[bytes, bytes]]
    body: bytes
    etag: bytes
    stamp: Stamp
    renewal: asyncio.Event | None = None


@dataclass
class Hot:
    """ASGI: answers what it has, passes everything else on, and keeps what the route marks by `state["keep"]`.

    The mark is whether the answer was chosen by request headers.
    """

    app: ASGIApp
    db: Database
    limit: int
    entries: "OrderedDict[Key, Entry]" = field(default_factory=OrderedDict)
    size: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = _said(scope) if self.limit else None
        if said is None:
            await self.app(scope, receive, send)
            return
        for key in (_key(scope), _key(scope, said)):
            entry = self.entries.get(key)
            if entry is None:
                continue
            if entry.renewal and not entry.stamp.holds(self.db):
                await entry.renewal.wait()
                entry = self.entries.get(key)
            if entry and entry.stamp.holds(self.db):
                self.entries.move_to_end(key)
                await _answer(entry, scope, said, send)
                return
            if entry and entry.renewal is None:
                entry.renewal = asyncio.Event()
                try:
                    await self._pass(scope, receive, send, said)
                finally:
                    entry.renewal.set()
                    if self.entries.get(key) is entry:
                        self._drop(key)
                return
        await self._pass(scope, receive, send, said)

    async def _pass(self, scope: Scope, receive: Receive, send: Send, said: Mapping[bytes, bytes]) -> None:
        """The long way; what comes back is kept if it may be."""
        stamp = Stamp.of(self.db)
        start: Message = {}
        pieces: list[bytes] = []
        seen = 0

        async def sending(message: Message) -> None:
            nonlocal start, seen
            if message["type"] == "http.response.start":
                start = message
            elif "keep" in scope["state"]:
                seen += len(message.get("body", b""))
                if seen * SHARE > self.limit:
                    del scope["state"]["keep"]
                    pieces.clear()
                else:
                    pieces.append(message.get("body", b""))
            await send(message)

        scope.setdefault("state", {})
        await self.app(scope, receive, sending)
        if start.get("status") == 200 and "keep" in scope["state"] and scope["method"] == "GET":
            headers = [(name, value) for name, value in start["headers"] if name != b"x-request-id"]
            tag = MutableHeaders(raw=headers).get("etag", "").encode()
            self._keep(_key(scope, said if scope["state"]["keep"] else None), Entry(headers, b"".join(pieces), tag, stamp))

    def _keep(self, key: Key, entry: Entry) -> None:
        self._drop(key)
        self.entries[key] = entry
        self.size += len(entry.body)
        while self.size > self.limit:
            self._drop(next(iter(self.entries)))

    def _drop(self, key: Key) -> None:
        old = self.entries.pop(key, None)
        self.size -= len(old.body) if old else 0


def _said(scope: Scope) -> dict[bytes, bytes] | None:
    """The headers that matter; None for a request that is not answered from memory."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or TOKEN in scope.get("query_string", b""):
        return None
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in KNOWN:
            if len(value) > LONGEST_HEADER:
                return None
            found[name] = value
        elif name in PASSED or (name == b"cookie" and TOKEN in value):
            return None
    return found


def _key(scope: Scope, said: Mapping[bytes, bytes] | None = None) -> Key:
    """The path as it was sent, and the headers where the answer was chosen by them."""
    path: bytes = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
    return (path,) if said is None else (path, *(said.get(name, b"") for name in READ))


async def _answer(entry: Entry, scope: Scope, said: Mapping[bytes, bytes], send: Send) -> None:
    request_id = (b"x-request-id", b"%s%012x" % (PROCESS, next(NUMBERS)))
    tags = said.get(b"if-none-match")
    if tags and {item.strip().removeprefix(b"W/") for item in tags.split(b",")} & {entry.etag, b"*"}:
        headers = [item for item in entry.headers if item[0] not in (b"content-length", b"content-type", b"accept-ranges")]
        await send({"type": "http.response.start", "status": 304, "headers": [*headers, request_id]})
        await send({"type": "http.response.body"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [*entry.headers, request_id]})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else entry.body})
