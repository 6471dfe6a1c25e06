"""A TCP proxy for tests: it passes bytes on to a real server, and breaks the connection where a test says so."""

import contextlib
import re
import selectors
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

PIECE = 1 << 16
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass
class Fault:
    """What becomes of a connection whose client sends `when`: `times` times, after so many bytes passed on.

    `cut`: of what the client sends only `after` bytes arrive. `lose`: the server gets all and acts, the client learns nothing.
    `short`: the client gets `after` bytes of the reply. `hang`: nothing moves any more. `answer`: the client gets that instead.
    """

    what: Literal["cut", "lose", "short", "hang", "answer"]
    when: bytes = b""
    times: int = 1
    after: int = 0
    answer: bytes = b""


def http(status: str, body: bytes = b"", *headers: str) -> bytes:
    """An HTTP answer that ends its connection."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass
class Proxy:
    """Stands before the server at `target`. `faults` are met in order; `seen` counts those that were."""

    target: tuple[str, int]
    port: int = 0
    faults: list[Fault] = field(default_factory=list)
    seen: int = 0
    _listener: socket.socket | None = None
    _open: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def up(self) -> None:
        """Take connections, on the same port as before."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def down(self) -> None:
        """Refuse connections, and cut those there are."""
        listener, self._listener = self._listener, None
        if listener:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            for end in self._open:
                _reset(end)
            self._open.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
                server = socket.create_connection(self.target)
            except OSError:
                return
            with self._lock:
                if self._listener is not listener:  # it went down meanwhile
                    _reset(client)
                    _reset(server)
                    return
                self._open |= {client, server}
            threading.Thread(target=self._carry, args=(client, server), daemon=True).start()

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        """From the client to the server; the replies go their way in another thread until a fault takes them over."""
        mine = threading.Event()
        threading.Thread(target=self._reply, args=(client, server, mine), daemon=True).start()
        with contextlib.suppress(OSError):
            while piece := client.recv(PIECE):
                fault = self._due(piece)
                if fault:
                    mine.set()
                    self._break(fault, piece, client, server)
                    return
                server.sendall(piece)
            server.shutdown(socket.SHUT_WR)

    def _reply(self, client: socket.socket, server: socket.socket, taken: threading.Event) -> None:
        with contextlib.suppress(OSError, ValueError):
            while not taken.is_set():
                if not _speaks(server, 0.05):
                    continue
                piece = server.recv(PIECE)
                if not piece:
                    client.shutdown(socket.SHUT_WR)
                    return
                client.sendall(piece)

    def _due(self, piece: bytes) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if fault.times and fault.when in piece:
                    fault.times -= 1
                    self.seen += 1
                    return fault
        return None

    def _break(self, fault: Fault, piece: bytes, client: socket.socket, server: socket.socket) -> None:
        threading.Event().wait(0.1)  # the thread of the replies leaves
        if fault.what == "hang":
            return
        if fault.what == "answer":
            length = LENGTH.search(piece)
            left = int(length[1]) - len(piece.partition(b"\r\n\r\n")[2]) if length else 0
            while left > 0 and (more := client.recv(min(left, PIECE))):
                left -= len(more)
            client.sendall(fault.answer)
            client.shutdown(socket.SHUT_WR)
            client.settimeout(5)
            client.recv(1)
        if fault.what == "cut" and fault.after:
            while len(piece) < fault.after and (more := client.recv(PIECE)):
                piece += more
            server.sendall(piece[: fault.after])
        if fault.what in ("lose", "short"):
            server.settimeout(10)
            server.sendall(piece)
            reply = server.recv(PIECE)
            while len(reply) < fault.after and (more := server.recv(PIECE)):
                reply += more
            client.sendall(reply[: fault.after])
        for end in (client, server):
            _reset(end)
        with self._lock:
            self._open -= {client, server}


@contextmanager
def proxy(host: str, port: int) -> Iterator[Proxy]:
    made = Proxy((host, port))
    made.up()
    try:
        yield made
    finally:
        made.down()


def _reset(end: socket.socket) -> None:
    """Close at once: the other side sees a reset, not an orderly end."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RD)  # a thread that waits for it lets go
    end.close()


def _speaks(server: socket.socket, seconds: float) -> bool:
    """Whether there is something to read, however many files this process has open."""
    with selectors.DefaultSelector() as one:
        one.register(server, selectors.EVENT_READ)
        return bool(one.select(seconds))
