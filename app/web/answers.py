"""Asset -> JSON, error -> {"error": {"message": …}}: every body this server writes has its shape here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.db.analyses import Analysis
from app.db.assets import Asset
from app.db.rendering import Rendering
from app.errors import Failure, Limited, Unsubscribed
from app.params.admin import ListParams
from app.services.accounts import Caller
from app.services.breakpoints import Found
from app.services.eager import Eager, told
from app.services.notices import Wish
from app.services.uploads import Stored
from app.signing import response_signature
from app.web import attributes

MEDIA_TYPE = "application/json; charset=utf-8"

# Category and code of a v2 error by its status. The original documents the form of a code, not a list: these are ours.
KINDS_V2 = {
    400: ("user_error", "MA_00001"),
    401: ("auth_error", "MA_00002"),
    403: ("auth_error", "MA_00003"),
    404: ("user_error", "MA_00004"),
    420: ("user_error", "MA_00005"),
    429: ("rate_limit_error", "MA_00006"),
    500: ("server_error", "MA_00007"),
}


def reply(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(data), status, dict(headers or {}), MEDIA_TYPE)


def finished(request: Request, body: dict[str, Any], callback: str | None) -> Response:
    """The answer to an upload. Where a `callback` is named and no script waits, the browser is sent there, the result behind it."""
    if not callback or request.headers.get("x-requested-with", "").lower() == "xmlhttprequest":
        return reply(body)
    flat = {name: orjson.dumps(value).decode() if isinstance(value, bool) else value for name, value in body.items()}
    joined = {name: ",".join(value) if name == "tags" else value for name, value in flat.items()}
    pairs = urlencode({name: value for name, value in joined.items() if isinstance(value, str | int | float)})
    address, mark, fragment = callback.partition("#")
    place = f"{address}{'&' if '?' in address else '?'}{pairs}{mark}{fragment}"
    return Response(status_code=302, headers={"Location": place})


def failure(error: Failure, headers: Mapping[str, str] | None = None) -> Response:
    """An error as every SDK reads it, its sentence repeated in X-Cld-Error."""
    return reply({"error": {"message": error.message}}, error.status, {**(headers or {}), **said(error.message, error.retry_after)})


def failure_v2(error: Failure, request_id: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error of the v2 API: the same sentence where the classic SDKs look for it, and more beside it."""
    status = 429 if isinstance(error, Limited) and not isinstance(error, Unsubscribed) else error.status
    category, code = KINDS_V2.get(status, KINDS_V2[500])
    body = {"category": category, "code": code, "message": error.message, "details": {}, "request_id": request_id}
    more = {"limits": None} if status == 429 else {}
    return reply({"error": body, **more}, status, {**(headers or {}), **said(error.message, error.retry_after)})


def said(sentence: str, retry_after: int | None = None) -> dict[str, str]:
    """An error's sentence as a header."""
    text = sentence.encode("ascii", "backslashreplace").decode()[:1000]
    line = "".join(sign if sign.isprintable() else " " for sign in text)  # a header holds no control characters
    return {"X-Cld-Error": line} | ({"Retry-After": str(retry_after)} if retry_after else {})


@dataclass(frozen=True, slots=True)
class Links:
    """URLs of stored files, built on the address clients use."""

    base: str

    @classmethod
    def of(cls, request: Request, public_url: str) -> "Links":
        return cls((public_url or str(request.base_url)).rstrip("/"))

    def of_asset(self, cloud: str, asset: Asset) -> dict[str, str]:
        """`url` and `secure_url`. Where clients reach us by plain http there is no https to point at, so both say http."""
        return self._of(cloud, asset, "", asset.format if asset.resource_type != "raw" else None)

    def of_derived(self, cloud: str, asset: Asset, transformation: str, format: str) -> dict[str, str]:
        """The same of a rendered picture, whose URL names its transformation."""
        return self._of(cloud, asset, f"{transformation}/" if transformation else "", format)

    def _of(self, cloud: str, asset: Asset, steps: str, format: str | None) -> dict[str, str]:
        name = f"v{asset.version}/{asset.public_id}" + (f".{format}" if format else "")
        path = quote(f"/{cloud}/{asset.resource_type}/{asset.type}/", safe="/:-_.") + quote(steps, safe="/:-_.,$!|")
        path += quote(name, safe="/:-_.")
        return {"url": "http://" + self.base.partition("://")[2] + path, "secure_url": self.base + path}


