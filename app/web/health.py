"""Is it alive, is it ready, and what does not work."""

import shutil

from fastapi import APIRouter
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import Response

from app.house import House
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
    """Detectors by name and version, packs that could not be read, each with the reason, and whether the disk has room."""
    here = house(request)
    registry = here.registry
    free = await here.threads.read(_free, here)
    well = not registry.broken and free >= here.settings.max_body_bytes
    public = [item for item in registry.all() if not item.internal]
    names = [{"name": item.name, "version": item.version, "threshold": item.threshold} for item in public]
    return answers.reply(
        {
            "status": "ok" if well else "degraded",
            "version": VERSION,
            "detectors": names,
            "broken": registry.broken,
            "free_disk_bytes": free,
        }
    )


def _free(here: House) -> int:
    """Bytes left where uploads are received and where the data folder lies: less than the largest upload is too little."""
    return min(shutil.disk_usage(place).free for place in (here.intake.folder, here.settings.data_dir))


@router.get("/")
async def root(request: Request) -> Response:
    """Where to go from here; browsers go to the console."""
    if "text/html" in request.headers.get("accept", ""):
        return Response(status_code=303, headers={"Location": "/console", "Vary": "Accept"})
    return answers.reply(
        {"name": "Tagsight", "version": VERSION, "documentation": "/docs", "health": "/health", "console": "/console"}
    )
