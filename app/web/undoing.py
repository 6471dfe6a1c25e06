"""Deleting in the console, and taking it back."""

from fastapi import APIRouter
from starlette.responses import Response

from app.params.console import ChosenParams
from app.services.undoing import KEPT, SECOND
from app.web import answers
from app.web.answers import Links, moment
from app.web.plumbing import house
from app.web.visiting import Visited

router = APIRouter(prefix="/console/api/{cloud}", include_in_schema=False)


@router.post("/delete")
async def delete(visited: Visited) -> Response:
    """Assets by ID. They are gone for everybody; for an hour `undelete` brings them back."""
    ids = ChosenParams.read(visited.fields).asset_ids
    done = await visited.run(house(visited.request).undoing.delete, ids)
    told = {id: "deleted" if there else "not_found" for id, there in done.items()}
    return visited.answer({"deleted": told, "undo_seconds": KEPT})


@router.post("/undelete")
async def undelete(visited: Visited) -> Response:
    here = house(visited.request)
    done = await visited.run(here.undoing.undo, ChosenParams.read(visited.fields).asset_ids)
    links = Links.of(visited.request, here.settings.public_url)
    restored = {
        id: {"error": found} if isinstance(found, str) else answers.detailed(visited.caller, found, links)
        for id, found in done.items()
    }
    return visited.answer({"restored": restored})


@router.get("/trash")
async def trash(visited: Visited) -> Response:
    """What may come back, the latest first."""
    gone = await visited.run(house(visited.request).undoing.gone)
    names = ("public_id", "resource_type", "type", "format", "asset_folder", "display_name", "bytes")
    rows = [
        {"asset_id": item.asset_id}
        | {name: item.values.get(name) for name in names}
        | {"deleted_at": moment(item.deleted_at), "until": moment(item.deleted_at + KEPT * SECOND)}
        for item in gone
    ]
    return visited.answer({"trash": rows})
