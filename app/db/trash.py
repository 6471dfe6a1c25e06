"""Every query on assets that may come back: all that was known of each goes into one row, and out of it again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from app.db import analyses, assets, folders, tags
from app.db.analyses import Analysis
from app.db.assets import COLUMNS, Asset
from app.db.console_tables import trash
from app.db.engine import now
from app.db.tables import analyses as analyses_
from app.db.tables import asset_tags, findings
from app.db.tables import tags as tags_
from app.db.tags import Tag

OWN = ("id", "cloud_id")  # of the row that went, not of the one that comes back
FOUND = ("label", "score", "x", "y", "width", "height", "attributes")
LOOK = ("model", "model_version", "pack_hash", "status", "body")


@dataclass(frozen=True, slots=True)
class Gone:
    """An asset that may come back."""

    asset_id: str
    blob_key: str
    values: Mapping[str, Any]
    deleted_at: int


GONE = [trash.c[name] for name in ("asset_id", "blob_key", "values", "deleted_at")]


def keep(tx: Connection, going: Sequence[Asset], moment: int) -> None:
    """Before assets go: write down what is known of them."""
    for asset in going:
        values = {column.name: getattr(asset, column.name) for column in COLUMNS if column.name not in OWN}
        values |= {"facts": assets.facts(tx, asset.id) or None}
        values |= {"tags": _tags(tx, asset.id), "removed_tags": sorted(tags.removed(tx, asset.id)), "looks": _looks(tx, asset.id)}
        row = {"cloud_id": asset.cloud_id, "asset_id": asset.asset_id, "blob_key": asset.blob_key}
        tx.execute(insert(trash), row | {"values": values, "deleted_at": moment})


def page(c: Connection, cloud_id: int, most: int) -> list[Gone]:
    """The latest first."""
    query = select(*GONE).where(trash.c.cloud_id == cloud_id).order_by(trash.c.deleted_at.desc(), trash.c.id.desc())
    return [Gone(*row) for row in c.execute(query.limit(most))]


def take(tx: Connection, cloud_id: int, asset_id: str) -> Gone | None:
    """Out of the trash."""
    here = (trash.c.cloud_id == cloud_id, trash.c.asset_id == asset_id)
    row = tx.execute(delete(trash).where(*here).returning(*GONE)).one_or_none()
    return Gone(*row) if row else None


def bring_back(tx: Connection, cloud_id: int, gone: Gone) -> Asset | None:
    """The asset with its tags and findings, or None if its name is taken. A look that was promised then has failed."""
    values = {name: value for name, value in gone.values.items() if name not in ("tags", "removed_tags", "looks")}
    asset = assets.create(tx, values | {"cloud_id": cloud_id, "updated_at": now()})
    if asset is None:
        return None
    folders.ensure(tx, cloud_id, asset.asset_folder)
    tags.add(tx, asset, [Tag(*row) for row in gone.values["tags"]], bare=True)
    tags.remember_removed(tx, asset.id, gone.values["removed_tags"], asset.uploaded_by)
    looks = [Analysis(**look) for look in gone.values["looks"]]
    failed = [Analysis(look.model, look.model_version, look.pack_hash, "failed", "") for look in looks if look.status == "pending"]
    analyses.put(tx, asset.id, [look for look in looks if look.status != "pending"] + failed, bare=True)
    return analyses.whole(tx, asset)


def empty(tx: Connection, before: int) -> set[str]:
    """Forget what went before a moment; the storage keys that nothing names then."""
    keys = list(tx.execute(delete(trash).where(trash.c.deleted_at < before).returning(trash.c.blob_key)).scalars())
    return set(keys) - assets.named_blobs(tx, keys)


def _tags(c: Connection, asset_id: int) -> list[tuple[Any, ...]]:
    columns = (tags_.c.name, asset_tags.c.source_kind, asset_tags.c.source, asset_tags.c.score)
    query = select(*columns).join(asset_tags, asset_tags.c.tag_id == tags_.c.id).where(asset_tags.c.asset_id == asset_id)
    return [tuple(row) for row in c.execute(query.order_by(asset_tags.c.position))]


def _looks(c: Connection, asset_id: int) -> list[dict[str, Any]]:
    """What each model said, with its findings as rows."""
    looks = c.execute(select(analyses_).where(analyses_.c.asset_id == asset_id).order_by(analyses_.c.id)).mappings().all()
    rows = select(findings.c.analysis_id, *(findings.c[name] for name in FOUND)).where(findings.c.asset_id == asset_id)
    found: dict[int, list[dict[str, Any]]] = {look["id"]: [] for look in looks}
    for id, *values in c.execute(rows.order_by(findings.c.id)):
        found[id].append(dict(zip(FOUND, values, strict=True)))
    return [{name: look[name] for name in LOOK} | {"found": found[look["id"]]} for look in looks]
