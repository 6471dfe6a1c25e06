"""Calls counted by the hour: Admin calls by key, as the X-FeatureRateLimit headers tell them; unsigned uploads by address."""

import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from ipaddress import ip_address, ip_network

from app.errors import Limited

HOUR, MINUTES = 3600, 300
MOST_COUNTED = 100_000  # callers counted apart; all others of that hour are counted as one


class Counter:
    """Counts in memory; a new hour, or whatever is counted by, starts from zero."""

    def __init__(self, clock: Callable[[], float] = time.time, seconds: int = HOUR) -> None:
        self._clock = clock
        self._seconds = seconds
        self._hour = 0
        self._used: dict[str, int] = {}
        self._lock = threading.Lock()

    def add(self, key: str, calls: int = 1) -> tuple[int, int]:
        """How many calls of this key the hour has seen, this one too, and when the hour ends."""
        hour = int(self._clock() // self._seconds)
        with self._lock:
            if hour != self._hour:
                self._hour, self._used = hour, {}
            key = key if key in self._used or len(self._used) < MOST_COUNTED else ""
            self._used[key] = self._used.get(key, 0) + calls
            return self._used[key], (hour + 1) * self._seconds


class HourlyLimit:
    """The Admin API's limit."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.time) -> None:
        self.limit = limit
        self._counter = Counter(clock)

    def count(self, key: str) -> dict[str, str]:
        """Count one call and give the headers to answer with; `check` says whether it was one too many."""
        used, until = self._counter.add(key)
        return {
            "X-FeatureRateLimit-Limit": str(self.limit),
            "X-FeatureRateLimit-Remaining": str(max(self.limit - used, -1)),
            "X-FeatureRateLimit-Reset": formatdate(until, usegmt=True),
        }

    def check(self, headers: dict[str, str]) -> None:
        if headers["X-FeatureRateLimit-Remaining"] == "-1":
            headers["X-FeatureRateLimit-Remaining"] = "0"
            until = headers["X-FeatureRateLimit-Reset"]
            raise Limited(f"Rate Limit Exceeded. Limit of {self.limit} api operations reached. Try again on {until}")


class UnsignedLimit:
    """What strangers may do: unsigned uploads an hour and address. An IPv6 caller is its /64 network, as sites are given them."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.time) -> None:
        self.limit = limit
        self._clock = clock
        self._counter = Counter(clock)

    def count(self, address: str) -> None:
        """Raises Limited for one call too many."""
        used, until = self._counter.add(_site(address))
        if used > self.limit:
            raise Limited("Rate limit exceeded", retry_after=max(1, int(until - self._clock())))


class SignInLimit:
    """Wrong sign-ins an address may try in five minutes. A try counts before it is judged: many at once do not slip by."""

    def __init__(self, limit: int = 10, clock: Callable[[], float] = time.time) -> None:
        self.limit = limit
        self._clock = clock
        self._counter = Counter(clock, MINUTES)

    def count(self, address: str) -> None:
        """Raises Limited for one try too many."""
        used, until = self._counter.add(_site(address))
        if used > self.limit:
            wait = max(1, int(until - self._clock()))
            raise Limited(f"Too many wrong sign-ins from your address; try again in {wait} seconds", retry_after=wait)

    def forgive(self, address: str) -> None:
        """It was right."""
        self._counter.add(_site(address), -1)


def _site(address: str) -> str:
    try:
        known = ip_address(address)
    except ValueError:
        return address[:64]
    return str(known) if known.version == 4 else str(ip_network((int(known), 64), strict=False))
