"""Related assets over HTTP, by public IDs and by asset IDs."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.params.admin import RelationParams
from app.services.relations import OUTCOMES
from app.web.admin import Ask, Asked
from app.web.plumbing import house

router = APIRouter(prefix="/v1_1/{cloud}/resources/related_assets", tags=["related assets"])


async def _change(asked: Ask, together: bool, *source: str) -> Response:
    """The call succeeds also where some pairs do not: each is told with a status of its own."""
    params = RelationParams.read(asked.fields)
    wanted = (params.assets_to_relate if together else params.assets_to_unrelate) or []
    done = await asked.run(house(asked.request).relations.change, source, wanted, together)
    body: dict[str, list[dict[str, Any]]] = {"success": [], "failed": []}
    for id, outcome in done.items():
        code, status, message = OUTCOMES[outcome]
        body["success" if status == 200 else "failed"].append({"message": message, "code": code, "asset": id, "status": status})
    return asked.answer(body)


@router.post("/{resource_type}/{type}/{public_id:path}")
async def relate(asked: Asked, resource_type: str, type: str, public_id: str) -> Response:
    return await _change(asked, True, resource_type, type, public_id)


@router.delete("/{resource_type}/{type}/{public_id:path}")
async def unrelate(asked: Asked, resource_type: str, type: str, public_id: str) -> Response:
    return await _change(asked, False, resource_type, type, public_id)


@router.post("/{asset_id}")
async def relate_by_asset_id(asked: Asked, asset_id: str) -> Response:
    return await _change(asked, True, asset_id)


@router.delete("/{asset_id}")
async def unrelate_by_asset_id(asked: Asked, asset_id: str) -> Response:
    return await _change(asked, False, asset_id)