def moment(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def info(analyses: Sequence[Analysis]) -> dict[str, Any]:
    """Stored answers spliced as the text they are."""
    if not analyses:
        return {}
    states = {item.status for item in analyses}
    detection: dict[str, Any] = {"status": next((word for word in ("pending", "failed") if word in states), "complete")}
    data = {item.model: orjson.Fragment(item.body) for item in analyses if item.body}
    return {"info": {"detection": {"object_detection": detection | ({"data": data} if data else {})}}}


def uploaded(caller: Caller, stored: Stored, links: Links) -> dict[str, Any]:
    """The answer to an upload, its fields in the documented order."""
    asset = stored.asset
    signature = response_signature(asset.public_id, asset.version, caller.secret, caller.algorithm)
    body = {
        "asset_id": asset.asset_id,
        "public_id": asset.public_id,
        "version": asset.version,
        "version_id": asset.version_id,
        "signature": signature,
        "width": asset.width,
        "height": asset.height,
        "format": asset.format,
        "resource_type": asset.resource_type,
        "created_at": moment(asset.created_at),
        "tags": asset.tags,
        "pages": asset.pages,
        "bytes": asset.bytes,
        "type": asset.type,
        "etag": asset.etag,
        "placeholder": False,
        **links.of_asset(caller.cloud, asset),
        **attributes.filed(caller, asset),
        **attributes.of_upload(asset),
        **_context(asset),
        **_metadata(asset),
        **({"eager": [_eager(caller, asset, item, links) for item in stored.eager]} if stored.eager else {}),
        **stored.facts,
        **breakpoints(caller, asset, stored.widths, links),
        **info(asset.info),
    }
    notes = {"existing": stored.existing, "overwritten": stored.overwritten}
    names = {"original_filename": asset.original_filename, "api_key": "" if caller.unsigned else caller.key}
    more = {name: True for name, holds in notes.items() if holds} | {name: value for name, value in names.items() if value}
    return _sized(body) | more


def _eager(caller: Caller, asset: Asset, item: Eager, links: Links) -> dict[str, Any]:
    """One picture that was rendered at once, or is still to be."""
    steps = item.transformation.rpartition("/")[0] if item.transformation.endswith(f"/{item.format}") else item.transformation
    return told(item) | ({} if item.reason else links.of_derived(caller.cloud, asset, steps, item.format))


def breakpoints(caller: Caller, asset: Asset, found: Sequence[Found], links: Links) -> dict[str, Any]:
    """Widths worth keeping, for each transformation that was asked for."""
    items = []
    for item in found:
        made = [
            {
                "width": one.width,
                "height": one.height,
                "bytes": one.bytes,
                **links.of_derived(caller.cloud, asset, text, one.format),
            }
            for text, one in item.renderings
        ]
        told = {"transformation": item.transformation} if item.transformation else {}
        items.append({"breakpoints": made} | told)
    return {"responsive_breakpoints": items} if items else {}


def rendered(caller: Caller, asset: Asset, item: Rendering, links: Links) -> dict[str, Any]:
    """A rendered picture, as the details of its asset tell it."""
    steps = item.transformation.removesuffix(f"/{item.format}") if item.transformation != item.format else ""
    names = {"transformation": item.transformation, "format": item.format, "bytes": item.bytes, "id": item.derived_id}
    return names | links.of_derived(caller.cloud, asset, steps, item.format)


def pending(wish: Wish, type: str, resource_type: str = "", public_id: str = "") -> dict[str, Any]:
    """The answer to an asynchronous call: what is known already, and the batch its notice will name."""
    known = {"resource_type": resource_type, "public_id": public_id}
    return {"status": "pending", "type": type, "batch_id": wish.batch_id} | {name: value for name, value in known.items() if value}


def listed(caller: Caller, asset: Asset, links: Links, params: ListParams) -> dict[str, Any]:
    """One item of a listing: the flags add to it, `fields` projects it."""
    wanted = set(params.fields or ())
    body = _common(caller, asset, links)
    if params.tags or "tags" in wanted:
        body["tags"] = sorted(asset.tags)
    if params.context or "context" in wanted:
        body |= _context(asset)
    if params.metadata or "metadata" in wanted:
        body["metadata"] = asset.metadata or {}
    if asset.moderation_kind and (params.moderations or wanted & {"moderation_kind", "moderation_status"}):
        body |= {"moderation_kind": asset.moderation_kind, "moderation_status": asset.moderation_status}
    return {name: value for name, value in body.items() if not wanted or name in wanted | {"public_id", "asset_id"}}


def detailed(caller: Caller, asset: Asset, links: Links) -> dict[str, Any]:
    """Everything about one asset."""
    body = (
        _common(caller, asset, links)
        | _sized({"pages": asset.pages})
        | ({"tags": sorted(asset.tags)} if asset.tags else {})
        | {"etag": asset.etag, "placeholder": asset.placeholder}
    )
    body |= {"last_updated": {"updated_at": moment(asset.updated_at).replace("Z", "+00:00")}, "derived": []}
    if asset.original_filename:
        body["original_filename"] = asset.original_filename
    return body | attributes.of_details(asset) | _context(asset) | _metadata(asset) | info(asset.info)


def _common(caller: Caller, asset: Asset, links: Links) -> dict[str, Any]:
    body = {
        "asset_id": asset.asset_id,
        "public_id": asset.public_id,
        "format": asset.format,
        "version": asset.version,
        "resource_type": asset.resource_type,
        "type": asset.type,
        "created_at": moment(asset.created_at),
        "bytes": asset.bytes,
        "width": asset.width,
        "height": asset.height,
        **attributes.filed(caller, asset),
        "access_mode": asset.access_mode,
        **links.of_asset(caller.cloud, asset),
    }
    return _sized(body)


def _sized(body: dict[str, Any]) -> dict[str, Any]:
    """Without the keys that raw files do not have: they are left out, not null."""
    return {name: value for name, value in body.items() if value is not None or name not in ("format", "width", "height", "pages")}


def _context(asset: Asset) -> dict[str, Any]:
    return {"context": {"custom": asset.context}} if asset.context else {}


def _metadata(asset: Asset) -> dict[str, Any]:
    return {"metadata": asset.metadata} if asset.metadata else {}
