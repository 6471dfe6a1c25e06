"""Remote files by URL, never from a private address: names are resolved here, every address is checked, and the connection goes
to the very address that was checked, again after each redirect."""

import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from ssl import SSLContext
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import httpcore

from app.errors import BadRequest, NotFound

Address = IPv4Address | IPv6Address
NAT64 = IPv6Network("64:ff9b::/96")
# Networks that not every supported Python knows to be no part of the public internet: relays of 6to4 and 6to4 itself, Teredo,
# NAT64's local prefix, site-local addresses, examples, segment routing.
NEVER = tuple(
    map(ip_network, "192.88.99.0/24 2002::/16 2001::/32 64:ff9b:1::/48 fec0::/10 2001:db8::/32 3fff::/20 5f00::/16".split())
)
REDIRECTS = {301, 302, 303, 307, 308}
WRITTEN_OUT = "!#$%&'()*+,/:;=?@[]~"  # what a URL's text may hold beside letters, digits and _.-


def inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries (mapped, NAT64), or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    return IPv4Address(address.packed[12:]) if address in NAT64 else address.ipv4_mapped or address


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet: not loopback, link-local, private, shared, multicast or reserved."""
    real = inner(address)
    if any(real in network for network in NEVER):
        return False
    return real.is_global and not real.is_multicast and not real.is_reserved and not real.is_unspecified


@dataclass(frozen=True)
class Timed(httpcore.NetworkStream):
    """A stream whose every wait ends at one moment, however many waits there are: a peer that drips bytes gains nothing."""

    stream: httpcore.NetworkStream
    deadline: float

    def left(self) -> float:
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout("the time is up")
        return seconds

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.stream.read(max_bytes, self.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.stream.write(buffer, self.left())

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return replace(self, stream=self.stream.start_tls(ssl_context, server_hostname, self.left()))

    def close(self) -> None:
        self.stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


@dataclass(frozen=True)
class Guard(httpcore.NetworkBackend):
    """A network backend that resolves, checks and then connects to the checked address."""

    allow: tuple[str, ...] = ()
    resolve: Callable[..., list[Any]] = socket.getaddrinfo
    backend: httpcore.NetworkBackend = field(default_factory=httpcore.SyncBackend)
    deadline: float = float("inf")

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None, socket_options: Any = None
    ) -> httpcore.NetworkStream:
        stream = self.backend.connect_tcp(self.checked(host, port), port, timeout, local_address, socket_options)
        return Timed(stream, self.deadline)

    def checked(self, host: str, port: int) -> str:
        """The first address of a host, all of which must be public or explicitly allowed."""
        try:
            found = [ip_address(item[4][0].partition("%")[0]) for item in self.resolve(host, port, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise BadRequest(f"Error in loading {host} - ERR_DNS_FAIL 0")
        allowed = [ip_network(item) for item in self.allow]
        for address in found:
            if not is_public(address) and not any(address in network for network in allowed):
                raise BadRequest(f"Error in loading {host} - the address is not public")
        return str(found[0])


@dataclass(frozen=True)
class Fetcher:
    """Reads a URL into a sink within a time, following a few redirects."""

    seconds: float = 30.0
    redirects: int = 3
    guard: Guard = field(default_factory=Guard)

    def fetch(self, url: str, sink: Callable[[bytes], None]) -> None:
        """Raises BadRequest for what cannot be reached, NotFound for a 404; the sink limits the size."""
        deadline = time.monotonic() + self.seconds
        target = url
        for _ in range(self.redirects + 1):
            moved = self._once(target, url, sink, deadline)
            if moved is None:
                return
            target = moved
        raise BadRequest(f"Error in loading {url} - too many redirects")

    def _once(self, target: str, url: str, sink: Callable[[bytes], None], deadline: float) -> str | None:
        """One request; the place it redirects to, or None when the body went to the sink."""
        timeouts = dict.fromkeys(("connect", "read", "write", "pool"), max(deadline - time.monotonic(), 0.001))
        try:
            target, host = spelled(target)
            headers: dict[bytes | str, bytes | str] = {
                "Host": host,
                "User-Agent": "Tagsight",
                "Accept": "*/*",
                "Accept-Encoding": "identity",
            }
            with (
                httpcore.ConnectionPool(network_backend=replace(self.guard, deadline=deadline), max_connections=1) as pool,
                pool.stream("GET", target, headers=headers, extensions={"timeout": timeouts}) as answer,
            ):
                if answer.status in REDIRECTS:
                    return urljoin(target, _header(answer.headers, b"location"))
                if answer.status == 404:
                    raise NotFound(f"Resource not found - {url}")
                if answer.status != 200:
                    raise BadRequest(f"Error in loading {url} - {answer.status}")
                for piece in answer.iter_stream():
                    sink(piece)
        except httpcore.TimeoutException:
            raise BadRequest(f"Error in loading {url} - took longer than {self.seconds:g} seconds") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
            raise BadRequest(f"Error in loading {url} - {type(error).__name__}") from error
        except ValueError:
            raise BadRequest(f"Unsupported source URL: {url}") from None
        return None


def spelled(url: str) -> tuple[str, str]:
    """A URL in plain ASCII without its credentials, and its Host header. Raises ValueError for one that is no http URL."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("expected http://host/path")
    host = parts.hostname if parts.hostname.isascii() else parts.hostname.encode("idna").decode()
    host = (f"[{host}]" if ":" in host else host) + (f":{parts.port}" if parts.port else "")
    rest = quote(parts.path or "/", safe=WRITTEN_OUT) + (f"?{quote(parts.query, safe=WRITTEN_OUT)}" if parts.query else "")
    return f"{parts.scheme}://{host}{rest}", host


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    return next((value.decode("utf-8", "replace") for key, value in headers if key.lower() == name), "")
