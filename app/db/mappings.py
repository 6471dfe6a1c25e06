"""Every query on upload mappings: folders whose assets are fetched from a remote place when they are first asked for."""

import uuid
from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from app.db import cursor
from app.db.engine import insert_new, now
from app.db.shelf_tables import upload_mappings as table


@dataclass(frozen=True, slots=True)
class Mapping:
    """`template` is the address in front of what follows the folder."""

    id: int
    external_id: str
    folder: str
    template: str


COLUMNS = [table.c[name] for name in ("id", "external_id", "folder", "template")]


def find(c: Connection, cloud_id: int, folder: str) -> Mapping | None:
    row = c.execute(select(*COLUMNS).where(table.c.cloud_id == cloud_id, table.c.folder == folder)).one_or_none()
    return Mapping(*row) if row else None


def longest(c: Connection, cloud_id: int, name: str) -> Mapping | None:
    """The mapping of the deepest folder above a public ID."""
    parts = name.split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts))]
    rows = c.execute(select(*COLUMNS).where(table.c.cloud_id == cloud_id, table.c.folder.in_(above))) if above else ()
    return max((Mapping(*row) for row in rows), key=lambda item: len(item.folder), default=None)


def page(c: Connection, cloud_id: int, size: int, after: str | None) -> tuple[list[Mapping], str | None]:
    query = select(*COLUMNS).where(table.c.cloud_id == cloud_id)
    place = cursor.read(after, int)
    if place:
        query = query.where(table.c.id > place[0])
    found = [Mapping(*row) for row in c.execute(query.order_by(table.c.id).limit(size + 1))]
    return found[:size], cursor.write(found[size - 1].id) if len(found) > size else None


def create(tx: Connection, cloud_id: int, folder: str, template: str) -> str | None:
    """Its external ID, or None if the folder has one already."""
    values = {"cloud_id": cloud_id, "external_id": str(uuid.uuid4()), "folder": folder, "template": template, "created_at": now()}
    return tx.execute(insert_new(tx, table).values(**values).returning(table.c.external_id)).scalar_one_or_none()


def change(tx: Connection, id: int, template: str) -> None:
    tx.execute(update(table).where(table.c.id == id).values(template=template))


def remove(tx: Connection, cloud_id: int, folder: str | None = None) -> None:
    """One, or all of a cloud."""
    chosen = delete(table).where(table.c.cloud_id == cloud_id)
    tx.execute(chosen if folder is None else chosen.where(table.c.folder == folder))
