"""Every query on the datasource entries of enum and set fields."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from app.db.engine import insert_new
from app.db.field_tables import metadata_entries
from app.params.metadata import Entry, Field

COLUMNS = [metadata_entries.c[name] for name in ("external_id", "value", "active", "position")]
MOST_NAMES = 5000  # beyond, whole datasources are read instead of asking for each name


def of(c: Connection, fields: Iterable[Field], names: Sequence[str] | None = None) -> list[Field]:
    """The fields with their entries in order: all of them, or those with one of these IDs."""
    fields = list(fields)
    listed = [field.id for field in fields if field.listed]
    query = select(metadata_entries.c.field_id, *COLUMNS).where(metadata_entries.c.field_id.in_(listed))
    if names is not None and len(names) <= MOST_NAMES:
        query = query.where(metadata_entries.c.external_id.in_(names))
    found: dict[int, dict[str, Entry]] = {id: {} for id in listed}
    if listed and names != []:
        for row in c.execute(query.order_by(metadata_entries.c.position, metadata_entries.c.id)):
            found[row.field_id][row.external_id] = Entry(row.external_id, row.value, row.active, row.position)
    return [replace(field, entries=found[field.id]) if field.listed else field for field in fields]


def count(c: Connection, field_id: int) -> int:
    return int(c.execute(select(func.count()).where(metadata_entries.c.field_id == field_id)).scalar_one())


def put(tx: Connection, field_id: int, wanted: Sequence[tuple[str, str]]) -> None:
    """Entries by ID and value: a known one changes its value, a new one is appended."""
    for external_id, value in wanted:
        row = metadata_entries.c.field_id == field_id, metadata_entries.c.external_id == external_id
        if not tx.execute(update(metadata_entries).where(*row).values(value=value)).rowcount:
            add(tx, field_id, [(external_id, value)])


def add(tx: Connection, field_id: int, wanted: Sequence[tuple[str, str]]) -> None:
    """Append entries; one that another writer has just added is left alone."""
    highest = select(func.max(metadata_entries.c.position)).where(metadata_entries.c.field_id == field_id)
    last = tx.execute(highest).scalar()
    start = 0 if last is None else last + 1
    rows: list[dict[str, Any]] = [
        {"field_id": field_id, "external_id": external_id, "value": value, "active": True, "position": start + place}
        for place, (external_id, value) in enumerate(wanted)
    ]
    if rows:
        tx.execute(insert_new(tx, metadata_entries), rows)


def activate(tx: Connection, field_id: int, external_ids: Sequence[str], active: bool) -> None:
    here = (metadata_entries.c.field_id == field_id, metadata_entries.c.external_id.in_(external_ids))
    tx.execute(update(metadata_entries).where(*here).values(active=active))


def arrange(tx: Connection, field_id: int, external_ids: Sequence[str]) -> None:
    """Give the entries these places."""
    here = (metadata_entries.c.field_id == field_id, metadata_entries.c.external_id == bindparam("entry"))
    places = [{"entry": id, "place": place} for place, id in enumerate(external_ids)]
    if places:
        tx.execute(update(metadata_entries).where(*here).values(position=bindparam("place")), places)
