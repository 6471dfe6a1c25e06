"""The clock of the queue: the database's where machines share one, whatever theirs tell."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app.db.clock import SECOND, SharedClock, shared
from app.db.engine import Database, now
from tests.conftest import empty_database

MINUTE = 60 * SECOND  # of patience with a busy machine; the clocks below are wrong by hours


@pytest.fixture
def db(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    made = Database(empty_database("postgresql", tmp_path, request))
    yield made
    made.close()


def its_own(db: Database) -> int:
    with db.read() as c:
        return int(c.execute(text("SELECT CAST(EXTRACT(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)")).scalar_one())


@pytest.mark.parametrize("hours", [-10, 0, 10])
def test_machines_that_disagree_agree_on_the_databases_time(db: Database, hours: int) -> None:
    clock = SharedClock(db, steady=lambda: time.monotonic() + hours * 3600)
    first, second = clock(), clock()
    assert abs(first - its_own(db)) < MINUTE
    assert first <= second


def test_a_clock_that_jumps_is_set_right(db: Database) -> None:
    wrong = 0.0
    clock = SharedClock(db, steady=lambda: time.monotonic() + wrong)
    clock()
    wrong = 7200.0
    assert abs(clock() - its_own(db)) < MINUTE


def test_without_the_database_what_was_seen_still_holds(db: Database) -> None:
    clock = SharedClock(db)
    before = clock()
    clock.db, clock._seen = Database("postgresql://nobody@127.0.0.1:1/none"), -3600.0
    assert before <= clock() < before + MINUTE
    nothing_seen = SharedClock(clock.db)
    assert abs(nothing_seen() - now()) < MINUTE


def test_those_who_share_a_file_share_a_clock(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path / 'x.db'}")
    assert shared(db) is now
    db.close()
