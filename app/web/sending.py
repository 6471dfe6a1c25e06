"""A stored file as a response: from this machine's disk by the server's own means, from elsewhere in pieces; ranges either way."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from app.house import House
from app.ports import Blob, Storage
from app.web.shelf import SMALL, Keep

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored file: its key, its digest, since when it is so in microseconds, and whether only a commit can change that."""

    key: str
    etag: str
    since: int
    lasting: bool = False


Opened = tuple[Blob, bytes | None]


async def sent(
    request: Request, here: House, kept: Kept, kind: str, headers: dict[str, str], opened: Opened | None = None
) -> Response:
    """The file, or that the caller has it already. What is public may be sent again to others who ask for it."""
    headers |= {"ETag": f'"{kept.etag}"', "Last-Modified": formatdate(kept.since / 1e6, usegmt=True)}
    if _is_known(request, headers["ETag"], kept.since // 1_000_000):
        return Response(status_code=304, headers=headers)
    if opened is None:
        opened = await here.threads.read(open_, here.storage, kept.key, "range" not in request.headers)
    blob, body = opened
    if headers["Cache-Control"].startswith("public"):
        request.state.keep = Keep("Vary" in headers, kept.lasting, blob.path)
    if body is not None:
        return Response(body, headers=headers | {"Accept-Ranges": "bytes"}, media_type=kind)
    return stored(request, here.storage, kept.key, blob, kind, headers)


def open_(storage: Storage, key: str, whole: bool) -> Opened:
    """A stored file, and its bytes where it is small and all of it is wanted."""
    blob = storage.get(key)
    return blob, b"".join(blob.chunks) if whole and blob.size <= SMALL else None


def _is_known(request: Request, etag: str, since: int) -> bool:
    """Whether the caller has it already, told by its digest, or else by its date."""
    tags = request.headers.get("if-none-match")
    if tags is not None:
        return bool({item.strip().removeprefix("W/") for item in tags.split(",")} & {etag, "*"})
    try:
        moment = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return moment.tzinfo is not None and since <= moment.timestamp()


def stored(request: Request, storage: Storage, key: str, blob: Blob, kind: str, headers: Mapping[str, str]) -> Response:
    """`blob` is the whole file of `key`. One range is served; anything else that asks for ranges gets the whole file."""
    if blob.path:
        return FileResponse(blob.path, headers=dict(headers), media_type=kind)
    size, asked = blob.size, RANGE.fullmatch(request.headers.get("range", "").strip())
    whole = {**headers, "Accept-Ranges": "bytes", "Content-Length": str(size)}
    if request.method == "HEAD":
        return Response(headers=whole, media_type=kind)
    if asked is None or not (asked[1] or asked[2]):
        return StreamingResponse(blob.chunks, headers=whole, media_type=kind)
    start, end = _bounds(asked[1], asked[2], size)
    if start >= end:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    some = {"Content-Range": f"bytes {start}-{end - 1}/{size}", "Content-Length": str(end - start)}
    return StreamingResponse(storage.get(key, start, end).chunks, 206, headers=whole | some, media_type=kind)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """From where up to where; without a first the last so many bytes."""
    if not first:
        return max(size - int(last), 0), size
    return int(first), min(int(last) + 1, size) if last else size
