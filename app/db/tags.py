"""Every query on tags: names once a cloud, links ordered for listing, and what somebody took away for good."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, exists, insert, select

from app.db import cursor, indexing
from app.db.assets import LAST, Asset
from app.db.engine import insert_new, now
from app.db.tables import asset_tags, removed_tags, tags


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag and where it came from: `kind` person, key or model; `source` who or which; a model's `score` 0..1."""

    name: str
    kind: str
    source: str
    score: float | None = None


# Built once: every listing runs it.
NAMES = (
    select(asset_tags.c.asset_id, tags.c.name)
    .join(tags, tags.c.id == asset_tags.c.tag_id)
    .where(asset_tags.c.asset_id.in_(bindparam("ids", expanding=True)))
    .order_by(asset_tags.c.asset_id, asset_tags.c.position)
)


def of(c: Connection, asset_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """Tag names of each asset, in the order they were added."""
    found: dict[int, list[str]] = {id: [] for id in asset_ids}
    for id, name in c.execute(NAMES, {"ids": list(asset_ids)}).all():
        found[id].append(name)
    return {id: tuple(names) for id, names in found.items()}


def add(tx: Connection, asset: Asset, wanted: Sequence[Tag], *, bare: bool = False) -> tuple[str, ...]:
    """Append tags the asset does not have, and give all it has then. A model's tag stays away if somebody took it off before.

    A `bare` asset is known to have neither tags nor removed ones.
    """
    present = () if bare else of(tx, [asset.id])[asset.id]
    refused = set() if bare else removed(tx, asset.id)
    fresh = {tag.name: tag for tag in wanted if tag.name not in present and (tag.kind != "model" or tag.name not in refused)}
    if not fresh:
        return present
    ids = _ids(tx, asset, list(fresh))
    rows = [
        {
            "tag_id": ids[tag.name],
            "created_at": asset.created_at,
            "asset_id": asset.id,
            "position": len(present) + place,
            "source_kind": tag.kind,
            "source": tag.source,
            "score": tag.score,
        }
        for place, tag in enumerate(fresh.values())
    ]
    tx.execute(insert(asset_tags), rows)
    kept = [tag.name for tag in fresh.values() if tag.kind != "model"]
    if kept and not bare:
        tx.execute(delete(removed_tags).where(removed_tags.c.asset_id == asset.id, removed_tags.c.tag.in_(kept)))
    return (*present, *fresh)


def take_off(tx: Connection, asset_id: int, names: Iterable[str]) -> None:
    """Take these tags off one asset."""
    named = select(tags.c.id).where(tags.c.name.in_(list(names)))
    tx.execute(delete(asset_tags).where(asset_tags.c.asset_id == asset_id, asset_tags.c.tag_id.in_(named)))


def holders(c: Connection, cloud_id: int, resource_type: str, name: str) -> set[int]:
    """Row ids of the assets that have a tag."""
    here = (tags.c.cloud_id == cloud_id, tags.c.resource_type == resource_type, tags.c.name == name)
    query = select(asset_tags.c.asset_id).join(tags, tags.c.id == asset_tags.c.tag_id).where(*here)
    return set(c.execute(query).scalars())


def clear(tx: Connection, asset: Asset) -> tuple[str, ...]:
    """Take all tags off, and say which they were."""
    names = of(tx, [asset.id])[asset.id]
    tx.execute(delete(asset_tags).where(asset_tags.c.asset_id == asset.id))
    return names


def removed(c: Connection, asset_id: int) -> set[str]:
    return set(c.execute(select(removed_tags.c.tag).where(removed_tags.c.asset_id == asset_id)).scalars())


def remember_removed(tx: Connection, asset_id: int, names: Iterable[str], by: str) -> None:
    """Keep in mind that somebody took these off, so that no later detection puts them back."""
    rows = [{"asset_id": asset_id, "tag": name, "removed_by": by, "removed_at": now()} for name in names]
    if rows:
        tx.execute(insert_new(tx, removed_tags), rows)


def forget_removed(tx: Connection, asset_id: int) -> None:
    tx.execute(delete(removed_tags).where(removed_tags.c.asset_id == asset_id))


def page(
    c: Connection, cloud_id: int, resource_type: str, prefix: str, size: int, after: str | None
) -> tuple[list[str], str | None]:
    """Names in use, alphabetical, and the cursor of the next page."""
    used = exists().where(asset_tags.c.tag_id == tags.c.id)
    query = select(tags.c.name).where(tags.c.cloud_id == cloud_id, tags.c.resource_type == resource_type, used)
    if prefix:
        query = query.where(tags.c.name >= prefix, tags.c.name < prefix + LAST)
    place = cursor.read(after, str)
    if place:
        query = query.where(tags.c.name > place[0])
    names = list(c.execute(query.order_by(tags.c.name).limit(size + 1)).scalars())
    return names[:size], cursor.write(names[size - 1]) if len(names) > size else None


def _ids(tx: Connection, asset: Asset, names: list[str]) -> dict[str, int]:
    """Row ids of tag names, made where absent; sorted, so that two writers take their locks in one order."""
    here = (tags.c.cloud_id == asset.cloud_id, tags.c.resource_type == asset.resource_type)
    query = select(tags.c.name, tags.c.id).where(*here, tags.c.name.in_(names))
    known = {row.name: row.id for row in tx.execute(query)}
    missing = sorted(set(names) - set(known))
    if not missing:
        return known
    rows = [{"cloud_id": asset.cloud_id, "resource_type": asset.resource_type, "name": name} for name in missing]
    tx.execute(insert_new(tx, tags), rows)
    ids = {row.name: row.id for row in tx.execute(query)}
    indexing.tagged(tx, asset.cloud_id, {name: ids[name] for name in missing})
    return ids
