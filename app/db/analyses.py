"""Every query on what detectors found: the answer's JSON text, and the same findings as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from app.db import indexing, tags
from app.db.assets import Asset
from app.db.engine import now
from app.db.tables import analyses, findings


@dataclass(frozen=True, slots=True)
class Analysis:
    """One detector's answer on one asset. `body` is the JSON text of `data.<model>`; `found` its rows."""

    model: str
    model_version: int
    pack_hash: str
    status: str
    body: str
    found: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """That a model looked at an asset: which version of it, what became of that, and when."""

    model: str
    model_version: int
    status: str
    created_at: int


def past(c: Connection, asset_id: int) -> list[Past]:
    """Newest first."""
    columns = [analyses.c[name] for name in ("model", "model_version", "status", "created_at")]
    query = select(*columns).where(analyses.c.asset_id == asset_id).order_by(analyses.c.created_at.desc())
    return [Past(**row._mapping) for row in c.execute(query)]


def of(c: Connection, asset_id: int) -> list[Analysis]:
    """The stored answers of an asset, oldest first."""
    columns = [analyses.c[name] for name in ("model", "model_version", "pack_hash", "status", "body")]
    query = select(*columns).where(analyses.c.asset_id == asset_id).order_by(analyses.c.id)
    return [Analysis(**row._mapping) for row in c.execute(query)]


def told_at(c: Connection, asset_id: int) -> int | None:
    """When a detector last answered on an asset, in microseconds since 1970."""
    last: int | None = c.execute(select(func.max(analyses.c.created_at)).where(analyses.c.asset_id == asset_id)).scalar_one()
    return last


def rows(c: Connection, asset_id: int) -> dict[str, list[dict[str, Any]]]:
    """What was found on an asset, by model; a model that found nothing has an empty list, one that did not look is left out."""
    done = select(analyses.c.id, analyses.c.model).where(analyses.c.asset_id == asset_id, analyses.c.status == "complete")
    models = {id: model for id, model in c.execute(done)}
    columns = [findings.c[name] for name in ("label", "score", "x", "y", "width", "height")]
    found: dict[str, list[dict[str, Any]]] = {model: [] for model in models.values()}
    for id, *values in c.execute(select(findings.c.analysis_id, *columns).where(findings.c.asset_id == asset_id)):
        if id in models:
            found[models[id]].append(dict(zip(("label", "score", "x", "y", "width", "height"), values, strict=True)))
    return found


def put(tx: Connection, asset_id: int, fresh: Sequence[Analysis], *, bare: bool = False) -> None:
    """Store answers, each in place of what the same model said before; a `bare` asset is known to have none."""
    for item in fresh:
        if not bare:
            clear(tx, asset_id, item.model)
        values = {
            "asset_id": asset_id,
            "model": item.model,
            "model_version": item.model_version,
            "pack_hash": item.pack_hash,
            "status": item.status,
            "body": item.body,
            "created_at": now(),
        }
        id = tx.execute(insert(analyses).returning(analyses.c.id), values).scalar_one()
        if item.found:
            tx.execute(insert(findings), [{"analysis_id": id, "asset_id": asset_id, **row} for row in item.found])
    seen = {item.model: item.found for item in fresh if item.found}
    if seen:
        indexing.seen(tx, asset_id, seen)


def clear(tx: Connection, asset_id: int, model: str | None = None) -> None:
    """Forget one model's answer, or all of them; the rows go with it."""
    query = delete(analyses).where(analyses.c.asset_id == asset_id)
    tx.execute(query if model is None else query.where(analyses.c.model == model))
    indexing.unseen(tx, asset_id, model)


def whole(c: Connection, asset: Asset) -> Asset:
    """The asset with its tags and stored answers."""
    return asset._replace(tags=tags.of(c, [asset.id])[asset.id], info=of(c, asset.id))
