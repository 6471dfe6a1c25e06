"""GET a stored asset by its URL: its own bytes, or what its transformation makes of them."""

import re
from asyncio import wrap_future
from dataclasses import replace
from functools import partial
from urllib.parse import unquote

import orjson
from fastapi import APIRouter
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.db.rendering import Rendering
from app.errors import NotFound, UnknownRoute
from app.house import House
from app.imaging import containers
from app.imaging.facts import media_type, named_media_type
from app.params.delivery import PLAIN, Address
from app.services import breakpoints
from app.services.composing import SPRITE
from app.services.delivering import Found, Visit
from app.services.remote import Far
from app.services.rendering import Order
from app.transform.scene import Wish
from app.web import answers, tagged
from app.web.composing import style_sheet
from app.web.plumbing import house
from app.web.sending import Kept, Opened, open_, sent

router = APIRouter(tags=["delivery"], default_response_class=Response)


class Plain(PathConvertor):
    regex = PLAIN


register_url_convertor("plain", Plain())

YEAR = "public, max-age=31536000, immutable"
MONTH = "public, max-age=2592000"
SHORT = "public, max-age=60"
SHOWN = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "text/plain", "audio/", "video/")
OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Length, ETag, X-Cld-Error",
    "Timing-Allow-Origin": "*",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}
FAILED = OPEN | {"Cache-Control": "no-cache"}  # an error is not kept: the picture may come the next moment
PREFLIGHT = OPEN | {
    "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Headers": "Accept, Range, If-None-Match, If-Modified-Since, X-Requested-With",
    "Access-Control-Max-Age": "86400",
}
CONDITIONS = {"range", "if-none-match", "if-modified-since"}  # with these the file may not be needed, or not all of it
TOKEN = re.compile(r"(?:^|&)__cld_token__=([^&]+)")
NUMBER = re.compile(r"\d{1,5}(?:\.\d{1,3})?", re.ASCII)
MORE_TYPES = {"jp2": "image/jp2", "pdf": "application/pdf"}


@router.get("/{path:path}")
@router.head("/{path:path}", include_in_schema=False)
async def deliver(request: Request, path: str) -> Response:
    """Every form of a delivery URL. A version in it is a cache key: any number shows the current picture."""
    request.state.headers = FAILED
    raw = bytes(request.scope.get("raw_path") or b"").split(b"?")[0].decode("latin-1")
    address = Address.read(raw or path)
    if address is None or path.endswith(("/", ".")):
        raise UnknownRoute.of(request.method, request.url.path)
    here = house(request)
    if address.type == "list":
        return await tagged.listed(request, here, address)
    if address.type == "sprite" and path.endswith((".css", ".json")):
        return await _sprite(request, here, address)
    found, opened = await _found(request, here, address)
    if found.widths:
        told = await here.threads.compute(breakpoints.widths, found.asset, here.renderer, found.widths)
        return Response(orjson.dumps({"breakpoints": told}), headers=_headers(found), media_type="application/json")
    order, rendering = found.order, found.rendering
    if order is None:
        return await _original(request, here, found, opened)
    if rendering is None:
        try:
            rendering = await here.threads.once(order.key, partial(_render, here, order))
        except NotFound:  # its asset may have been overwritten meanwhile
            found, _ = await _found(request, here, address)
            if found.order is None or found.order.key == order.key:
                raise
            rendering = await here.threads.once(found.order.key, partial(_render, here, found.order))
    if found.info:
        return _told(found, rendering)
    return await _rendered(request, here, found, rendering, opened)


async def _straight(request: Request) -> Response:
    return await deliver(request, request.path_params["path"])


STRAIGHT = Route("/{path:plain}", _straight, methods=["GET", "HEAD"], include_in_schema=False)  # past what FastAPI does for an API


async def _render(here: House, order: Order) -> Rendering:
    """A core computes; another thread waits for the disk meanwhile."""
    made = await here.threads.compute(here.renderer.begin, order)
    return made if isinstance(made, Rendering) else await wrap_future(here.threads.disk(here.renderer.keep, order, made))


async def _found(request: Request, here: House, address: Address) -> tuple[Found, Opened | None]:
    """What the address leads to, once what is far has come, and its file if that is to be sent."""
    visit, plain = _visit(request), CONDITIONS.isdisjoint(request.headers.keys())
    found, opened = await here.threads.read(_looked, here, address, visit, plain)
    if isinstance(found, Far):
        await here.threads.once(found.key, partial(_bring, here, found))
        found, opened = await here.threads.read(_looked, here, address, replace(visit, fetched=True), plain)
    if isinstance(found, Far):
        raise NotFound.asset(found.public_id)
    return found, opened


def _looked(here: House, address: Address, visit: Visit, plain: bool) -> tuple[Found | Far, Opened | None]:
    """One visit to a thread for both, where the file will be sent beyond doubt."""
    found = here.delivering.find(address, visit)
    if isinstance(found, Far) or not plain or found.widths or found.info or (found.order and not found.rendering):
        return found, None
    return found, open_(here.storage, (found.rendering or found.asset).blob_key, True)


async def _bring(here: House, far: Far) -> None:
    """Fetch a file and store it; nothing happens where there is none."""
    file = await here.threads.wait(here.delivering.remote.download, far)
    if file:
        await here.threads.compute(here.delivering.remote.keep, far, file)


