"""Works jobs off: claims what is due, runs it in threads bounded by queue, keeps the leases alive, and stops in order.

Any number of processes may work on one database. A job that is running holds a lease; when its worker dies or hangs, the lease
runs out and whoever claims next takes the job over. Jobs therefore run at least once and must leave the same result each time.
"""

import random
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.db import jobs
from app.db.engine import Database
from app.db.jobs import Row
from app.errors import Unavailable
from app.queue.identity import is_gone, own_name
from app.queue.jobs import Jobs
from app.work import Job, Later

log = structlog.get_logger()

MOST_STARTS = 3  # of one job without an orderly end; after that it is taken for what kills its process
SECOND = 1_000_000
LONGEST_BACKOFF = 600.0
LONGEST_ERROR = 2000
STUCK_SECONDS = 120.0  # a database that is silent holds the loop for half a minute; beyond this it hangs
AWAY = (SQLAlchemyError, Unavailable)  # the database does not answer, or has moved and takes no writes


def backoff(attempts: int) -> float:
    """Seconds until the next try: 2, 4, 8… up to ten minutes, each a tenth more or less so that failures do not march in step."""
    return min(2.0 ** (attempts + 1), LONGEST_BACKOFF) * random.uniform(0.9, 1.1)


@dataclass(frozen=True, slots=True)
class Health:
    """Of a worker: `alive` as long as it is no use to restart it, `ready` while it reaches the queue."""

    alive: bool
    ready: bool
    running: int
    reason: str


