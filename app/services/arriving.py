"""A file on its way in: what it is, whether its format is welcome, and what the call's own transformation makes of it."""

import hashlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from app.errors import InvalidPicture
from app.imaging import containers
from app.imaging.containers import Media
from app.imaging.facts import format_named
from app.imaging.opening import opened
from app.imaging.reading import Limits, is_picture
from app.params.upload import UploadParams
from app.services.intake import Incoming
from app.services.rendering import Renderer
from app.transform.output import named


def recognised(path: Path, wanted: str, limits: Limits) -> tuple[str, Media | None]:
    """The resource type, and what the container tells where it is a video. Raises InvalidPicture for what is no video."""
    if wanted == "video":
        return wanted, containers.read(path)
    if wanted != "auto":
        return wanted, None
    if is_picture(path, limits):
        return "image", None
    try:
        return ("video", containers.read(path)) if containers.is_media(path) else ("raw", None)
    except InvalidPicture:
        return "raw", None


def check_format(format: str, params: UploadParams) -> None:
    """Raise InvalidPicture for a format that the call does not allow."""
    allowed = {format_named(name) or name.lower() for name in params.allowed_formats or ()}
    if allowed and format not in allowed:
        raise InvalidPicture(f"Image file format {format} not allowed" if format else "An unknown file format not allowed")


@contextmanager
def transformed(renderer: Renderer, cloud_id: int, params: UploadParams, file: Incoming, limits: Limits) -> Iterator[Incoming]:
    """The picture as it is to be stored; what nobody took away is gone at the end."""
    with opened(file.path, limits) as source:
        format = source.format
    ending = named(params.format) if params.format else ""
    check_format(ending or format, params)
    if not params.transformation and ending in ("", format):
        yield file
        return
    with tempfile.TemporaryDirectory(dir=renderer.folder) as folder:
        made = renderer.incoming(cloud_id, params.transformation or "", ending, file.path, Path(folder), format)
        with made.path.open("rb") as bytes:
            etag = hashlib.file_digest(bytes, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        yield replace(file, path=made.path, size=made.path.stat().st_size, etag=etag)
