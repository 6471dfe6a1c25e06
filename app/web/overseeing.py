"""The console's pages on what the installation does: jobs, notices, tags and labels in use, and an asset's past."""

from typing import Any

import orjson
from fastapi import APIRouter
from starlette.responses import Response

from app.db.deliveries import Delivery
from app.db.jobs import Place, Row
from app.params.console import PageParams, TallyParams
from app.web.answers import moment
from app.web.backups import shown as version_shown
from app.web.plumbing import house
from app.web.visiting import Visited, Visiting

router = APIRouter(prefix="/console/api/{cloud}", include_in_schema=False)
LONGEST_ARGUMENTS = 4000  # bytes of a job's arguments in a list


def place(visited: Visiting) -> Place | None:
    """Whose jobs are seen: all of them by whoever runs the installation."""
    return None if visited.operates else (visited.caller.cloud_id, visited.caller.cloud)


@router.get("/jobs")
async def jobs(visited: Visited) -> Response:
    params = PageParams.read(visited.fields)
    here = house(visited.request)
    counts, found, cursor = await here.threads.read(here.overseeing.jobs, place(visited), params)
    rows = [{"name": name, "status": status, "count": count} for (name, status), count in sorted(counts.items())]
    return visited.answer({"counts": rows, "jobs": [_job(row) for row in found], "next_cursor": cursor})


@router.post("/jobs/{id}/replay")
async def replay_job(visited: Visited, id: int) -> Response:
    here = house(visited.request)
    await here.threads.read(here.overseeing.replay_job, place(visited), id)
    return visited.answer({"result": "ok"})


@router.post("/jobs/{id}/discard")
async def discard_job(visited: Visited, id: int) -> Response:
    here = house(visited.request)
    await here.threads.read(here.overseeing.discard_job, place(visited), id)
    return visited.answer({"result": "ok"})


@router.get("/deliveries")
async def deliveries(visited: Visited) -> Response:
    params = PageParams.read(visited.fields)
    found, due, cursor = await visited.run(house(visited.request).overseeing.deliveries, params)
    return visited.answer({"deliveries": [_delivery(item, due.get(item.id)) for item in found], "next_cursor": cursor})


@router.get("/deliveries/{id}")
async def delivery(visited: Visited, id: int) -> Response:
    """With the body as it was signed."""
    found, due = await visited.run(house(visited.request).overseeing.delivery, id)
    return visited.answer(_delivery(found, due) | {"payload": orjson.Fragment(found.body)})


@router.post("/deliveries/{id}/replay")
async def replay_delivery(visited: Visited, id: int) -> Response:
    await visited.run(house(visited.request).overseeing.replay_delivery, id)
    return visited.answer({"result": "ok"})


@router.get("/tags")
async def tags(visited: Visited) -> Response:
    found = await visited.run(house(visited.request).overseeing.tags, TallyParams.read(visited.fields))
    return visited.answer({"tags": [{"tag": tag, "count": count} for tag, count in found]})


@router.get("/labels")
async def labels(visited: Visited) -> Response:
    found = await visited.run(house(visited.request).overseeing.labels, TallyParams.read(visited.fields))
    return visited.answer({"labels": [{"model": model, "label": label, "count": count} for model, label, count in found]})


@router.get("/history/{asset_id}")
async def history(visited: Visited, asset_id: str) -> Response:
    asset, kept, looks, sent = await visited.run(house(visited.request).overseeing.history, asset_id)
    analyses = [
        {"model": item.model, "version": item.model_version, "status": item.status, "time": moment(item.created_at)}
        for item in looks
    ]
    return visited.answer(
        {
            "asset_id": asset.asset_id,
            "public_id": asset.public_id,
            "created_at": moment(asset.created_at),
            "updated_at": moment(asset.updated_at),
            "uploaded_by": asset.uploaded_by,
            "deleted": asset.placeholder,
            "versions": [version_shown(item) for item in kept],
            "analyses": analyses,
            "notices": [_delivery(item, None) for item in sent],
        }
    )


def _job(row: Row) -> dict[str, Any]:
    arguments: Any = row.arguments
    text = orjson.dumps(arguments)
    if len(text) > LONGEST_ARGUMENTS:
        arguments = {"shortened": text[:LONGEST_ARGUMENTS].decode("utf-8", "ignore")}
    said = {"id": row.id, "name": row.name, "status": row.status, "attempts": row.attempts, "starts": row.starts}
    moments = {"due": moment(row.run_at), "created": moment(row.created_at)}
    return said | moments | {"error": row.error, "worker": row.worker, "arguments": arguments}


def _delivery(item: Delivery, due: int | None) -> dict[str, Any]:
    return {
        "id": item.id,
        "url": item.uri,
        "type": item.event_type,
        "status": item.status,
        "attempts": item.attempts,
        "last_status": item.answer,
        "last_error": item.error,
        "next_try": moment(due) if due else None,
        "batch_id": item.batch_id,
        "created": moment(item.created_at),
    }
