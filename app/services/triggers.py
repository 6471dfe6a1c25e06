"""Triggers, and the notices that wait to be fetched instead of being sent."""

import base64
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from app.db import deliveries
from app.db.deliveries import Delivery, Trigger
from app.db.engine import Database
from app.errors import AlreadyExists, BadRequest, NotFound
from app.params.notices import EVENT_TYPES, NOT_SERVED, URI_TYPES, MessagesParams, TriggerParams
from app.services.accounts import Accounts, Caller
from app.services.notices import LONGEST_URL
from app.signing import notice_signature

MOST_OF_AN_EVENT = 30
MOST_MESSAGES = 100
RANGES = {"max_messages": (1, 100), "wait_seconds": (0, 60), "visibility_timeout": (1, 600)}
UNTOLD = {"max_messages": 10, "wait_seconds": 20, "visibility_timeout": 30}


@dataclass(frozen=True, slots=True)
class Triggers:
    db: Database
    accounts: Accounts

    def list(self, caller: Caller, event_type: str | None) -> list[Trigger]:
        with self.db.read() as c:
            found = deliveries.triggers_of(c, caller.cloud_id)
        return [item for item in found if not event_type or item.event_type == event_type]

    def create(self, caller: Caller, raw: Mapping[str, object]) -> Trigger:
        params = _served(raw)
        kind = params.uri_type or "webhook"
        if kind not in URI_TYPES:
            raise BadRequest.invalid("uri_type", kind, f"expected {' or '.join(URI_TYPES)}")
        if params.event_type not in EVENT_TYPES:
            raise BadRequest.invalid("event_type", params.event_type) if params.event_type else BadRequest.missing("event_type")
        values = {"cloud_id": caller.cloud_id, "uri": _address(params.uri, kind, "uri"), "uri_type": kind}
        values |= {"event_type": params.event_type, "additive": bool(params.additive)}
        with self.db.begin() as tx:
            if deliveries.count_triggers(tx, caller.cloud_id, params.event_type) >= MOST_OF_AN_EVENT:
                raise BadRequest(f"limit_reached: at most {MOST_OF_AN_EVENT} triggers an event type")
            made = deliveries.create_trigger(tx, values)
        if made is None:
            raise AlreadyExists("record_already_exists: this address is told of this event type already")
        return made

    def update(self, caller: Caller, id: str, raw: Mapping[str, object]) -> None:
        params = _served(raw)
        with self.db.begin() as tx:
            old = _found(deliveries.find_trigger(tx, caller.cloud_id, id))
            uri = _address(params.new_uri, old.uri_type, "new_uri")
            others = [item for item in deliveries.triggers_of(tx, caller.cloud_id) if item.external_id != id]
            if any((item.event_type, item.uri) == (old.event_type, uri) for item in others):
                raise AlreadyExists("record_already_exists: this address is told of this event type already")
            additive = {} if params.additive is None else {"additive": params.additive}
            deliveries.change_trigger(tx, id, {"uri": uri} | additive)

    def get(self, caller: Caller, id: str) -> Trigger:
        with self.db.read() as c:
            return _found(deliveries.find_trigger(c, caller.cloud_id, id))

    def remove(self, caller: Caller, id: str) -> None:
        with self.db.begin() as tx:
            if not deliveries.remove_trigger(tx, caller.cloud_id, id):
                raise _absent()

    def messages(self, caller: Caller, params: MessagesParams) -> Sequence[dict[str, Any]]:
        """Polled notices that wait, each signed now. They are hidden from others until acknowledged or given up."""
        if bool(params.channel) == bool(params.batch_id):
            raise BadRequest("Supply exactly one of channel or batch_id")
        given = bounded(params)
        chosen = deliveries.on_channel(params.channel) if params.channel else deliveries.of_batch(params.batch_id or "")
        with self.db.read() as c:
            if not deliveries.any_waits(c, caller.cloud_id, chosen):
                return []
        with self.db.begin() as tx:
            found = deliveries.receive(tx, caller.cloud_id, chosen, given["max_messages"], given["visibility_timeout"] * 1_000_000)
        return [self._message(caller, item) for item in found]

    def acknowledge(self, caller: Caller, receipts: Sequence[str]) -> Sequence[dict[str, str]]:
        """What became of each receipt; one that is unknown, or was given up meanwhile, is not found."""
        if not receipts:
            raise BadRequest.missing("receipt_handles")
        if len(receipts) > MOST_MESSAGES:
            raise BadRequest(f"Too many receipt_handles: at most {MOST_MESSAGES} a call")
        with self.db.begin() as tx:
            taken = deliveries.acknowledge(tx, caller.cloud_id, receipts)
        return [{"receipt_handle": item, "status": "acked" if item in taken else "not_found"} for item in receipts]

    def _message(self, caller: Caller, item: Delivery) -> dict[str, Any]:
        body, stamp = item.body.encode(), int(time.time())
        return {
            "payload": orjson.Fragment(item.body),
            "signed_payload": base64.urlsafe_b64encode(body).decode().rstrip("="),
            "timestamp": str(stamp),
            "signature": notice_signature(body, stamp, self.accounts.secret(caller.cloud, item.key), item.algorithm),
            "receipt_handle": item.receipt,
        }


def bounded(params: MessagesParams) -> dict[str, int]:
    """The numbers of a poll, each within its range."""
    values = {name: getattr(params, name) for name in RANGES}
    for name, value in values.items():
        least, most = RANGES[name]
        if value is not None and not least <= value <= most:
            raise BadRequest.invalid(name, value, f"expected {least} to {most}")
    return {name: UNTOLD[name] if value is None else value for name, value in values.items()}


def _served(raw: Mapping[str, object]) -> TriggerParams:
    for name in NOT_SERVED:
        if raw.get(name):
            raise BadRequest.unsupported(name)
    if raw.get("auth_scheme") not in (None, "", "default"):
        raise BadRequest.unsupported("auth_scheme")
    return TriggerParams.read(raw)


def _address(uri: str | None, kind: str, name: str) -> str:
    if not uri:
        raise BadRequest.missing(name)
    if not uri.startswith(URI_TYPES[kind]) or len(uri) > LONGEST_URL or not uri.isascii():
        raise BadRequest.invalid(name, uri, f"expected {' or '.join(URI_TYPES[kind])}…")
    return uri


def _found(trigger: Trigger | None) -> Trigger:
    if trigger is None:
        raise _absent()
    return trigger


def _absent() -> NotFound:
    return NotFound("Can't find a trigger with this ID")
