"""Every query on sessions of the console that were signed out."""

from sqlalchemy import Connection, delete, select

from app.db.console_tables import ended_sessions
from app.db.engine import insert_new


def add(tx: Connection, id: str, moment: int, expires_at: int) -> None:
    """Remember one until it would have ended by itself, and forget those that would have by now; seconds since 1970."""
    tx.execute(delete(ended_sessions).where(ended_sessions.c.expires_at < moment))
    tx.execute(insert_new(tx, ended_sessions), {"id": id, "expires_at": expires_at})


def has(c: Connection, id: str) -> bool:
    return c.execute(select(ended_sessions.c.id).where(ended_sessions.c.id == id)).first() is not None
