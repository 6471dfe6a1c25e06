"""Kept versions over HTTP: bring back what went or was overwritten, and delete versions."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.db.assets import Asset
from app.db.versions import Version
from app.params.admin import BackupParams
from app.web import answers
from app.web.admin import Ask, Asked
from app.web.plumbing import house

router = APIRouter(prefix="/v1_1/{cloud}/resources", tags=["backups"])


def shown(kept: Version) -> dict[str, Any]:
    """Here the version is a text, unlike everywhere else."""
    names = {"version_id": kept.version_id, "version": str(kept.version), "format": kept.format, "size": kept.bytes}
    return names | {"time": answers.moment(kept.created_at), "restorable": True}


def _restored(asked: Ask, done: Mapping[str, Asset | str]) -> Response:
    body = {
        id: {"error": found} if isinstance(found, str) else answers.detailed(asked.caller, found, asked.links)
        for id, found in done.items()
    }
    return asked.answer(body)


@router.post("/restore")
async def restore_by_asset_ids(asked: Asked) -> Response:
    return _restored(asked, await asked.run(house(asked.request).backups.restore, asked.fields))


@router.post("/{resource_type}/{type}/restore")
async def restore(asked: Asked, resource_type: str, type: str) -> Response:
    return _restored(asked, await asked.run(house(asked.request).backups.restore, asked.fields, (resource_type, type)))


@router.delete("/backup/{asset_id}")
async def delete(asked: Asked, asset_id: str) -> Response:
    wanted = BackupParams.read(asked.fields).version_ids or []
    gone = await asked.run(house(asked.request).backups.remove, asset_id, wanted)
    failures = [{"version_id": id, "message": "version not found"} for id in wanted if id not in gone]
    return asked.answer({"asset_id": asset_id, "deleted_version_ids": gone} | ({"failures": failures} if failures else {}))
