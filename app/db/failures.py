"""What an error of the database means: to whoever asked, and for a transaction that was to end."""

import sqlite3

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from app.errors import Failure, Full, Unavailable

# Classes of PostgreSQL's SQLSTATE: no connection, no such transaction now, no resources, an operator's doing, the system's.
PASSING = ("08", "40", "53", "55", "57", "58")
DISK_FULL = "53100"
READ_ONLY = "25006"  # as `tagsight move` leaves a database behind
MOVED = "This installation has moved and only answers reads; write to the new one"
REFUSED = ("23", "40", "53")  # a COMMIT that is answered so was not done
UNKNOWN = "40003"
SQLITE_PASSING = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_NOMEM,
}
SQLITE_REFUSED = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CONSTRAINT}


def meaning(error: BaseException) -> Failure | None:
    """The answer to an error that is neither the caller's mistake nor ours; None for any other."""
    if isinstance(error, PoolTimeout):
        return _away()
    if not isinstance(error, DBAPIError):
        return None
    state, code = _state(error), _code(error)
    if state == DISK_FULL or code == sqlite3.SQLITE_FULL:
        return Full()
    if state == READ_ONLY:
        return Unavailable(MOVED)
    lost = error.connection_invalidated or (isinstance(error, OperationalError) and code is None and state is None)
    return _away() if lost or (state or "")[:2] in PASSING or code in SQLITE_PASSING else None


def is_refusal(error: BaseException) -> bool:
    """Whether a COMMIT that failed so was certainly not done."""
    if not isinstance(error, DBAPIError) or error.connection_invalidated:
        return False
    state, code = _state(error), _code(error)
    return code in SQLITE_REFUSED or ((state or "")[:2] in REFUSED and state != UNKNOWN)


def _away() -> Unavailable:
    return Unavailable("The database is not available, try again in a moment", retry_after=5)


def _state(error: DBAPIError) -> str | None:
    """PostgreSQL's own code."""
    return getattr(error.orig, "sqlstate", None)


def _code(error: DBAPIError) -> int | None:
    """SQLite's own code, without what it adds in the higher bits."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF
