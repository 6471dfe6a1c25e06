"""generate_archive: the assets a call selects, stored as one raw asset or streamed as one download."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from app.errors import BadRequest
from app.params.archives import ArchiveParams, TagZipParams
from app.services.archives import Archive
from app.services.deferring import batch
from app.services.notices import Wish
from app.web import answers
from app.web.answers import Links
from app.web.downloads import private
from app.web.methods import Signed, signed
from app.web.plumbing import house

router = APIRouter(prefix="/v1_1/{cloud}", tags=["upload"])


@router.post("/{resource_type}/generate_archive")
async def generate_archive(request: Request, cloud: str, resource_type: str) -> Response:
    call = await signed(request, cloud)
    here = house(request)
    params = here.archives.read(resource_type, call.fields)
    archive = await here.threads.read(here.archives.select, call.caller, resource_type, params)
    if params.mode == "download":
        return _stream(archive, params)
    base = Links.of(request, here.settings.public_url).base
    wish = Wish.of(call.fields, request.state.request_id, base, batch() if params.later else None)
    if params.later:
        await here.threads.read(here.packaging.later, call.caller, resource_type, call.fields, wish)
        return answers.reply(answers.pending(wish, "upload", "raw", params.target_public_id or ""))
    return answers.reply(await here.threads.wait(here.packaging.now, call.caller, resource_type, call.fields, wish))


@router.get("/{resource_type}/generate_archive")
async def download_archive(request: Request, cloud: str, resource_type: str) -> Response:
    """The same by signed URL. A GET stores nothing, so it must say mode=download."""
    call = await signed(request, cloud)
    params = house(request).archives.read(resource_type, call.fields)
    if params.mode != "download":
        raise BadRequest.invalid("mode", params.mode, "expected download; create is for POST")
    return await _select(call, resource_type, params)


@router.get("/{resource_type}/download_tag.zip")
async def download_tag(request: Request, cloud: str, resource_type: str) -> Response:
    call = await signed(request, cloud)
    given = TagZipParams.read(call.fields)
    if not given.tag:
        raise BadRequest.missing("tag")
    raw = {"tags": [given.tag], "transformations": given.transformation, "skip_transformation_name": True}
    return await _select(call, resource_type, house(request).archives.read(resource_type, raw))


async def _select(call: Signed, resource_type: str, params: ArchiveParams) -> Response:
    here = house(call.request)
    archive = await here.threads.read(here.archives.select, call.caller, resource_type, params)
    return _stream(archive, params)


def _stream(archive: Archive, params: ArchiveParams) -> Response:
    name = (params.target_public_id or "archive").rpartition("/")[2].removesuffix(f".{archive.format}")
    return StreamingResponse(archive.bytes(), headers=private(f"{name}.{archive.format}"), media_type=archive.media_type)
