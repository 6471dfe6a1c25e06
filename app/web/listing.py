"""Many assets over HTTP: list them by type, tag, context, moderation, folder or IDs, and delete them by the same."""

from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.errors import BadRequest, UnknownRoute
from app.params.admin import DeleteParams, DerivedParams, ListParams
from app.params.upload import DELIVERY_TYPES
from app.web import answers
from app.web.admin import TYPES, Ask, Asked
from app.web.plumbing import house

MODERATIONS = "manual,webpurify,aws_rek,aws_rek_video,perception_point,google_video_moderation,duplicate,metascan".split(",")
DECISIONS = ("pending", "approved", "rejected", "queued", "aborted")
FOREIGN_TYPES = ("fetch", "text", "sprite", "multi", "facebook", "twitter", "twitter_name", "gravatar", "youtube", "vimeo")

SELECTORS = ("public_ids", "prefix", "all")

router = APIRouter(prefix="/v1_1/{cloud}", tags=["admin"])


@router.get("/resources/by_asset_ids")
@router.get("/resources/by_external_ids")
async def by_asset_ids(asked: Asked) -> Response:
    """An asset's external ID is its asset ID."""
    asked.fields.setdefault("asset_ids", asked.fields.get("external_ids") or [])
    return await listed(asked, None)


@router.get("/resources/by_asset_folder")
async def by_asset_folder(asked: Asked) -> Response:
    """Assets of one folder, and how many there are; without those of the folders below it."""
    folder, kind = asked.fields.get("asset_folder"), asked.fields.get("resource_type")
    if folder is None:
        raise BadRequest.missing("asset_folder")
    asked.fields["asset_folder"] = str(folder).strip("/")
    if kind and kind not in TYPES:
        raise BadRequest.invalid("resource_type", kind, f"expected one of {', '.join(TYPES)}")
    total = await asked.run(house(asked.request).library.filed, asked.fields["asset_folder"], kind)
    return await listed(asked, str(kind) if kind else None, more={"total_count": total})


@router.get("/resources/{resource_type}/context")
async def by_context(asked: Asked, resource_type: str) -> Response:
    """Assets with a key of contextual metadata, or with the key and a value; the answer tells it unasked."""
    return await listed(asked, resource_type, by_context=True)


@router.get("/resources/{resource_type}/moderations/{kind}/{status}")
async def by_moderation(asked: Asked, resource_type: str, kind: str, status: str) -> Response:
    """Assets of a moderation; the answer tells it unasked."""
    if kind not in MODERATIONS or status not in DECISIONS:
        raise BadRequest(f"Unknown moderation {kind[:100]}/{status[:100]}: expected one of {', '.join(MODERATIONS)}")
    return await listed(asked, resource_type, moderation=(kind, status))


@router.get("/resources/{resource_type}/tags/{tag:path}")
async def by_tag(asked: Asked, resource_type: str, tag: str) -> Response:
    """Assets with a tag, newest first."""
    return await listed(asked, resource_type, tag=tag)


@router.get("/resources/{resource_type}/{type}")
async def by_type(asked: Asked, resource_type: str, type: str) -> Response:
    return await listed(asked, resource_type, type=type)


@router.delete("/resources")
async def delete_by_asset_ids(asked: Asked) -> Response:
    """Only what is named: other selectors would reach across types."""
    if not asked.fields.get("asset_ids"):
        raise BadRequest.missing("asset_ids")
    named = {name: value for name, value in asked.fields.items() if name not in SELECTORS}
    return await _delete(replace(asked, fields=named), None, None)


@router.delete("/resources/{resource_type}/tags/{tag:path}")
async def delete_by_tag(asked: Asked, resource_type: str, tag: str) -> Response:
    return await _delete(asked, resource_type, None, tag)


@router.delete("/resources/{resource_type}/{type}")
async def delete(asked: Asked, resource_type: str, type: str) -> Response:
    return await _delete(asked, resource_type, type)


@router.delete("/derived_resources")
async def delete_derived(asked: Asked) -> Response:
    """Rendered pictures by their own IDs."""
    ids = DerivedParams.read(asked.fields).derived_resource_ids
    there = await asked.run(house(asked.request).library.delete_derived, ids)
    return asked.answer({"deleted": {id: "deleted" if found else "not_found" for id, found in there.items()}})


async def listed(
    asked: Ask, resource_type: str | None, type: str | None = None, more: dict[str, int] | None = None, **chosen: Any
) -> Response:
    if (resource_type or TYPES[0]) not in TYPES or (type or DELIVERY_TYPES[0]) not in (*DELIVERY_TYPES, *FOREIGN_TYPES):
        raise UnknownRoute.of(asked.request.method, asked.request.url.path)
    told = {"context": "true"} if "by_context" in chosen else {"moderations": "true"} if "moderation" in chosen else {}
    params = ListParams.read(asked.fields | ({"type": type} if type else {}) | told)
    found, cursor = await asked.run(partial(house(asked.request).library.list, **chosen), params, resource_type)
    items = [answers.listed(asked.caller, asset, asked.links, params) for asset in found]
    return asked.answer({"resources": items} | (more or {}), cursor)


async def _delete(asked: Ask, resource_type: str | None, type: str | None, tag: str | None = None) -> Response:
    params = DeleteParams.read(asked.fields)
    done = await asked.run(house(asked.request).library.delete, params, resource_type, type, tag)
    body = {
        "deleted": {id: "deleted" if there else "not_found" for id, there in done.found.items()},
        "deleted_counts": {
            id: {"original": int(there and not params.originals_stay), "derived": done.derived.get(id, 0)}
            for id, there in done.found.items()
        },
        "partial": done.next_cursor is not None,
    }
    return asked.answer(body, done.next_cursor)
