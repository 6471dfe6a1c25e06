"""What the queue promises, on both databases; the kills are of real processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from app.db import jobs
from app.db.engine import Database
from app.db.work_tables import jobs as job_table
from app.queue.jobs import Jobs
from app.queue.workers import MOST_STARTS, Workers, backoff
from app.work import Job, Later
from tests.conftest import empty_database

SECOND = 1_000_000

# A process that claims and hangs, or dies in the middle of the job, until it is killed.
WORKER = """
import os, sys, time
from app.db.engine import Database
from app.queue.jobs import Jobs
from app.queue.workers import Workers
from app.work import Job
def work(number):
    print("started", number, flush=True)
    if sys.argv[3] == "die":
        os.kill(os.getpid(), 9)
    time.sleep(60 if sys.argv[3] == "hang" else 0.01)
    with open(sys.argv[2], "a") as out:
        out.write(f"{number}\\n")
db = Database(sys.argv[1])
Workers(db, Jobs(db), {"work": Job("q", work)}, {"q": 2}, lease=1.0, poll=0.05).start()
time.sleep(60)
"""

ROW: dict[str, Any] = {"name": "work", "status": "ready", "priority": 0, "run_at": 0, "attempts": 0, "starts": 0, "created_at": 0}


class Bench:
    """A queue, a worker over it, and what the jobs did."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.db = Database(url)
        self.late = 0.0
        self.queue = Jobs(self.db, clock=lambda: time.time_ns() // 1000 + int(self.late * SECOND))
        self.done: list[Any] = []

    def workers(self, call: Callable[..., object] | None = None, **more: Any) -> Workers:
        job = Job("q", call or (lambda number: self.done.append(number)), more.pop("tries", 5))
        return Workers(self.db, self.queue, {"work": job}, {"q": 2}, **({"lease": 1.0, "poll": 0.05} | more))

    def put(self, number: object, **more: Any) -> bool:
        with self.db.begin() as tx:
            return self.queue.enqueue(tx, "work", number=number, **more)

    def rows(self, status: str | None = None) -> list[jobs.Row]:
        with self.db.read() as c:
            return jobs.page(c, status, 1000)

    def process(self, out: Path, way: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", WORKER, self.url, str(out), way]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def until(self, true: Callable[[], bool], seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.01)


@pytest.fixture(params=["sqlite", "postgresql"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(empty_database(request.param, tmp_path, request))
    yield made
    made.db.close()


def test_a_job_is_kept_or_dropped_with_its_transaction(bench: Bench) -> None:
    def failing() -> None:
        with bench.db.begin() as tx:
            bench.queue.enqueue(tx, "work", number=1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        failing()
    assert bench.rows() == []
    bench.put(2)
    assert bench.workers().drain() == 1
    assert (bench.done, bench.rows()) == ([2], [])


def test_the_urgent_come_first_and_the_later_wait(bench: Bench) -> None:
    for number, more in enumerate(({}, {"priority": 5}, {"after": 60}, {"priority": -5})):
        bench.put(number, **more)
    bench.workers().drain()
    assert bench.done == [1, 0, 3]
    bench.late = 61
    bench.workers().drain()
    assert bench.done == [1, 0, 3, 2]


def test_the_same_key_is_the_same_job_until_it_is_done(bench: Bench) -> None:
    assert [bench.put(number, key="asset:1") for number in (1, 2)] == [True, False]
    bench.workers().drain()
    assert bench.put(3, key="asset:1")
    bench.workers().drain()
    assert bench.done == [1, 3]


def test_a_failing_job_is_tried_later_and_then_held_and_replayed(bench: Bench) -> None:
    healthy = False

    def work(number: int) -> None:
        if not healthy:
            raise ValueError("no")
        bench.done.append(number)

    bench.put(1, key="k")
    workers = bench.workers(work, tries=3)
    waits = []
    for _ in range(3):
        workers.drain()
        (row,) = bench.rows()
        waits.append(row.run_at - bench.queue.clock())
        bench.late += 700
    assert 1 * SECOND < waits[0] < 3 * SECOND < waits[1] < 5 * SECOND
    assert (row.status, row.attempts, row.error, row.key) == ("held", 3, "ValueError: no", None)
    assert bench.put(2, key="k"), "a held job does not stand in the way"
    healthy = True
    with bench.db.begin() as tx:
        assert jobs.replay(tx, row.id, bench.queue.clock())
        assert not jobs.replay(tx, row.id, bench.queue.clock())
    workers.drain()
    assert sorted(bench.done) == [1, 2]


def test_a_job_may_ask_for_its_own_time(bench: Bench) -> None:
    def work(number: int) -> None:
        bench.done.append(number)
        if len(bench.done) < 8:
            raise Later(100, "not yet")

    bench.put(1)
    workers = bench.workers(work, tries=1)
    for _ in range(8):
        assert workers.drain() == 1
        bench.late += 101
    assert bench.rows() == []


def test_a_job_that_kills_its_process_is_held(bench: Bench, tmp_path: Path) -> None:
    bench.put(1)
    for _ in range(MOST_STARTS):
        with bench.process(tmp_path / "out", "die") as process:
            assert process.wait(timeout=30) == -signal.SIGKILL
    bench.late = 2
    bench.workers().drain()
    (row,) = bench.rows()
    assert (row.status, bench.done) == ("held", [])
    assert f"stopped its process {MOST_STARTS} times" in str(row.error)


def test_a_dead_workers_job_is_taken_over_and_a_frozen_one_cannot_touch_it(bench: Bench, tmp_path: Path) -> None:
    bench.put(1)
    with bench.process(tmp_path / "out", "hang") as process:
        assert process.stdout
        assert process.stdout.readline() == "started 1\n"
        os.kill(process.pid, signal.SIGSTOP)
        (row,) = bench.rows("running")
        workers = bench.workers()
        workers.start()
        bench.until(lambda: bench.done == [1])
        workers.stop()
        os.kill(process.pid, signal.SIGCONT)
        with bench.db.begin() as tx:
            assert not jobs.finish(tx, row), "it is not this worker's any more"
        process.kill()
    bench.until(lambda: bench.rows() == [])


def test_after_a_crash_the_same_machine_does_not_wait_for_the_lease(bench: Bench, tmp_path: Path) -> None:
    bench.put(1)
    with bench.process(tmp_path / "out", "hang") as process:
        assert process.stdout
        process.stdout.readline()
        process.kill()
    (row,) = bench.rows("running")
    with bench.db.begin() as tx:
        jobs.extend(tx, str(row.worker), [row.id], bench.queue.clock() + 3600 * SECOND)
    workers = bench.workers()
    workers.start()
    bench.until(lambda: bench.done == [1])
    workers.stop()


def test_nothing_is_lost_however_often_workers_are_killed(bench: Bench, tmp_path: Path) -> None:
    count, out = 60, tmp_path / "out"
    for number in range(count):
        bench.put(number)
    for _ in range(4):
        with bench.process(out, "work") as process:
            assert process.stdout
            for _ in range(8):
                process.stdout.readline()
            process.kill()
    bench.late = 3
    bench.workers().drain()
    told = {int(line) for line in out.read_text().split()} | set(bench.done)
    assert told == set(range(count))
    assert bench.rows() == []


def test_a_worker_is_woken_and_keeps_to_its_limit_and_its_lease(bench: Bench) -> None:
    inside, most, lock, go = 0, 0, threading.Lock(), threading.Event()

    def work(number: int) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        go.wait(20)
        with lock:
            inside -= 1
            bench.done.append(number)

    workers = bench.workers(work, lease=0.3, poll=30.0)
    workers.start()
    for number in range(6):
        bench.put(number)
    bench.until(lambda: inside == 2, seconds=5)
    time.sleep(0.9)  # three leases: a job that still runs is nobody else's
    with bench.db.begin() as tx:
        moment = bench.queue.clock()
        assert len(jobs.claim(tx, ["work"], 10, "other", moment, moment)) == 4, "and these two are not among them"
    go.set()
    bench.until(lambda: len(bench.done) == 6)
    workers.stop()
    assert (most, bench.rows()) == (2, [])


def test_stopping_ends_what_runs_and_gives_back_what_does_not_end(bench: Bench) -> None:
    entered = threading.Event()

    def work(number: int) -> None:
        entered.set()
        time.sleep(0.2 if number == 1 else 30)
        bench.done.append(number)

    bench.put(1)
    workers = bench.workers(work)
    workers.start()
    assert entered.wait(10)
    workers.stop()
    assert (bench.done, bench.rows()) == ([1], [])
    entered.clear()
    bench.put(2)
    workers = bench.workers(work)
    workers.start()
    assert entered.wait(10)
    workers.stop(0.3)
    (row,) = bench.rows()
    assert (row.status, row.starts, row.attempts) == ("ready", 0, 0)


def test_what_a_dead_worker_left_comes_before_what_waits(bench: Bench) -> None:
    bench.put(1, priority=-1)
    with bench.db.begin() as tx:
        moment = bench.queue.clock()
        assert len(jobs.claim(tx, ["work"], 1, "dead", moment, moment + SECOND)) == 1
    for number in (2, 3):
        bench.put(number)
    bench.late = 2
    bench.workers().drain()
    assert bench.done == [1, 2, 3]


def test_ten_thousand_that_wait_do_not_hold_up_an_urgent_one(bench: Bench) -> None:
    with bench.db.begin() as tx:
        tx.execute(insert(job_table), [ROW | {"arguments": {"number": number}, "priority": -1} for number in range(10_000)])
    workers = bench.workers()
    workers.start()
    bench.until(lambda: len(bench.done) > 2)
    bench.put("urgent")
    by_then = len(bench.done)
    bench.until(lambda: "urgent" in bench.done)
    workers.stop()
    assert bench.done.index("urgent") <= by_then + 4, "what ran or was claimed then, and no more"


def test_jobs_of_another_process_wake_a_worker_on_postgresql(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    bench = Bench(empty_database("postgresql", tmp_path, request))
    workers = bench.workers(poll=3600.0, lease=3600.0 * 3)
    workers.start()
    other = Database(bench.url)
    for number in range(200):  # the first may come before it listens
        with other.begin() as tx:
            assert jobs.add(tx, {**ROW, "arguments": {"number": number}})
        time.sleep(0.05)
        if bench.done:
            break
    bench.until(lambda: bench.rows() == [])
    workers.stop()
    other.close()
    bench.db.close()


def test_a_clock_that_is_set_back_holds_up_nothing_that_was_due(bench: Bench) -> None:
    bench.late = 7200
    bench.put(1)
    bench.put(2, after=60)
    bench.late = 0
    workers = bench.workers(lease=0.3)
    workers.start()
    bench.until(lambda: bench.done == [1])
    workers.stop()
    (row,) = bench.rows()
    assert 0 < row.run_at - bench.queue.clock() <= 60 * SECOND, "what was to wait a minute waits a minute, not two hours"


def test_a_lease_of_a_clock_that_was_set_back_since_runs_out_all_the_same(bench: Bench, tmp_path: Path) -> None:
    bench.put(1)
    bench.late = 7200
    with bench.db.begin() as tx:
        assert jobs.claim(tx, ["work"], 1, "elsewhere/1/x", bench.queue.clock(), bench.queue.clock() + SECOND)
    bench.late = 0
    workers = bench.workers(lease=0.3)
    workers.start()
    bench.until(lambda: bench.done == [1])
    workers.stop()


def test_a_clock_that_is_set_forward_starts_no_running_job_again(bench: Bench) -> None:
    go, inside = threading.Event(), threading.Semaphore(0)

    def work(number: int) -> None:
        inside.release()
        go.wait(20)
        bench.done.append(number)

    bench.put(1)
    workers = bench.workers(work, lease=1.0)
    workers.start()
    assert inside.acquire(timeout=20)
    for hours in (1, 2, 3):
        bench.late = hours * 3600
        bench.put(10 + hours)
        time.sleep(0.3)
        assert [row.starts for row in bench.rows() if row.arguments["number"] == 1] == [1]
    go.set()
    bench.until(lambda: sorted(bench.done) == [1, 11, 12, 13])
    workers.stop()
    assert bench.rows() == []


def test_two_workers_never_take_the_same_job(bench: Bench) -> None:
    for number in range(200):
        bench.put(number)
    both = [bench.workers(), replace(bench.workers(), name="other/2/x")]
    threads = [threading.Thread(target=item.drain) for item in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(bench.done) == list(range(200))


def test_the_wait_doubles_up_to_ten_minutes() -> None:
    assert 1.8 <= backoff(0) <= 2.2
    assert 7 <= backoff(2) <= 9
    assert 540 <= backoff(50) <= 660
