"""The clock of a queue that several machines share: the database's, so that theirs may differ and may jump."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import BigInteger, cast, extract, func, select
from sqlalchemy.exc import SQLAlchemyError

from app.db.engine import Database, now

EVERY = 30.0  # seconds between two looks at the database's clock
SECOND = 1_000_000


def shared(db: Database) -> Callable[[], int]:
    """Microseconds since 1970, alike for all who share this database. Those who share a file share a machine and its clock."""
    return SharedClock(db) if db.engine.dialect.name == "postgresql" else now


@dataclass
class SharedClock:
    """PostgreSQL's clock as it was last seen, and what has passed since by this machine's steady one."""

    db: Database
    steady: Callable[[], float] = time.monotonic
    _ahead: int | None = None  # of the steady clock
    _seen: float = 0.0
    _looking: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> int:
        moment = self.steady()
        if (self._ahead is None or moment - self._seen > EVERY) and self._looking.acquire(blocking=False):
            try:
                self._look()
            except SQLAlchemyError:  # it is away: what was seen still holds
                pass
            finally:
                self._looking.release()
        return now() if self._ahead is None else int(moment * SECOND) + self._ahead

    def _look(self) -> None:
        micros = cast(extract("epoch", func.clock_timestamp()) * SECOND, BigInteger)
        with self.db.read() as c:
            before, there, after = self.steady(), c.execute(select(micros)).scalar_one(), self.steady()
        self._ahead, self._seen = there - int((before + after) / 2 * SECOND), after
