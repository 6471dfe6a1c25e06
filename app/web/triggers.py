"""Triggers, and notices that are fetched: list, create, update, delete and test triggers; long-poll and acknowledge messages."""

import asyncio
import time
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from app.db.deliveries import Trigger
from app.params.notices import AckParams, MessagesParams, TriggerParams
from app.services.triggers import bounded
from app.web import answers
from app.web.admin import Asked
from app.web.plumbing import house

router = APIRouter(tags=["notifications"])

LOOK_AGAIN = 0.25  # seconds between two looks of a long poll


def shown(cloud: str, trigger: Trigger) -> dict[str, Any]:
    return {
        "id": trigger.external_id,
        "product_environment_id": cloud,
        "uri_type": trigger.uri_type,
        "uri": trigger.uri,
        "event_type": trigger.event_type,
        "additive": trigger.additive,
        "created_at": answers.moment(trigger.created_at),
        "updated_at": answers.moment(trigger.updated_at),
    }


@router.get("/v1_1/{cloud}/triggers")
async def list_triggers(asked: Asked) -> Response:
    found = await asked.run(house(asked.request).triggers.list, TriggerParams.read(asked.fields).event_type)
    return asked.answer({"triggers": [shown(asked.caller.cloud, item) for item in found], "total": len(found)})


@router.post("/v1_1/{cloud}/triggers")
async def create_trigger(asked: Asked) -> Response:
    made = await asked.run(house(asked.request).triggers.create, asked.fields)
    return asked.answer(shown(asked.caller.cloud, made))


@router.put("/v1_1/{cloud}/triggers/{id}")
async def update_trigger(asked: Asked, id: str) -> Response:
    await asked.run(house(asked.request).triggers.update, id, asked.fields)
    return asked.answer({"message": "updated"})


@router.delete("/v1_1/{cloud}/triggers/{id}")
async def delete_trigger(asked: Asked, id: str) -> Response:
    await asked.run(house(asked.request).triggers.remove, id)
    return asked.answer({"message": "deleted"})


@router.post("/v1_1/{cloud}/triggers/{id}/test")
async def test_trigger(asked: Asked, id: str) -> Response:
    """Triggers here have no filter, so everything passes."""
    trigger = await asked.run(house(asked.request).triggers.get, id)
    return asked.answer({"trigger_id": trigger.external_id, "filter_present": False, "filter_result": True})


@router.get("/v2/{cloud}/notifications/messages")
@router.get("/v2/notifications/{cloud}/messages")
async def messages(asked: Asked) -> Response:
    """Hold the call until something is there or the time is up; the key is absent when there is nothing."""
    params = MessagesParams.read(asked.fields)
    deadline = time.monotonic() + bounded(params)["wait_seconds"]
    while not (found := await asked.run(house(asked.request).triggers.messages, params)):
        if time.monotonic() >= deadline or await asked.request.is_disconnected():
            return asked.answer({})
        await asyncio.sleep(LOOK_AGAIN)
    return asked.answer({"messages": found})


@router.post("/v2/{cloud}/notifications/messages/ack")
@router.post("/v2/notifications/{cloud}/messages/ack")
async def acknowledge(asked: Asked) -> Response:
    handles = AckParams.read(asked.fields).receipt_handles or []
    return asked.answer({"results": await asked.run(house(asked.request).triggers.acknowledge, handles)})
