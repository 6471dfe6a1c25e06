"""`create_app(house)`: the running parts behind HTTP, all routes and what every request passes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from app.house import House
from app.web import plumbing
from app.web.console import Shell
from app.web.delivery import STRAIGHT
from app.web.routes import ROUTERS


def create_app(house: House) -> FastAPI:
    """The house behind HTTP. It is closed when the server stops."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        if house.workers.limits:
            house.workers.start()
        yield
        await house.threads.wait(house.workers.stop)
        house.close()

    app = FastAPIOffline(
        title="Tagsight", version=plumbing.VERSION, lifespan=lifespan, redirect_slashes=False, responses=plumbing.ERRORS
    )
    plumbing.install(app, house)
    app.state.shell = Shell()
    app.router.routes.insert(0, STRAIGHT)  # what is a picture's beyond doubt, and asked for most
    for router in ROUTERS:
        app.include_router(router)
    return app
