"""Browsers may upload from any page: the preflight and the headers of the calls that need no secret."""

import re

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATHS = re.compile(r"/v1_1/[^/]+/([^/]+/)?(upload|upload_chunked|delete_by_token)")
EVERY = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "X-Cld-Error, X-Request-Id"}
PREFLIGHT = EVERY | {
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": (
        "Authorization, Cache-Control, Content-Range, Content-Type, X-Requested-With, "
        "X-Unique-Upload-Id, X-Upload-Part-Number, X-Upload-Total-Parts"
    ),
    "Access-Control-Max-Age": "86400",
}


def headers(path: str) -> dict[str, str]:
    """What an answer on this path is marked with."""
    return EVERY if PATHS.fullmatch(path) else {}


class Cors:
    """Answers preflights of the upload paths and marks their answers, errors too. No credentials of the browser's are allowed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not headers(scope["path"]):
            await self.app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await Response(status_code=200, headers=PREFLIGHT)(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(EVERY)
            await send(message)

        await self.app(scope, receive, sending)
