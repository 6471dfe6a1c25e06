"""Every query on the conditional rules of structured metadata."""

import secrets
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from app.db.engine import now
from app.db.field_tables import metadata_rules


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it was sent; user interfaces apply it."""

    external_id: str
    metadata_field_id: str
    name: str | None
    condition: dict[str, Any]
    result: dict[str, Any]
    state: str
    position: int


COLUMNS = [metadata_rules.c[item.name] for item in fields(Rule)]


def list_rules(c: Connection, cloud_id: int) -> list[Rule]:
    """By field, then in the order they were made."""
    order = (metadata_rules.c.metadata_field_id, metadata_rules.c.position, metadata_rules.c.id)
    return [
        Rule(**row._mapping) for row in c.execute(select(*COLUMNS).where(metadata_rules.c.cloud_id == cloud_id).order_by(*order))
    ]


def find(c: Connection, cloud_id: int, external_id: str) -> Rule | None:
    here = (metadata_rules.c.cloud_id == cloud_id, metadata_rules.c.external_id == external_id)
    row = c.execute(select(*COLUMNS).where(*here)).one_or_none()
    return Rule(**row._mapping) if row else None


def governed(c: Connection, cloud_id: int) -> frozenset[str]:
    """Fields an active rule is for."""
    here = (metadata_rules.c.cloud_id == cloud_id, metadata_rules.c.state == "active")
    return frozenset(c.execute(select(metadata_rules.c.metadata_field_id).where(*here)).scalars())


def create(tx: Connection, cloud_id: int, values: dict[str, Any]) -> str:
    """Insert behind the field's other rules. Returns the new rule's external ID."""
    mine = (metadata_rules.c.cloud_id == cloud_id, metadata_rules.c.metadata_field_id == values["metadata_field_id"])
    last = tx.execute(select(func.max(metadata_rules.c.position)).where(*mine)).scalar()
    external_id, place = secrets.token_hex(32), 0 if last is None else last + 1
    row = insert(metadata_rules).values(cloud_id=cloud_id, external_id=external_id, position=place, created_at=now(), **values)
    tx.execute(row)
    return external_id


def change(tx: Connection, cloud_id: int, external_id: str, values: dict[str, Any]) -> None:
    here = (metadata_rules.c.cloud_id == cloud_id, metadata_rules.c.external_id == external_id)
    if values:
        tx.execute(update(metadata_rules).where(*here).values(**values))


def remove(tx: Connection, cloud_id: int, external_id: str) -> bool:
    here = (metadata_rules.c.cloud_id == cloud_id, metadata_rules.c.external_id == external_id)
    return bool(tx.execute(delete(metadata_rules).where(*here)).rowcount)
