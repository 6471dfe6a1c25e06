"""Requests that the shelf can answer, answered as they arrive: no task, no scope, no pass through the application.

uvicorn's protocol of one connection, with a quick look at what comes in. Only a whole and plain GET or HEAD on a connection that
waits for nothing else is looked at; everything else, and whatever the shelf does not have, goes the usual way.
"""

import re
from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from app.web.shelf import AT_ONCE, Asked, Shelf, request_id, wire

LONGEST = 4096  # bytes of a request that is looked at
REMEMBERED = 512  # requests: browsers and caches in front say the same words over and over
REQUEST = re.compile(
    rb"(GET|HEAD) (/[!\"$-~]*+) HTTP/1\.1\r\n"  # no fragment: it has no place in a request
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]++:[\t -~\x80-\xff]*+\r\n)*+)\r\n"
)
BODY = frozenset((b"content-length", b"transfer-encoding", b"upgrade", b"expect", b"te", b"trailer"))
WHOLE, SAME = STATUS_LINE[200], STATUS_LINE[304]


@lru_cache(REMEMBERED)
def read(data: bytes) -> Asked | None:
    """What a whole request asks the shelf for; None for one that must be read with more care."""
    match = REQUEST.fullmatch(data)
    if match is None:
        return None
    method, target, lines = match.groups()
    headers: list[tuple[bytes, bytes]] = []
    for line in lines.split(b"\r\n")[:-1]:
        name, _, value = line.partition(b":")
        name, value = name.lower(), value.strip(b" \t")
        if name in BODY or (name == b"connection" and value.lower() != b"keep-alive"):
            return None
        headers.append((name, value))
    path, _, query = target.partition(b"?")
    return Asked.read(method, path, query, headers)


class Express(HttpToolsProtocol):
    """One connection. `shelf` is set by `express`."""

    shelf: Shelf
    _dated: tuple[Any, bytes] = (None, b"")  # uvicorn's own headers of this second, and as they stand on the wire

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._between = True  # no request has begun to arrive
        self._answered = 0.0

    def data_received(self, data: bytes) -> None:
        if self._between and len(data) <= LONGEST and (self.cycle is None or self.cycle.response_complete) and self._answer(data):
            return
        super().data_received(data)

    def on_message_begin(self) -> None:
        self._between = False
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._between = True
        super().on_message_complete()

    def _answer(self, data: bytes) -> bool:
        """Send what is asked for, if it is on the shelf and the caller has taken what it was sent before."""
        asked = None if self.pipeline or self.flow.write_paused else read(data)
        entry = self.shelf.right(asked) if asked else None
        if asked is None or entry is None:
            return False
        known = entry.is_known(asked.tags)
        body = b"" if known or asked.is_head else self.shelf.body(entry, AT_ONCE)
        if body is None:
            return False
        tail = b"x-request-id: %s\r\n\r\n" % request_id()
        head = [SAME, self._date(), wire(entry.headers(bare=True))] if known else [WHOLE, self._date(), entry.lines]
        self.transport.writelines([b"".join([*head, tail]), body])
        self.server_state.total_requests += 1
        self._answered = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)
        return True

    def _date(self) -> bytes:
        headers = self.server_state.default_headers
        if self._dated[0] is not headers:
            Express._dated = (headers, wire(headers))
        return self._dated[1]

    def timeout_keep_alive_handler(self) -> None:
        """An answer from the shelf leaves the clock alone; here it is told how long the connection has really waited."""
        left = self._answered + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)
        else:
            super().timeout_keep_alive_handler()


def express(shelf: Shelf) -> type[Express]:
    """The protocol for uvicorn's `http`."""
    return type("Express", (Express,), {"shelf": shelf})