@router.options("/{path:path}", include_in_schema=False)
async def preflight(path: str) -> Response:
    """Pages of any origin may read pictures; a path that is no picture's allows nothing."""
    if Address.read(path) is None:
        raise UnknownRoute.of("OPTIONS", f"/{path}")
    return Response(headers=PREFLIGHT)


def _visit(request: Request) -> Visit:
    """What the headers, cookies and query say."""
    headers = request.headers
    width, dpr = headers.get("sec-ch-width") or headers.get("width", ""), headers.get("sec-ch-dpr") or headers.get("dpr", "")
    wish = Wish(
        accept=headers.get("accept", ""),
        save_data=headers.get("save-data", "").lower() == "on",
        dpr=min(max(float(dpr), 0.1), 10.0) if NUMBER.fullmatch(dpr) else 1.0,
        width=int(width) if width.isascii() and width.isdecimal() and 0 < int(width[:6]) < 10_000 else None,
    )
    sent = TOKEN.findall(request.url.query)  # signed as it is written, %2f and all; some clients write it out before they send it
    tokens = (*sent, *map(unquote, sent), request.cookies.get("__cld_token__", ""))
    return Visit(wish, request.url.path, tuple(filter(None, tokens)), request.client.host if request.client else "")


async def _sprite(request: Request, here: House, address: Address) -> Response:
    """The style sheet of a sprite, or the same as JSON."""
    stem, _, ending = address.rest.rpartition(".")
    picture = replace(address, rest=f"{stem}.png", raw=address.raw.rpartition(".")[0] + ".png")
    found, _ = await _found(request, here, picture)
    places = await here.threads.read(here.describing.kept, found.asset)
    name = address.cloud or here.settings.cloud_name
    link = answers.Links.of(request, here.settings.public_url).of_asset(name, found.asset)["secure_url"]
    return style_sheet(places.get(SPRITE, {}), ending, link, _headers(found))


async def _original(request: Request, here: House, found: Found, opened: Opened | None) -> Response:
    """The stored bytes. Of other files only kinds that cannot run anything are shown in place."""
    asset = found.asset
    video = containers.FORMATS.get(asset.format or "", "application/octet-stream")
    kind = {"raw": named_media_type(asset.public_id), "video": video}.get(asset.resource_type) or media_type(asset.format)
    headers = dict(asset.headers or {}) | _headers(found)
    if asset.resource_type == "raw" and not kind.startswith(SHOWN):
        headers |= {"Content-Disposition": "attachment"}
    if found.attachment is not None:
        headers |= _attached(found, asset.format or "")
    return await sent(request, here, Kept(asset.blob_key, asset.etag, asset.updated_at, _lasts(found)), kind, headers, opened)


async def _rendered(request: Request, here: House, found: Found, rendering: Rendering, opened: Opened | None) -> Response:
    steps = found.order.steps if found.order else ()
    varies = [
        name
        for name, key, start in (("Accept", "f", "auto"), ("Sec-CH-DPR", "dpr", "auto"), ("Sec-CH-Width", "w", "auto"))
        if any(step.params.get(key, "").startswith(start) for step in steps)
    ]
    varies += ["Save-Data"] if any(step.params.get("q") == "auto" for step in steps) else []
    headers = dict(found.asset.headers or {}) | _headers(found) | ({"Vary": ", ".join(varies)} if varies else {})
    if found.attachment is not None:
        headers |= _attached(found, rendering.format)
    kind = MORE_TYPES.get(rendering.format) or media_type(rendering.format)
    kept = Kept(rendering.blob_key, rendering.etag, rendering.created_at, _lasts(found))
    return await sent(request, here, kept, kind, headers, opened)


def _lasts(found: Found) -> bool:
    """Whether the answer stays right as long as nothing is committed: access may begin and end by the clock."""
    layered = found.order and any(step.params.keys() & {"l", "u"} for step in found.order.steps)
    return not (found.asset.access_control or layered or found.missing)


def _told(found: Found, rendering: Rendering) -> Response:
    """fl_getinfo: sizes instead of the picture."""
    asset = found.asset
    body = {
        "input": {"width": asset.width, "height": asset.height, "bytes": asset.bytes, "format": asset.format},
        "output": {"width": rendering.width, "height": rendering.height, "bytes": rendering.bytes, "format": rendering.format},
    }
    return Response(orjson.dumps(body), headers=_headers(found), media_type="application/json")


def _headers(found: Found) -> dict[str, str]:
    age = YEAR if found.versioned else MONTH if found.order else SHORT
    cache = "private, max-age=60" if found.restricted else SHORT if found.missing else age
    return OPEN | {"Cache-Control": cache} | (answers.said(found.missing) if found.missing else {})


def _attached(found: Found, format: str) -> dict[str, str]:
    """What a browser saves it as."""
    name = found.attachment or found.asset.original_filename or found.asset.public_id.rpartition("/")[2]
    plain = re.sub(r"[^\w. -]", "_", name, flags=re.ASCII) or "file"
    ending = f".{format}" if format and not plain.endswith(f".{format}") else ""
    return {"Content-Disposition": f'attachment; filename="{plain}{ending}"'}
