"""Upload presets over HTTP: create, list, get, update, delete."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.db.catalog import Preset
from app.params.admin import PresetListParams
from app.services.presets import parsed
from app.web.admin import Asked
from app.web.plumbing import house

router = APIRouter(prefix="/v1_1/{cloud}/upload_presets", tags=["presets"])


def shown(preset: Preset, settings: dict[str, Any]) -> dict[str, Any]:
    return {"name": preset.name, "external_id": preset.external_id, "unsigned": preset.unsigned, "settings": settings}


@router.post("")
async def create(asked: Asked) -> Response:
    preset = await asked.run(house(asked.request).presets.create, asked.fields)
    return asked.answer({"message": "created", "name": preset.name, "external_id": preset.external_id})


@router.get("")
async def list_presets(asked: Asked) -> Response:
    found, cursor = await asked.run(house(asked.request).presets.list, PresetListParams.read(asked.fields))
    return asked.answer({"presets": [shown(preset, preset.settings) for preset in found]}, cursor)


@router.get("/{name:path}")
async def get(asked: Asked, name: str) -> Response:
    preset = await asked.run(house(asked.request).presets.get, name)
    return asked.answer(shown(preset, parsed(preset.settings)))


@router.put("/{name:path}")
async def update(asked: Asked, name: str) -> Response:
    preset = await asked.run(house(asked.request).presets.update, name, asked.fields)
    return asked.answer({"message": "updated", "external_id": preset.external_id})


@router.delete("/{name:path}")
async def delete(asked: Asked, name: str) -> Response:
    await asked.run(house(asked.request).presets.remove, name)
    return asked.answer({"message": "deleted"})
