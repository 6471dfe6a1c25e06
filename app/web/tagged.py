"""`/<cloud>/image/list/<tag>.json`: the assets of a tag for anybody, where the cloud allows it."""

from starlette.requests import Request
from starlette.responses import Response

from app.db.assets import Asset
from app.errors import NotFound, Unauthorized
from app.house import House
from app.params.admin import ListParams
from app.params.delivery import Address, Place
from app.services.accounts import Caller
from app.signing import delivery_is_signed
from app.web import answers

MOST = 1000
OPEN = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=60"}


async def listed(request: Request, here: House, address: Address) -> Response:
    """Newest first, a thousand at most. Raises Unauthorized unless the URL is signed or lists are allowed."""
    keys = await here.threads.read(here.accounts.keys_of, address.cloud)
    place = Place.read(address.rest, steps=False, raw=address.raw)
    tag = place.name.removesuffix(".json")
    if keys is None or not tag or not place.name.endswith(".json"):
        raise NotFound(f"Resource not found - {place.name[:300]}")
    signed = any([delivery_is_signed(text, place.signature or "", secret) for text in place.signed for secret in keys.secrets])
    if not (signed or keys.settings.resource_list) or (place.signature and not signed):
        raise Unauthorized("Resource lists are restricted: allow resource_list for the cloud, or sign the URL")
    caller = Caller(keys.cloud_id, keys.cloud, "", "")
    found, cursor = await here.threads.read(
        _pages, here, caller, None if address.resource_type == "any" else address.resource_type, tag
    )
    return answers.reply({"resources": found, "updated_at": cursor}, headers=OPEN)


def _pages(here: House, caller: Caller, resource_type: str | None, tag: str) -> tuple[list[dict[str, object]], str]:
    found: list[dict[str, object]] = []
    cursor, newest = None, 0
    while len(found) < MOST:
        params = ListParams.read({"max_results": 500} | ({"next_cursor": cursor} if cursor else {}))
        assets, cursor = here.library.list(caller, params, resource_type, tag=tag)
        newest = max([newest, *(asset.updated_at for asset in assets)])
        found += [_shown(asset) for asset in assets]
        if not cursor:
            break
    return found[:MOST], answers.moment(newest)


def _shown(asset: Asset) -> dict[str, object]:
    body = {name: getattr(asset, name) for name in ("public_id", "version", "format", "width", "height", "type")}
    more = {"context": {"custom": asset.context} if asset.context else None, "metadata": asset.metadata or None}
    return {name: value for name, value in (body | more).items() if value is not None} | {
        "created_at": answers.moment(asset.created_at)
    }
