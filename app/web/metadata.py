"""Structured metadata over HTTP: fields, their datasources, rules, and the values of many assets at once."""

from collections.abc import Iterable, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.db.rules import Rule
from app.params.definitions import DatasourceParams, EntryParams, FieldListParams, OrderParams, PlaceParams, SearchParams
from app.params.metadata import Entry, Field
from app.services.rules import signature
from app.web import answers
from app.web.admin import Asked
from app.web.methods import signed
from app.web.plumbing import house

router = APIRouter(prefix="/v1_1/{cloud}", tags=["metadata"])


@router.post("/{resource_type}/metadata")
async def change_values(request: Request, cloud: str, resource_type: str) -> Response:
    """Change the values of many assets: a method of the Upload API, signed like an upload."""
    call = await signed(request, cloud)
    return answers.reply({"public_ids": await call.run(house(request).metadata_values.change, resource_type)})


@router.get("/metadata_fields")
async def list_fields(asked: Asked) -> Response:
    ids = FieldListParams.read(asked.fields).external_ids
    return asked.answer(shown_all(await asked.run(house(asked.request).fields.list, ids)))


@router.post("/metadata_fields")
async def create_field(asked: Asked) -> Response:
    return asked.answer(shown(await asked.run(house(asked.request).fields.create, asked.fields)))


# Fixed words come before the routes that take an external ID.


@router.put("/metadata_fields/order")
async def order_fields(asked: Asked) -> Response:
    return asked.answer(shown_all(await asked.run(house(asked.request).fields.arrange, OrderParams.read(asked.fields))))


@router.post("/metadata_fields/datasource/search")
async def search_all(asked: Asked) -> Response:
    """Entries of every field, as a bare list."""
    found = await asked.run(house(asked.request).datasources.search_all, SearchParams.read(asked.fields))
    body = [{"field_id": field, "id": entry.external_id, "value": entry.value} for field, entry in found]
    return answers.reply(body, headers=asked.request.state.headers)


@router.get("/metadata_fields/{external_id}")
async def get_field(asked: Asked, external_id: str) -> Response:
    return asked.answer(shown(await asked.run(house(asked.request).fields.get, external_id)))


@router.put("/metadata_fields/{external_id}")
async def update_field(asked: Asked, external_id: str) -> Response:
    return asked.answer(shown(await asked.run(house(asked.request).fields.update, external_id, asked.fields)))


@router.delete("/metadata_fields/{external_id}")
async def delete_field(asked: Asked, external_id: str) -> Response:
    await asked.run(house(asked.request).fields.remove, external_id)
    return asked.answer({"message": "ok"})


@router.put("/metadata_fields/{external_id}/reorder")
async def place_field(asked: Asked, external_id: str) -> Response:
    found = await asked.run(house(asked.request).fields.place, external_id, PlaceParams.read(asked.fields))
    return asked.answer(shown_all(found))


@router.put("/metadata_fields/{external_id}/datasource")
async def put_entries(asked: Asked, external_id: str) -> Response:
    params = DatasourceParams.read(asked.fields)
    return asked.answer(in_use(await asked.run(house(asked.request).datasources.put, external_id, params)))


@router.delete("/metadata_fields/{external_id}/datasource")
async def delete_entries(asked: Asked, external_id: str) -> Response:
    params = EntryParams.read(asked.fields)
    return asked.answer(in_use(await asked.run(house(asked.request).datasources.activate, external_id, params, False)))


@router.post("/metadata_fields/{external_id}/datasource_restore")
async def restore_entries(asked: Asked, external_id: str) -> Response:
    params = EntryParams.read(asked.fields)
    return asked.answer(in_use(await asked.run(house(asked.request).datasources.activate, external_id, params, True)))


@router.post("/metadata_fields/{external_id}/datasource/order")
@router.put("/metadata_fields/{external_id}/datasource/order")
async def order_entries(asked: Asked, external_id: str) -> Response:
    params = OrderParams.read(asked.fields)
    return asked.answer(in_use(await asked.run(house(asked.request).datasources.arrange, external_id, params)))


@router.post("/metadata_fields/{external_id}/datasource/search")
async def search_entries(asked: Asked, external_id: str) -> Response:
    params = SearchParams.read(asked.fields)
    return asked.answer(in_use(await asked.run(house(asked.request).datasources.search, external_id, params)))


@router.get("/metadata_rules")
async def list_rules(asked: Asked) -> Response:
    found = await asked.run(house(asked.request).rules.list)
    return asked.answer({"metadata_rules": [shown_rule(rule) for rule in found]})


@router.post("/metadata_rules")
async def create_rule(asked: Asked) -> Response:
    return asked.answer(shown_rule(await asked.run(house(asked.request).rules.create, asked.fields)))


@router.put("/metadata_rules/{external_id}")
async def update_rule(asked: Asked, external_id: str) -> Response:
    return asked.answer(shown_rule(await asked.run(house(asked.request).rules.update, external_id, asked.fields)))


@router.delete("/metadata_rules/{external_id}")
async def delete_rule(asked: Asked, external_id: str) -> Response:
    await asked.run(house(asked.request).rules.remove, external_id)
    return asked.answer({"success": True})


FIELD = (
    "external_id type label mandatory default_value default_disabled validation restrictions allow_dynamic_list_values"
).split()
RULE = ("external_id", "metadata_field_id", "name", "condition", "result", "state", "position")


def shown(field: Field) -> dict[str, Any]:
    """A field as the API tells it; entries out of use are among the others, with their state."""
    body = {name: getattr(field, name) for name in FIELD}
    if field.listed:
        body["datasource"] = {"values": [_entry(entry) for entry in field.entries.values()]}
    return body


def shown_all(found: Iterable[Field]) -> dict[str, Any]:
    return {"metadata_fields": [shown(field) for field in found]}


def in_use(entries: Sequence[Entry]) -> dict[str, Any]:
    """The answer of a datasource call: just IDs and values."""
    return {"values": [{"external_id": entry.external_id, "value": entry.value} for entry in entries]}


def shown_rule(rule: Rule) -> dict[str, Any]:
    return {name: getattr(rule, name) for name in RULE} | {"condition_signature": signature(rule.condition)}


def _entry(entry: Entry) -> dict[str, Any]:
    state = "active" if entry.active else "inactive"
    return {"external_id": entry.external_id, "value": entry.value, "state": state, "position": entry.position}
