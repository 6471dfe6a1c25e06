"""Remote files by URL, never from a private address: names are resolved here, every address is checked, and the connection goes
to the very address that was checked, again after each redirect."""

import socket
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore

from app.errors import BadRequest, NotFound

Address = IPv4Address | IPv6Address
NAT64 = IPv6Network("64:ff9b::/96")
REDIRECTS = {301, 302, 303, 307, 308}


def inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one carries (mapped, 6to4, Teredo, NAT64), or the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(address.packed[12:])
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet: not loopback, link-local, private, shared, multicast or reserved."""
    real = inner(address)
    return real.is_global and not real.is_multicast and not real.is_reserved and not real.is_unspecified


@dataclass(frozen=True)
class Guard(httpcore.NetworkBackend):
    """A network backend that resolves, checks and then connects to the checked address."""

    allow: tuple[str, ...] = ()
    resolve: Callable[..., list[Any]] = socket.getaddrinfo
    backend: httpcore.NetworkBackend = field(default_factory=httpcore.SyncBackend)

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None, socket_options: Any = None
    ) -> httpcore.NetworkStream:
        return self.backend.connect_tcp(self.checked(host, port), port, timeout, local_address, socket_options)

    def checked(self, host: str, port: int) -> str:
        """The first address of a host, all of which must be public or explicitly allowed."""
        try:
            found = [ip_address(item[4][0].partition("%")[0]) for item in self.resolve(host, port, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError):
            raise BadRequest(f"Error in loading {host} - ERR_DNS_FAIL 0") from None
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
            target = urljoin(target, moved)
        raise BadRequest(f"Error in loading {url} - too many redirects")

    def _once(self, target: str, url: str, sink: Callable[[bytes], None], deadline: float) -> str | None:
        """One request; the place it redirects to, or None when the body went to the sink."""
        parts = urlsplit(target)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadRequest(f"Unsupported source URL: {url}")
        left = max(deadline - time.monotonic(), 0.001)
        timeouts = {name: left for name in ("connect", "read", "write", "pool")}
        headers: dict[bytes | str, bytes | str] = {
            "Host": parts.netloc.rpartition("@")[2],
            "User-Agent": "Tagsight",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
        }
        try:
            with (
                httpcore.ConnectionPool(network_backend=self.guard, max_connections=1) as pool,
                pool.stream("GET", target, headers=headers, extensions={"timeout": timeouts}) as answer,
            ):
                if answer.status in REDIRECTS:
                    return _header(answer.headers, b"location")
                if answer.status == 404:
                    raise NotFound(f"Resource not found - {url}")
                if answer.status != 200:
                    raise BadRequest(f"Error in loading {url} - {answer.status}")
                for piece in answer.iter_stream():
                    sink(piece)
                    if time.monotonic() > deadline:
                        raise BadRequest(f"Error in loading {url} - took longer than {self.seconds:g} seconds")
        except (
            httpcore.NetworkError,
            httpcore.TimeoutException,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            OSError,
        ) as error:
            raise BadRequest(f"Error in loading {url} - {type(error).__name__}") from error
        return None


def _header(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in headers if key.lower() == name), "")
