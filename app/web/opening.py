"""publish_resources and update_access_mode: who may fetch stored assets."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.db.assets import Asset
from app.web import answers
from app.web.admin import Ask, Asked
from app.web.plumbing import house

router = APIRouter(prefix="/v1_1/{cloud}", tags=["admin"])


def _told(asked: Ask, word: str, done: Sequence[Asset], failed: Sequence[dict[str, Any]]) -> Response:
    shown = [answers.detailed(asked.caller, asset, asked.links) for asset in done]
    return asked.answer({word: shown, "failed": list(failed)})


@router.post("/resources/{resource_type}/publish_resources")
async def publish(asked: Asked, resource_type: str) -> Response:
    """Private and authenticated assets become public ones, of type upload."""
    return _told(asked, "published", *await asked.run(house(asked.request).opening.publish, resource_type, asked.fields))


@router.post("/resources/{resource_type}/{type}/update_access_mode")
async def update_access_mode(asked: Asked, resource_type: str, type: str) -> Response:
    return _told(asked, "updated", *await asked.run(house(asked.request).opening.set_mode, resource_type, type, asked.fields))
