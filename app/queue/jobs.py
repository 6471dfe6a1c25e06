"""The queue port on the service's own database: a job is a row, written in the transaction of the fact it is about."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from app.db import jobs
from app.db.engine import Database, now


@dataclass(frozen=True)
class Jobs:
    """Enqueues, and tells those who listen once the row is durable. `clock` is in microseconds since 1970."""

    db: Database
    clock: Callable[[], int] = now
    _listeners: list[Callable[[], None]] = field(default_factory=list)
    _mine: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        self.db.after_commit.append(self._committed)

    def enqueue(
        self, tx: Connection, job: str, *, key: str | None = None, priority: int = 0, after: float = 0, **arguments: object
    ) -> bool:
        moment = self.clock()
        values = {"name": job, "arguments": arguments, "key": key, "priority": priority, "status": jobs.READY}
        counted = {"attempts": 0, "starts": 0, "created_at": moment, "run_at": moment + int(after * 1_000_000)}
        self._mine.fresh = True
        return jobs.add(tx, values | counted)

    def announce(self) -> None:
        """Of this thread's transaction: it lets a job run that was there before."""
        self._mine.fresh = True

    def listen(self, wake: Callable[[], None]) -> None:
        """Call `wake` after every commit in this process that holds new jobs."""
        self._listeners.append(wake)

    def _committed(self) -> None:
        """Runs in the thread whose transaction has just ended."""
        if getattr(self._mine, "fresh", False):
            self._mine.fresh = False
            for wake in self._listeners:
                wake()
