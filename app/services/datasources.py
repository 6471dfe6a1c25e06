"""The datasources of enum and set fields: entries merged, deleted softly, restored, ordered, searched."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from app.db import entries, fields
from app.db.engine import Database
from app.errors import BadRequest
from app.params.definitions import DatasourceParams, EntryParams, OrderParams, SearchParams
from app.params.metadata import Entry, Field
from app.services.accounts import Caller
from app.services.fields import put_entries, sorting, whole

ORDERS = ("value", "external_id")
FOUND_IN_ONE, FOUND_IN_ALL = 255, 100  # what a search answers unless told


@dataclass(frozen=True, slots=True)
class Datasources:
    """Every call answers the entries in use, in their order."""

    db: Database

    def put(self, caller: Caller, external_id: str, params: DatasourceParams) -> Sequence[Entry]:
        if params.values is None:
            raise BadRequest.missing("values")
        with self.db.begin() as tx:
            return _active(put_entries(tx, _listed(tx, caller, external_id, lock=True), params.values))

    def activate(self, caller: Caller, external_id: str, params: EntryParams, active: bool) -> Sequence[Entry]:
        """Bring entries back, or take them out of use; assets that hold them keep them."""
        if not params.external_ids:
            raise BadRequest.missing("external_ids")
        with self.db.begin() as tx:
            field = _listed(tx, caller, external_id, lock=True)
            unknown = [id for id in params.external_ids if id not in field.entries]
            if unknown:
                raise BadRequest(f"Metadata field {external_id} has no datasource entry {', '.join(unknown)[:300]}")
            entries.activate(tx, field.id, params.external_ids, active)
            return _active(whole(tx, caller, external_id))

    def arrange(self, caller: Caller, external_id: str, params: OrderParams) -> Sequence[Entry]:
        """Order a datasource by value or ID."""
        order = params.order_by or "value"
        if order not in ORDERS:
            raise BadRequest.invalid("order_by", order, f"expected one of {', '.join(ORDERS)}")
        with self.db.begin() as tx:
            field = _listed(tx, caller, external_id, lock=True)
            ordered = sorted(field.entries.values(), key=lambda entry: sorting(getattr(entry, order)))
            ids = [entry.external_id for entry in ordered]
            entries.arrange(tx, field.id, ids[::-1] if params.direction == "desc" else ids)
            return _active(whole(tx, caller, external_id))

    def search(self, caller: Caller, external_id: str, params: SearchParams) -> Sequence[Entry]:
        with self.db.read() as c:
            found = _matching(_listed(c, caller, external_id), params)
        return found[: FOUND_IN_ONE if params.max_results is None else params.max_results]

    def search_all(self, caller: Caller, params: SearchParams) -> Sequence[tuple[str, Entry]]:
        """Entries of every field, each with its field's external ID."""
        with self.db.read() as c:
            listed = entries.of(c, fields.of_cloud(c, caller.cloud_id))
        found = [(field.external_id, entry) for field in listed for entry in _matching(field, params)]
        return found[: FOUND_IN_ALL if params.max_results is None else params.max_results]


def _listed(c: Connection, caller: Caller, external_id: str, *, lock: bool = False) -> Field:
    field = whole(c, caller, external_id, lock=lock)
    if not field.listed:
        raise BadRequest(f"Metadata field {external_id} is of type {field.type}, which has no datasource")
    return field


def _active(field: Field) -> Sequence[Entry]:
    return [entry for entry in field.entries.values() if entry.active]


def _matching(field: Field, params: SearchParams) -> Sequence[Entry]:
    """In any case; compared here, because the two databases fold letters differently."""
    if params.term is None:
        raise BadRequest.missing("term")
    term = params.term.casefold()
    folded = [(entry, entry.value.casefold()) for entry in _active(field)]
    return [entry for entry, value in folded if (value == term if params.exact_match else term in value)]
