"""Pictures that were asked for lately, answered from memory: no thread, no query, no file, no log line.

What is kept was an answer of the delivery route that anybody may have. It is asked for anew when this process has committed
anything since, or after a quarter of a second, for what other processes commit; many who ask meanwhile wait for the first.
"""

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.db.lately import Stamp
from app.web.shelf import Asked, Entry, Shelf, etag_of, request_id


@dataclass
class Hot:
    """ASGI: answers what is on the shelf, passes everything else on, and keeps what the route marks by `state["keep"]`.

    The mark is whether the answer was chosen by request headers.
    """

    app: ASGIApp
    shelf: Shelf

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _asked(scope) if self.shelf.limit else None
        if asked is None:
            await self.app(scope, receive, send)
            return
        for key in (asked.path, asked.chosen):
            entry = self.shelf.entries.get(key)
            if entry is None:
                continue
            if entry.renewal and not entry.stamp.holds(self.shelf.db):
                await entry.renewal.wait()
                entry = self.shelf.entries.get(key)
            found = self.shelf.right(asked)
            if found:
                await _answer(found, asked, send)
                return
            if entry and entry.renewal is None:
                entry.renewal = asyncio.Event()
                try:
                    await self._pass(scope, receive, send, asked)
                finally:
                    entry.renewal.set()
                    if self.shelf.entries.get(key) is entry:
                        self.shelf.drop(key)
                return
        await self._pass(scope, receive, send, asked)

    async def _pass(self, scope: Scope, receive: Receive, send: Send, asked: Asked) -> None:
        """The long way; what comes back is kept if it may be."""
        stamp = Stamp.of(self.shelf.db)
        start: Message = {}
        pieces: list[bytes] = []
        seen = 0

        async def sending(message: Message) -> None:
            nonlocal start, seen
            if message["type"] == "http.response.start":
                start = message
            elif "keep" in scope["state"]:
                seen += len(message.get("body", b""))
                if self.shelf.holds(seen):
                    pieces.append(message.get("body", b""))
                else:
                    del scope["state"]["keep"]
                    pieces.clear()
            await send(message)

        scope.setdefault("state", {})
        await self.app(scope, receive, sending)
        if start.get("status") == 200 and "keep" in scope["state"] and not asked.is_head:
            headers = [(name, value) for name, value in start["headers"] if name != b"x-request-id"]
            key = asked.chosen if scope["state"]["keep"] else asked.path
            self.shelf.keep(key, Entry(headers, b"".join(pieces), etag_of(headers), stamp))


def _asked(scope: Scope) -> Asked | None:
    if scope["type"] != "http":
        return None
    path: bytes = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
    return Asked.read(scope["method"].encode(), path, scope.get("query_string", b""), scope["headers"])


async def _answer(entry: Entry, asked: Asked, send: Send) -> None:
    known = entry.is_known(asked.tags)
    headers = [*(entry.bare() if known else entry.headers), (b"x-request-id", request_id())]
    await send({"type": "http.response.start", "status": 304 if known else 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if known or asked.is_head else entry.body})
