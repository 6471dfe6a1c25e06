"""Every query on transformations: those with a name, and those that were used without one."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, tuple_, update

from app.db import cursor
from app.db.assets import COLUMNS, Asset
from app.db.engine import insert_new, now
from app.db.tables import assets, derived, transformations

LONGEST = 512


@dataclass(frozen=True, slots=True)
class Transformation:
    """`name` is without `t_`; one that was used without a name is called by its own text."""

    id: int
    name: str
    body: str
    named: bool
    allowed_for_strict: bool
    used: bool


@dataclass(frozen=True, slots=True)
class Derived:
    """A rendered picture, and the row of the asset it was rendered from."""

    id: int
    derived_id: str
    transformation: str
    format: str
    bytes: int
    blob_key: str
    asset: Asset


FOUND = [transformations.c[name] for name in ("id", "name", "body", "named", "allowed_for_strict", "used")]
RENDERED = [derived.c[name] for name in ("id", "derived_id", "transformation", "format", "bytes", "blob_key")]


def key(text: str) -> str:
    """The name a text without one is kept under: itself, or its start and a digest where it is long."""
    return text if len(text) <= LONGEST else f"{text[:440]}…{hashlib.sha256(text.encode()).hexdigest()}"


def find(c: Connection, cloud_id: int, name: str) -> Transformation | None:
    here = (transformations.c.cloud_id == cloud_id, transformations.c.name == key(name))
    row = c.execute(select(*FOUND).where(*here)).one_or_none()
    return Transformation(*row) if row else None


def bodies(c: Connection, cloud_id: int, names: Sequence[str]) -> dict[str, str]:
    """What each of these named transformations says; unknown names are left out."""
    here = (transformations.c.cloud_id == cloud_id, transformations.c.named, transformations.c.name.in_(list(names)))
    return {name: body for name, body in c.execute(select(transformations.c.name, transformations.c.body).where(*here))}


def allowed(c: Connection, cloud_id: int, name: str) -> bool:
    """Whether strict mode lets a transformation through without a signature."""
    found = find(c, cloud_id, name)
    return found is not None and found.allowed_for_strict


def create(tx: Connection, cloud_id: int, name: str, body: str, *, named: bool, allowed_for_strict: bool) -> bool:
    """Store one; whether the name was free."""
    moment = now()
    values = {"named": named, "allowed_for_strict": allowed_for_strict, "used": not named}
    moments = {"created_at": moment, "updated_at": moment}
    row = insert_new(tx, transformations).values(cloud_id=cloud_id, name=key(name), body=body, **values, **moments)
    return tx.execute(row.returning(transformations.c.id)).one_or_none() is not None


def use(tx: Connection, cloud_id: int, name: str) -> None:
    """Note that a transformation was rendered. One nobody has named comes into being by it; `name` is its canonical text."""
    found = find(tx, cloud_id, name)
    if found is None:
        create(tx, cloud_id, name, name, named=False, allowed_for_strict=False)
    elif not found.used:
        change(tx, found.id, {"used": True})


def change(tx: Connection, id: int, values: dict[str, Any]) -> None:
    tx.execute(update(transformations).where(transformations.c.id == id).values(**values, updated_at=now()))


def remove(tx: Connection, id: int) -> None:
    tx.execute(delete(transformations).where(transformations.c.id == id))


def page(c: Connection, cloud_id: int, named: bool | None, size: int, after: str | None) -> tuple[list[Transformation], str | None]:
    """Newest first, and the cursor of the next page."""
    order = (transformations.c.created_at, transformations.c.id)
    query = select(*FOUND, transformations.c.created_at).where(transformations.c.cloud_id == cloud_id)
    if named is not None:
        query = query.where(transformations.c.named == named)
    place = cursor.read(after, int, int)
    if place:
        query = query.where(tuple_(*order) < tuple_(*place))
    rows = c.execute(query.order_by(*(item.desc() for item in order)).limit(size + 1)).all()
    found = [Transformation(*row[:6]) for row in rows[:size]]
    return found, cursor.write(rows[size - 1].created_at, rows[size - 1].id) if len(rows) > size else None


def rendered(
    c: Connection, cloud_id: int, spellings: Sequence[str], size: int, after: str | None = None
) -> tuple[list[Derived], str | None]:
    """Pictures rendered by a transformation, by any of its spellings, newest first."""
    query = select(*RENDERED, *COLUMNS).join(assets, assets.c.id == derived.c.asset_id)
    query = query.where(assets.c.cloud_id == cloud_id, derived.c.transformation.in_(list(spellings)))
    place = cursor.read(after, int)
    if place:
        query = query.where(derived.c.id < place[0])
    rows = c.execute(query.order_by(derived.c.id.desc()).limit(size + 1)).all()
    parts = [list[Any](row) for row in rows[:size]]
    found = [Derived(*[*part[:6], Asset(*part[6:])]) for part in parts]
    return found, cursor.write(found[-1].id) if len(rows) > size else None


def remove_rendered(tx: Connection, cloud_id: int, spellings: Sequence[str]) -> Sequence[str]:
    """Delete the rows of what a transformation rendered; the storage keys they named."""
    here = select(assets.c.id).where(assets.c.cloud_id == cloud_id)
    chosen = delete(derived).where(derived.c.transformation.in_(list(spellings)), derived.c.asset_id.in_(here))
    return tx.execute(chosen.returning(derived.c.blob_key)).scalars().all()


def remove_of(tx: Connection, asset_ids: Sequence[int], spellings: Sequence[str] | None) -> tuple[Counter[int], list[str]]:
    """Delete what was rendered from these assets, all or by some transformations: how many of each, and their storage keys."""
    chosen = delete(derived).where(derived.c.asset_id.in_(list(asset_ids)))
    if spellings is not None:
        chosen = chosen.where(derived.c.transformation.in_(list(spellings)))
    rows = tx.execute(chosen.returning(derived.c.asset_id, derived.c.blob_key)).all()
    return Counter(row.asset_id for row in rows), [row.blob_key for row in rows]


def remove_by_id(tx: Connection, cloud_id: int, derived_ids: Sequence[str]) -> dict[str, str]:
    """Delete rendered pictures of a cloud: the ID of each there was -> its storage key."""
    own = select(assets.c.id).where(assets.c.cloud_id == cloud_id)
    chosen = delete(derived).where(derived.c.derived_id.in_(list(derived_ids)), derived.c.asset_id.in_(own))
    return {row.derived_id: row.blob_key for row in tx.execute(chosen.returning(derived.c.derived_id, derived.c.blob_key))}
