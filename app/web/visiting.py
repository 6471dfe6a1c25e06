"""The console's own calls: by its cookie alone, for a cloud that the session opens."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from app.errors import Forbidden
from app.services.accounts import Caller
from app.services.sessions import Session, Sessions
from app.web import answers, visits
from app.web.forms import receive
from app.web.plumbing import house
from app.web.visits import Visit

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Visiting:
    """Who asks in the console, what was sent along, and the cookie's next form where it is due."""

    request: Request
    session: Session
    caller: Caller
    fields: dict[str, object]
    token: str
    operates: bool

    async def run(self, call: Callable[..., T], *args: Any) -> T:
        return await house(self.request).threads.read(call, self.caller, *args)

    def answer(self, body: dict[str, Any]) -> Response:
        answer = answers.reply(body, headers={"Cache-Control": "no-store"})
        return visits.keep(answer, self.request, self.token) if self.token else answer

    def must_operate(self) -> None:
        """For what touches every cloud. Raises Forbidden."""
        if not self.operates:
            raise Forbidden("Only whoever runs this installation may do that: sign in with the password or the environment's key")


async def prove(request: Request, cloud: str) -> Visiting:
    """Prove the visitor before anything of the request is read."""
    here = house(request)
    visit = Visit.of(request, here.settings.public_url)
    session, caller, token = await here.threads.read(_proven, here.sessions, visit, cloud)
    return Visiting(request, session, caller, {}, token, here.sessions.operates(session))


async def visiting(request: Request, cloud: str) -> Visiting:
    here, visited = house(request), await prove(request, cloud)
    form = await receive(request, here.intake, here.settings)
    form.drop()
    return replace(visited, fields=form.fields)


def _proven(sessions: Sessions, visit: Visit, cloud: str) -> tuple[Session, Caller, str]:
    session = visit.session(sessions)
    fresh = sessions.renewed(session)
    return session, sessions.caller(session, cloud), sessions.write(fresh) if fresh else ""


Visited = Annotated[Visiting, Depends(visiting)]
