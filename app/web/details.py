"""One asset over HTTP: everything about it, and changes to it, by name or by asset ID."""

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.db.assets import Asset
from app.errors import BadRequest
from app.params.admin import DetailsParams, ListParams
from app.web import answers, attributes, backups
from app.web.admin import TYPES, Ask, Asked
from app.web.changing import change
from app.web.listing import listed
from app.web.plumbing import house

router = APIRouter(prefix="/v1_1/{cloud}", tags=["admin"])


@router.get("/resources/{resource_type}/{type}/{public_id:path}")
async def details(asked: Asked, resource_type: str, type: str, public_id: str) -> Response:
    return await _details(asked, await asked.run(house(asked.request).backups.get, resource_type, type, public_id))


@router.get("/resources/{resource_type}")
async def by_resource_type(asked: Asked, resource_type: str) -> Response:
    """Assets of a type; where the segment is no type it is an asset ID, whose details are told."""
    if resource_type in TYPES:
        return await listed(asked, resource_type)
    return await _details(asked, await asked.run(house(asked.request).backups.get_by_asset_id, resource_type))


@router.post("/resources/get_resource")
async def details_by_body(asked: Asked) -> Response:
    """The same with the name in the body."""
    return await details(asked, *_named(asked))


@router.post("/resources/update")
async def update_by_body(asked: Asked) -> Response:
    return await update(asked, *_named(asked))


@router.post("/resources/{resource_type}/{type}/{public_id:path}")
async def update(asked: Asked, resource_type: str, type: str, public_id: str) -> Response:
    """Change an asset; with `detection` look at the stored picture again, with `auto_tagging` add tags by that."""
    return await _update(asked, await asked.run(house(asked.request).library.get, resource_type, type, public_id))


@router.put("/resources/{asset_id}")
async def update_by_asset_id(asked: Asked, asset_id: str) -> Response:
    return await _update(asked, await asked.run(house(asked.request).library.get_by_asset_id, asset_id))


async def _update(asked: Ask, asset: Asset) -> Response:
    done = await change(asked.request, asked.caller, asset, asked.fields, "info")
    return asked.answer(done) if isinstance(done, dict) else await _told(asked, done, DetailsParams.read({}))


async def _details(asked: Ask, asset: Asset) -> Response:
    """Everything about one asset, and what the flags of the call ask about its picture."""
    return await _told(asked, asset, DetailsParams.read(asked.fields))


async def _told(asked: Ask, asset: Asset, params: DetailsParams) -> Response:
    here = house(asked.request)
    facts = (
        await here.threads.compute(here.describing.of_asset, asset, params.facts) if params.facts and not asset.placeholder else {}
    )
    boxes = attributes.coordinates(asset) if params.coordinates else {}
    more = await _more(asked, asset, params)
    body = answers.detailed(asked.caller, asset, asked.links) | boxes | facts | more
    return asked.answer(body, body.get("derived_next_cursor"))  # SDKs look for the one, the CLI for the other


async def _more(asked: Ask, asset: Asset, params: DetailsParams) -> dict[str, Any]:
    """Kept versions and related assets, where the call asks for them."""
    here, more = house(asked.request), dict[str, Any]()
    derived, cursor = await here.threads.read(here.renderer.page, asset, params.size, params.derived_next_cursor)
    more["derived"] = [answers.rendered(asked.caller, asset, item, asked.links) for item in derived]
    more |= {"derived_next_cursor": cursor} if cursor else {}
    if params.versions:
        more["versions"] = [backups.shown(kept) for kept in await asked.run(here.backups.versions, asset.asset_id)]
    if params.related:
        found, cursor = await asked.run(here.relations.page, asset, params.size, params.related_next_cursor)
        plain = ListParams.read({})
        more["related_assets"] = [answers.listed(asked.caller, item, asked.links, plain) for item in found]
        more |= {"related_next_cursor": cursor} if cursor else {}
    return more


def _named(asked: Ask) -> tuple[str, str, str]:
    """Resource type, delivery type and public ID of a call that names its asset in the body."""
    said = {name: asked.fields.get(name) for name in ("resource_type", "type", "kind", "public_id")}
    if not said["public_id"]:
        raise BadRequest.missing("public_id")
    return str(said["resource_type"] or TYPES[0]), str(said["type"] or said["kind"] or "upload"), str(said["public_id"])
