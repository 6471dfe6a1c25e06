"""`db.begin()` to write, `db.read()` to read. The only file where the two dialects differ.

SQLite has one writer. Transactions that wait for it are committed together: each runs inside a savepoint of the open
transaction, and one of them commits for all (group commit), so ten waiting uploads cost one sync of the disk.
"""

import itertools
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Insert, Table, create_engine, event, func, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from app.db import failures
from app.db.watching import Changes
from app.errors import BadRequest, InDoubt, Unavailable

ATTEMPTS = 200  # of 50 ms: ten seconds
# Of PostgreSQL's client: a server that is silent is gone within half a minute.
PATIENCE = dict(connect_timeout=5, keepalives_idle=10, keepalives_interval=5, keepalives_count=3, tcp_user_timeout=20_000)
STEPS = 100_000  # of SQLite's machine between looks at the clock
LISTENING = 0.3  # seconds between looks at whether to go on listening
MOVED = 1  # `user_version` of a SQLite file that `tagsight move` has finished with
INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def now() -> int:
    """This moment in microseconds since 1970."""
    return time.time_ns() // 1000


def insert_new(tx: Connection, table: Table) -> Insert:
    """An INSERT that leaves an existing row alone instead of failing: the race is settled by the constraint."""
    statement: Insert = INSERTS[tx.dialect.name](table).on_conflict_do_nothing()
    return statement


def telling(tx: Connection, channel: str, word: str) -> list[ColumnElement[Any]]:
    """For the RETURNING of an INSERT: tells the listeners of other processes a word, once the row is durable (PostgreSQL)."""
    return [func.pg_notify(channel, word)] if tx.dialect.name == "postgresql" else []


class Database:
    """One engine. `begin` commits when its block ends without an error; what it returned to is durable by then."""

    def __init__(self, url: str) -> None:
        said = make_url(url)
        if said.get_backend_name() == "sqlite":
            self.engine = _sqlite(url)
            group = _GroupCommit(self.engine)
            self._begin, self._end = group.begin, group.forget
        else:
            said = said.set(drivername="postgresql+psycopg")  # the one driver that comes along, whether the URL names it or not
            self.engine = create_engine(said, pool_size=16, max_overflow=16, pool_pre_ping=True, connect_args=PATIENCE)
            self._begin, self._end = self._transaction, self.engine.dispose
        self._numbers = itertools.count(1)
        self.changes = Changes(url)
        self.commits = 0  # another number after every commit of this process
        self.after_commit: list[Callable[[], None]] = []  # called in the thread whose transaction is durable now

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Raises InDoubt where COMMIT was sent and no answer came."""
        doubt = None
        try:
            with self._begin() as tx:
                yield tx
        except InDoubt as error:
            doubt = error
        self.commits = next(self._numbers)
        for call in self.after_commit:
            call()
        if doubt:
            raise doubt

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self.engine.connect() as tx:
            yield tx
            try:
                tx.commit()
            except BaseException as error:
                raise error if failures.is_refusal(error) else InDoubt() from error

    def read(self) -> AbstractContextManager[Connection]:
        return self.engine.connect()

    @contextmanager
    def read_within(self, seconds: float) -> Iterator[Connection]:
        """As `read`, for questions whose cost depends on a caller's words. Raises BadRequest where it takes longer."""
        with self.engine.connect() as c:
            raw: Any = c.connection.driver_connection
            until = time.monotonic() + seconds
            if c.dialect.name == "sqlite":
                raw.set_progress_handler(lambda: time.monotonic() > until, STEPS)
            else:
                c.exec_driver_sql(f"SET LOCAL statement_timeout = {round(seconds * 1000)}")
            try:
                yield c
            except OperationalError as error:
                if time.monotonic() < until:
                    raise
                raise BadRequest(f"The question takes longer than {seconds:g} seconds; ask for less at once") from error
            finally:
                if c.dialect.name == "sqlite":
                    raw.set_progress_handler(None, 0)

    def listen(self, channel: str, heard: Callable[[str], None], stop: threading.Event) -> None:
        """Hand on every word that is told on a channel, in this thread, until `stop`. SQLite tells nothing: there it returns."""
        dbapi: Any = self.engine.dialect.dbapi
        while self.engine.dialect.name == "postgresql" and not stop.is_set():
            try:
                with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as c:
                    raw: Any = c.connection.driver_connection
                    c.detach()  # no part of the pool while it listens
                    with raw:  # closes it, also where the server has ended it
                        raw.execute(f"LISTEN {channel}")
                        while not stop.is_set():
                            for note in raw.notifies(timeout=LISTENING):
                                heard(note.payload)
            except (SQLAlchemyError, dbapi.Error):  # the database is away
                stop.wait(LISTENING)

    def close(self) -> None:
        """Close every connection. A thread that comes late still gets one, but none is kept open after that."""
        self._end()
        self.engine.dispose()
        self.changes.close()
        pool: Any = self.engine.pool
        if self.engine.dialect.name != "sqlite":
            self.engine.pool = NullPool(pool._creator, _dispatch=pool.dispatch, dialect=pool._dialect)


