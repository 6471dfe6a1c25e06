"""What every request passes: a request id, one log line, and errors in the API's own shape."""

import time
import uuid
from importlib.metadata import PackageNotFoundError, version
from typing import Any, cast

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.db.failures import meaning
from app.errors import BadRequest, Failure, UnknownRoute, of_disk
from app.house import House
from app.web import answers, cors
from app.web.access import Access, Proof
from app.web.cors import Cors
from app.web.hot import Hot
from app.web.limits import HourlyLimit, SignInLimit, UnsignedLimit
from app.web.shelf import Shelf

log = structlog.get_logger()

RATE = "X-FeatureRateLimit-Limit"

# How the description of the API tells of errors; without it FastAPI would describe statuses that are never sent.
SENTENCE = {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]}
ERROR = {"type": "object", "properties": {"error": SENTENCE}, "required": ["error"]}
ERRORS: dict[int | str, dict[str, Any]] = {
    "default": {"description": "What went wrong, in one sentence.", "content": {"application/json": {"schema": ERROR}}}
}

try:
    VERSION = version("tagsight")
except PackageNotFoundError:
    VERSION = "0"


def house(request: Request) -> House:
    """The running parts, as `create_app` was given them."""
    return cast(House, request.app.state.house)


def access(request: Request) -> Access:
    return cast(Access, request.app.state.access)


def proof(request: Request) -> Proof:
    return Proof.of(request, house(request).settings.public_url)


def limit(request: Request) -> HourlyLimit:
    return cast(HourlyLimit, request.app.state.limit)


def unsigned_limit(request: Request) -> UnsignedLimit:
    return cast(UnsignedLimit, request.app.state.unsigned_limit)


def sign_in_limit(request: Request) -> SignInLimit:
    return cast(SignInLimit, request.app.state.sign_in_limit)


def install(app: FastAPI, house: House) -> None:
    app.state.house = house
    app.state.shelf = Shelf(house.db, house.settings.delivery_memory_bytes)
    app.state.access = Access(house.accounts, house.sessions, house.settings)
    app.state.limit = HourlyLimit(house.settings.rate_limit)
    app.state.unsigned_limit = UnsignedLimit(house.settings.unsigned_rate_limit)
    app.state.sign_in_limit = SignInLimit()
    app.add_middleware(Cors)
    app.add_middleware(Envelope)
    app.add_middleware(Hot, shelf=app.state.shelf, threads=house.threads)
    app.add_exception_handler(Failure, _on_failure)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(RequestValidationError, _on_parameter)
    app.add_exception_handler(DataError, _on_data)
    for passing in (DBAPIError, PoolTimeout, OSError):
        app.add_exception_handler(passing, _on_passing)
    app.add_exception_handler(Exception, _on_bug)


def extra_headers(request: Request) -> dict[str, str]:
    """Headers a route wants on its errors too (the rate limit)."""
    return dict(getattr(request.state, "headers", {}))


async def _on_failure(request: Request, error: Exception) -> Response:
    """A route that is none of the Admin API's, and of no other API, is counted like one that is."""
    if isinstance(error, UnknownRoute) and request.url.path.startswith("/v1_1/") and RATE not in extra_headers(request):
        request.state.headers = extra_headers(request) | limit(request).count(proof(request).counted)
    return _failed(request, cast(Failure, error))


async def _on_http(request: Request, error: Exception) -> Response:
    known = cast(HTTPException, error)
    if known.status_code in (404, 405):
        return await _on_failure(request, UnknownRoute.of(request.method, request.url.path))
    status = Failure(str(known.detail))
    return answers.reply({"error": {"message": status.message}}, known.status_code, {"X-Cld-Error": status.message})


async def _on_parameter(request: Request, error: Exception) -> Response:
    first = cast(RequestValidationError, error).errors()[0]
    return _failed(request, BadRequest.invalid(str(first["loc"][-1]), first.get("input"), str(first["msg"])))


async def _on_data(request: Request, _error: Exception) -> Response:
    """PostgreSQL keeps no NUL and nothing longer than its column: a caller's text that got that far is the caller's mistake."""
    return answers.failure(BadRequest("A value is too long or holds a character that cannot be stored"), extra_headers(request))


async def _on_passing(request: Request, error: Exception) -> Response:
    """A database that is away, or a disk that is full; anything else of that kind is a bug."""
    told = of_disk(error) if isinstance(error, OSError) else meaning(error)
    if told is None:
        raise error
    log.error("a request failed", told=told.message, reason=str(error)[:500])
    return _failed(request, told)


async def _on_bug(request: Request, _error: Exception) -> Response:
    """The traceback is in the log; callers learn nothing of it. This answer does not pass the envelope, so it gets the ID here."""
    answer = _failed(request, Failure("General Error"))
    answer.headers["X-Request-Id"] = request.state.request_id
    answer.headers.update(cors.headers(request.url.path))
    return answer


def _failed(request: Request, error: Failure) -> Response:
    if request.url.path.startswith("/v2/"):
        return answers.failure_v2(error, request.state.request_id, extra_headers(request))
    return answers.failure(error, extra_headers(request))


class Envelope:
    """Adds X-Request-Id and the safe headers to every response, and writes one log line without any secret."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id, start, status = uuid.uuid4().hex, time.perf_counter(), 0
        scope.setdefault("state", {})["request_id"] = request_id

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        try:
            await self.app(scope, receive, sending)
        finally:
            took = round((time.perf_counter() - start) * 1000)
            log.info("request", method=scope["method"], path=scope["path"], status=status, ms=took, id=request_id)
