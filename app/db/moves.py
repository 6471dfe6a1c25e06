"""What a move keeps in the database it moves into until it is finished, and how the database it comes from stops being written."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, func, inspect, select, text, union

from app.db import console_tables, field_tables, search_tables, shelf_tables, tables, work_tables
from app.db.console_tables import trash
from app.db.engine import MOVED, Database, insert_new
from app.db.shelf_tables import versions
from app.db.tables import assets, clouds, derived, name
from app.errors import BadRequest

WITH_TABLES = (tables, console_tables, field_tables, search_tables, shelf_tables, work_tables)  # their import fills the metadata
TABLES = tables.metadata.sorted_tables  # what is referred to comes first
PAGE = 500

# Made by a move and dropped when it is finished: no part of the schema that revisions build.
journal = MetaData()
moves = Table("moves", journal, Column("source", name(300), primary_key=True))
moved_files = Table("moved_files", journal, Column("key", name(255), primary_key=True), Column("bytes", BigInteger, nullable=False))


@dataclass(frozen=True, slots=True)
class File:
    """A stored file as a row tells it: its size and, as `etag`, its MD5, where the row knows them."""

    key: str
    bytes: int | None
    etag: str | None


# Every row that names a stored file: its key, size and MD5.
FILES = [
    (assets.c.id, assets.c.blob_key, assets.c.bytes, assets.c.etag),
    (derived.c.id, derived.c.blob_key, derived.c.bytes, derived.c.etag),
    (versions.c.id, versions.c.blob_key, versions.c.bytes, versions.c["values"]["etag"].as_string()),
    (trash.c.id, trash.c.blob_key, trash.c["values"]["bytes"].as_integer(), trash.c["values"]["etag"].as_string()),
]


def under_way(db: Database) -> bool:
    """Whether rows are being moved into this database: then nobody else may write there."""
    with db.read() as c:
        return inspect(c).has_table(moves.name)


def check(source: Database, target: Database) -> str:
    """What names this installation in the target. Raises BadRequest for a target that holds anything but this very move."""
    query = select(clouds.c.name, clouds.c.created_at).order_by(clouds.c.created_at, clouds.c.id).limit(1)
    with source.read() as c:
        first = c.execute(query).one_or_none() if inspect(c).has_table(clouds.name) else None
    if first is None:
        raise BadRequest("There is nothing to move: this installation has no cloud yet")
    mark, there = f"{first.created_at} {first.name}", set(inspect(target.engine).get_table_names())
    if moves.name in there:
        with target.read() as c:
            marked = c.execute(select(moves.c.source)).scalar_one_or_none()
        if marked not in (None, mark):
            raise BadRequest("Another installation is being moved into that database; take an empty one")
    elif strange := there - set(tables.metadata.tables) - {"alembic_version"}:
        raise BadRequest(f"That database holds tables of something else ({', '.join(sorted(strange)[:5])}); take an empty one")
    elif used := _used(target, there):
        raise BadRequest(f"That database is in use: it has rows in {used}; take an empty one")
    return mark


def begin(target: Database, mark: str) -> None:
    """Mark the target as the goal of a move."""
    journal.create_all(target.engine)
    with target.begin() as tx:
        tx.execute(insert_new(tx, moves), {"source": mark})


def _used(target: Database, there: set[str]) -> str:
    with target.read() as c:
        return next((t.name for t in TABLES if t.name in there and c.execute(select(t.c[t.c.keys()[0]]).limit(1)).first()), "")


def end(target: Database) -> None:
    """Set the counters of row numbers behind the highest, and forget the journal: from now on the database may be served."""
    with target.begin() as tx:
        if tx.dialect.name == "postgresql":
            for table in TABLES:
                number = table.autoincrement_column
                if number is not None:
                    highest = select(func.coalesce(func.max(number), 0) + 1).scalar_subquery()
                    tx.execute(select(func.setval(func.pg_get_serial_sequence(table.name, number.name), highest, text("false"))))
        journal.drop_all(tx)


@contextmanager
def snapshot(db: Database) -> Iterator[Connection]:
    """The database as it is at one moment, however long the reading takes and whatever is written meanwhile."""
    options: Any = {"isolation_level": "REPEATABLE READ"} if db.engine.dialect.name == "postgresql" else {}
    with db.engine.connect().execution_options(**options) as c:
        yield c


def revision(db: Database) -> str:
    with db.read() as c:
        return str(c.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none())


def counts(c: Connection) -> dict[str, int]:
    """Rows by table."""
    return {table.name: c.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES}


def files(c: Connection) -> Iterator[list[File]]:
    """Every stored file that a row names, in pages; one that two rows name may come twice."""
    for id, *told in FILES:
        last = -1
        while page := c.execute(select(id, *told).where(id > last).order_by(id).limit(PAGE)).all():
            last = page[-1][0]
            yield [File(*row[1:]) for row in page]


def size(c: Connection) -> int:
    """Bytes of all files that rows name."""
    each = union(*(select(key, bytes) for _, key, bytes, _ in FILES)).subquery()
    return int(c.execute(select(func.coalesce(func.sum(each.c.bytes), 0))).scalar_one())


def unmoved(c: Connection, files: Iterable[File]) -> list[File]:
    """Those of the files, each once, that are not verified in the new place yet."""
    named = {file.key: file for file in files}
    known = set(c.execute(select(moved_files.c.key).where(moved_files.c.key.in_(list(named)))).scalars())
    return [file for key, file in named.items() if key not in known]


def moved_size(c: Connection) -> int:
    return int(c.execute(select(func.coalesce(func.sum(moved_files.c.bytes), 0))).scalar_one())


def note(tx: Connection, files: Iterable[File]) -> None:
    """These are verified in the new place."""
    rows = [{"key": file.key, "bytes": file.bytes or 0} for file in files]
    if rows:
        tx.execute(insert_new(tx, moved_files), rows)


def unnamed(c: Connection) -> list[str]:
    """Files that were moved and whose rows have gone since."""
    named = union(*(select(key) for _, key, _, _ in FILES))
    return list(c.execute(select(moved_files.c.key).where(moved_files.c.key.not_in(named))).scalars())


def freeze(db: Database, frozen: bool = True) -> None:
    """Let nobody write to the database any more, also not those who have it open; or let them again."""
    if db.engine.dialect.name == "sqlite":
        with db.engine.connect().execution_options(tagsight_writer=True) as c, c.begin():
            c.exec_driver_sql(f"PRAGMA user_version={MOVED if frozen else 0}")
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
        named = c.dialect.identifier_preparer.quote(str(db.engine.url.database))
        change = "SET default_transaction_read_only=on" if frozen else "RESET default_transaction_read_only"
        c.exec_driver_sql("SET default_transaction_read_only=off")
        c.exec_driver_sql(f"ALTER DATABASE {named} {change}")
        others = "datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        c.exec_driver_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}")
        c.invalidate()  # this connection may write; the next one may not
