"""Tells those who watch a cloud what happens in it: at once for what this process commits, soon for what others do.

Nothing is published by those who change assets: the watcher reads what is new after every commit of its own process, and
otherwise every `poll` seconds, which costs a few small queries. It runs only while somebody watches.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.db import changes, jobs
from app.db.changes import ANALYZED, CREATED, DELETED, UPDATED, Change
from app.db.engine import Database, now
from app.errors import Limited

log = structlog.get_logger()

SECOND = 1_000_000
OVERLAP = 5 * SECOND  # read again each time: rows become visible in another order than they were written in
LONGEST_GAP = 60 * SECOND  # what somebody who lost the connection is told of
SHORTEST = 0.05  # between two looks, however much is committed
COUNTED = 1.0  # between two counts of jobs
REST = 1  # times as long as a look took
MOST_KNOWN = 10_000
MOST_WATCHERS = 200
RANK = {DELETED: 0, CREATED: 1, ANALYZED: 2, UPDATED: 3}  # what is told of an asset that several things happened to


@dataclass(frozen=True, slots=True)
class Event:
    """One line of what happens. `moment` lets a watcher go on where it stopped; None as an event: no more will come."""

    name: str
    moment: int
    data: Mapping[str, Any]


Sink = Callable[[Event | None], None]


@dataclass(eq=False)
class Watcher:
    """One who is told: of one cloud, and of all jobs or of that cloud's own."""

    cloud_id: int
    cloud: str
    all_jobs: bool
    sink: Sink
    counts: Mapping[str, Any] | None = None


@dataclass
class Live:
    db: Database
    poll: float = 0.15
    _watchers: list[Watcher] = field(default_factory=list)
    _known: "dict[int, OrderedDict[Change, None]]" = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _wake: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None
    _closed: bool = False

    def __post_init__(self) -> None:
        self.db.after_commit.append(self._wake.set)

    def watch(self, watcher: Watcher, since: int | None = None) -> None:
        """Tell this one from now on, or from a moment on that is not long ago. Its sink is called from another thread."""
        with self._lock:
            if self._closed or len(self._watchers) >= MOST_WATCHERS:
                raise Limited("Too many are watching this server", retry_after=5)
        moment = now()
        with self.db.read() as c:
            known = changes.since(c, watcher.cloud_id, moment - OVERLAP)
            late = changes.since(c, watcher.cloud_id, since + 1) if since and moment - since < LONGEST_GAP else []
            told = self._events(c, late)
        for event in told:
            watcher.sink(event)
        with self._lock:
            self._known.setdefault(watcher.cloud_id, OrderedDict()).update(dict.fromkeys(known))
            self._watchers.append(watcher)
            if self._thread is None:
                self._thread = threading.Thread(target=self._loop, name="live", daemon=True)
                self._thread.start()
        self._wake.set()

    def leave(self, watcher: Watcher) -> None:
        with self._lock:
            if watcher in self._watchers:
                self._watchers.remove(watcher)
            if all(other.cloud_id != watcher.cloud_id for other in self._watchers):
                self._known.pop(watcher.cloud_id, None)

    def stop(self) -> None:
        """End every stream: the server stops."""
        with self._lock:
            self._closed = True
            watchers, self._watchers, thread = self._watchers, [], self._thread
        for watcher in watchers:
            watcher.sink(None)
        self._wake.set()
        if thread:
            thread.join(timeout=2)

    def _loop(self) -> None:
        counted, pause = 0.0, self.poll
        while True:
            self._wake.wait(pause)
            self._wake.clear()
            with self._lock:
                if not self._watchers:
                    self._thread = None
                    return
                watchers = list(self._watchers)
            started, pause = time.monotonic(), self.poll
            try:
                self._tell(watchers)
                if started - counted >= COUNTED:
                    counted = started
                    self._count(watchers)
                else:
                    pause = min(pause, counted + COUNTED - started)
            except SQLAlchemyError as error:  # the database is away: the next look tries again
                log.error("what changed cannot be read", reason=str(error)[:200])
                time.sleep(SHORTEST)
            time.sleep(max(SHORTEST, REST * (time.monotonic() - started)))

    def _tell(self, watchers: list[Watcher]) -> None:
        """What is new since the last look, to those whose cloud it is."""
        for cloud_id in {watcher.cloud_id for watcher in watchers}:
            with self.db.read() as c:
                fresh = self._fresh(cloud_id, changes.since(c, cloud_id, now() - OVERLAP))
                events = self._events(c, fresh)
            for watcher in watchers:
                if watcher.cloud_id == cloud_id:
                    for event in events:
                        watcher.sink(event)

    def _fresh(self, cloud_id: int, found: list[Change]) -> list[Change]:
        with self._lock:
            known = self._known.get(cloud_id)
            if known is None:  # the last one has left meanwhile
                return []
            fresh = [change for change in found if change not in known]
            known.update(dict.fromkeys(fresh))
            while len(known) > MOST_KNOWN:
                known.popitem(last=False)
        return fresh

    def _events(self, c: Any, fresh: list[Change]) -> list[Event]:
        """One event an asset, in the order of time."""
        said: dict[str, Change] = {}
        for change in sorted(fresh, key=lambda item: RANK[item.what]):
            said.setdefault(change.asset_id, change)
        status = changes.statuses(c, [change.row for change in said.values()]) if said else {}
        return [
            Event(
                "asset",
                change.moment,
                {name: getattr(change, name) for name in changes.NAMES}
                | {"what": change.what, "status": status.get(change.row, "complete")},
            )
            for change in sorted(said.values(), key=lambda item: item.moment)
        ]

    def _count(self, watchers: list[Watcher]) -> None:
        """How many jobs there are, to those for whom that has changed."""
        found: dict[str | None, dict[str, Any]] = {}
        with self.db.read() as c:
            for place in {None if watcher.all_jobs else (watcher.cloud_id, watcher.cloud) for watcher in watchers}:
                counts = jobs.counts(c, place)
                rows = [{"name": name, "status": status, "count": count} for (name, status), count in sorted(counts.items())]
                found[place[1] if place else None] = {"counts": rows}
        for watcher in watchers:
            fresh = found[None if watcher.all_jobs else watcher.cloud]
            if fresh != watcher.counts:
                watcher.counts = fresh
                watcher.sink(Event("jobs", now(), fresh))
