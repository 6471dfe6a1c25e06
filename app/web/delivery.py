"""GET a stored picture: its original bytes, by the URL its upload told."""

import re

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from app.db.assets import Asset
from app.errors import BadRequest, NotFound, Unauthorized
from app.imaging.facts import format_named, media_type
from app.signing import delivery_is_signed
from app.web.plumbing import house

router = APIRouter(tags=["delivery"])

SIGNATURE = re.compile(r"s--([A-Za-z0-9_-]{8}|[A-Za-z0-9_-]{32})--")
VERSION = re.compile(r"v\d+")
COMPONENT = re.compile(
    r"(?:(?:a|ac|af|ar|b|bl|bo|br|c|co|cs|d|dl|dn|dpr|du|e|eo|f|fl|fn|fps|g|h|if|ki|l|o|p|pg|q|r|so|sp|t|u|vc|vs|w|x|y|z)_|\$)"
)
YEAR = "public, max-age=31536000, immutable"
SHORT = "public, max-age=60"


@router.api_route("/{cloud}/image/{type}/{path:path}", methods=["GET", "HEAD"])
async def deliver(request: Request, cloud: str, type: str, path: str) -> Response:
    """The stored bytes. A version in the URL is a cache key: any number shows the current picture."""
    here = house(request)
    parts = [part for part in path.split("/") if part]
    signature = SIGNATURE.fullmatch(parts[0]) if parts else None
    rest = parts[1:] if signature else parts
    versioned = next((place for place, part in enumerate(rest[:-1]) if VERSION.fullmatch(part)), None)
    name = "/".join(rest if versioned is None else rest[versioned + 1 :])
    asked = rest[:versioned] if versioned is not None else rest[:1] if len(rest) > 1 and COMPONENT.match(rest[0]) else []
    if asked:
        raise BadRequest(f"Transformation {'/'.join(asked)[:200]} is not supported by this server; only originals are delivered")
    secrets = await here.threads.read(here.accounts.secrets_of, cloud)
    if secrets is None:
        raise NotFound(f"Resource not found - {name}")
    signed = signature is not None and any([delivery_is_signed(name, signature[1], secret) for secret in secrets[1]])
    if (signature or type != "upload") and not signed:
        raise Unauthorized("Invalid signature" if signature else f"Assets of type {type[:32]} are delivered to signed URLs only")
    asset, ending = await here.threads.read(here.library.delivered, secrets[0], type, name)
    if ending and asset.format and format_named(ending) not in (asset.format, None):
        raise BadRequest(f"Conversion from {asset.format} to {ending} is not supported by this server; ask for .{asset.format}")
    return _bytes(request, asset, versioned is not None)


def _bytes(request: Request, asset: Asset, versioned: bool) -> Response:
    headers = {
        "ETag": f'"{asset.etag}"',
        "Cache-Control": YEAR if versioned else SHORT,
        "Access-Control-Allow-Origin": "*",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    given = {item.strip().removeprefix("W/") for item in request.headers.get("if-none-match", "").split(",")}
    if given & {headers["ETag"], "*"}:
        return Response(status_code=304, headers=headers)
    blob = house(request).storage.get(asset.blob_key)
    if blob.path:
        return FileResponse(blob.path, headers=headers, media_type=media_type(asset.format))
    headers["Content-Length"] = str(blob.size)
    return StreamingResponse(blob.chunks, headers=headers, media_type=media_type(asset.format))
