"""POST upload: the file in, the stored and analysed asset out."""

import time
from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.errors import BadRequest, Failure
from app.house import House
from app.params.upload import UploadParams
from app.services.accounts import Caller
from app.services.chunks import Slice
from app.services.deferring import batch
from app.services.editing import TOKEN_SECONDS
from app.services.notices import Wish
from app.services.uploads import Stored, Uploads
from app.signing import delete_token
from app.web import answers
from app.web.access import Access, Proof
from app.web.answers import Links
from app.web.forms import Form, receive
from app.web.plumbing import access, house, proof, unsigned_limit

router = APIRouter(tags=["upload"])

FILE = {"type": "string", "format": "binary", "description": "A file, a data URI or an http(s) URL."}
SIGNED = {name: {"type": "string"} for name in ("api_key", "timestamp", "signature")}
SCHEMA = UploadParams.model_json_schema()
SCHEMA["properties"] = {"file": FILE, **SIGNED, **SCHEMA["properties"]}
SCHEMA["required"] = ["file"]
BODY = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": SCHEMA}}}}


@router.post("/v1_1/{cloud}/{resource_type}/upload", openapi_extra=BODY)
@router.post("/v1_1/{cloud}/{resource_type}/upload_chunked", openapi_extra=BODY)
async def upload(request: Request, cloud: str, resource_type: str) -> Response:
    """Store a file; look into a picture with `detection`, tag it with `auto_tagging`. A slice of a larger file may come alone."""
    if resource_type not in ("image", "video", "raw", "auto"):
        raise BadRequest(f"Resource type {resource_type[:50]} is not supported by this server; use image, video, raw or auto")
    part = Slice.of(request.headers)
    here = house(request)
    form = await receive(request, here.intake, here.settings)
    try:
        caller, params = await here.threads.read(_checked, access(request), here.uploads, cloud, proof(request), form.fields)
        if caller.unsigned:
            unsigned_limit(request).count(request.client.host if request.client else "")
        wish, later = _wish(request, params), bool(params.later)
        url = await here.threads.read(here.intake.url, form.file) if later and not part else ""
        if url:
            await here.threads.read(here.deferring.fetch_later, caller, form.fields, url, resource_type, wish)
            kind = "" if resource_type == "auto" else resource_type
            body = answers.pending(wish, params.type or "upload", kind, params.public_id or "")
            return answers.finished(request, body, params.callback)
        if form.file is None or form.file.text or not form.file.size:
            form.file = await here.threads.wait(here.intake.resolve, form.file)
        if part:
            stored = await _upload_slice(here, caller, params, form, part, resource_type, wish)
        else:
            stored = await here.threads.compute(here.uploads.create, caller, params, form.file, resource_type, wish, later)
    finally:
        form.drop()
    if isinstance(stored, dict):
        return answers.reply(stored)
    if later:
        asset = stored.asset
        body = answers.pending(wish, asset.type, asset.resource_type, asset.public_id)
        return answers.finished(request, body, params.callback)
    body = answers.uploaded(caller, stored, Links.of(request, here.settings.public_url))
    if params.return_delete_token and caller.secret:
        body["delete_token"] = delete_token(stored.asset.asset_id, int(time.time()) + TOKEN_SECONDS, caller.secret)
    return answers.finished(request, body, params.callback)


def _wish(request: Request, params: UploadParams) -> Wish:
    """What the call says of its notices; an asynchronous one belongs to a batch."""
    base = Links.of(request, house(request).settings.public_url).base
    said = {"notification_url": params.notification_url, "batch_id": params.batch_id}
    return Wish.of(said, request.state.request_id, base, batch() if params.later else None)


def _checked(
    access: Access, uploads: Uploads, cloud: str, proof: Proof, fields: Mapping[str, object]
) -> tuple[Caller, UploadParams]:
    """Who calls and what they ask, both in one visit to a thread."""
    caller = access.uploader(cloud, proof, fields)
    return caller, uploads.prepare(caller, fields)


async def _upload_slice(
    here: House, caller: Caller, params: UploadParams, form: Form, part: Slice, resource_type: str, wish: Wish
) -> Stored | dict[str, object]:
    """Keep a slice. The call that completes the file stores it; the others get the interim answer, without a made-up public ID."""
    assert form.file
    owner = f"{caller.cloud}/{caller.key}"
    outcome = await here.threads.wait(here.chunks.add, owner, part, form.file)
    if isinstance(outcome, str):  # complete before: the last slice came again
        return Stored(await here.threads.read(here.library.get_by_asset_id, caller, outcome))
    if isinstance(outcome, int):
        named = {"public_id": params.public_id} if params.public_id else {}
        kind = {} if resource_type == "auto" else {"resource_type": resource_type}
        return {"done": False, "bytes": outcome, "kind": "upload", **kind, **named}
    form.file = outcome
    try:
        stored = await here.threads.compute(here.uploads.create, caller, params, outcome, resource_type, wish, bool(params.later))
    except BaseException as error:
        refused = isinstance(error, Failure) and error.status < 500
        here.threads.disk(here.chunks.give_up if refused else here.chunks.leave, owner, part)
        raise
    await here.threads.wait(here.chunks.finish, owner, part, stored.asset.asset_id)
    return stored


@router.post("/v1_1/{cloud}/upload", openapi_extra=BODY)
async def upload_any(request: Request, cloud: str) -> Response:
    """The same without a resource type."""
    return await upload(request, cloud, "auto")
