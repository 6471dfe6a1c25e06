"""What is promised to the services of work that is done later. Beside the other ports, whose users know no database."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection


class Later(Exception):
    """Raised by a job that is to run again after so many seconds, as often as it says so."""

    def __init__(self, seconds: float, reason: str = "") -> None:
        super().__init__(reason or f"again in {seconds:g} seconds")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Job:
    """What a job's name stands for: a call, the queue that bounds how many run at once, and how often a failing one is tried."""

    queue: str
    call: Callable[..., object]
    tries: int = 5


class Queue(Protocol):
    """Work that is done later, at least once: what a job does must leave the same result when it is done twice."""

    def enqueue(
        self, tx: Connection, job: str, *, key: str | None = None, priority: int = 0, after: float = 0, **arguments: object
    ) -> bool:
        """Promise a job in the caller's own transaction: kept or dropped with it. Arguments are ids and other plain JSON values.

        `after` seconds from now; higher `priority` first. False if a job with the same `key` waits or runs already.
        """
