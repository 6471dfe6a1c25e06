"""Every query on the fields of structured metadata, and on a field's values wherever assets hold them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from app.db import indexing
from app.db.engine import insert_new, now
from app.db.field_tables import metadata_fields, metadata_rules
from app.db.tables import assets
from app.params.metadata import Field

COLUMNS = [metadata_fields.c[item] for item in Field.__dataclass_fields__ if item in metadata_fields.c]
BATCH = 500


def of_cloud(c: Connection, cloud_id: int, *, hold: bool = False) -> list[Field]:
    """A cloud's fields in their order. `hold` keeps them from being changed until the transaction ends."""
    here = (metadata_fields.c.cloud_id == cloud_id, metadata_fields.c.deleted_at.is_(None))
    query = select(*COLUMNS).where(*here).order_by(metadata_fields.c.position, metadata_fields.c.id)
    return [Field(**row._mapping) for row in c.execute(query.with_for_update(read=True) if hold else query)]


def find(c: Connection, cloud_id: int, external_id: str, *, lock: bool = False) -> Field | None:
    here = (metadata_fields.c.cloud_id == cloud_id, metadata_fields.c.external_id == external_id)
    query = select(*COLUMNS).where(*here, metadata_fields.c.deleted_at.is_(None))
    row = c.execute(query.with_for_update() if lock else query).one_or_none()
    return Field(**row._mapping) if row else None


def create(tx: Connection, cloud_id: int, values: dict[str, Any]) -> Field | None:
    """Insert behind the last field, or None if its external ID or its label is taken."""
    last = tx.execute(select(func.max(metadata_fields.c.position)).where(metadata_fields.c.cloud_id == cloud_id)).scalar()
    moment = now()
    row = insert_new(tx, metadata_fields).values(
        cloud_id=cloud_id, position=0 if last is None else last + 1, created_at=moment, updated_at=moment, **values
    )
    made = tx.execute(row.returning(*COLUMNS)).one_or_none()
    return Field(**made._mapping) if made else None


def id_taken(c: Connection, cloud_id: int, external_id: str) -> bool:
    """Also by a field that was deleted."""
    here = (metadata_fields.c.cloud_id == cloud_id, metadata_fields.c.external_id == external_id)
    return c.execute(select(metadata_fields.c.id).where(*here)).first() is not None


def label_taken(c: Connection, cloud_id: int, label: str, but: int) -> bool:
    """By a field other than that of the row `but`."""
    here = (metadata_fields.c.cloud_id == cloud_id, metadata_fields.c.label == label)
    return c.execute(select(metadata_fields.c.id).where(*here, metadata_fields.c.id != but)).first() is not None


def change(tx: Connection, id: int, values: dict[str, Any]) -> None:
    tx.execute(update(metadata_fields).where(metadata_fields.c.id == id).values(**values, updated_at=now()))


def arrange(tx: Connection, ids: Sequence[int]) -> None:
    """Give the fields these places."""
    statement = update(metadata_fields).where(metadata_fields.c.id == bindparam("row")).values(position=bindparam("place"))
    if ids:
        tx.execute(statement, [{"row": id, "place": place} for place, id in enumerate(ids)])


def remove(tx: Connection, cloud_id: int, field: Field) -> None:
    """Mark a field as deleted; its rules go with it."""
    change(tx, field.id, {"deleted_at": now(), "label": None})
    mine = (metadata_rules.c.cloud_id == cloud_id, metadata_rules.c.metadata_field_id == field.external_id)
    tx.execute(delete(metadata_rules).where(*mine))


def forget(tx: Connection, cloud_id: int, external_id: str, after: int) -> int | None:
    """Take a deleted field's values off the next assets behind row `after`. Returns the last row done, None at the end."""
    here = (assets.c.cloud_id == cloud_id, assets.c.id > after, assets.c.metadata[external_id].as_string().is_not(None))
    rows = tx.execute(
        select(assets.c.id, assets.c.metadata).where(*here).order_by(assets.c.id).limit(BATCH).with_for_update()
    ).all()
    left = [{"row": row.id, "rest": {id: value for id, value in row[1].items() if id != external_id}} for row in rows]
    write(tx, left)
    return rows[-1].id if rows else None


def write(tx: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Set the metadata of assets: `row` is an asset's, `rest` what it holds from now on."""
    statement = update(assets).where(assets.c.id == bindparam("row"))
    if rows:
        tx.execute(statement.values(metadata=bindparam("rest", type_=assets.c.metadata.type), updated_at=now()), rows)
        indexing.changed(tx, {row["row"]: {"metadata": row["rest"]} for row in rows})


def bearers(tx: Connection, cloud_id: int, resource_type: str, type: str, public_ids: Sequence[str]) -> Sequence[Any]:
    """Row, public ID and metadata of those assets, held until the transaction ends and in one order, so that no two calls lock."""
    same = (assets.c.cloud_id == cloud_id, assets.c.resource_type == resource_type, assets.c.type == type)
    columns = (assets.c.id, assets.c.public_id, assets.c.metadata.label("values_held"))
    query = select(*columns).where(*same, assets.c.public_id.in_(public_ids)).order_by(assets.c.id)
    return tx.execute(query.with_for_update()).all()


def any_asset(c: Connection, cloud_id: int) -> bool:
    return c.execute(select(assets.c.id).where(assets.c.cloud_id == cloud_id).limit(1)).first() is not None
