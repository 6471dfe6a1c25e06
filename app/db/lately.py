"""What was read from the database lately and is asked for with every request: right until this process commits anything."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from app.db.engine import Database

SECONDS = 0.25  # how long other processes' commits may go unseen
MOST = 1000
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Stamp:
    """When something was known to be right."""

    commits: int
    moment: float
    changes: int | None

    @classmethod
    def of(cls, db: Database) -> "Stamp":
        """Taken before the reading, so that a commit in between makes it stale."""
        return cls(db.commits, time.monotonic(), db.changes.number(0))

    def holds(self, db: Database, *, lasting: bool = True) -> bool:
        """Whether it is still right. What does not last, as it depends on the time of day too, is asked for anew soon."""
        if self.commits != db.commits:
            return False
        if time.monotonic() - self.moment < SECONDS:
            return True
        return lasting and self.changes is not None and self.changes == db.changes.number(SECONDS)


@dataclass(slots=True)
class Lately(Generic[T]):
    """Values by name, each read again when its stamp no longer holds."""

    db: Database
    values: dict[str, tuple[Stamp, T]] = field(default_factory=dict)

    def get(self, name: str, read: Callable[[], T]) -> T:
        kept = self.values.get(name)
        if kept and kept[0].holds(self.db):
            return kept[1]
        stamp, value = Stamp.of(self.db), read()
        if len(self.values) >= MOST:
            self.values.clear()
        self.values[name] = (stamp, value)
        return value
