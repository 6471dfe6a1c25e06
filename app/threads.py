"""CPU-bound work, bounded by cores, with a bounded waiting line; short reads and disk waits have threads of their own."""

import asyncio
import itertools
import os
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar, cast

from app.errors import BadRequest, Limited

P = ParamSpec("P")
T = TypeVar("T")


class Budget:
    """Bytes that several threads may hold together. Whoever needs more than is left waits for those before."""

    def __init__(self, total: int) -> None:
        self.total = self.left = total
        self._line = threading.Condition()
        self._numbers, self._turn = itertools.count(), 0

    @contextmanager
    def of(self, amount: int) -> Iterator[None]:
        """Hold an amount, in the order of asking, so that a large one is not starved. Raises BadRequest for more than there is."""
        if amount > self.total:
            raise BadRequest(
                f"This transformation may need {amount >> 20} MB of memory, more than the {self.total >> 20} MB allowed"
            )
        with self._line:
            number = next(self._numbers)
            self._line.wait_for(lambda: self._turn == number and self.left >= amount)
            self._turn, self.left = number + 1, self.left - amount
            self._line.notify_all()
        try:
            yield
        finally:
            with self._line:
                self.left += amount
                self._line.notify_all()


class Threads:
    """Pools: `compute` for pictures (one thread a core), `read` for short queries, `wait` for remote files, `disk` for storage.

    `line` bounds how many compute calls may wait; the next one gets a 420 with Retry-After instead of growing the memory.
    """

    def __init__(self, compute: int = 0, line: int = 64) -> None:
        self.compute_threads = compute or os.cpu_count() or 1
        self._line = self.compute_threads + line
        self._inside = 0
        self._shared: dict[str, asyncio.Future[Any]] = {}
        self._compute = ThreadPoolExecutor(self.compute_threads, "compute")
        self._read = ThreadPoolExecutor(8, "read")
        self._wait = ThreadPoolExecutor(16, "wait")
        self._disk = ThreadPoolExecutor(2 * self.compute_threads, "disk")

    async def compute(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a use case that decodes or detects. Only the event loop's thread counts the line, so it needs no lock."""
        if self._inside >= self._line:
            raise Limited("Server is busy, try again in a moment", retry_after=2)
        self._inside += 1
        try:
            return await asyncio.wrap_future(self._compute.submit(call, *args, **kwargs))
        finally:
            self._inside -= 1

    async def once(self, key: str, start: Callable[[], Awaitable[T]]) -> T:
        """Share one run among all who ask for the same key while it goes on. It goes on when one of them leaves."""
        running = self._shared.get(key)
        if running is None:
            running = self._shared[key] = asyncio.ensure_future(start())
            running.add_done_callback(lambda _: self._shared.pop(key))
        return cast(T, await asyncio.shield(running))

    async def read(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a short query without waiting behind pictures."""
        return await asyncio.wrap_future(self._read.submit(call, *args, **kwargs))

    async def wait(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run what mostly waits for the network."""
        return await asyncio.wrap_future(self._wait.submit(call, *args, **kwargs))

    def disk(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Start a wait on storage beside the caller's own work (the fsync of a file while its picture is looked at)."""
        return self._disk.submit(call, *args, **kwargs)

    def close(self) -> None:
        for pool in (self._compute, self._read, self._wait, self._disk):
            pool.shutdown(wait=True, cancel_futures=True)
