"""GET a stored asset: its original bytes, by the URL its upload told."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from app.db.assets import Asset
from app.db.engine import now
from app.errors import BadRequest, NotFound, Unauthorized
from app.imaging import containers
from app.imaging.facts import format_named, media_type, named_media_type
from app.params.delivery import Place
from app.services import attributes
from app.signing import delivery_is_signed
from app.web import answers
from app.web.plumbing import house

router = APIRouter(tags=["delivery"], default_response_class=Response)

YEAR = "public, max-age=31536000, immutable"
SHORT = "public, max-age=60"
SHOWN = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "text/plain", "audio/", "video/")


@router.get("/{cloud}/raw/{type}/{path:path}")
@router.head("/{cloud}/raw/{type}/{path:path}", include_in_schema=False)
async def deliver_raw(request: Request, cloud: str, type: str, path: str) -> Response:
    """A raw file, byte for byte; its public ID holds the extension. Only kinds that cannot run anything are shown in place."""
    place = Place.read(path, steps=False)
    asset, _ = await _find(request, cloud, "raw", type, place)
    kind = named_media_type(asset.public_id)
    headers = {} if kind.startswith(SHOWN) else {"Content-Disposition": "attachment"}
    return _bytes(request, asset, place.versioned, kind, headers)


@router.get("/{cloud}/video/{type}/{path:path}")
@router.head("/{cloud}/video/{type}/{path:path}", include_in_schema=False)
async def deliver_video(request: Request, cloud: str, type: str, path: str) -> Response:
    """A video or sound as it was uploaded; nothing is transcoded. Ranges are served, so players can jump."""
    place = Place.read(path)
    if place.steps:
        raise BadRequest(
            f"Transformation {'/'.join(place.steps)[:200]} is not supported by this server; videos are delivered as they are"
        )
    asset, ending = await _find(request, cloud, "video", type, place)
    if ending and ending.lower() != asset.format:
        raise BadRequest(
            f"Conversion from {asset.format} to {ending[:16]} is not supported by this server; ask for .{asset.format}"
        )
    return _bytes(request, asset, place.versioned, containers.FORMATS.get(asset.format or "", "application/octet-stream"), {})


@router.get("/{cloud}/image/{type}/{path:path}")
@router.head("/{cloud}/image/{type}/{path:path}", include_in_schema=False)
async def deliver(request: Request, cloud: str, type: str, path: str) -> Response:
    """The stored bytes. A version in the URL is a cache key: any number shows the current picture."""
    place = Place.read(path)
    if place.steps:
        steps = "/".join(place.steps)[:200]
        raise BadRequest(f"Transformation {steps} is not supported by this server; only originals are delivered")
    asset, ending = await _find(request, cloud, "image", type, place)
    if ending and asset.format and format_named(ending) not in (asset.format, None):
        raise BadRequest(f"Conversion from {asset.format} to {ending} is not supported by this server; ask for .{asset.format}")
    return _bytes(request, asset, place.versioned, media_type(asset.format), {})


async def _find(request: Request, cloud: str, resource_type: str, type: str, place: Place) -> tuple[Asset, str]:
    """The asset of a path and the extension it was asked with, once the path's signature is proven where one is due."""
    here = house(request)
    name, signature = place.name, place.signature
    secrets = await here.threads.read(here.accounts.secrets_of, cloud)
    if secrets is None:
        raise NotFound(f"Resource not found - {name}")
    signed = signature is not None and any([delivery_is_signed(name, signature, secret) for secret in secrets[1]])
    if (signature or type != "upload") and not signed:
        raise Unauthorized("Invalid signature" if signature else f"Assets of type {type[:32]} are delivered to signed URLs only")
    asset, ending = await here.threads.read(here.library.delivered, secrets[0], resource_type, type, name)
    if not attributes.is_delivered(asset):
        raise NotFound.asset(name)
    if not (signed or attributes.is_open(asset, answers.moment(now()))):
        raise Unauthorized("This asset is restricted by its access_control; ask with a signed URL")
    return asset, ending


def _bytes(request: Request, asset: Asset, versioned: bool, kind: str, more: dict[str, str]) -> Response:
    headers = (
        (asset.headers or {})
        | more
        | {
            "ETag": f'"{asset.etag}"',
            "Cache-Control": YEAR if versioned else SHORT,
            "Access-Control-Allow-Origin": "*",
            "Content-Security-Policy": "sandbox; default-src 'none'",
        }
    )
    given = {item.strip().removeprefix("W/") for item in request.headers.get("if-none-match", "").split(",")}
    if given & {headers["ETag"], "*"}:
        return Response(status_code=304, headers=headers)
    blob = house(request).storage.get(asset.blob_key)
    if blob.path:
        return FileResponse(blob.path, headers=headers, media_type=kind)
    headers["Content-Length"] = str(blob.size)
    return StreamingResponse(blob.chunks, headers=headers, media_type=kind)
