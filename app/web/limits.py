"""Admin calls counted by the hour and key, as the X-FeatureRateLimit headers tell them."""

import threading
import time
from collections.abc import Callable
from email.utils import formatdate

from app.errors import Limited

HOUR = 3600


class HourlyLimit:
    """Counts in memory; a new hour starts from zero."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.time) -> None:
        self.limit = limit
        self._clock = clock
        self._hour = 0
        self._used: dict[str, int] = {}
        self._lock = threading.Lock()

    def count(self, key: str) -> dict[str, str]:
        """Count one call and give the headers to answer with; `check` says whether it was one too many."""
        hour = int(self._clock() // HOUR)
        with self._lock:
            if hour != self._hour:
                self._hour, self._used = hour, {}
            self._used[key] = self._used.get(key, 0) + 1
            left = max(self.limit - self._used[key], -1)
        return {
            "X-FeatureRateLimit-Limit": str(self.limit),
            "X-FeatureRateLimit-Remaining": str(left),
            "X-FeatureRateLimit-Reset": formatdate((hour + 1) * HOUR, usegmt=True),
        }

    def check(self, headers: dict[str, str]) -> None:
        if headers["X-FeatureRateLimit-Remaining"] == "-1":
            headers["X-FeatureRateLimit-Remaining"] = "0"
            until = headers["X-FeatureRateLimit-Reset"]
            raise Limited(f"Rate Limit Exceeded. Limit of {self.limit} api operations reached. Try again on {until}")
