"""The Upload API's other methods: explicit, destroy, rename, tags, context, delete_by_token."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.db.assets import Asset
from app.errors import BadRequest, Unauthorized
from app.house import House
from app.params.facts import FactParams
from app.params.rendering import RenderParams
from app.params.upload import AssetParams, CallbackParams
from app.services import breakpoints, eager
from app.services.accounts import Caller
from app.services.deferring import batch
from app.services.eager import Eager
from app.services.notices import Wish
from app.services.uploads import Stored
from app.web import answers
from app.web.answers import Links
from app.web.changing import change
from app.web.forms import receive
from app.web.plumbing import access, house, proof

T = TypeVar("T")
router = APIRouter(prefix="/v1_1/{cloud}", tags=["upload"])


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed (or Basic) call without a file: who calls, and the raw parameters."""

    request: Request
    caller: Caller
    fields: dict[str, object]

    async def run(self, call: Callable[..., T], resource_type: str) -> T:
        return await house(self.request).threads.read(call, self.caller, resource_type, self.fields)


async def signed(request: Request, cloud: str) -> Signed:
    """Read a call and prove its caller. Raises for an unsigned one: these methods change what is stored."""
    here = house(request)
    form = await receive(request, here.intake, here.settings)
    form.drop()
    by_url = request.method == "GET"
    caller = await here.threads.read(access(request).uploader, cloud, proof(request), form.fields, expires=by_url)
    if caller.unsigned:
        raise BadRequest.missing("signature")
    return Signed(request, caller, form.fields)


@router.post("/{resource_type}/explicit")
async def explicit(request: Request, cloud: str, resource_type: str) -> Response:
    """Change a stored asset with upload parameters; detectors look at the stored picture."""
    call = await signed(request, cloud)
    here = house(request)
    name, type = call.fields.get("public_id"), call.fields.get("type")
    if not name:
        raise BadRequest.missing("public_id")
    callback = CallbackParams.read(call.fields).callback
    asset = await here.threads.read(here.library.get, call.caller, resource_type, str(type or "upload"), str(name))
    wanted = RenderParams.read(call.fields)
    eager.check(wanted)
    changed = await change(request, call.caller, asset, call.fields, "upload")
    if isinstance(changed, dict):
        return answers.reply(changed)
    if AssetParams.read({"invalidate": call.fields.get("invalidate")}).invalidate:
        await here.threads.read(here.renderer.forget, changed)
    facts = await here.threads.compute(here.describing.of_asset, changed, FactParams.read(call.fields).facts)
    stored = Stored(changed, facts=facts, eager=await _eager(here, call.caller, changed, wanted, request))
    body = answers.uploaded(call.caller, stored, Links.of(request, here.settings.public_url))
    body |= await _rendered_widths(here, call.caller, changed, wanted, Links.of(request, here.settings.public_url))
    return answers.finished(request, body, callback)


async def _eager(here: House, caller: Caller, asset: Asset, wanted: RenderParams, request: Request) -> list[Eager]:
    """Rendered at once, or promised."""
    if not wanted.eager or asset.resource_type != "image":
        return []
    if not wanted.eager_async:
        return await here.threads.compute(eager.rendered, here.renderer, asset, wanted.eager)
    said = {"notification_url": wanted.eager_notification_url}
    wish = Wish.of(said, request.state.request_id, Links.of(request, here.settings.public_url).base, batch())
    await here.threads.read(here.deferring.render_later, caller, asset, wanted.eager, wish)
    return eager.promised(asset, wanted.eager)


@router.post("/{resource_type}/destroy")
async def destroy(request: Request, cloud: str, resource_type: str) -> Response:
    """A missing asset is no error."""
    call = await signed(request, cloud)
    there = await call.run(house(request).editing.destroy, resource_type)
    return answers.reply({"result": "ok" if there else "not found"})


@router.post("/delete_by_token")
async def delete_by_token(request: Request, cloud: str) -> Response:
    """The token is the proof; browsers call this after an upload of their own."""
    here = house(request)
    form = await receive(request, here.intake, here.settings)
    form.drop()
    secrets = await here.threads.read(here.accounts.secrets_of, cloud)
    if secrets is None:
        raise Unauthorized(f"Invalid cloud_name {cloud[:100]}")
    await here.threads.read(here.editing.destroy_by_token, *secrets, form.fields)
    return answers.reply({"result": "ok"})


@router.post("/{resource_type}/delete_by_token")
async def delete_by_token_of(request: Request, cloud: str, resource_type: str) -> Response:
    """The same, as the SDKs for pages call it."""
    return await delete_by_token(request, cloud)


@router.post("/{resource_type}/rename")
async def rename(request: Request, cloud: str, resource_type: str) -> Response:
    call = await signed(request, cloud)
    changed = await call.run(house(request).editing.rename, resource_type)
    links = Links.of(request, house(request).settings.public_url)
    return answers.reply(answers.uploaded(call.caller, Stored(changed), links))


@router.post("/{resource_type}/tags")
async def tags(request: Request, cloud: str, resource_type: str) -> Response:
    call = await signed(request, cloud)
    return answers.reply({"public_ids": await call.run(house(request).editing.tag, resource_type)})


@router.post("/{resource_type}/context")
async def context(request: Request, cloud: str, resource_type: str) -> Response:
    call = await signed(request, cloud)
    return answers.reply({"public_ids": await call.run(house(request).editing.context, resource_type)})


async def _rendered_widths(here: House, caller: Caller, asset: Asset, params: RenderParams, links: Links) -> dict[str, object]:
    """Responsive breakpoints, where the call asks for them."""
    if not params.responsive_breakpoints or asset.resource_type != "image":
        return {}
    found = await here.threads.compute(breakpoints.found, here.renderer, asset, params.responsive_breakpoints)
    return answers.breakpoints(caller, asset, found, links)
