"""Upload mappings over HTTP."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.db.mappings import Mapping
from app.params.mappings import MappingListParams
from app.web.admin import Asked
from app.web.plumbing import house

router = APIRouter(prefix="/v1_1/{cloud}/upload_mappings", tags=["upload mappings"])


def shown(found: Mapping) -> dict[str, Any]:
    return {"folder": found.folder, "template": found.template, "external_id": found.external_id, "upload_preset_name": None}


@router.get("")
async def find(asked: Asked) -> Response:
    """The list, or with `folder` one of them."""
    params, service = MappingListParams.read(asked.fields), house(asked.request).mappings
    if params.folder:
        return asked.answer(shown(await asked.run(service.get, params.folder)))
    found, cursor = await asked.run(service.list, params)
    return asked.answer({"mappings": [shown(item) for item in found]}, cursor)


@router.post("")
async def create(asked: Asked) -> Response:
    found = await asked.run(house(asked.request).mappings.create, asked.fields)
    return asked.answer({"message": "created", "folder": found.folder, "external_id": found.external_id})


@router.put("")
async def update(asked: Asked) -> Response:
    found = await asked.run(house(asked.request).mappings.update, asked.fields)
    return asked.answer({"message": "updated", "external_id": found.external_id})


@router.put("/replace")
async def replace(asked: Asked) -> Response:
    await asked.run(house(asked.request).mappings.replace, asked.fields)
    return asked.answer({"message": "replaced"})


@router.delete("")
async def delete(asked: Asked) -> Response:
    found = await asked.run(house(asked.request).mappings.remove, asked.fields)
    return asked.answer({"message": "deleted", "external_id": found.external_id})
