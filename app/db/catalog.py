"""Every query on clouds, keys and presets."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, tuple_, update

from app.db import cursor
from app.db.engine import insert_new, now
from app.db.tables import api_keys, clouds, presets


@dataclass(frozen=True, slots=True)
class Preset:
    """Upload parameters kept under a name, as they were sent."""

    name: str
    external_id: str
    unsigned: bool
    settings: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """Who may call: an API key, its secret and its cloud."""

    key: str
    secret: str
    cloud_id: int
    cloud: str


@dataclass(frozen=True, slots=True)
class Cloud:
    """A tenant: its row, when it was made, and what is set for it alone."""

    id: int
    name: str
    created_at: int
    settings: dict[str, Any] | None


CLOUD = [clouds.c[name] for name in ("id", "name", "created_at", "settings")]
PRESET = [presets.c[name] for name in ("name", "external_id", "unsigned", "settings")]


def ensure_cloud(tx: Connection, name: str) -> int:
    """The cloud's row id, made if absent."""
    tx.execute(insert_new(tx, clouds).values(name=name, created_at=now()))
    return int(tx.execute(select(clouds.c.id).where(clouds.c.name == name)).scalar_one())


def cloud(c: Connection, name: str) -> Cloud | None:
    row = c.execute(select(*CLOUD).where(clouds.c.name == name)).one_or_none()
    return Cloud(*row) if row else None


def all_clouds(c: Connection) -> list[Cloud]:
    return [Cloud(*row) for row in c.execute(select(*CLOUD).order_by(clouds.c.name))]


def change_cloud(tx: Connection, id: int, settings: dict[str, Any]) -> None:
    tx.execute(update(clouds).where(clouds.c.id == id).values(settings=settings or None))


def keys(c: Connection, *, key: str | None = None, cloud: str | None = None) -> list[Key]:
    """Stored keys, all or of one name or cloud, oldest first."""
    query = select(api_keys.c.key, api_keys.c.secret, api_keys.c.cloud_id, clouds.c.name.label("cloud")).join(clouds)
    if key is not None:
        query = query.where(api_keys.c.key == key)
    if cloud is not None:
        query = query.where(clouds.c.name == cloud)
    return [Key(**row._mapping) for row in c.execute(query.order_by(api_keys.c.created_at, api_keys.c.key))]


def keys_made(c: Connection, cloud_id: int, *, lock: bool = False) -> dict[str, int]:
    """A cloud's stored keys and when they were made, oldest first; `lock` keeps others from removing one meanwhile."""
    if lock:
        c.execute(select(clouds.c.id).where(clouds.c.id == cloud_id).with_for_update()).one_or_none()
    query = select(api_keys.c.key, api_keys.c.created_at).where(api_keys.c.cloud_id == cloud_id)
    return {key: made for key, made in c.execute(query.order_by(api_keys.c.created_at, api_keys.c.key))}


def add_key(tx: Connection, cloud_id: int, key: str, secret: str) -> None:
    tx.execute(insert(api_keys).values(key=key, secret=secret, cloud_id=cloud_id, created_at=now()))


def remove_key(tx: Connection, key: str) -> bool:
    return bool(tx.execute(delete(api_keys).where(api_keys.c.key == key)).rowcount)


def preset(c: Connection, cloud_id: int, name: str) -> Preset | None:
    row = c.execute(select(*PRESET).where(presets.c.cloud_id == cloud_id, presets.c.name == name)).one_or_none()
    return Preset(**row._mapping) if row else None


def preset_page(
    c: Connection, cloud_id: int, size: int, after: str | None, by: str, *, ascending: bool
) -> tuple[list[Preset], str | None]:
    """Presets in the order of a column, and the cursor of the next page."""
    order = (presets.c[by].label("place"), presets.c.id.label("row"))
    query = select(*PRESET, *order).where(presets.c.cloud_id == cloud_id)
    place = cursor.read(after, str if by == "name" else int, int)
    if place:
        query = query.where(tuple_(*order) > tuple_(*place) if ascending else tuple_(*order) < tuple_(*place))
    rows = c.execute(query.order_by(*(item.asc() if ascending else item.desc() for item in order)).limit(size + 1)).all()
    found = [Preset(row.name, row.external_id, row.unsigned, row.settings) for row in rows[:size]]
    more = len(rows) > size
    return found, cursor.write(rows[size - 1].place, rows[size - 1].row) if more else None


def create_preset(tx: Connection, cloud_id: int, name: str, unsigned: bool, settings: dict[str, Any]) -> Preset | None:
    """Store a preset, or None if the name is taken."""
    values = {"name": name, "external_id": str(uuid.uuid4()), "unsigned": unsigned, "settings": settings}
    moment = now()
    row = insert_new(tx, presets).values(cloud_id=cloud_id, created_at=moment, updated_at=moment, **values)
    made = tx.execute(row.returning(*PRESET)).one_or_none()
    return Preset(**made._mapping) if made else None


def change_preset(tx: Connection, cloud_id: int, name: str, unsigned: bool, settings: dict[str, Any]) -> None:
    here = (presets.c.cloud_id == cloud_id, presets.c.name == name)
    tx.execute(update(presets).where(*here).values(unsigned=unsigned, settings=settings, updated_at=now()))


def remove_preset(tx: Connection, cloud_id: int, name: str) -> bool:
    return bool(tx.execute(delete(presets).where(presets.c.cloud_id == cloud_id, presets.c.name == name)).rowcount)
