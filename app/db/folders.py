"""Every query on folders. A folder of an asset is always there, and so are all above it."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, tuple_, update

from app.db import cursor
from app.db.assets import LAST
from app.db.engine import insert_new, now
from app.db.shelf_tables import folders
from app.db.tables import assets


@dataclass(frozen=True, slots=True)
class Folder:
    name: str
    path: str
    external_id: str
    created_at: int


FOUND = [folders.c[name] for name in ("name", "path", "external_id", "created_at")]


def ensure(tx: Connection, cloud_id: int, path: str) -> None:
    """Make a folder and all above it where they are absent, and keep them from being deleted until the transaction ends."""
    if not path:
        return
    parts = path.split("/")
    wanted = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    kept = select(folders.c.path).where(folders.c.cloud_id == cloud_id, folders.c.path.in_(wanted)).order_by(folders.c.path)
    there = set(tx.execute(kept.with_for_update(read=True, key_share=True)).scalars())
    missing = [item for item in wanted if item not in there]
    if missing:
        tx.execute(insert_new(tx, folders), [_values(cloud_id, item) for item in missing])


def find(c: Connection, cloud_id: int, path: str) -> Folder | None:
    row = c.execute(select(*FOUND).where(folders.c.cloud_id == cloud_id, folders.c.path == path)).one_or_none()
    return Folder(*row) if row else None


def children(c: Connection, cloud_id: int, parent: str, size: int, after: str | None) -> tuple[Sequence[Folder], str | None, int]:
    """A page of the folders directly below a path, by name, the cursor of the next, and how many there are."""
    here = (folders.c.cloud_id == cloud_id, folders.c.parent == parent)
    query = select(*FOUND).where(*here)
    place = cursor.read(after, str)
    if place:
        query = query.where(folders.c.name > place[0])
    found = [Folder(*row) for row in c.execute(query.order_by(folders.c.name).limit(size + 1))]
    total = int(c.execute(select(func.count()).select_from(folders).where(*here)).scalar_one())
    return found[:size], cursor.write(found[size - 1].name) if len(found) > size else None, total


def holds_assets(c: Connection, cloud_id: int, path: str) -> bool:
    """Whether an asset is filed in the folder or below it."""
    query = select(assets.c.id).where(assets.c.cloud_id == cloud_id, _within(assets.c.asset_folder, path))
    return c.execute(query.limit(1)).first() is not None


def lock(tx: Connection, cloud_id: int, path: str) -> list[str]:
    """The paths of a folder and all below it, kept from other writers until the transaction ends."""
    query = select(folders.c.path).where(folders.c.cloud_id == cloud_id, _within(folders.c.path, path))
    return list(tx.execute(query.order_by(folders.c.path).with_for_update()).scalars())


def remove(tx: Connection, cloud_id: int, paths: Sequence[str]) -> None:
    tx.execute(delete(folders).where(folders.c.cloud_id == cloud_id, folders.c.path.in_(list(paths))))


def move(tx: Connection, cloud_id: int, old: str, new: str) -> None:
    """Give a folder, all below it and their assets another path."""
    for column in (folders.c.parent, folders.c.path, assets.c.asset_folder):
        here = (column.table.c.cloud_id == cloud_id, _within(column, old))
        tx.execute(update(column.table).where(*here).values({column.name: new + func.substr(column, len(old) + 1)}))
    here = (folders.c.cloud_id == cloud_id, folders.c.path == new)
    tx.execute(update(folders).where(*here).values(parent=new.rpartition("/")[0], name=new.rpartition("/")[2]))


def longest_below(c: Connection, cloud_id: int, path: str) -> int:
    """Characters of the longest path in or below a folder."""
    query = select(func.max(func.length(folders.c.path))).where(folders.c.cloud_id == cloud_id, _within(folders.c.path, path))
    return int(c.execute(query).scalar() or 0)


def search(
    c: Connection, cloud_id: int, wanted: ColumnElement[bool], sort: tuple[str, bool], size: int, after: str | None
) -> tuple[Sequence[Folder], str | None, int]:
    """Folders that fulfil a condition, by a column (and whether it falls), the cursor of the next page, how many there are."""
    here, (word, falls) = (folders.c.cloud_id == cloud_id, wanted), sort
    order = (folders.c[word], folders.c.id)
    query = select(*FOUND, folders.c.id, folders.c[word].label("place")).where(*here)
    place = cursor.read(after, int if word == "created_at" else str, int)
    if place:
        query = query.where(tuple_(*order) < tuple_(*place) if falls else tuple_(*order) > tuple_(*place))
    rows = c.execute(query.order_by(*(item.desc() if falls else item.asc() for item in order)).limit(size + 1)).all()
    total = int(c.execute(select(func.count()).select_from(folders).where(*here)).scalar_one())
    last = rows[size - 1] if 0 < size < len(rows) else None
    return [Folder(*row[:4]) for row in rows[:size]], cursor.write(last.place, last.id) if last else None, total


def _within(column: Any, path: str) -> ColumnElement[bool]:
    return or_(column == path, (column >= f"{path}/") & (column < f"{path}/{LAST}"))


def _values(cloud_id: int, path: str) -> dict[str, object]:
    parent, _, name = path.rpartition("/")
    moment = now()
    return {
        "cloud_id": cloud_id,
        "external_id": uuid.uuid4().hex,
        "path": path,
        "parent": parent,
        "name": name,
        "created_at": moment,
    }
