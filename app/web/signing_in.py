"""The console's sessions over HTTP: who is signed in, sign in, change the cloud, sign out."""

from contextlib import suppress
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.errors import BadRequest, Forbidden, Unauthorized
from app.params.console import SignInParams
from app.services.sessions import Session, Sessions
from app.web import answers, visits
from app.web.forms import receive
from app.web.plumbing import VERSION, house, sign_in_limit
from app.web.visits import Visit

router = APIRouter(prefix="/console/api/session", include_in_schema=False)
NOT_OURS = "Sign in from the console's own page"


def visit(request: Request) -> Visit:
    return Visit.of(request, house(request).settings.public_url)


@router.get("")
async def show(request: Request) -> Response:
    """Whether somebody is signed in, and as whom; the demo signs in by itself."""
    here, seen = house(request), visit(request)
    token, session = await here.threads.read(_known, here.sessions, seen)
    return await _told(request, session, token)


@router.post("")
async def sign_in(request: Request) -> Response:
    """By API key and secret, or by the console's password. Wrong ones are counted by address."""
    here = house(request)
    if not visit(request).own_page:
        raise Forbidden(NOT_OURS)
    params = SignInParams.read((await receive(request, here.intake, here.settings)).fields)
    address = request.client.host if request.client else ""
    sign_in_limit(request).count(address)
    if params.password:
        session = await here.threads.read(here.sessions.by_password, params.password, params.cloud or "")
    elif params.api_key:
        proof = (params.cloud or "", params.api_key, params.api_secret or "")
        session = await here.threads.read(here.sessions.by_key, *proof)
    else:
        sign_in_limit(request).forgive(address)
        raise BadRequest.missing("api_key, or password")
    sign_in_limit(request).forgive(address)
    return await _told(request, session, await here.threads.read(here.sessions.write, session))


@router.put("")
async def look_at(request: Request) -> Response:
    """Another cloud that the session opens."""
    here = house(request)
    cloud = SignInParams.read((await receive(request, here.intake, here.settings)).fields).cloud
    if not cloud:
        raise BadRequest.missing("cloud")

    def move() -> tuple[str, Session]:
        session = here.sessions.moved(visit(request).session(here.sessions), cloud)
        return here.sessions.write(session), session

    token, session = await here.threads.read(move)
    return await _told(request, session, token)


@router.delete("")
async def sign_out(request: Request) -> Response:
    """For good, also for a copy of the cookie. A session that has ended is no error; another site's page cannot end one."""
    here, seen = house(request), visit(request)
    if not seen.own_page:
        raise Forbidden(NOT_OURS)

    def end() -> None:
        with suppress(Unauthorized):
            here.sessions.end(seen.session(here.sessions))

    await here.threads.read(end)
    return visits.drop(await _told(request, None, ""))


def _known(sessions: Sessions, seen: Visit) -> tuple[str, Session | None]:
    """The session, and its new cookie where it needs one."""
    try:
        session = seen.session(sessions)
        fresh = sessions.renewed(session)
        return sessions.write(fresh) if fresh else "", session
    except Unauthorized:
        if not (sessions.demo and seen.local and seen.own_page):
            return "", None
        session = sessions.by_demo()
        return sessions.write(session), session


async def _told(request: Request, session: Session | None, token: str) -> Response:
    here = house(request)
    body: dict[str, Any] = {"signed_in": session is not None, "demo": here.sessions.demo, "version": VERSION}
    nobody: dict[str, Any] = {"cloud": None, "clouds": [], "csrf": None, "operator": False}
    known = [item for item in here.registry.all() if not item.internal]
    body |= {"thresholds": {item.name: item.threshold for item in known} if session else {}}

    def more(session: Session) -> dict[str, Any]:
        opened, csrf = here.sessions.clouds(session), here.sessions.csrf(session)
        return {"cloud": session.cloud, "clouds": opened, "csrf": csrf, "operator": here.sessions.operates(session)}

    body |= await here.threads.read(more, session) if session else nobody
    answer = answers.reply(body, headers={"Cache-Control": "no-store"})
    return visits.keep(answer, request, token) if token else answer
