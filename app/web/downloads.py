"""Downloads of one stored file by signed URL, whatever its delivery type."""

from pathlib import PurePosixPath
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.db.assets import Asset
from app.errors import BadRequest, NotFound
from app.imaging.facts import format_named, media_type, named_media_type
from app.params.archives import BackupParams, DownloadParams
from app.params.kinds import FALSE, TRUE
from app.web.methods import signed
from app.web.plumbing import house
from app.web.sending import stored

router = APIRouter(prefix="/v1_1/{cloud}", tags=["upload"])


def private(filename: str | None = None) -> dict[str, str]:
    """Headers of what is told to one caller alone: kept by no cache, run by no browser; saved as `filename` where there is one."""
    headers = {"Cache-Control": "private, no-store", "Content-Security-Policy": "sandbox; default-src 'none'"}
    if filename is None:
        return headers
    plain = "".join(sign if sign.isascii() and sign.isprintable() and sign not in '"\\/%' else "_" for sign in filename)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
    return headers | {"Content-Disposition": disposition}


@router.get("/{resource_type}/download")
async def download(request: Request, cloud: str, resource_type: str) -> Response:
    """The stored file of an asset, private and authenticated ones too."""
    call = await signed(request, cloud)
    params = DownloadParams.read(call.fields)
    if not params.public_id:
        raise BadRequest.missing("public_id")
    here = house(request)
    where = (call.caller, resource_type, params.type or "upload")
    asset = await here.threads.read(here.library.get, *where, params.public_id)
    if params.format and asset.resource_type == "image" and format_named(params.format) != asset.format:
        raise BadRequest(
            f"Conversion from {asset.format} to {params.format} is not supported by this server; ask for {asset.format}"
        )
    return sent(request, asset, params.attachment)


@router.get("/download_backup")
async def download_backup(request: Request, cloud: str) -> Response:
    """A version by its ID. Only the current one is kept; the others are gone, which is a 404."""
    call = await signed(request, cloud)
    params = BackupParams.read(call.fields)
    for name, value in (("asset_id", params.asset_id), ("version_id", params.version_id)):
        if not value:
            raise BadRequest.missing(name)
    here = house(request)
    asset = await here.threads.read(here.library.get_by_asset_id, call.caller, params.asset_id or "")
    if asset.version_id != params.version_id:
        raise NotFound(f"Resource not found - version {params.version_id} of {params.asset_id}")
    return sent(request, asset, "true")


def sent(request: Request, asset: Asset, attachment: str | None) -> Response:
    """The stored file for one caller alone."""
    raw = asset.resource_type == "raw"
    kind = named_media_type(asset.public_id) if raw else media_type(asset.format)
    word = (attachment or "").strip().lower()
    name = PurePosixPath(asset.public_id).name + ("" if raw or not asset.format else f".{asset.format}")
    saved = raw or word not in FALSE | {""}
    given = attachment if attachment and word not in TRUE | FALSE else name
    headers = private(given if saved else None)
    storage = house(request).storage
    return stored(request, storage, asset.blob_key, storage.get(asset.blob_key), kind, headers)
