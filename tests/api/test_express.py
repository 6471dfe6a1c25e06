"""What the protocol answers by itself is what the application would have answered, and it answers nothing else by itself."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2 as httpx
import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st

from app.db import lately
from app.house import House
from app.main import create_app
from app.web.express import express, read
from app.web.shelf import Asked, Entry, Shelf
from tests.api.caller import PICTURES, signed
from tests.live import free_port

PATH = "/demo/image/upload/w_30/p.jpg"


class Counting(Shelf):
    """A shelf that knows how often it was asked, and what for."""

    def __init__(self, shelf: Shelf) -> None:
        super().__init__(shelf.db, shelf.limit, shelf.warm, shelf.cold)
        self.given = 0

    def right(self, asked: Asked) -> Entry | None:
        found = super().right(asked)
        self.given += found is not None
        return found


@dataclass
class Running:
    """A server whose protocol has a shelf of its own count; the application's middleware asks the application's."""

    config: uvicorn.Config
    shelf: Counting

    @property
    def port(self) -> int:
        return self.config.port

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def say(self, *parts: str, many: int = 1, pause: float = 0.0) -> bytes:
        """What comes back for these bytes, sent one by one: so many answers, or all until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=20) as link:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for part in parts:
                link.sendall(part.encode())
                time.sleep(pause)
            found = b""
            while len(answers(found, whole="HEAD" not in parts[0])) < many and (piece := link.recv(1 << 16)):
                found += piece
            return found


@pytest.fixture
def running(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(lately, "SECONDS", 60)
    app = create_app(house)
    shelf = Counting(app.state.shelf)
    config = uvicorn.Config(app, "127.0.0.1", free_port(), log_level="error", http=express(shelf))
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    there = Running(config, shelf)
    content = (PICTURES / "chelsea.jpg").read_bytes()
    files = {"file": ("p.jpg", content)}
    stored = httpx.post(f"{there.address}/v1_1/demo/image/upload", data=signed({"public_id": "p"}), files=files)
    assert stored.status_code == 200
    for _ in range(2):  # the first one renders, which is a commit
        httpx.get(there.address + PATH)
    yield there
    server.should_exit = True
    thread.join()


def request(*lines: str, method: str = "GET", path: str = PATH, version: str = "1.1") -> str:
    return "\r\n".join([f"{method} {path} HTTP/{version}", "Host: here", *lines, "", ""])


def answers(found: bytes, *, whole: bool = True) -> list[tuple[int, bytes]]:
    """Status and body of each answer that a stream holds in full; `whole` where they have bodies."""
    seen = []
    while b"\r\n\r\n" in found:
        head, _, rest = found.partition(b"\r\n\r\n")
        status, length = int(head.split()[1]), re.search(rb"content-length: (\d+)", head)
        size = int(length[1]) if whole and length and status != 304 else 0
        if len(rest) < size:
            break
        if status != 100:
            seen.append((status, rest[:size]))
        found = rest[size:]
    return seen


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("known", [False, True])
def test_the_answer_is_the_applications(running: Running, method: str, known: bool) -> None:
    etag = httpx.get(running.address + PATH).headers["etag"]
    lines = [f"If-None-Match: {etag}"] if known else []
    before = running.shelf.given
    quick = running.say(request(*lines, "Connection: keep-alive", method=method))
    assert running.shelf.given == before + 1
    slow = running.say(request(*lines, "Connection: close", method=method))
    assert running.shelf.given == before + 1, "a connection that is to be closed is the application's"
    plain = [re.sub(rb"(date|x-request-id): [^\r]*", rb"\1", text.replace(b"connection: close\r\n", b"")) for text in (quick, slow)]
    assert plain[0] == plain[1]
    assert quick.startswith(b"HTTP/1.1 304" if known else b"HTTP/1.1 200")
    assert b"x-request-id: " in quick
    assert b"date: " in quick


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["Range: bytes=0-9"], 206),
        (["If-Modified-Since: Mon, 01 Jan 1990 00:00:00 GMT"], 200),
        (["Cookie: a=1; __cld_token__=x"], 200),
        (["Authorization: Basic eDp5"], 200),
        (["Content-Length: 0"], 200),
        (["Expect: 100-continue", "Content-Length: 0"], 200),
        (["Transfer-Encoding: chunked", "", "0"], 200),
        (["Upgrade: h2c", "Connection: upgrade"], 200),
        ([f"X-Long: {'a' * 5000}"], 200),
        (["X-Folded: a", " b"], 400),
        (["No colon"], 400),
        (["X-Control: \x01"], 400),
        (["Bad name: x"], 400),
    ],
)
def test_what_is_not_plain_is_read_with_care(running: Running, lines: list[str], status: int) -> None:
    before = running.shelf.given
    found = running.say(request(*lines))
    assert running.shelf.given == before
    assert [seen for seen, _ in answers(found)] == [status]


