"""Search over HTTP: by key, or by a signed URL that caches may keep."""

import base64
import binascii
import time
from contextlib import suppress
from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.db.assets import Asset
from app.errors import BadRequest, Unauthorized, UnknownRoute
from app.params.search import SearchParams
from app.search.fields import KINDS, TABLE
from app.services.accounts import Caller
from app.services.searching import Found
from app.signing import read_search_path
from app.web import answers
from app.web.admin import Asked
from app.web.answers import Links
from app.web.plumbing import house

router = APIRouter(tags=["search"])
NAMES = ("public_id", "asset_id", "asset_folder", "folder", "created_at", "status", "type", "resource_type")


@router.get("/v1_1/{cloud}/resources/search")
@router.post("/v1_1/{cloud}/resources/search")
async def search(asked: Asked) -> Response:
    start = time.perf_counter()
    params = SearchParams.read(asked.fields)
    found = await asked.run(house(asked.request).searching.search, params)
    return asked.answer(_shown(asked.caller, found, params, asked.links, start))


@router.get("/v1_1/{cloud}/resources/search/fields")
async def fields(asked: Asked) -> Response:
    """What expressions compare, for completion; ours."""
    rows = [
        {"name": item.name, "operators": KINDS[item.kind].signs, "values": KINDS[item.kind].values, "sentence": item.sentence}
        for item in TABLE
    ]
    return asked.answer({"fields": rows})


@router.get("/{cloud}/search/{signature}/{ttl}/{rest:path}")
async def by_url(request: Request, cloud: str, signature: str, ttl: str, rest: str) -> Response:
    """The search that a signed URL holds; how long it may be cached is signed with it."""
    start, here = time.perf_counter(), house(request)
    keys = await here.threads.read(here.accounts.keys_of, cloud)
    if keys is None:
        raise UnknownRoute.of("GET", request.url.path)
    read = read_search_path(signature, ttl, rest, keys.secrets)
    if read is None:
        raise Unauthorized("Invalid signature")
    coded, cursor = read
    params = SearchParams.read(_decoded(coded) | {"next_cursor": cursor or None})
    caller = await here.threads.read(here.accounts.anonymous, cloud)
    found = await here.threads.read(here.searching.search, caller, params)
    links = Links.of(request, here.settings.public_url)
    headers = {"Cache-Control": f"public, max-age={ttl}", "Access-Control-Allow-Origin": "*"}
    return answers.reply(_shown(caller, found, params, links, start), headers=headers)


def _decoded(coded: str) -> dict[str, object]:
    """The query of a search URL: JSON in base64, of either alphabet. Node writes each character as one byte, all others UTF-8."""
    plain = coded.replace("-", "+").replace("_", "/").rstrip("=")
    query = None
    for encoding in ("utf-8", "latin-1"):
        with suppress(ValueError, binascii.Error):
            query = query or orjson.loads(base64.b64decode(plain + "=" * (-len(plain) % 4)).decode(encoding))
    if not isinstance(query, dict):
        raise BadRequest("Invalid search URL: expected base64 of a JSON object")
    return query


def _shown(caller: Caller, found: Found, params: SearchParams, links: Links, start: float) -> dict[str, Any]:
    body: dict[str, Any] = {"total_count": found.total, "time": round((time.perf_counter() - start) * 1000)}
    body["resources"] = [_asset(caller, asset, found, params, links) for asset in found.assets]
    body |= {"next_cursor": found.next_cursor} if found.next_cursor else {}
    return body | ({"aggregations": found.aggregations} if params.aggregate else {})


def _asset(caller: Caller, asset: Asset, found: Found, params: SearchParams, links: Links) -> dict[str, Any]:
    """One result; unlike listings it tells what a raw file does not have as null."""
    by = {"access_key": asset.uploaded_by}
    body: dict[str, Any] = {
        "asset_id": asset.asset_id,
        "public_id": asset.public_id,
        "folder": asset.asset_folder,
        "asset_folder": asset.asset_folder,
        "filename": asset.public_id.rpartition("/")[2],
        "display_name": asset.display_name,
        "format": asset.format,
        "version": asset.version,
        "resource_type": asset.resource_type,
        "type": asset.type,
        "created_at": _moment(asset.created_at),
        "uploaded_at": _moment(asset.version * 1_000_000),
        "bytes": asset.bytes,
        "backup_bytes": found.backup_bytes.get(asset.asset_id, 0),
        "width": asset.width,
        "height": asset.height,
        "aspect_ratio": round(asset.width / asset.height, 5) if asset.width and asset.height else None,
        "pixels": asset.width * asset.height if asset.width and asset.height else None,
        **({"pages": asset.pages} if asset.pages is not None else {}),
        **({"duration": asset.duration} if asset.duration is not None else {}),
        **links.of_asset(caller.cloud, asset),
        "status": "active",
        "access_mode": asset.access_mode,
        "access_control": asset.access_control,
        "etag": asset.etag,
        "created_by": by,
        "uploaded_by": by,
        "last_updated": {"updated_at": _moment(asset.updated_at)},
        **(
            {"moderation_kind": asset.moderation_kind, "moderation_status": asset.moderation_status}
            if asset.moderation_kind
            else {}
        ),
    }
    wanted = set(params.fields or ())
    more = _more(asset, found.facts.get(asset.id, {}))
    if wanted:
        body = {name: value for name, value in body.items() if name in wanted or name in NAMES}
    return body | {name: more[name] for name in more if name in (wanted or params.with_field or ())}


def _more(asset: Asset, facts: Any) -> dict[str, Any]:
    """What `with_field` adds."""
    kept = {name: facts[name] for name in ("faces", "grayscale", "illustration_score", "colors") if name in facts}
    analysis = {"face_count": len(facts.get("faces") or ()), "etag": asset.etag} | kept
    return {
        "tags": asset.tags,
        "context": asset.context or {},
        "metadata": asset.metadata or {},
        "image_metadata": facts.get("image_metadata") or {},
        "image_analysis": analysis | ({"transparent": facts["semi_transparent"]} if "semi_transparent" in facts else {}),
        "quality_analysis": facts.get("quality_analysis") or {},
        "accessibility_analysis": facts.get("accessibility_analysis") or {},
    }


def _moment(microseconds: int) -> str:
    return answers.moment(microseconds).replace("Z", "+00:00")
