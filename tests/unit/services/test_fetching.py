"""Remote files over real connections: what is asked, what is followed, and where it stops."""

import socket
from typing import Any

import httpcore
import pytest

from app.errors import BadRequest, NotFound
from app.services.fetching import Fetcher, Guard, spelled
from tests.unit.services.remote import Remote, answer, remote

HOME = ("127.0.0.1/32",)


def fetched(url: str, seconds: float = 5, redirects: int = 3, guard: Guard | None = None) -> bytes:
    pieces: list[bytes] = []
    Fetcher(seconds, redirects, guard or Guard(HOME)).fetch(url, pieces.append)
    return b"".join(pieces)


def named(*answers: str) -> Any:
    """A resolver that gives one address after another, as a rebinding name server does."""
    left = list(answers)
    return lambda host, port, **more: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (left.pop(0), port))]


class Notebook(httpcore.NetworkBackend):
    """Connects to loopback whatever address it is given, and remembers the address."""

    def __init__(self) -> None:
        self.hosts: list[str] = []

    def connect_tcp(self, host: str, port: int, *rest: Any, **more: Any) -> httpcore.NetworkStream:
        self.hosts.append(host)
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", port, *rest, **more)


def test_the_body_arrives_whole() -> None:
    body = bytes(range(256)) * 2000
    with remote({"/a.jpg": answer("200 OK", body)}) as server:
        assert fetched(server.url("/a.jpg")) == body


def test_redirects_are_followed_also_relative_ones() -> None:
    def hop(status: str, place: str) -> Any:
        return answer(status, Location=place)

    answers = {
        "/a": hop("301 Moved", "/b"),
        "/b": hop("307 Moved", "c"),
        "/c": hop("302 Found", "?q=1"),
        "/c?q=1": answer("200 OK", b"x"),
    }
    with remote(answers) as server:
        assert fetched(server.url("/a")) == b"x"
        with pytest.raises(BadRequest, match="too many redirects"):
            fetched(server.url("/a"), redirects=2)


@pytest.mark.parametrize(
    "place", ["http://127.0.0.2/", "http://10.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest/", "//0x7f000002/"]
)
def test_a_redirect_to_a_private_address_is_refused(place: str) -> None:
    with remote({"/": answer("302 Found", Location=place)}) as server, pytest.raises(BadRequest, match="the address is not public"):
        fetched(server.url())


@pytest.mark.parametrize("place", ["file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://[::1/", "http://h:x/"])
def test_a_redirect_to_what_is_no_http_url_is_refused(place: str) -> None:
    with remote({"/": answer("302 Found", Location=place)}) as server, pytest.raises(BadRequest, match="Unsupported source URL"):
        fetched(server.url())


def test_a_redirect_that_names_no_place_ends() -> None:
    with remote({"/": answer("302 Found")}) as server, pytest.raises(BadRequest, match="too many redirects"):
        fetched(server.url())


def test_a_name_that_changes_its_address_is_checked_at_each_connection() -> None:
    book = Notebook()
    with remote({"/": answer("302 Found", Location="/again")}) as server:
        guard = Guard(resolve=named("8.8.8.8", "127.0.0.1"), backend=book)
        with pytest.raises(BadRequest, match=r"Error in loading photos\.example - the address is not public"):
            fetched(server.url(host="photos.example"), guard=guard)
    assert book.hosts == ["8.8.8.8"], "one connection, to the checked address and not to a name"


def test_the_connection_goes_to_the_checked_address_and_the_host_keeps_its_name() -> None:
    book = Notebook()
    with remote({"/a": answer("200 OK", b"x")}) as server:
        assert fetched(server.url("/a", "photos.example"), guard=Guard(resolve=named("1.1.1.1"), backend=book)) == b"x"
    assert book.hosts == ["1.1.1.1"]
    assert f"Host: photos.example:{server.port}\r\n" in server.requests[0]


def test_tls_greets_with_the_name_and_not_the_address() -> None:
    book = Notebook()
    with remote({}, tls=True) as server, pytest.raises(BadRequest, match=r"Error in loading https://photos\.example"):
        fetched(f"https://photos.example:{server.port}/", guard=Guard(resolve=named("1.1.1.1"), backend=book))
    assert (server.names, book.hosts) == (["photos.example"], ["1.1.1.1"])


