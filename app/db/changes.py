"""Every query on what changed lately: for those who watch a cloud while other processes write to it too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, case, delete, insert, literal, select, union_all

from app.db.console_tables import departures
from app.db.engine import now
from app.db.tables import analyses, assets

MOST = 500  # rows of a kind that one look reads, the newest
HOUR = 3600 * 1_000_000
CREATED, ANALYZED, UPDATED, DELETED = "created", "analyzed", "updated", "deleted"
NAMES = ("asset_id", "public_id", "resource_type", "type")


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened to an asset: its row, its names, what, and when; no two changes are equal."""

    row: int
    asset_id: str
    public_id: str
    resource_type: str
    type: str
    what: str
    moment: int


def departed(tx: Connection, gone: Sequence[Mapping[str, Any]]) -> None:
    """Note which assets were deleted, and forget those of an hour ago."""
    moment = now()
    tx.execute(delete(departures).where(departures.c.gone_at < moment - HOUR))
    if gone:
        tx.execute(insert(departures), [dict(row) | {"gone_at": moment} for row in gone])


def since(c: Connection, cloud_id: int, moment: int) -> list[Change]:
    """What happened in a cloud from a moment on, a kind after the other. One statement: whoever watches asks it all the time."""
    names, at = [assets.c[name] for name in NAMES], assets.c.updated_at
    what = case((assets.c.created_at == at, CREATED), else_=UPDATED)
    written = select(assets.c.id.label("row"), *names, what.label("what"), at.label("moment"))
    written = written.where(assets.c.cloud_id == cloud_id, at >= moment).order_by(at.desc()).limit(MOST)
    newest = select(analyses.c.asset_id, analyses.c.status, analyses.c.created_at).order_by(analyses.c.id.desc()).limit(MOST)
    told = newest.subquery()
    looked = select(assets.c.id, *names, literal(ANALYZED), told.c.created_at).join(told, told.c.asset_id == assets.c.id)
    looked = looked.where(told.c.created_at >= moment, told.c.status != "pending", assets.c.cloud_id == cloud_id)
    gone = departures.c.gone_at
    left = select(literal(0), *(departures.c[name] for name in NAMES), literal(DELETED), gone)
    left = left.where(gone >= moment, departures.c.cloud_id == cloud_id).order_by(gone.desc()).limit(MOST)
    parts = [select(part.subquery()) for part in (written, looked, left)]
    return [Change(*list[Any](row)) for row in c.execute(union_all(*parts))]


def statuses(c: Connection, rows: Sequence[int]) -> dict[int, str]:
    """How the analyses of assets stand together: pending, failed or complete; without any they are complete."""
    found: dict[int, set[str]] = {row: set() for row in rows}
    for row, status in c.execute(select(analyses.c.asset_id, analyses.c.status).where(analyses.c.asset_id.in_(rows))):
        found[row].add(status)
    return {row: next((word for word in ("pending", "failed") if word in said), "complete") for row, said in found.items()}
