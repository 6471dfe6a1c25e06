"""Structured metadata on assets: values checked against the cloud's fields inside the transaction that stores them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.db import entries, fields, rules
from app.db.engine import Database
from app.errors import BadRequest
from app.params.metadata import MOST_VALUES, named
from app.params.methods import MetadataParams
from app.params.sheet import Changes, Sheet
from app.services.accounts import Caller

MOST_ASSETS = 1000  # the documented limit of a call; what is beyond is left alone


@dataclass(frozen=True, slots=True)
class MetadataValues:
    db: Database

    def change(self, caller: Caller, resource_type: str, raw: Mapping[str, object]) -> list[str]:
        """Change the values of many assets at once. Returns the public IDs that exist, in the order of the call."""
        params = MetadataParams.read(raw)
        for name in ("public_ids", "metadata"):
            if getattr(params, name) is None:
                raise BadRequest.missing(name)
        wanted, given = (params.public_ids or [])[:MOST_ASSETS], params.metadata or {}
        with self.db.begin() as tx:
            bearers = fields.bearers(tx, caller.cloud_id, resource_type, params.type or "upload", wanted)
            held = {row.id: row.values_held or {} for row in bearers}
            sheet = _sheet(tx, caller.cloud_id, [given, *held.values()], hold=True)
            changes = sheet.read(given)
            clear = bool(params.clear_invalid)
            fields.write(tx, [{"row": id, "rest": sheet.merged(old, changes, clear_invalid=clear)} for id, old in held.items()])
            _learn(tx, sheet, changes)
        there = {row.public_id for row in bearers}
        return [id for id in wanted if id in there]


def check(c: Connection, cloud_id: int, given: Mapping[str, object]) -> None:
    """Refuse early what `filled` would refuse. Raises BadRequest."""
    sheet = _sheet(c, cloud_id, [given])
    sheet.filled(sheet.read(given))


def filled(tx: Connection, cloud_id: int, given: Mapping[str, object]) -> dict[str, Any]:
    """The values of a new asset, with defaults. Raises BadRequest."""
    sheet = _sheet(tx, cloud_id, [given], hold=True)
    changes = sheet.read(given)
    values = sheet.filled(changes)
    _learn(tx, sheet, changes)
    return values


def merged(
    tx: Connection, cloud_id: int, stored: Mapping[str, Any] | None, given: Mapping[str, object], *, clear_invalid: bool
) -> dict[str, Any]:
    """The values of a stored asset after a change, field by field. Raises BadRequest."""
    sheet = _sheet(tx, cloud_id, [given, stored or {}], hold=True)
    changes = sheet.read(given)
    values = sheet.merged(stored or {}, changes, clear_invalid=clear_invalid)
    _learn(tx, sheet, changes)
    return values


def _sheet(c: Connection, cloud_id: int, spoken: Iterable[Mapping[str, object]], *, hold: bool = False) -> Sheet:
    """The cloud's fields, and of their datasources the entries that these values or the defaults speak of."""
    found = fields.of_cloud(c, cloud_id, hold=hold)
    listed = {field.external_id: field for field in found if field.listed}
    names: set[str] = set()
    for values in ({id: field.default_value for id, field in listed.items()}, *spoken):
        names.update(name for id in listed.keys() & values.keys() for name in named(listed[id], values[id]))
    whole = entries.of(c, found, sorted(names))
    return Sheet({field.external_id: field for field in whole}, rules.governed(c, cloud_id) if found else frozenset())


def _learn(tx: Connection, sheet: Sheet, changes: Changes) -> None:
    """Add the new values of fields that allow it to their datasources."""
    for id, names in sheet.fresh(changes).items():
        field = sheet.fields[id]
        if entries.count(tx, field.id) + len(names) > MOST_VALUES:
            raise BadRequest(f"Metadata field {id} has its {MOST_VALUES} datasource values; delete some first")
        entries.add(tx, field.id, [(name, name) for name in names])