def test_credentials_stay_out_of_the_request() -> None:
    with remote({"/a": answer("200 OK", b"x")}) as server:
        assert fetched(f"http://user:pass@127.0.0.1:{server.port}/a") == b"x"
    head = server.requests[0]
    assert f"Host: 127.0.0.1:{server.port}\r\n" in head
    assert "user" not in head
    assert "authorization" not in head.lower()


def test_an_ipv6_literal_is_reached_in_its_brackets() -> None:
    with remote({"/a": answer("200 OK", b"x")}, host="::1") as server:
        assert fetched(server.url("/a"), guard=Guard(("::1/128",))) == b"x"
    assert f"Host: [::1]:{server.port}\r\n" in server.requests[0]


SPELLED = [
    ("http://h/a b.jpg", "http://h/a%20b.jpg", "h"),
    ("http://h/wünter.jpg?größe=1", "http://h/w%C3%BCnter.jpg?gr%C3%B6%C3%9Fe=1", "h"),
    ("http://h/a%20b.jpg#part", "http://h/a%20b.jpg", "h"),
    ("http://bücher.example", "http://xn--bcher-kva.example/", "xn--bcher-kva.example"),
    ("https://u:p@h:8443/x?y=1&z=a/b", "https://h:8443/x?y=1&z=a/b", "h:8443"),
    ("http://[::1]:80/", "http://[::1]:80/", "[::1]:80"),
    ("HTTP://HOST/", "http://host/", "host"),
    ("http://h/a\r\nX: y", "http://h/aX:%20y", "h"),
]


@pytest.mark.parametrize(("url", "target", "host"), SPELLED)
def test_urls_are_spelled_as_the_wire_wants_them(url: str, target: str, host: str) -> None:
    assert spelled(url) == (target, host)


@pytest.mark.parametrize(
    "url", ["http://h:99999/", "http://h:port/", "http://h:0/", "http://[::1", "http:///a", "mailto:a", "http://" + "ü" * 80]
)
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(BadRequest, match="Unsupported source URL"):
        fetched(url)


def test_a_missing_file_is_not_found_and_a_failing_server_says_its_status() -> None:
    with remote({"/500": answer("500 Broken")}) as server:
        with pytest.raises(NotFound, match=r"Resource not found - http://127.0.0.1:\d+/gone"):
            fetched(server.url("/gone"))
        with pytest.raises(BadRequest, match=r"Error in loading http://127.0.0.1:\d+/500 - 500"):
            fetched(server.url("/500"))


def nonsense(connection: socket.socket, _path: str) -> None:
    connection.sendall(b"SSH-2.0-OpenSSH\r\n")


def half(connection: socket.socket, _path: str) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")


@pytest.mark.parametrize("broken", [nonsense, half])
def test_a_broken_answer_is_a_refusal(broken: Any) -> None:
    with remote({"/": broken}) as server, pytest.raises(BadRequest, match="Error in loading"):
        fetched(server.url())


def test_a_closed_port_is_a_refusal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(BadRequest, match=f"Error in loading http://127.0.0.1:{port}/ - ConnectError"):
        fetched(f"http://127.0.0.1:{port}/")


def dripping(head: bytes, server: list[Remote]) -> Any:
    """Send the head, then a byte now and then for as long as the client listens."""

    def drip(connection: socket.socket, _path: str) -> None:
        connection.sendall(head)
        while not server[0].stopping.wait(0.02):
            connection.sendall(b"x")

    return drip


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "])
def test_a_server_that_drips_its_answer_is_left_when_the_time_is_up(head: bytes) -> None:
    servers: list[Remote] = []
    with remote({"/": dripping(head, servers)}) as server:
        servers.append(server)
        with pytest.raises(BadRequest, match=r"took longer than 0\.15 seconds"):
            fetched(server.url(), seconds=0.15)


def test_a_sink_that_has_enough_ends_the_download() -> None:
    taken = 0

    def sink(piece: bytes) -> None:
        nonlocal taken
        taken += len(piece)
        if taken > 100_000:
            raise BadRequest("enough")

    with remote({"/": answer("200 OK", bytes(20_000_000))}) as server, pytest.raises(BadRequest, match="enough"):
        Fetcher(5, 3, Guard(HOME)).fetch(server.url(), sink)
    assert taken < 2_000_000
