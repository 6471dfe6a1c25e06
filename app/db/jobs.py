"""Every query on jobs. `run_at` is when a job may be claimed: due time while it waits, end of the lease while it runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, literal, or_, select, true, union_all, update

from app.db.engine import insert_new, telling
from app.db.work_tables import deliveries, jobs

CHANNEL = "tagsight_jobs"
SLACK = 600_000_000  # clocks of machines may differ by less, and leases by as much
READY, RUNNING, HELD = "ready", "running", "held"
Place = tuple[int, str]  # a cloud: its row and its name


@dataclass(frozen=True, slots=True)
class Row:
    """A job as it lies in the table. `starts` counts starts since its last orderly end, `attempts` the orderly failures."""

    id: int
    name: str
    arguments: dict[str, Any]
    priority: int
    status: str
    run_at: int
    attempts: int
    starts: int
    key: str | None
    worker: str | None
    error: str | None
    created_at: int


COLUMNS = [jobs.c[item.name] for item in fields(Row)]
FIRST = (jobs.c.priority.desc(), jobs.c.run_at, jobs.c.id)


def _row(row: Any) -> Row:
    return Row(*row)


def add(tx: Connection, values: dict[str, Any]) -> bool:
    """Insert, and tell the workers of other processes its name; False if a job with the same key waits or runs already."""
    told = telling(tx, CHANNEL, values["name"])
    return tx.execute(insert_new(tx, jobs).returning(jobs.c.id, *told), values).one_or_none() is not None


def claim(tx: Connection, names: Iterable[str], most: int, worker: str, moment: int, until: int, left: bool = True) -> list[Row]:
    """Take due jobs for one worker until its lease ends; what others are just taking is left to them.

    Those that a dead worker left come first, they have waited; then the most urgent. Each name is asked for by itself, in the order
    of an index, so that it does not matter how many wait. Not `left`: the dead left none.
    """
    found = _due(tx, (jobs.c.name.in_(list(names)), jobs.c.status == RUNNING), most, moment) if left else []
    if len(found) < most:
        waiting = [row for name in names for row in _due(tx, (_is(name, READY),), most, moment)]
        found += sorted(waiting, key=lambda row: (-row.priority, row.run_at, row.id))
    ids = [row.id for row in found[:most]]
    if not ids:
        return []
    taken = {"status": RUNNING, "worker": worker, "run_at": until, "starts": jobs.c.starts + 1}
    rows = {row.id: _row(row) for row in tx.execute(update(jobs).where(jobs.c.id.in_(ids)).values(**taken).returning(*COLUMNS))}
    return [rows[id] for id in ids]


def _due(tx: Connection, where: Iterable[Any], most: int, moment: int) -> list[Any]:
    query = select(jobs.c.id, jobs.c.priority, jobs.c.run_at).where(*where, jobs.c.run_at <= moment).order_by(*FIRST).limit(most)
    return list(tx.execute(query.with_for_update(skip_locked=True)))


def extend(tx: Connection, worker: str, ids: Iterable[int], until: int) -> None:
    """Prolong the lease of jobs that this worker still has."""
    mine = (jobs.c.worker == worker, jobs.c.status == RUNNING, jobs.c.id.in_(list(ids)))
    tx.execute(update(jobs).where(*mine).values(run_at=until))


def mend(tx: Connection, moment: int, lease: int) -> None:
    """After a clock was set back: what was promised or claimed in what is the future now waits no longer than it was to wait."""
    ahead = jobs.c.created_at - moment
    early = update(jobs).where(jobs.c.status == READY, jobs.c.created_at > moment + SLACK)
    tx.execute(early.values(run_at=jobs.c.run_at - ahead, created_at=moment))
    tx.execute(update(jobs).where(jobs.c.status == RUNNING, jobs.c.run_at > moment + lease + SLACK).values(run_at=moment + lease))


def finish(tx: Connection, row: Row) -> bool:
    """Remove a job that is done; False if it was taken over meanwhile."""
    return tx.execute(delete(jobs).where(*_same(row))).rowcount == 1


def put_back(tx: Connection, row: Row, run_at: int, error: str | None, *, failed: bool = True) -> None:
    """Let a job wait for its next try. Not `failed`: it was given up by a worker that stops, and nothing counts."""
    counted = {"attempts": row.attempts + 1, "error": error} if failed else {}
    _leave(tx, row, {"status": READY, "run_at": run_at} | counted)


def hold(tx: Connection, row: Row, error: str) -> None:
    """Set a job aside for a person. Its key is freed, so that the same work may be asked for again."""
    _leave(tx, row, {"status": HELD, "attempts": row.attempts + 1, "error": error, "key": None})


def _leave(tx: Connection, row: Row, values: dict[str, Any]) -> None:
    tx.execute(update(jobs).where(*_same(row)).values(worker=None, starts=0, **values))


def _same(row: Row) -> tuple[Any, ...]:
    """This very start of the job, by this worker: a frozen worker that wakes up cannot touch what another one has taken over."""
    return jobs.c.id == row.id, jobs.c.status == RUNNING, jobs.c.worker == row.worker, jobs.c.starts == row.starts


def workers(c: Connection) -> Sequence[str]:
    """Who holds running jobs."""
    return c.execute(select(jobs.c.worker).where(jobs.c.status == RUNNING).distinct()).scalars().all()


def free(tx: Connection, worker: str, moment: int) -> None:
    """End every lease of a worker that is known to be dead."""
    tx.execute(update(jobs).where(jobs.c.worker == worker, jobs.c.status == RUNNING).values(run_at=moment))


def dues(c: Connection, names: Iterable[str]) -> dict[str, dict[str, int]]:
    """When the next of these jobs may be claimed: name -> status -> moment."""
    found: dict[str, dict[str, int]] = {}
    for name, status, moment in c.execute(_firsts(tuple(names))):
        if moment is not None:
            found.setdefault(name, {})[status] = moment
    return found


@cache
def _firsts(names: tuple[str, ...]) -> Any:
    """The front of the index for each name and status. Kept, since building it costs more than asking."""
    pairs = [(name, status) for name in names for status in (READY, RUNNING)]
    first = func.min(jobs.c.run_at)
    return union_all(*(select(literal(name), literal(status), first).where(_is(name, status)) for name, status in pairs))


def _is(name: str, status: str) -> ColumnElement[bool]:
    return and_(jobs.c.name == name, jobs.c.status == status)


def of(place: Place | None) -> ColumnElement[bool]:
    """The jobs that work for one cloud, by what their arguments name; for no cloud in particular all of them."""
    if place is None:
        return true()
    cloud_id, cloud = place
    number = jobs.c.arguments["id"].as_integer()
    notice = exists().where(deliveries.c.id == number, deliveries.c.cloud_id == cloud_id)
    return or_(
        jobs.c.arguments[("caller", "cloud")].as_string() == cloud,
        jobs.c.arguments["cloud_id"].as_integer() == cloud_id,
        and_(jobs.c.name == "deliver", notice),
    )


def page(c: Connection, status: str | None, most: int, before: int | None = None, place: Place | None = None) -> list[Row]:
    """Newest first, older than a number where one is given."""
    query = select(*COLUMNS).where(of(place)).order_by(jobs.c.id.desc()).limit(most)
    query = query.where(jobs.c.status == status) if status else query
    return [_row(row) for row in c.execute(query.where(jobs.c.id < before) if before else query)]


def counts(c: Connection, place: Place | None = None) -> dict[tuple[str, str], int]:
    """How many there are by name and status."""
    grouped = select(jobs.c.name, jobs.c.status, func.count()).where(of(place)).group_by(jobs.c.name, jobs.c.status)
    return {(name, status): count for name, status, count in c.execute(grouped)}


def going(c: Connection, batch: str | None = None) -> frozenset[int]:
    """The jobs that wait or run, by number; those of one batch where it is named, its webhooks among them."""
    query = select(jobs.c.id).where(jobs.c.status != HELD)
    if batch is not None:
        notice = exists().where(deliveries.c.id == jobs.c.arguments["id"].as_integer(), deliveries.c.batch_id == batch)
        own = jobs.c.arguments[("wish", "batch_id")].as_string() == batch
        query = query.where(or_(own, and_(jobs.c.name == "deliver", notice)))
    return frozenset(c.execute(query).scalars())


def find(c: Connection, id: int, place: Place | None = None) -> Row | None:
    row = c.execute(select(*COLUMNS).where(jobs.c.id == id, of(place))).one_or_none()
    return _row(row) if row else None


def replay(tx: Connection, id: int, moment: int) -> bool:
    """Let a held job run again from the start; False if there is none."""
    fresh = {"status": READY, "run_at": moment, "attempts": 0, "error": None}
    return tx.execute(update(jobs).where(jobs.c.id == id, jobs.c.status == HELD).values(**fresh)).rowcount == 1


def discard(tx: Connection, id: int) -> bool:
    """Forget a job that does not run."""
    return tx.execute(delete(jobs).where(jobs.c.id == id, jobs.c.status != RUNNING)).rowcount == 1
