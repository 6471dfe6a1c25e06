"""The console's pages on what the installation has: models, keys, clouds; and signatures for uploads by other means."""

import time
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app import signing
from app.errors import BadRequest
from app.params.console import PictureParams, SignParams
from app.services.cards import Card
from app.web.answers import Links, moment
from app.web.plumbing import house
from app.web.visiting import Visited

router = APIRouter(prefix="/console/api/{cloud}", include_in_schema=False)


@router.get("/models")
async def models(visited: Visited) -> Response:
    here = house(visited.request)
    cards = await here.threads.read(here.cards.all)
    return visited.answer({"models": [model(card) for card in cards]})


@router.get("/keys")
async def keys(visited: Visited) -> Response:
    """Never their secrets."""
    here = house(visited.request)
    made = await visited.run(here.accounts.keys_made)
    rows = [{"key": key, "created": moment(at) if at else None, "own": at is None} for key, at in made.items()]
    return visited.answer({"keys": rows})


@router.post("/keys")
async def add_key(visited: Visited) -> Response:
    """Its secret is told this once."""
    here = house(visited.request)
    made = await here.threads.read(here.accounts.add, visited.caller.cloud)
    return visited.answer({"key": made.key, "secret": made.secret, "cloud": made.cloud})


@router.delete("/keys/{key}")
async def remove_key(visited: Visited, key: str) -> Response:
    await visited.run(house(visited.request).accounts.remove_from, key)
    return visited.answer({"result": "ok"})


@router.get("/clouds")
async def clouds(visited: Visited) -> Response:
    here = house(visited.request)
    names = await here.threads.read(here.sessions.clouds, visited.session)
    own = here.accounts.own.cloud if here.accounts.own else ""
    return visited.answer({"clouds": [{"name": name, "own": name == own} for name in names]})


@router.post("/sign")
async def sign(visited: Visited) -> Response:
    """What proves an upload that a copied snippet or a widget sends: good for as long as any signature is."""
    caller = visited.caller
    if not caller.secret:
        raise BadRequest("This cloud has no key to sign with; make one first")
    given = {str(name): value for name, value in (SignParams.read(visited.fields).params or {}).items()}
    given |= {"timestamp": int(time.time())}
    signature = signing.digest(signing.string_to_sign(given), caller.secret, caller.algorithm)
    told: dict[str, Any] = {"api_key": caller.key, "timestamp": given["timestamp"], "signature": signature}
    return visited.answer(told | {"cloud_name": caller.cloud})


@router.get("/picture/{asset_id}")
async def picture(visited: Visited, asset_id: str) -> Response:
    """To the picture of an asset that is restricted, or in a cloud that renders only what is signed; pages name it as an image."""
    params = PictureParams.read(visited.fields)
    asset = await visited.run(house(visited.request).library.get_by_asset_id, asset_id)
    ending = "" if asset.resource_type == "raw" else params.format or asset.format or ""
    steps = (params.transformation or "").strip("/")
    text = (f"{steps}/" if steps else "") + asset.public_id + (f".{ending}" if ending else "")
    proof = f"s--{signing.delivery_signature(text, visited.caller.secret)}--"
    place = Links("").of_derived(visited.caller.cloud, asset, f"{proof}/{steps}" if steps else proof, ending)["secure_url"]
    return Response(status_code=302, headers={"Location": place, "Cache-Control": "private, max-age=300"})


def model(card: Card) -> dict[str, Any]:
    detector = card.detector
    return {
        "name": card.name,
        "version": card.version,
        "kind": detector.kind if detector else None,
        "threshold": detector.threshold if detector else None,
        "floor": detector.floor if detector else None,
        "labels": card.labels,
        "size": card.size,
        "licence": card.licence,
        "source": card.source,
        "card": card.text,
        "quality": [{"set": item.set, "metric": item.metric, "value": item.value} for item in card.quality],
        "status": "ok" if detector else "broken",
        "reason": card.reason or None,
        "builtin": card.builtin,
        "newest": card.newest,
    }
