"""The console's page and its scripts, as they were built; for everything it does it calls the API."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from app.errors import UnknownRoute
from app.web.plumbing import house

router = APIRouter(include_in_schema=False)
DIST = Path(__file__).parent.parent / "console" / "dist"
NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,200}")
KINDS = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "ico": "image/x-icon",
    "webp": "image/webp",
    "woff2": "font/woff2",
    "json": "application/json; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "map": "application/json; charset=utf-8",
}
CODINGS = (("br", ".br"), ("gzip", ".gz"))
YEAR = "public, max-age=31536000, immutable"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:{}; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
NOT_BUILT = """<!doctype html><html lang="en"><title>Tagsight</title>
<h1>The console is not built</h1>
<p>This is a checkout whose web console has not been built yet. With Node.js installed, run <code>make console</code> in it
and load this page again. Installed packages bring the console along.</p>
<p>The API works all the same: <a href="/docs">its documentation</a>, <a href="/health">its health</a>.</p></html>
"""


@dataclass(frozen=True, slots=True)
class Shell:
    """The folder that the build left."""

    folder: Path = DIST

    def page(self, public_url: str) -> Response:
        """The page of every address below /console, never kept by browsers, so that a new version is seen at once."""
        headers = {
            "Content-Security-Policy": POLICY.format(_origin(public_url)),
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cache-Control": "no-store",
        }
        index = self.folder / "index.html"
        return FileResponse(index, headers=headers) if index.is_file() else HTMLResponse(NOT_BUILT, 503, headers)

    def asset(self, name: str, accepted: str) -> Response | None:
        """A built file by its name, in a coding that was prepared if the browser takes one."""
        file, kind = self.folder / "assets" / name, KINDS.get(name.rpartition(".")[2])
        if not NAME.fullmatch(name) or kind is None or not file.is_file():
            return None
        headers = {"Cache-Control": YEAR, "Vary": "Accept-Encoding"}
        taken = {
            part.partition(";")[0].strip() for part in accepted.lower().split(",") if not re.search(r";\s*q=0(\.0*)?\s*$", part)
        }
        for coding, ending in CODINGS:
            packed = file.with_name(name + ending)
            if coding in taken and packed.is_file():
                return FileResponse(packed, headers=headers | {"Content-Encoding": coding}, media_type=kind)
        return FileResponse(file, headers=headers, media_type=kind)


def shell(request: Request) -> Shell:
    return cast(Shell, request.app.state.shell)


@router.api_route("/console/assets/{name}", methods=["GET", "HEAD"])
async def asset(request: Request, name: str) -> Response:
    found = shell(request).asset(name, request.headers.get("accept-encoding", ""))
    if found is None:
        raise UnknownRoute.of(request.method, request.url.path)
    return found


@router.api_route("/console", methods=["GET", "HEAD"])
@router.api_route("/console/{path:path}", methods=["GET", "HEAD"])
async def page(request: Request, path: str = "") -> Response:
    if path == "api" or path.startswith("api/") or "." in path:
        raise UnknownRoute.of(request.method, request.url.path)
    return shell(request).page(house(request).settings.public_url)


def _origin(public_url: str) -> str:
    """Pictures may come from the address clients are told."""
    parts = urlsplit(public_url)
    return f" {parts.scheme}://{parts.netloc}" if re.fullmatch(r"[A-Za-z0-9.:\[\]-]+", parts.netloc) else ""
