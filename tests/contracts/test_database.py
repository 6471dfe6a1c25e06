"""What the database promises its callers, on SQLite and on PostgreSQL: what returned is there, what raised is not."""

import sqlite3
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, insert, make_url, select, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.db import catalog
from app.db.engine import Database, insert_new, now
from app.db.tables import api_keys, clouds
from app.errors import BadRequest, InDoubt
from tests.conftest import empty_database
from tests.together import together


class Refused(Exception):
    """Raised inside a block by a test."""


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    db = Database(empty_database(request.param, tmp_path, request))
    yield db
    db.close()


def names(db: Database) -> set[str]:
    with db.read() as c:
        return set(c.execute(select(clouds.c.name)).scalars())


def add(db: Database, name: str, then: Callable[[Connection], None] = lambda tx: None) -> str:
    with db.begin() as tx:
        catalog.ensure_cloud(tx, name)
        then(tx)
    return name


def refuse(_tx: Connection) -> None:
    raise Refused


def spoil(tx: Connection) -> None:
    """Let everything succeed but the commit."""
    if tx.dialect.name == "sqlite":
        tx.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        tx.execute(insert(api_keys).values(key=f"orphan{now()}", secret="s", cloud_id=-1, created_at=0))
        return
    backend = tx.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with tx.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:id)"), {"id": backend})


def test_what_returned_is_there_for_every_reader_at_once(db: Database) -> None:
    for number in range(10):
        add(db, f"cloud{number}")
        assert f"cloud{number}" in names(db)


def test_a_reader_sees_nothing_before_the_block_has_ended(db: Database) -> None:
    with db.begin() as tx:
        catalog.ensure_cloud(tx, "soon")
        assert names(db) == set()
    assert names(db) == {"soon"}


def test_a_block_that_raises_leaves_nothing(db: Database) -> None:
    with pytest.raises(Refused):
        add(db, "never", refuse)
    assert names(db) == set()
    add(db, "after")
    assert names(db) == {"after"}


def test_a_block_that_raises_takes_no_other_with_it(db: Database) -> None:
    calls = [partial(add, db, f"cloud{number}", refuse if number % 3 == 0 else lambda tx: None) for number in range(30)]
    outcomes = together(calls)
    assert [type(item) for item in outcomes[::3]] == [Refused] * 10
    assert names(db) == {f"cloud{number}" for number in range(30) if number % 3}


def test_a_statement_that_fails_takes_no_other_with_it(db: Database) -> None:
    def clash(tx: Connection) -> None:
        tx.execute(insert(clouds).values(name="taken", created_at=0))

    add(db, "taken")
    outcomes = together([partial(add, db, f"cloud{number}", clash if number % 2 else lambda tx: None) for number in range(20)])
    assert [isinstance(item, SQLAlchemyError) for item in outcomes] == [False, True] * 10
    assert names(db) == {"taken"} | {f"cloud{number}" for number in range(0, 20, 2)}


def test_a_commit_that_fails_reaches_everyone_whose_work_it_held(db: Database) -> None:
    """Whoever is told of success finds the row; whoever is told of failure does not. Repeated, for batches differ."""
    told: set[str] = set()
    for turn in range(5):
        calls = [partial(add, db, f"{turn}-{number}", spoil if number == 7 else lambda tx: None) for number in range(16)]
        outcomes = together(calls)
        assert isinstance(outcomes[7], SQLAlchemyError | InDoubt)
        told |= {item for item in outcomes if isinstance(item, str)}
        assert names(db) == told
    add(db, "after")
    assert "after" in names(db)


def test_writers_that_wait_are_committed_together_on_sqlite(db: Database) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL groups its commits by itself")
    commits = 0

    def count(_connection: Connection) -> None:
        nonlocal commits
        commits += 1

    event.listen(db.engine, "commit", count)
    together([lambda place=place: [add(db, f"{place}-{turn}") for turn in range(10)] for place in range(16)])  # type: ignore[misc]
    assert len(names(db)) == 160
    assert commits < 120


def test_a_locked_sqlite_file_fails_one_block_and_no_later_one(db: Database) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL locks rows")
    add(db, "first", lambda tx: tx.exec_driver_sql("PRAGMA busy_timeout = 20").close())
    other = sqlite3.connect(str(make_url(str(db.engine.url)).database), isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            with pytest.raises(OperationalError, match="locked"):
                add(db, "locked out")
        other.execute("ROLLBACK")
    finally:
        other.close()
    with pytest.raises(Refused):
        add(db, "never", refuse)
    add(db, "after")
    assert names(db) == {"first", "after"}


def test_two_writers_of_one_name_agree_on_one_row(db: Database) -> None:
    def make() -> int:
        with db.begin() as tx:
            return catalog.ensure_cloud(tx, "one")

    assert len(set(map(str, together([make] * 12)))) == 1
    with db.begin() as tx:
        assert tx.execute(insert_new(tx, clouds).values(name="one", created_at=0)).rowcount <= 0
    assert names(db) == {"one"}


def test_moments_are_whole_microseconds() -> None:
    assert 1_600_000_000_000_000 < now() < 5_000_000_000_000_000


def test_a_question_that_takes_too_long_is_refused_and_the_next_one_answered(db: Database) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000000000) SELECT count(*) FROM n"
    with pytest.raises(BadRequest, match="takes longer than"), db.read_within(0.3) as c:
        c.exec_driver_sql(endless)
    with db.read_within(5) as c:
        assert c.exec_driver_sql("SELECT 1").scalar_one() == 1


def test_an_upheaval_that_sqlite_rolls_back_by_itself_is_told_to_everyone_it_took_along(tmp_path: Path) -> None:
    """A full database ends the whole transaction, not only the statement: what had joined it fails, what comes after stands."""
    db = Database(f"sqlite:///{tmp_path / 'full.db'}")
    with db.begin() as tx:
        tx.exec_driver_sql("CREATE TABLE t (n INTEGER, filler BLOB)")

    def put(number: int, size: int = 1, limit: bool = False) -> int:
        with db.begin() as tx:
            if limit:
                pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
                tx.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
            tx.exec_driver_sql(f"INSERT INTO t VALUES ({number}, randomblob({size}))")
        return number

    for turn in range(20):
        calls = [partial(put, turn * 10 + number) for number in range(6)]
        calls.insert(turn % 6, partial(put, turn * 10 + 9, 200_000, True))
        outcomes = together(calls)
        told = {outcome for outcome in outcomes if isinstance(outcome, int)}
        with db.read() as c:
            kept = set(c.exec_driver_sql(f"SELECT n FROM t WHERE n / 10 = {turn}").scalars())
        assert kept == told
        assert not [outcome for outcome in outcomes if isinstance(outcome, InDoubt)], "it is known that they were not committed"
        assert turn * 10 + 9 not in told
    db.close()


def test_anybodys_commit_is_told_where_it_can_be(db: Database) -> None:
    """SQLite has a number that every commit changes and no reading does; PostgreSQL has none."""
    other = Database(str(db.engine.url.render_as_string(hide_password=False)))
    before = db.changes.number(0)
    if db.engine.dialect.name != "sqlite":
        assert before is None
        other.close()
        return
    names(db), names(other)
    assert db.changes.number(0) == before
    add(other, "theirs")
    assert db.changes.number(60) == before, "as it was within the last minute"
    after = db.changes.number(0)
    assert after != before
    add(db, "ours")
    assert db.changes.number(0) not in (before, after)
    other.close()
    db.close()
    assert db.changes.number(0) != db.changes.number(0), "a closed one is never sure"
