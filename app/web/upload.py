"""POST upload: the file in, the stored and analysed asset out."""

import re

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.errors import BadRequest
from app.params.upload import UploadParams
from app.web import answers
from app.web.access import authorization
from app.web.answers import Links
from app.web.forms import receive
from app.web.plumbing import access, house

router = APIRouter(tags=["upload"])

FILE = {"type": "string", "format": "binary", "description": "A file, a data URI or an http(s) URL."}
SIGNED = {name: {"type": "string"} for name in ("api_key", "timestamp", "signature")}
SCHEMA = UploadParams.model_json_schema()
SCHEMA["properties"] = {"file": FILE, **SIGNED, **SCHEMA["properties"]}
SCHEMA["required"] = ["file"]
BODY = {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": SCHEMA}}}}


@router.post("/v1_1/{cloud}/{resource_type}/upload", openapi_extra=BODY)
async def upload(request: Request, cloud: str, resource_type: str) -> Response:
    """Store a picture; with `detection` say what is in it, with `auto_tagging` tag it by that."""
    if resource_type not in ("image", "auto"):
        raise BadRequest(f"Resource type {resource_type[:50]} is not supported by this server; use image or auto")
    refuse_chunks(request)
    here = house(request)
    form = await receive(request, here.intake, here.settings)
    try:
        caller = await here.threads.read(access(request).uploader, cloud, authorization(request), form.fields)
        params = await here.threads.read(here.uploads.prepare, caller, form.fields)
        form.file = await here.threads.wait(here.intake.resolve, form.file)
        stored = await here.threads.compute(here.uploads.create, caller, params, form.file)
    finally:
        form.drop()
    return answers.reply(answers.uploaded(caller, stored, Links.of(request, here.settings.public_url)))


def refuse_chunks(request: Request) -> None:
    """A slice of a larger file must not pass for the whole."""
    given = re.fullmatch(r"bytes (\d+)-(\d+)(?:/(-?\d+|\*))?", request.headers.get("content-range", "").strip())
    whole = given and given[1] == "0" and given[3] == str(int(given[2]) + 1)
    if (given or "x-upload-part-number" in request.headers) and not whole:
        raise BadRequest("Chunked uploads are not supported by this server; send the file in one request")


@router.post("/v1_1/{cloud}/upload", openapi_extra=BODY)
async def upload_any(request: Request, cloud: str) -> Response:
    """The same without a resource type."""
    return await upload(request, cloud, "auto")
