"""Whether anybody has committed anything since: SQLite keeps a number of that in its file, PostgreSQL has none."""

import itertools
import sqlite3
import time

from sqlalchemy import make_url


class Changes:
    """A connection that never writes and never waits, and what it saw last."""

    def __init__(self, url: str) -> None:
        parts = make_url(url)
        told = parts.get_backend_name() == "sqlite" and parts.database and not parts.query
        self._watch = sqlite3.connect(parts.database, timeout=0, check_same_thread=False) if told and parts.database else None
        self._unsure = itertools.count(-1, -1)
        self._seen: tuple[float, int | None] = (-1e9, None)

    def number(self, seconds: float) -> int | None:
        """Another number after anybody's commit, other processes' too, as it was so many seconds ago or later. None without one.

        It takes microseconds.
        """
        moment = time.monotonic()
        if self._watch and moment - self._seen[0] >= seconds:
            try:
                found: int = self._watch.execute("PRAGMA data_version").fetchone()[0]
            except sqlite3.Error:  # busy, or closed: as good as changed
                found = next(self._unsure)
            self._seen = (moment, found)
        return self._seen[1]

    def close(self) -> None:
        if self._watch:
            self._watch.close()
