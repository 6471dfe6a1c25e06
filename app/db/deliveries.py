"""Every query on notices: the deliveries of each, and the triggers that say where they go."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from app.db.engine import insert_new, now
from app.db.tables import clouds
from app.db.work_tables import deliveries, jobs, triggers

WAITING, DELIVERED, FAILED = "waiting", "delivered", "failed"
ALL = "all"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice to one address."""

    id: int
    external_id: str
    cloud_id: int
    event_type: str
    uri: str
    batch_id: str | None
    key: str
    algorithm: str
    body: str
    status: str
    attempts: int
    answer: int | None
    error: str | None
    receipt: str | None
    created_at: int


@dataclass(frozen=True, slots=True)
class Trigger:
    """An address that is told of an event, or of all."""

    external_id: str
    cloud_id: int
    uri: str
    uri_type: str
    event_type: str
    additive: bool
    created_at: int
    updated_at: int


COLUMNS = [deliveries.c[item.name] for item in fields(Delivery)]
TRIGGER = [triggers.c[item.name] for item in fields(Trigger)]


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(*list[Any](row))


def _trigger(row: Row[Any]) -> Trigger:
    return Trigger(*list[Any](row))


def add(tx: Connection, values: dict[str, Any]) -> int:
    moment = now()
    fixed = {"external_id": uuid.uuid4().hex, "status": WAITING, "attempts": 0}
    moments = {"visible_at": moment, "created_at": moment, "updated_at": moment}
    return int(tx.execute(insert_new(tx, deliveries).returning(deliveries.c.id), values | fixed | moments).scalar_one())


def find(c: Connection, id: int) -> Delivery | None:
    row = c.execute(select(*COLUMNS).where(deliveries.c.id == id)).one_or_none()
    return _delivery(row) if row else None


def page(c: Connection, status: str | None, most: int, before: int | None = None, cloud_id: int | None = None) -> list[Delivery]:
    """Newest first, older than a number and of one cloud where these are given."""
    query = select(*COLUMNS).order_by(deliveries.c.id.desc()).limit(most)
    query = query.where(deliveries.c.status == status) if status else query
    query = query.where(deliveries.c.id < before) if before else query
    return [_delivery(row) for row in c.execute(query.where(deliveries.c.cloud_id == cloud_id) if cloud_id else query)]


def next_tries(c: Connection, ids: Sequence[int]) -> dict[int, int]:
    """When those that wait are sent again, in microseconds since 1970."""
    keys = {f"deliver:{id}": id for id in ids}
    query = select(jobs.c.key, jobs.c.run_at).where(jobs.c.key.in_(keys))
    return {keys[key]: run_at for key, run_at in c.execute(query)}


def tell(tx: Connection, id: int, status: str, attempts: int, answer: int | None, error: str | None) -> None:
    """Write down what became of a try."""
    said = {"status": status, "attempts": attempts, "answer": answer, "error": error, "updated_at": now()}
    tx.execute(update(deliveries).where(deliveries.c.id == id).values(**said))


def receive(tx: Connection, cloud_id: int, chosen: Any, most: int, hidden: int) -> list[Delivery]:
    """Hand out polled notices that wait, the oldest first, and hide them from others for so many microseconds."""
    moment = now()
    waiting = (deliveries.c.cloud_id == cloud_id, deliveries.c.status == WAITING, deliveries.c.visible_at <= moment, chosen)
    query = select(deliveries.c.id).where(*waiting).order_by(deliveries.c.id).limit(most).with_for_update(skip_locked=True)
    found = []
    for id in tx.execute(query).scalars().all():
        change = update(deliveries).where(deliveries.c.id == id)
        fresh = {"receipt": uuid.uuid4().hex, "visible_at": moment + hidden, "attempts": deliveries.c.attempts + 1}
        found.append(_delivery(tx.execute(change.values(**fresh).returning(*COLUMNS)).one()))
    return found


def any_waits(c: Connection, cloud_id: int, chosen: Any) -> bool:
    """Whether `receive` would find something: a look that writes nothing."""
    waiting = (deliveries.c.cloud_id == cloud_id, deliveries.c.status == WAITING, deliveries.c.visible_at <= now(), chosen)
    return c.execute(select(deliveries.c.id).where(*waiting).limit(1)).first() is not None


def on_channel(channel: str) -> Any:
    return deliveries.c.uri == f"poll://{channel}"


def of_batch(batch_id: str) -> Any:
    return (deliveries.c.batch_id == batch_id) & (deliveries.c.uri == "poll://*")


def acknowledge(tx: Connection, cloud_id: int, receipts: Iterable[str]) -> set[str]:
    """Mark polled notices as delivered; the receipts of those that were waiting."""
    mine = (deliveries.c.cloud_id == cloud_id, deliveries.c.receipt.in_(list(receipts)), deliveries.c.status == WAITING)
    done = update(deliveries).where(*mine).values(status=DELIVERED, updated_at=now()).returning(deliveries.c.receipt)
    return set(tx.execute(done).scalars())


def cloud_name(c: Connection, cloud_id: int) -> str:
    return str(c.execute(select(clouds.c.name).where(clouds.c.id == cloud_id)).scalar_one())


def triggers_of(c: Connection, cloud_id: int, event_type: str | None = None) -> list[Trigger]:
    """A cloud's triggers, those of one event (and of all of them) if it is named."""
    query = select(*TRIGGER).where(triggers.c.cloud_id == cloud_id).order_by(triggers.c.id)
    return [_trigger(row) for row in c.execute(query.where(triggers.c.event_type.in_([event_type, ALL])) if event_type else query)]


def count_triggers(c: Connection, cloud_id: int, event_type: str) -> int:
    same = (triggers.c.cloud_id == cloud_id, triggers.c.event_type == event_type)
    return int(c.execute(select(func.count()).select_from(triggers).where(*same)).scalar_one())


def create_trigger(tx: Connection, values: dict[str, Any]) -> Trigger | None:
    """Insert, or None if the same address is told of the same event already."""
    full = values | {"external_id": uuid.uuid4().hex, "created_at": now(), "updated_at": now()}
    row = tx.execute(insert_new(tx, triggers).returning(*TRIGGER), full).one_or_none()
    return _trigger(row) if row else None


def find_trigger(c: Connection, cloud_id: int, external_id: str) -> Trigger | None:
    same = (triggers.c.cloud_id == cloud_id, triggers.c.external_id == external_id)
    row = c.execute(select(*TRIGGER).where(*same)).one_or_none()
    return _trigger(row) if row else None


def change_trigger(tx: Connection, external_id: str, values: dict[str, Any]) -> None:
    tx.execute(update(triggers).where(triggers.c.external_id == external_id).values(**values, updated_at=now()))


def remove_trigger(tx: Connection, cloud_id: int, external_id: str) -> bool:
    same = (triggers.c.cloud_id == cloud_id, triggers.c.external_id == external_id)
    return tx.execute(delete(triggers).where(*same)).rowcount == 1
