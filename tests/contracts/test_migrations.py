"""Migrations on SQLite and on PostgreSQL: up, down and up again, once however many start, and the same schema as tables.py."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from app.db.engine import Database
from app.db.migrate import upgrade
from app.db.tables import metadata
from app.settings import bundled
from tests.postgres import fresh_database

# Waits for a line, so that several can be let go at the same moment.
STARTING = """
import sys
from app.db.engine import Database
from app.db.migrate import upgrade
db = Database(sys.argv[1])
sys.stdout.write("ready\\n")
sys.stdout.flush()
sys.stdin.readline()
upgrade(db)
db.close()
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path, worker_id: str) -> Iterator[str]:
    """A database without any table."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.db'}"
        return
    with fresh_database(request.getfixturevalue("postgres"), worker_id) as made:
        yield made


@pytest.fixture
def db(url: str) -> Iterator[Database]:
    db = Database(url)
    yield db
    db.close()


def config() -> Config:
    found = Config()
    found.set_main_option("script_location", str(bundled("migrations")))
    return found


def downgrade(db: Database, revision: str) -> None:
    with db.engine.connect().execution_options(tagsight_writer=True) as connection, connection.begin():
        here = config()
        here.attributes["connection"] = connection
        command.downgrade(here, revision)


def tables(db: Database) -> set[str]:
    return set(inspect(db.engine).get_table_names())


def shape(db: Database) -> dict[str, object]:
    """Everything the database tells about our tables."""
    look = inspect(db.engine)
    found: dict[str, object] = {}
    for table in metadata.tables:
        found[table] = {
            "columns": {item["name"]: (repr(item["type"]), item["nullable"]) for item in look.get_columns(table)},
            "primary": look.get_pk_constraint(table),
            "foreign": sorted(map(str, look.get_foreign_keys(table))),
            "unique": sorted(map(str, look.get_unique_constraints(table))),
            "indexes": sorted(map(str, look.get_indexes(table))),
        }
    return found


def test_the_newest_revision_is_what_tables_py_says(db: Database) -> None:
    upgrade(db)
    with db.read() as c:
        assert compare_metadata(MigrationContext.configure(c, opts={"compare_type": True}), metadata) == []
    migrated = shape(db)
    downgrade(db, "base")
    metadata.create_all(db.engine)
    assert migrated == shape(db), "also where Alembic does not compare: collations, names of constraints, cascades"


def test_every_revision_goes_up_and_down_and_up_again(db: Database) -> None:
    revisions = [item.revision for item in reversed(list(ScriptDirectory.from_config(config()).walk_revisions()))]
    for revision in revisions:
        upgrade(db, revision)
    full = tables(db)
    assert full == {*metadata.tables, "alembic_version"}
    for revision in [*reversed(revisions[:-1]), "base"]:
        downgrade(db, revision)
    assert tables(db) == {"alembic_version"}
    upgrade(db)
    assert tables(db) == full


def test_an_upgrade_of_the_newest_revision_changes_nothing(db: Database) -> None:
    upgrade(db)
    before = shape(db)
    upgrade(db)
    assert shape(db) == before


def test_processes_that_start_together_migrate_once(url: str, db: Database) -> None:
    command = [sys.executable, "-c", STARTING, url]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(3)]
    for process in started:
        assert process.stdout
        process.stdout.readline()
    for process in started:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    with db.read() as c:
        assert len(c.execute(text("SELECT version_num FROM alembic_version")).all()) == 1
    assert tables(db) == {*metadata.tables, "alembic_version"}


def test_a_revision_that_fails_leaves_the_database_as_it_was(db: Database) -> None:
    with db.engine.begin() as tx:
        tx.execute(text("CREATE TABLE assets (id INTEGER)"))
    with pytest.raises(Exception, match="assets"):
        upgrade(db)
    assert tables(db) == {"assets"}, "neither half the tables nor a version"
