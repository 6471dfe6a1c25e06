"""Every query on rendered pictures of one asset, and the leases that keep two renderings of one key apart."""

import secrets
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from app.db.engine import insert_new, now
from app.db.tables import derived, renderings


@dataclass(frozen=True, slots=True)
class Rendering:
    """A rendered picture as it is kept. `transformation` is the canonical text, with the extension it was asked with."""

    derived_id: str
    transformation: str
    format: str
    width: int
    height: int
    bytes: int
    etag: str
    blob_key: str
    created_at: int


COLUMNS = [derived.c[item.name] for item in fields(Rendering)]
BY_KEY = select(*COLUMNS).where(derived.c.key == bindparam("key"))


def find(c: Connection, key: str) -> Rendering | None:
    row = c.execute(BY_KEY, {"key": key}).one_or_none()
    return Rendering(*row) if row else None


def of(c: Connection, asset_id: int, size: int, after: int = 0) -> tuple[list[Rendering], int | None]:
    """What was rendered from an asset, oldest first, and the row where the next page begins."""
    query = select(derived.c.id, *COLUMNS).where(derived.c.asset_id == asset_id, derived.c.id > after)
    rows = c.execute(query.order_by(derived.c.id).limit(size + 1)).all()
    return [Rendering(*row[1:]) for row in rows[:size]], rows[size - 1].id if len(rows) > size else None


def keep(tx: Connection, asset_id: int, key: str, values: dict[str, Any]) -> Rendering | None:
    """Store one; None if the key was rendered meanwhile. It gives its lease back."""
    tx.execute(delete(renderings).where(renderings.c.key == key))
    row = insert_new(tx, derived).values(asset_id=asset_id, key=key, derived_id=secrets.token_hex(16), created_at=now(), **values)
    found = tx.execute(row.returning(*COLUMNS)).one_or_none()
    return Rendering(*found) if found else None


def claim(tx: Connection, key: str, seconds: float) -> bool:
    """Whether this caller may render now; a lease whose holder died runs out by itself."""
    moment = now()
    tx.execute(delete(renderings).where(renderings.c.key == key, renderings.c.expires_at < moment))
    row = insert_new(tx, renderings).values(key=key, expires_at=moment + round(seconds * 1e6))
    return tx.execute(row.returning(renderings.c.key)).one_or_none() is not None


def release(tx: Connection, key: str) -> None:
    tx.execute(delete(renderings).where(renderings.c.key == key))
