"""A stored file as a response: from this machine's disk by the server's own means, from elsewhere in pieces; ranges either way."""

import re
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse

from app.ports import Blob, Storage

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


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
