"""Every query on what changed lately: for those who watch a cloud while other processes write to it too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

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
    """What happened in a cloud from a moment on, a kind after the other."""
    names, gone = [assets.c[name] for name in NAMES], [departures.c[name] for name in NAMES]
    written = select(assets.c.id, *names, assets.c.created_at, assets.c.updated_at).where(
        assets.c.cloud_id == cloud_id, assets.c.updated_at >= moment
    )
    found = [
        _change(row, known, CREATED if created == updated else UPDATED, updated)
        for row, *known, created, updated in c.execute(written.order_by(assets.c.updated_at.desc()).limit(MOST))
    ]
    newest = select(analyses.c.asset_id, analyses.c.status, analyses.c.created_at).order_by(analyses.c.id.desc()).limit(MOST)
    told = newest.subquery()
    looked = select(assets.c.id, *names, told.c.created_at).join(told, told.c.asset_id == assets.c.id)
    here = (told.c.created_at >= moment, told.c.status != "pending", assets.c.cloud_id == cloud_id)
    found += [_change(row, known, ANALYZED, at) for row, *known, at in c.execute(looked.where(*here))]
    left = select(*gone, departures.c.gone_at).where(departures.c.gone_at >= moment, departures.c.cloud_id == cloud_id)
    ordered = left.order_by(departures.c.gone_at.desc()).limit(MOST)
    return found + [_change(0, known, DELETED, at) for *known, at in c.execute(ordered)]


def _change(row: int, names: Sequence[Any], what: str, moment: int) -> Change:
    return Change(row, names[0], names[1], names[2], names[3], what, moment)


def statuses(c: Connection, rows: Sequence[int]) -> dict[int, str]:
    """How the analyses of assets stand together: pending, failed or complete; without any they are complete."""
    found: dict[int, set[str]] = {row: set() for row in rows}
    for row, status in c.execute(select(analyses.c.asset_id, analyses.c.status).where(analyses.c.asset_id.in_(rows))):
        found[row].add(status)
    return {row: next((word for word in ("pending", "failed") if word in said), "complete") for row, said in found.items()}
