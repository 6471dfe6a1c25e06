"""Pictures that were asked for lately, answered from memory: no query, no log line, and a file at most.

What is kept was an answer of the delivery route that anybody may have. It is asked for anew when anybody has committed anything
since, or after a quarter of a second where the database does not tell; many who ask meanwhile wait for the first.
"""

import asyncio
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.db.lately import Stamp
from app.threads import Threads
from app.web.shelf import Asked, Entry, Shelf, request_id, wire


@dataclass
class Hot:
    """ASGI: answers what is on the shelf, passes everything else on, and keeps what the route marks by `state["keep"]`."""

    app: ASGIApp
    shelf: Shelf
    threads: Threads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = _asked(scope) if self.shelf.limit else None
        if asked is None:
            await self.app(scope, receive, send)
            return
        for key in (asked.path, asked.chosen):
            entry = self.shelf.find(key)
            if entry is None:
                continue
            if entry.renewal and not entry.holds(self.shelf.db):
                await entry.renewal.wait()
                entry = self.shelf.find(key)
            found = self.shelf.right(asked)
            if found and await self._answer(found, asked, send):
                return
            if entry and entry.renewal is None:
                entry.renewal = asyncio.Event()
                try:
                    await self._pass(scope, receive, send, asked)
                finally:
                    entry.renewal.set()
                    if self.shelf.find(key) is entry:
                        self.shelf.drop(key)
                return
        await self._pass(scope, receive, send, asked)

    async def _pass(self, scope: Scope, receive: Receive, send: Send, asked: Asked) -> None:
        """The long way; what comes back is kept if it may be."""
        stamp = Stamp.of(self.shelf.db)
        start: Message = {}
        pieces: list[bytes] = []
        length = 0

        async def sending(message: Message) -> None:
            nonlocal start, length
            if message["type"] == "http.response.start":
                start = message
            elif "keep" in scope["state"]:
                length += len(message.get("body", b""))
                if self.shelf.holds(length):
                    pieces.append(message.get("body", b""))
                else:
                    pieces.clear()
            await send(message)

        scope.setdefault("state", {})
        await self.app(scope, receive, sending)
        if start.get("status") == 200 and "keep" in scope["state"] and not asked.is_head:
            keep = scope["state"]["keep"]
            lines = wire(item for item in start["headers"] if item[0] != b"x-request-id")
            body = b"".join(pieces) if self.shelf.holds(length) else None
            self.shelf.keep(Entry(asked.chosen if keep.chosen else asked.path, lines, stamp, keep, length, body=body))

    async def _answer(self, entry: Entry, asked: Asked, send: Send) -> bool:
        """Whether it could be answered: its file may have gone."""
        known = entry.is_known(asked.tags)
        body = b"" if known or asked.is_head else self.shelf.body(entry)
        if body is None:
            body = await self.threads.read(entry.read)
        if body is None:
            return False
        headers = [*entry.headers(bare=known), (b"x-request-id", request_id())]
        await send({"type": "http.response.start", "status": 304 if known else 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return True


def _asked(scope: Scope) -> Asked | None:
    if scope["type"] != "http":
        return None
    path: bytes = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0]
    return Asked.read(scope["method"].encode(), path, scope.get("query_string", b""), scope["headers"])
