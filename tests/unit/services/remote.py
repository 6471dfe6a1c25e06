"""A small real HTTP server on loopback for the tests of fetching: answers what it was told, remembers what it was asked."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Answer = Callable[[socket.socket, str], None]  # the connection and the path that was asked


@dataclass
class Remote:
    """`requests` holds the head of every request, `names` the TLS server names that were shown."""

    port: int
    host: str = "127.0.0.1"
    requests: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str = "/", host: str = "") -> str:
        name = host or (f"[{self.host}]" if ":" in self.host else self.host)
        return f"http://{name}:{self.port}{path}"


def answer(status: str, body: bytes = b"", **headers: str) -> Answer:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
    return lambda connection, _path: connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)


@contextmanager
def remote(answers: dict[str, Answer], host: str = "127.0.0.1", tls: bool = False) -> Iterator[Remote]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listening:
        server = Remote(listening.getsockname()[1], host)
        thread = threading.Thread(target=_serve, args=(listening, server, answers, tls))
        thread.start()
        try:
            yield server
        finally:
            server.stopping.set()
            socket.create_connection((host, server.port)).close()
            thread.join()


def _serve(listening: socket.socket, server: Remote, answers: dict[str, Answer], tls: bool) -> None:
    while True:
        connection, _ = listening.accept()
        with connection:
            if server.stopping.is_set():
                return
            try:
                if tls:
                    _greet(connection, server)
                    continue
                head = b""
                while b"\r\n\r\n" not in head and (piece := connection.recv(4096)):
                    head += piece
                server.requests.append(head.decode())
                path = server.requests[-1].split(" ")[1]
                answers.get(path, answer("404 Not Found"))(connection, path)
            except OSError:
                continue  # the client went away, as it should after its limit


def _greet(connection: socket.socket, server: Remote) -> None:
    """Hear the server name of a TLS greeting; there is no certificate, so the handshake fails after that."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def heard(_socket: object, name: str | None, _context: object) -> None:
        server.names.append(name or "")

    context.sni_callback = heard
    context.wrap_socket(connection, server_side=True).close()
