"""Every query on kept versions: an asset as it was, to be shown, brought back or downloaded after it changed or went."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, delete, exists, func, select, update

from app.db import tags
from app.db.assets import COLUMNS, Asset
from app.db.engine import insert_new, now
from app.db.shelf_tables import versions
from app.db.tables import assets


@dataclass(frozen=True, slots=True)
class Version:
    """`values` are the asset's columns and its tags at that time, by name."""

    asset_id: str
    version: int
    version_id: str
    blob_key: str
    format: str | None
    bytes: int
    created_at: int
    values: dict[str, Any]


FOUND = [versions.c[item.name] for item in fields(Version)]
OWN = ("asset_id", "resource_type", "type", "public_id", "version", "version_id", "blob_key", "format", "bytes", "created_at")


def keep(tx: Connection, asset: Asset) -> None:
    """Keep the asset as it is now. Its bytes stay where they are: both rows name them."""
    row = {name: getattr(asset, name) for name in OWN} | {"cloud_id": asset.cloud_id, "created_at": now()}
    tx.execute(insert_new(tx, versions), row | {"values": _values(asset)})


def remember(tx: Connection, going: Sequence[Asset]) -> None:
    """Before assets go: note what was changed of them since their versions were kept, tags and all."""
    backed = [asset for asset in going if asset.backup]
    names = tags.of(tx, [asset.id for asset in backed])
    for asset in backed:
        here = versions.c.version_id == asset.version_id
        name = {"public_id": asset.public_id, "type": asset.type}
        tx.execute(update(versions).where(here).values(values=_values(asset._replace(tags=names[asset.id])), **name))


def of(c: Connection, cloud_id: int, asset_id: str) -> list[Version]:
    """An asset's kept versions, newest first."""
    here = (versions.c.cloud_id == cloud_id, versions.c.asset_id == asset_id)
    return [Version(*row) for row in c.execute(select(*FOUND).where(*here).order_by(versions.c.version.desc()))]


def lock(tx: Connection, kept: Version) -> bool:
    """Keep others from removing a version until the transaction ends; False if one just did."""
    query = select(versions.c.id).where(versions.c.version_id == kept.version_id).with_for_update()
    return tx.execute(query).first() is not None


def latest(c: Connection, cloud_id: int, resource_type: str, type: str, public_id: str) -> Version | None:
    """The newest version kept under a name."""
    here = (versions.c.cloud_id == cloud_id, versions.c.resource_type == resource_type, versions.c.type == type)
    query = select(*FOUND).where(*here, versions.c.public_id == public_id).order_by(versions.c.version.desc())
    row = c.execute(query.limit(1)).one_or_none()
    return Version(*row) if row else None


def sizes(c: Connection, cloud_id: int, asset_ids: Sequence[str]) -> dict[str, int]:
    """How many bytes the kept versions of these assets take, by asset ID."""
    if not asset_ids:
        return {}
    here = (versions.c.cloud_id == cloud_id, versions.c.asset_id.in_(asset_ids))
    query = select(versions.c.asset_id, func.sum(versions.c.bytes)).where(*here).group_by(versions.c.asset_id)
    return {asset_id: int(size) for asset_id, size in c.execute(query)}


def remove(tx: Connection, cloud_id: int, asset_id: str, version_ids: Sequence[str]) -> dict[str, str]:
    """Delete these versions of an asset: version ID -> the storage key it named."""
    here = (versions.c.cloud_id == cloud_id, versions.c.asset_id == asset_id, versions.c.version_id.in_(list(version_ids)))
    gone = {id: key for id, key in tx.execute(delete(versions).where(*here).returning(versions.c.version_id, versions.c.blob_key))}
    left = exists().where(versions.c.cloud_id == cloud_id, versions.c.asset_id == asset_id)
    tx.execute(update(assets).where(assets.c.cloud_id == cloud_id, assets.c.asset_id == asset_id, ~left).values(backup=False))
    return gone


def _values(asset: Asset) -> dict[str, Any]:
    return {column.name: getattr(asset, column.name) for column in COLUMNS} | {"tags": list(asset.tags)}