@pytest.mark.parametrize(
    "path", [f"{PATH}?__cld_token__=exp=1~hmac=1", f"http://here{PATH}", f"{PATH}#a", "/demo/image/upload/none.jpg"]
)
def test_other_addresses_are_the_applications(running: Running, path: str) -> None:
    before = running.shelf.given
    running.say(request(path=path))
    assert running.shelf.given == before


def test_a_query_means_nothing(running: Running) -> None:
    before = running.shelf.given
    assert answers(running.say(request(path=f"{PATH}?_a=BAMAAA")))[0][0] == 200
    assert running.shelf.given == before + 1


def test_answers_come_in_the_order_of_the_questions(running: Running) -> None:
    """Pipelined, in one piece, or while the application still works on an earlier one."""
    picture, missing = request(), request(path="/demo/image/upload/none.jpg")
    expected = [200, 404, 200, 200, 404]
    order = [picture, missing, picture, picture, missing]
    assert [status for status, _ in answers(running.say("".join(order), many=5))] == expected
    assert [status for status, _ in answers(running.say(*order, many=5))] == expected
    torn = "".join(order)
    assert [
        status for status, _ in answers(running.say(*(torn[at : at + 37] for at in range(0, len(torn), 37)), many=5))
    ] == expected


def test_a_request_in_two_pieces_is_whole_again(running: Running) -> None:
    text = request()
    assert answers(running.say(text[:20], text[20:], pause=0.05))[0][0] == 200
    assert answers(running.say(request("X-A: 1")[:-2], "\r\n", request(), many=2, pause=0.05))[1][0] == 200


def test_a_body_is_not_taken_for_a_request(running: Running) -> None:
    """A body that looks like a request, arriving by itself, is the body of the request before it."""
    inner = request()
    head = (
        f"POST /v1_1/demo/image/upload HTTP/1.1\r\nHost: here\r\nContent-Length: {len(inner)}\r\nContent-Type: text/plain\r\n\r\n"
    )
    before = running.shelf.given
    assert len(answers(running.say(head, inner, pause=0.1))) == 1
    assert running.shelf.given == before


def test_who_does_not_read_is_not_sent_without_end(running: Running) -> None:
    """What a client asks for and does not take waits at its door, not in the server's memory."""
    path = "/demo/image/upload/p.jpg"
    large = len(httpx.get(running.address + path).content)
    most = 30_000_000 // large
    with socket.socket() as link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.connect(("127.0.0.1", running.port))
        number = 0
        while number < most:
            before, until = running.shelf.given, time.monotonic() + 1
            link.sendall(request(path=path).encode())
            while running.shelf.given == before and time.monotonic() < until:
                time.sleep(0.001)
            if running.shelf.given == before:
                break
            number += 1
        assert 1 < number < most, "the server waits for its client"
        link.settimeout(5)
        taken = 0
        while taken < number * large:
            taken += len(link.recv(1 << 20))


def test_a_quiet_connection_is_closed_a_busy_one_is_not(running: Running) -> None:
    running.config.timeout_keep_alive = 2
    with socket.create_connection(("127.0.0.1", running.port), timeout=20) as link:
        for _ in range(6):
            link.sendall(request().encode())
            assert link.recv(15) == b"HTTP/1.1 200 OK"
            while len(link.recv(1 << 16)) == 1 << 16:
                pass
            time.sleep(0.5)
        assert link.recv(10) == b"", "quiet for longer than it is kept"


def test_changes_show_at_once(running: Running) -> None:
    assert answers(running.say(request()))[0][0] == 200
    gone = httpx.request("DELETE", f"{running.address}/v1_1/demo/resources/image/upload?public_ids[]=p", auth=("key", "secret"))
    assert gone.status_code == 200
    assert answers(running.say(request()))[0][0] == 404


@given(st.binary(max_size=200))
def test_nothing_that_is_no_request_is_read_as_one(data: bytes) -> None:
    assert read(data) is None or data.startswith((b"GET /", b"HEAD /"))
    assert read(request().encode() + data) is None or not data
