"""The queue: how late jobs start, how many a second, what a second worker brings, and what `async` costs over a waiting call."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import quantiles

import psycopg
from sqlalchemy import func, select, update

from app.db.engine import Database, now
from app.db.work_tables import jobs
from benchmarks import bench
from benchmarks.bench import CONNECTIONS, LOOKING, Bench, Spent
from benchmarks.pictures import SIZES, photograph
from benchmarks.processes import Child, Server, Worker
from benchmarks.report import Figure
from tests.postgres import NEAR, fresh_database

JOBS, WAITING, PAUSE, LENGTH = 400, 20_000, 0.02, 20.0  # jobs, those in a long queue, seconds between jobs, milliseconds of one
WARM, LOOKS = 6, 48
HOUR = 3600 * 1_000_000
LATER = {"async": "true"}


def engine(here: Bench) -> list[Figure]:
    """The queue alone, on both databases: jobs that do nothing, one every 20 ms; and jobs that sleep, as fast as they go."""
    figures = []
    for name, url in databases(here.folder):
        with Worker("working", here.folder / "working.log") as one, Worker("working", here.folder / "working.log") as two:
            rounds: list[tuple[float, ...]] = []
            for turn in here.turns():
                spread = _light(url, one, two, here.count(JOBS))
                rates = [_rate(url, one, waiting, here.count(JOBS)) for waiting in (0, WAITING)]
                if turn:
                    rounds.append((*spread, *rates))
        p50, p99, took, short, long = map(list, zip(*rounds, strict=True))
        figures += [
            Figure(f"{name}: commit to start, p50", "ms", p50),
            Figure(f"{name}: commit to start, p99", "ms", p99),
            Figure(f"{name}: enqueue and commit, p50", "ms", took),
            Figure(f"{name}: jobs of 20 ms, 16 abreast", "/s", short),
            Figure(f"{name}: the same with {WAITING:,} waiting, over those with none", "/s", long, short),
        ]
    return figures


@contextmanager
def postgres() -> Iterator[str | None]:
    """The URL of an empty database on the server that is near, or None without one."""
    server = os.environ.get("TEST_POSTGRES_URL", NEAR)
    try:
        psycopg.connect(server.replace("+psycopg", ""), connect_timeout=3).close()
    except psycopg.Error:
        yield None
        return
    with fresh_database(server, "bench") as url:
        yield url


def databases(folder: Path) -> Iterator[tuple[str, str]]:
    yield "SQLite, one process", f"sqlite:///{folder / 'queue.db'}"
    with postgres() as url:
        if url:
            yield "PostgreSQL, two processes", url


def _light(url: str, one: Worker, two: Worker, count: int) -> tuple[float, float, float]:
    """Milliseconds from commit to start, p50 and p99, and of the enqueueing. On PostgreSQL another process enqueues."""
    if url.startswith("sqlite"):
        one.ask(url=url, do="both", count=count, pause=PAUSE)
        told = sent = one.hear()
    else:
        one.ask(url=url, do="work", count=count)
        sent = two.ask(url=url, do="send", count=count, pause=PAUSE)
        told = one.hear()
    cuts = quantiles(told["late"], n=100, method="inclusive")
    return cuts[49] * 1000, cuts[98] * 1000, quantiles(sent["took"], n=2)[0] * 1000


def _rate(url: str, one: Worker, waiting: int, count: int) -> float:
    one.ask(url=url, do="fill", count=count + waiting, milliseconds=LENGTH)
    one.ask(url=url, do="work", count=count)
    seconds = one.hear()["seconds"]
    one.ask(url=url, do="clear")
    return count / float(seconds)


def second_worker(here: Bench) -> list[Figure]:
    """Detections a second by one worker process of one thread, and by two, on PostgreSQL; the jobs wait when the clock starts."""
    with postgres() as url:
        if url is None:
            return []
        folder = here.folder / "cluster"
        folder.mkdir()
        more = {"DATABASE_URL": url, "QUEUES": "none", "COMPUTE_THREADS": "1", "POLL_SECONDS": "0.02"}
        request = here.prepared("2 MP async", bench.upload(photograph(SIZES["2 MP"]), LOOKING | LATER))
        with Server([sys.executable, "-m", "app", "serve"], folder, **more) as server, ExitStack() as stack:
            db = Database(url)
            stack.callback(db.close)
            one: list[float] = []
            two: list[float] = []
            for turn in here.turns():
                for kept, number in ((one, 1), (two, 2)):
                    rate = _looks(here, db, server, request, number)
                    if turn:
                        kept.append(rate)
    return [Figure("detections of two workers over one, PostgreSQL", "/s", two, one, least=1.8)]


def _looks(here: Bench, db: Database, server: Server, request: Path, number: int) -> float:
    here.client.ask(port=server.port, request=str(request), count=LOOKS + WARM, connections=CONNECTIONS, first=0)
    with db.begin() as tx:
        first = select(jobs.c.id).order_by(jobs.c.id).limit(WARM)
        tx.execute(update(jobs).where(jobs.c.id.not_in(first)).values(run_at=now() + HOUR))
    command = [sys.executable, "-m", "app", "worker"]
    with ExitStack() as stack:
        for _ in range(number):
            stack.enter_context(Child(command, here.folder / "workers.log", server.env))
        _wait(db, LOOKS)
        time.sleep(1.0)
        with db.begin() as tx:
            tx.execute(update(jobs).values(run_at=now()))
        start = time.perf_counter()
        _wait(db, 0)
        return LOOKS / (time.perf_counter() - start)


def _wait(db: Database, left: int) -> None:
    while True:
        with db.read() as c:
            if int(c.execute(select(func.count()).select_from(jobs)).scalar_one()) <= left:
                return
        time.sleep(0.01)


def over_waiting(here: Bench) -> list[Figure]:
    """An upload with detection that is answered at once and looked at by a job, over one that is answered with its findings."""
    picture, count = photograph(SIZES["2 MP"]), here.count(32)
    waits = here.prepared("2 MP sync", bench.upload(picture, LOOKING))
    later = here.prepared("2 MP later", bench.upload(picture, LOOKING | LATER))
    db = Database(f"sqlite:///{here.folder / 'tagsight.db'}")
    pairs: list[tuple[Spent, Spent]] = []
    for turn in here.turns():
        pair = (here.load(waits, count), _later(here, db, later, count))
        if turn:
            pairs.append(pair)
    db.close()
    sync, job = zip(*pairs, strict=True)
    name = "upload + detect in a job over a waiting call, 2 MP"
    return [
        Figure(f"{name}: CPU", "ms", [item.milliseconds for item in job], [item.milliseconds for item in sync]),
        Figure(f"{name}: throughput", "/s", [item.a_second for item in job], [item.a_second for item in sync], least=0.95),
    ]


def _later(here: Bench, db: Database, request: Path, count: int) -> Spent:
    """Until the last job is done."""
    before, start = here.server.cpu(), time.perf_counter()
    seen = here.client.ask(port=here.server.port, request=str(request), count=count, connections=CONNECTIONS, first=0)
    if seen["failures"]:
        raise RuntimeError(f"The service refused: {seen['failures']}")
    _wait(db, 0)
    return Spent((here.server.cpu() - before) / count, (time.perf_counter() - start) / count)