class _Batch:
    """Transactions that will be committed together; `failure` is what they all get if the commit fails."""

    def __init__(self) -> None:
        self.done = False
        self.failure: BaseException | None = None


class _GroupCommit:
    """The single SQLite writer: savepoints under one lock, committed by whoever comes first after them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: Connection | None = None
        self._writing, self._committing = threading.Lock(), threading.Lock()
        self._batch = _Batch()

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        batch = None
        try:
            with self._writing:
                connection, batch = self._open(), self._batch
                try:
                    with connection.begin_nested():
                        yield connection
                except BaseException as failure:
                    self._check(connection, failure)
                    raise
        finally:  # also after an error: the transaction around the savepoint must not stay open
            if batch is not None:
                self._settle(batch)

    def _check(self, connection: Connection, failure: BaseException) -> None:
        """A full disk makes SQLite roll back the whole transaction by itself: nobody's savepoint is left, and none may follow."""
        raw: Any = None if connection.invalidated else connection.connection.driver_connection
        if raw is None or not raw.in_transaction:
            batch, self._batch = self._batch, _Batch()
            batch.done, batch.failure = True, failure
            self.forget()

    def _settle(self, batch: _Batch) -> None:
        """Wait until the batch is committed; whoever gets here first commits for all who finished meanwhile."""
        with self._committing:
            if not batch.done:
                with self._writing:
                    self._commit()
        if batch.failure is not None:
            raise batch.failure

    def _open(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(tagsight_writer=True)
        if not self._connection.in_transaction():
            self._connection.begin()
            if self._connection.exec_driver_sql("PRAGMA user_version").scalar_one() == MOVED:
                self._connection.rollback()
                raise Unavailable(failures.MOVED)
        return self._connection

    def forget(self) -> None:
        """Start anew on another connection."""
        if self._connection is not None:
            self._connection.invalidate()
            self._connection = None

    def _commit(self) -> None:
        batch, self._batch = self._batch, _Batch()
        try:
            if self._connection is not None and self._connection.in_transaction():
                self._connection.commit()
        except BaseException as failure:
            batch.failure = failure if failures.is_refusal(failure) else InDoubt()
            batch.failure.__cause__ = failure.__cause__ if batch.failure is failure else failure
            self.forget()
        finally:
            batch.done = True


def _write_ahead(connection: Any) -> None:
    """Switch the file to write-ahead logging. SQLite does not wait its turn for this one change, so it is tried again a while."""
    for attempt in range(ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.05)
        else:
            return


def _sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": 30, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in ("busy_timeout=30000", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        _write_ahead(connection)

    @event.listens_for(engine, "begin")
    def _start(connection: Connection) -> None:
        writer = connection.get_execution_options().get("tagsight_writer")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")

    return engine
