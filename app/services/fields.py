"""The fields of structured metadata: defined, changed, ordered, deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from app.db import entries, fields
from app.db.engine import Database
from app.errors import BadRequest, NotFound
from app.params.definitions import FieldParams, OrderParams, PlaceParams, checked_validation
from app.params.metadata import MOST_VALUES, Field, empty, fits, read
from app.services.accounts import Caller
from app.services.naming import random_id

ORDERS = ("label", "external_id", "created_at")
PLAIN = ("label", "mandatory", "default_disabled", "restrictions", "allow_dynamic_list_values")


@dataclass(frozen=True, slots=True)
class Fields:
    db: Database

    def list(self, caller: Caller, external_ids: Sequence[str] | None = None) -> Sequence[Field]:
        with self.db.read() as c:
            found = fields.of_cloud(c, caller.cloud_id)
            return entries.of(c, [field for field in found if not external_ids or field.external_id in external_ids])

    def get(self, caller: Caller, external_id: str) -> Field:
        with self.db.read() as c:
            return whole(c, caller, external_id)

    def create(self, caller: Caller, raw: Mapping[str, object]) -> Field:
        params = FieldParams.read(raw)
        for name in ("label", "type"):
            if getattr(params, name) is None:
                raise BadRequest.missing(name)
        new = Field(0, params.external_id or random_id(), str(params.type), str(params.label))
        if new.listed and params.datasource is None:
            raise BadRequest.missing("datasource")
        values = {name: getattr(params, name) for name in PLAIN if getattr(params, name) is not None}
        with self.db.begin() as tx:
            if fields.id_taken(tx, caller.cloud_id, new.external_id):
                raise BadRequest(f"external id {new.external_id} already exists")
            columns = {name: getattr(replace(new, **values), name) for name in (*PLAIN, "external_id", "type")}
            made = fields.create(tx, caller.cloud_id, columns)
            if made is None:
                raise BadRequest(f"label {new.label} already exists")
            return _settled(tx, caller, made, params, raw)

    def update(self, caller: Caller, external_id: str, raw: Mapping[str, object]) -> Field:
        """What is sent replaces its old value; type and external ID never change."""
        params = FieldParams.read({name: value for name, value in raw.items() if name not in ("external_id", "type")})
        values = {name: getattr(params, name) for name in PLAIN if name in raw and getattr(params, name) is not None}
        if "restrictions" in raw and raw["restrictions"] is None:
            values["restrictions"] = None
        with self.db.begin() as tx:
            field = whole(tx, caller, external_id, lock=True)
            if "label" in values and fields.label_taken(tx, caller.cloud_id, values["label"], field.id):
                raise BadRequest(f"label {values['label']} already exists")
            return _settled(tx, caller, replace(field, **values), params, raw)

    def remove(self, caller: Caller, external_id: str) -> None:
        """The external ID stays reserved. The values go from the assets in short transactions, not one long one."""
        with self.db.begin() as tx:
            fields.remove(tx, caller.cloud_id, whole(tx, caller, external_id, lock=True))
        last: int | None = 0
        while last is not None:
            with self.db.begin() as tx:
                last = fields.forget(tx, caller.cloud_id, external_id, last)

    def arrange(self, caller: Caller, params: OrderParams) -> Sequence[Field]:
        """Order all fields by label, ID or age."""
        order = params.order_by or "label"
        if order not in ORDERS:
            raise BadRequest.invalid("order_by", order, f"expected one of {', '.join(ORDERS)}")
        with self.db.begin() as tx:
            found = fields.of_cloud(tx, caller.cloud_id)
            found.sort(key=lambda field: sorting(getattr(field, order)), reverse=params.direction == "desc")
            fields.arrange(tx, [field.id for field in found])
        return self.list(caller)

    def place(self, caller: Caller, external_id: str, params: PlaceParams) -> Sequence[Field]:
        """Move one field to a place, counted from 0."""
        if params.position is None:
            raise BadRequest.missing("position")
        with self.db.begin() as tx:
            field = whole(tx, caller, external_id)
            ids = [other.id for other in fields.of_cloud(tx, caller.cloud_id) if other.id != field.id]
            fields.arrange(tx, [*ids[: params.position], field.id, *ids[params.position :]])
        return self.list(caller)


def whole(c: Connection, caller: Caller, external_id: str, *, lock: bool = False) -> Field:
    """A field with its whole datasource. Raises NotFound."""
    field = fields.find(c, caller.cloud_id, external_id, lock=lock)
    if field is None:
        raise NotFound(f"Metadata field {external_id} not found")
    return entries.of(c, [field])[0]


def put_entries(tx: Connection, field: Field, sent: Sequence[Mapping[str, Any]]) -> Field:
    """Merge sent entries into the datasource: known IDs change, new ones and those without an ID are appended."""
    wanted = {entry["external_id"] or random_id(): entry["value"] for entry in sent}
    if len({*field.entries, *wanted}) > MOST_VALUES:
        raise BadRequest(f"A datasource holds at most {MOST_VALUES} values")
    entries.put(tx, field.id, list(wanted.items()))
    return entries.of(tx, [field])[0]


def sorting(value: Any) -> Any:
    """Names order as people read them, numbers as numbers."""
    return (value.casefold(), value) if isinstance(value, str) else value


def _settled(tx: Connection, caller: Caller, field: Field, params: FieldParams, raw: Mapping[str, object]) -> Field:
    """Write a definition that is whole: its rule suits its type, and its default suits both."""
    if params.datasource is not None and field.listed:
        field = put_entries(tx, field, params.datasource)
    if "validation" in raw:
        field = replace(field, validation=_validation(field.type, params.validation))
    default = raw.get("default_value", field.default_value)
    if not empty(default) and not fits(field, default):
        raise BadRequest("default_value is invalid")
    field = replace(field, default_value=None if empty(default) else read(field, default))
    if field.mandatory and field.default_value is None and not field.default_disabled and fields.any_asset(tx, caller.cloud_id):
        raise BadRequest("A mandatory metadata field needs a default_value, because assets are stored already")
    fields.change(tx, field.id, {name: getattr(field, name) for name in (*PLAIN, "validation", "default_value")})
    return field


def _validation(type: str, validation: Mapping[str, Any] | None) -> dict[str, Any] | None:
    try:
        return checked_validation(type, validation) if validation else None
    except ValueError as error:
        raise BadRequest.invalid("validation", validation, str(error)) from None