@dataclass
class Workers:
    """`limits`: how many jobs of a queue run at once here. Every thread is a daemon: no job outlives its process."""

    db: Database
    queue: Jobs
    jobs: Mapping[str, Job]
    limits: Mapping[str, int]
    lease: float = 30.0
    poll: float = 1.0  # on SQLite jobs of other processes are seen this late; all others wake it at once
    name: str = field(default_factory=own_name)
    _wake: threading.Event = field(default_factory=threading.Event)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _running: dict[int, Row] = field(default_factory=dict)
    _busy: set[int] = field(default_factory=set)  # those that still compute; of the others only the end is being written
    _turned: float = 0.0  # when the loop went round last
    _away: str = ""  # why the database could not be asked then
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        """Begin to work, in threads of this process."""
        self.queue.listen(self._wake.set)
        listening = (jobs.CHANNEL, self._heard, self._stopping)
        self._threads = [
            threading.Thread(target=self._loop, name="jobs", daemon=True),
            threading.Thread(target=self.db.listen, args=listening, name="jobs of others", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 8.0) -> None:
        """Claim nothing more, let running jobs end, and give back what has not ended in time."""
        if not self._threads:
            return
        deadline = time.monotonic() + seconds
        self._stopping.set()
        self._wake.set()
        for thread in self._threads:
            thread.join(timeout=max(deadline - time.monotonic(), 0))
        while self._running and time.monotonic() < deadline:
            time.sleep(0.01)
        with suppress(*AWAY), self.db.begin() as tx:  # without it their leases run out
            for row in list(self._running.values()):
                jobs.put_back(tx, row, self.queue.clock(), None, failed=False)
        self._threads = []

    def drain(self) -> int:
        """Run in this thread whatever is due, and what that brings; how many ran. Jobs whose time has not come stay."""
        count = 0
        while rows := self._claim(list(self.jobs), 1):
            self._run(rows[0])
            count += 1
        return count

    def health(self) -> Health:
        """How it is, for those who restart what is stuck: its loop goes round every few seconds, whatever its jobs do."""
        alive = bool(self._threads) and self._threads[0].is_alive() and time.monotonic() - self._turned < STUCK_SECONDS
        return Health(alive, alive and bool(self._turned) and not self._away, len(self._running), self._away)

    def _loop(self) -> None:
        beat = time.monotonic()
        started, clock = False, self._ahead()
        while not self._stopping.is_set():
            self._wake.clear()
            self._turned = time.monotonic()
            try:
                if not started:
                    self._bury()
                    self._mend()
                    started = True
                if abs(self._ahead() - clock) > SECOND:  # it was set: leases first, before what runs looks left behind
                    clock, beat = self._ahead(), 0.0
                    self._mend()
                if time.monotonic() >= beat:
                    beat = time.monotonic() + self.lease / 3
                    self._keep()
                pause = min(self._fill(), max(beat - time.monotonic(), 0.0))
                self._away = ""
            except AWAY as error:  # the database is away: running jobs go on, this loop tries again
                self._away = str(error)[:200]
                log.error("the queue cannot be read", reason=self._away)
                pause = self.poll
            self._wake.wait(pause)

    def _heard(self, name: str) -> None:
        """Another process has promised a job."""
        if name in self.jobs and self.jobs[name].queue in self.limits:
            self._wake.set()

    def _fill(self) -> float:
        """Start as many due jobs as the queues have room for; seconds until the next look. An idle worker only reads."""
        with self.db.read() as c:
            dues = jobs.dues(c, [name for name, job in self.jobs.items() if job.queue in self.limits])
        moment = self.queue.clock()
        due = {name: [status for status, at in found.items() if at <= moment] for name, found in dues.items()}
        for queue, limit in self.limits.items():
            names = [name for name, job in self.jobs.items() if job.queue == queue]
            room = limit - sum(row.name in names and row.id in self._busy for row in list(self._running.values()))
            ready = [name for name in names if due.get(name)]
            if room > 0 and ready:
                for row in self._claim(ready, room, any(jobs.RUNNING in due[name] for name in ready)):
                    self._busy.add(row.id)
                    self._running[row.id] = row
                    threading.Thread(target=self._run, args=(row,), name=f"{queue} job", daemon=True).start()
        coming = [at for found in dues.values() for at in found.values() if at > moment]  # a full queue wakes by itself
        return min([self.poll, *(max((at - moment) / SECOND, 0.001) for at in coming)])

    def _claim(self, names: list[str], most: int, left: bool = True) -> list[Row]:
        moment = self.queue.clock()
        with self.db.begin() as tx:
            return jobs.claim(tx, names, most, self.name, moment, moment + int(self.lease * SECOND), left)

    def _ahead(self) -> int:
        """Of the steady clock, which nobody sets."""
        return self.queue.clock() - int(time.monotonic() * SECOND)

    def _mend(self) -> None:
        with self.db.begin() as tx:
            jobs.mend(tx, self.queue.clock(), int(self.lease * SECOND))

    def _keep(self) -> None:
        ids = list(self._running)
        if ids:
            with self.db.begin() as tx:
                jobs.extend(tx, self.name, ids, self.queue.clock() + int(self.lease * SECOND))

    def _bury(self) -> None:
        """Take over at once from processes of this machine that are gone: after a crash nobody waits for their leases."""
        with self.db.begin() as tx:
            for name in jobs.workers(tx):
                if name != self.name and is_gone(name):
                    jobs.free(tx, name, self.queue.clock())

    def _run(self, row: Row) -> None:
        """One start of one job, and what becomes of it."""
        job, error, delay = self.jobs[row.name], "", None
        try:
            if row.starts > MOST_STARTS:
                error = f"stopped its process {MOST_STARTS} times"
            else:
                job.call(**row.arguments)
        except Later as later:
            error, delay = str(later), later.seconds
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"[:LONGEST_ERROR]
            delay = backoff(row.attempts) if row.attempts + 1 < job.tries else None
            log.error("job failed", job=row.name, id=row.id, attempts=row.attempts + 1, reason=error)
        self._busy.discard(row.id)
        self._wake.set()  # the next one is claimed while this one's end is written: a disk that syncs slowly keeps no core idle
        try:
            with self.db.begin() as tx:
                if not error:
                    jobs.finish(tx, row)
                elif delay is None:
                    jobs.hold(tx, row, error)
                else:
                    jobs.put_back(tx, row, self.queue.clock() + int(delay * SECOND), error)
        except AWAY as failure:  # its lease runs out, and it runs once more
            log.error("a job's end cannot be written", job=row.name, id=row.id, reason=str(failure)[:200])
        finally:
            self._running.pop(row.id, None)
            if delay is not None:
                self._wake.set()  # it is due again, maybe soon
