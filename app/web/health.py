"""Is it alive, is it ready, and what does not work."""

from fastapi import APIRouter
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import Response

from app.web import answers
from app.web.plumbing import VERSION, house

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def alive() -> Response:
    """The process answers."""
    return answers.reply({"status": "ok"})


@router.get("/readyz")
async def ready(request: Request) -> Response:
    """The database answers too."""
    here = house(request)

    def ask() -> None:
        with here.db.read() as c:
            c.execute(text("SELECT 1"))

    await here.threads.read(ask)
    return answers.reply({"status": "ok"})


@router.get("/health")
async def health(request: Request) -> Response:
    """Detectors by name and version, and packs that could not be read, each with the reason."""
    registry = house(request).registry
    public = [item for item in registry.all() if not item.internal]
    names = [{"name": item.name, "version": item.version, "threshold": item.threshold} for item in public]
    return answers.reply(
        {"status": "degraded" if registry.broken else "ok", "version": VERSION, "detectors": names, "broken": registry.broken}
    )


@router.get("/")
async def root(request: Request) -> Response:
    """Where to go from here; browsers go to the console."""
    if "text/html" in request.headers.get("accept", ""):
        return Response(status_code=303, headers={"Location": "/console", "Vary": "Accept"})
    return answers.reply(
        {"name": "Tagsight", "version": VERSION, "documentation": "/docs", "health": "/health", "console": "/console"}
    )
