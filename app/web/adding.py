"""The console's page of models and clouds, where it changes them: only for whoever runs the installation."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.errors import BadRequest
from app.params.console import CloudParams, PackParams
from app.web.forms import receive
from app.web.keeping import model
from app.web.plumbing import house
from app.web.visiting import Visited, prove

router = APIRouter(prefix="/console/api/{cloud}", include_in_schema=False)


@router.post("/models")
async def add_model(request: Request, cloud: str) -> Response:
    """A graph, or a zip of one with its labels and card; it is tried before it is added."""
    here, visited = house(request), await prove(request, cloud)
    visited.must_operate()
    form = await receive(request, here.intake, here.settings)
    try:
        params = PackParams.read(form.fields)
        if form.file is None or form.file.text or not form.file.size:
            raise BadRequest.missing("file")
        name, version, notes = await here.threads.wait(here.adding.add, form.file.path, params)
    finally:
        form.drop()
    cards = await here.threads.read(here.cards.all)
    found = next((card for card in cards if (card.name, card.version) == (name, version)), None)
    return visited.answer({"model": model(found) if found else {"name": name, "version": version}, "notes": notes})


@router.delete("/models/{name}/{version}")
async def remove_model(visited: Visited, name: str, version: int) -> Response:
    """Only packs that were added; those that came with the program stay."""
    visited.must_operate()
    here = house(visited.request)
    return visited.answer({"removed": await here.threads.wait(here.adding.remove, name, version)})


@router.post("/clouds")
async def add_cloud(visited: Visited) -> Response:
    """A new cloud with its first key, whose secret is told this once."""
    visited.must_operate()
    here = house(visited.request)
    made = await here.threads.read(here.accounts.open, CloudParams.read(visited.fields).name or "")
    return visited.answer({"name": made.cloud, "key": made.key, "secret": made.secret})
