"""Notices: what happened, as a signed POST to the addresses that a call or a trigger names, tried again until it is taken."""

import random
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection

from app.db import deliveries
from app.db.deliveries import DELIVERED, FAILED, WAITING, Delivery
from app.db.engine import Database, now
from app.errors import BadRequest, Failure
from app.services.accounts import Accounts, Caller
from app.services.posting import Poster
from app.signing import notice_headers
from app.work import Later, Queue

GONE = 410
MOST_URLS = 10
LONGEST_URL = 2048
LONGEST_BATCH = 64
BULK = -1  # the priority of jobs of which there are many
DOCUMENTED = 3  # waits that the original documents are kept to the second; the later ones are spread
SCHEMES = ("http://", "https://", "poll://")


@dataclass(frozen=True, slots=True)
class Wish:
    """What a call says of its notices: addresses of its own, the batch they belong to, and how clients reach this server."""

    urls: tuple[str, ...] = ()
    batch_id: str | None = None
    request_id: str = ""
    base: str = ""
    bulk: bool = False  # the call names its batch, so it is one of many and nobody waits for it alone

    @property
    def priority(self) -> int:
        """Of the jobs it takes: bulk work waits until nothing else does."""
        return BULK if self.bulk else 0

    @classmethod
    def of(cls, raw: Mapping[str, object], request_id: str = "", base: str = "", batch_id: str | None = None) -> "Wish":
        own = str(raw.get("batch_id") or "")
        if len(own) > LONGEST_BATCH or "\0" in own:
            raise BadRequest.invalid("batch_id", own, f"expected at most {LONGEST_BATCH} characters")
        return cls(addresses(raw.get("notification_url")), own or batch_id, request_id, base, bool(own))

    def written(self) -> dict[str, Any]:
        """As a job carries it."""
        return {name: getattr(self, name) for name in ("urls", "batch_id", "request_id", "base", "bulk")}

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> "Wish":
        return cls(tuple(written["urls"]), written["batch_id"], written["request_id"], written["base"], written.get("bulk", False))


def addresses(value: object) -> tuple[str, ...]:
    """The addresses of a notification_url, one a line. Raises BadRequest."""
    lines = dict.fromkeys(line.strip() for line in str(value or "").splitlines())
    found = tuple(line for line in lines if line)
    if len(found) > MOST_URLS:
        raise BadRequest(f"Too many addresses in notification_url: at most {MOST_URLS}")
    for uri in found:
        if not uri.startswith(SCHEMES) or len(uri) > LONGEST_URL or "\0" in uri:
            raise BadRequest.invalid("notification_url", uri, "expected http://… or https://…, one a line")
    return found


def difference(before: Sequence[str], after: Sequence[str]) -> dict[str, list[str]]:
    """What was added and removed; a side without any is left out."""
    sides = {"added": [name for name in after if name not in before], "removed": [name for name in before if name not in after]}
    return {side: names for side, names in sides.items() if names}


def pairs_changed(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, list[dict[str, object]]]:
    """The same of key=value pairs."""
    sides: dict[str, list[dict[str, object]]] = {
        "added": [{"name": name, "value": after[name]} for name in after if name not in before],
        "removed": [{"name": name} for name in before if name not in after],
        "updated": [{"name": name, "value": after[name]} for name in after if name in before and before[name] != after[name]],
    }
    return {side: pairs for side, pairs in sides.items() if pairs}


@dataclass(frozen=True, slots=True)
class Notices:
    """`waits`: seconds before each further try of a delivery."""

    db: Database
    queue: Queue
    accounts: Accounts
    poster: Poster
    waits: tuple[int, ...]

    def announce(self, tx: Connection, caller: Caller, event_type: str, body: Mapping[str, Any], wish: Wish) -> None:
        """Promise a notice in the transaction of what it tells. A call's own addresses replace triggers that are not additive."""
        found = deliveries.triggers_of(tx, caller.cloud_id, event_type)
        told = dict.fromkeys([*wish.urls, *(item.uri for item in found if item.additive or not wish.urls)])
        if not told:
            return
        text = orjson.dumps(_head(caller, event_type, wish) | dict(body) | _foot(caller)).decode()
        common = {"cloud_id": caller.cloud_id, "event_type": event_type, "batch_id": wish.batch_id, "body": text}
        signer = {"key": caller.key, "algorithm": caller.algorithm}
        for uri in told:
            id = deliveries.add(tx, common | signer | {"uri": uri})
            if not uri.startswith("poll://"):
                self.queue.enqueue(tx, "deliver", key=f"deliver:{id}", priority=wish.priority, id=id)

    def deliver(self, id: int) -> None:
        """One try of a delivery: a job. Raises Later while there are tries left."""
        with self.db.read() as c:
            delivery = deliveries.find(c, id)
        if delivery is None or delivery.status != WAITING:
            return
        answer, error = self._post(delivery)
        attempts = delivery.attempts + 1
        taken = answer is not None and 200 <= answer < 300
        wait = self._wait(attempts) if not taken and answer != GONE else None
        status = DELIVERED if taken else FAILED if wait is None else WAITING
        with self.db.begin() as tx:
            deliveries.tell(tx, id, status, attempts, answer, error)
        if wait is not None:
            raise Later(wait, f"{delivery.uri[:200]}: {error or answer}")

    def replay(self, tx: Connection, id: int) -> bool:
        """Send a notice again, its tries counted anew; False if there is no such one to send."""
        delivery = deliveries.find(tx, id)
        if delivery is None or delivery.uri.startswith("poll://"):
            return False
        deliveries.tell(tx, id, WAITING, 0, None, None)
        self.queue.enqueue(tx, "deliver", key=f"deliver:{id}", id=id)
        return True

    def _post(self, delivery: Delivery) -> tuple[int | None, str | None]:
        """The status the address answered, or why there is none."""
        with self.db.read() as c:
            cloud = deliveries.cloud_name(c, delivery.cloud_id)
        body = delivery.body.encode()
        secret = self.accounts.secret(cloud, delivery.key)
        signed = notice_headers(body, int(time.time()), secret, delivery.external_id, delivery.algorithm)
        try:
            return self.poster.post(delivery.uri, body, {"Content-Type": "application/json"} | signed), None
        except Failure as failure:
            return None, failure.message[:500]

    def _wait(self, attempts: int) -> float | None:
        """Seconds until the next try, or None after the last."""
        if attempts > len(self.waits):
            return None
        wait = self.waits[attempts - 1]
        return wait if attempts <= DOCUMENTED else wait * random.uniform(0.9, 1.1)


def _head(caller: Caller, event_type: str, wish: Wish) -> dict[str, Any]:
    moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    head = {"notification_type": event_type, "timestamp": moment, "request_id": wish.request_id or uuid.uuid4().hex}
    return head | ({"batch_id": wish.batch_id} if wish.batch_id else {})


def _foot(caller: Caller) -> dict[str, Any]:
    moment = datetime.fromtimestamp(now() / 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    who = {"source": "api", "id": caller.key}
    return {"notification_context": {"triggered_at": moment, "triggered_by": who}, "signature_key": caller.key}
