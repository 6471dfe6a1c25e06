"""Methods that make a new picture: text, multi, sprite, explode; create_slideshow is refused."""

from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.errors import BadRequest
from app.params.composing import ComposeParams, ExplodeParams
from app.services.deferring import batch
from app.services.notices import Wish
from app.web import answers
from app.web.answers import Links
from app.web.downloads import sent
from app.web.methods import signed
from app.web.plumbing import house

router = APIRouter(prefix="/v1_1/{cloud}", tags=["upload"])


@router.post("/{resource_type}/text")
async def text(request: Request, cloud: str, resource_type: str) -> Response:
    """A picture of words."""
    call = await signed(request, cloud)
    stored = await house(request).threads.compute(house(request).composing.text, call.caller, call.fields)
    return answers.reply(answers.uploaded(call.caller, stored, Links.of(request, house(request).settings.public_url)))


@router.post("/{resource_type}/multi")
@router.get("/{resource_type}/multi", include_in_schema=False)
@router.post("/{resource_type}/sprite")
@router.get("/{resource_type}/sprite", include_in_schema=False)
async def compose(request: Request, cloud: str, resource_type: str) -> Response:
    """All pictures of a tag in one: after each other, or below each other."""
    call = await signed(request, cloud)
    here, params, event = house(request), ComposeParams.read(call.fields), request.url.path.rpartition("/")[2]
    if request.method == "GET" and params.mode != "download":
        raise BadRequest.invalid("mode", params.mode, "expected download; a GET stores nothing")
    base = Links.of(request, here.settings.public_url).base
    wish = Wish.of(call.fields, request.state.request_id, base, batch() if params.later else None)
    if params.later:
        await here.threads.read(here.albums.later, call.caller, event, call.fields, wish)
        return answers.reply(answers.pending(wish, event, "image", params.tag or ""))
    asset, body = await here.threads.compute(here.albums.now, call.caller, event, call.fields, wish)
    if params.mode == "download":
        return sent(request, asset, "true")
    return answers.reply(body)


@router.post("/{resource_type}/explode")
async def explode(request: Request, cloud: str, resource_type: str) -> Response:
    """Each page of a picture as a picture of its own, made by a job."""
    call = await signed(request, cloud)
    here = house(request)
    await here.threads.read(here.composing.exploded, call.caller, ExplodeParams.read(call.fields))
    base = Links.of(request, here.settings.public_url).base
    wish = Wish.of(call.fields, request.state.request_id, base, batch())
    await here.threads.read(here.albums.later, call.caller, "explode", call.fields, wish)
    return answers.reply({"status": "processing", "batch_id": wish.batch_id})


@router.post("/{resource_type}/create_slideshow")
async def create_slideshow(request: Request, cloud: str, resource_type: str) -> Response:
    await signed(request, cloud)
    raise BadRequest("Slideshows are not supported by this server: it makes no videos")


def style_sheet(places: dict[str, Any], ending: str, link: str, headers: dict[str, str]) -> Response:
    """Where each picture of a sprite lies, as CSS or JSON."""
    if ending == "json":
        return Response(orjson.dumps({"image_url": link, "image_infos": places}), headers=headers, media_type="application/json")
    rules = [
        f".{_class(name)} {{ width: {at['width']}px; height: {at['height']}px; "
        f"background: url('{link}') no-repeat -{at['x']}px -{at['y']}px; }}"
        for name, at in places.items()
    ]
    return Response("\n".join(rules) + "\n", headers=headers, media_type="text/css")


def _class(name: str) -> str:
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_") else "-" for sign in name)
