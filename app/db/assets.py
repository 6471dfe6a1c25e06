"""Every query on assets."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, delete, func, or_, select, tuple_, union_all, update

from app.db import cursor, indexing
from app.db.engine import insert_new
from app.db.shelf_tables import versions
from app.db.tables import asset_tags, assets, derived, tags

LAST = "\U0010ffff"  # sorts behind every character a public ID may hold


@dataclass(frozen=True, slots=True)
class Asset:
    """A stored asset: the row's columns, and what was loaded with it on purpose."""

    id: int
    cloud_id: int
    asset_id: str
    resource_type: str
    type: str
    public_id: str
    version: int
    version_id: str
    blob_key: str
    format: str | None
    width: int | None
    height: int | None
    pages: int | None
    bytes: int
    etag: str
    asset_folder: str
    display_name: str
    original_filename: str | None
    context: dict[str, str] | None
    metadata: dict[str, Any] | None
    media: dict[str, Any] | None
    duration: float | None
    coordinates: dict[str, Any] | None
    moderation_kind: str | None
    moderation_status: str | None
    moderated_at: int | None
    access_mode: str
    access_control: list[dict[str, Any]] | None
    headers: dict[str, str] | None
    quality_override: str | None
    backup: bool
    uploaded_by: str
    created_at: int
    updated_at: int
    tags: tuple[str, ...] = ()
    info: Sequence[Any] = field(default=())
    placeholder: bool = False  # the asset went; this is what a kept version tells of it


COLUMNS = [assets.c[item.name] for item in fields(Asset) if item.name in assets.c]

NAMED = select(*COLUMNS).where(*(assets.c[name] == bindparam(name) for name in ("cloud_id", "resource_type", "type", "public_id")))


def _asset(row: Row[Any]) -> Asset:
    return Asset(*list[Any](row))  # COLUMNS are in the order of the fields


def find(c: Connection, cloud_id: int, resource_type: str, type: str, public_id: str, *, lock: bool = False) -> Asset | None:
    """The asset of that name; `lock` keeps other writers off it until the transaction ends (SQLite has one writer anyway)."""
    named = {"cloud_id": cloud_id, "resource_type": resource_type, "type": type, "public_id": public_id}
    row = c.execute(NAMED.with_for_update() if lock else NAMED, named).one_or_none()
    return _asset(row) if row else None


def by_asset_id(c: Connection, cloud_id: int, asset_id: str) -> Asset | None:
    row = c.execute(select(*COLUMNS).where(assets.c.cloud_id == cloud_id, assets.c.asset_id == asset_id)).one_or_none()
    return _asset(row) if row else None


def by_id(c: Connection, id: int) -> Asset:
    return _asset(c.execute(select(*COLUMNS).where(assets.c.id == id)).one())


def some(c: Connection, id: int, *, lock: bool = False) -> Asset | None:
    """The asset of a row id that may be gone by now."""
    query = select(*COLUMNS).where(assets.c.id == id)
    row = c.execute(query.with_for_update() if lock else query).one_or_none()
    return _asset(row) if row else None


def is_shown_as(c: Connection, cloud_id: int, folder: str, display_name: str, *, but: str) -> bool:
    """Whether an asset of the folder has that display name, leaving out those of one public ID."""
    same = (assets.c.cloud_id == cloud_id, assets.c.asset_folder == folder, assets.c.display_name == display_name)
    return c.execute(select(assets.c.id).where(*same, assets.c.public_id != but).limit(1)).first() is not None


def facts(c: Connection, id: int) -> dict[str, Any]:
    """What was told of the asset's picture when it was uploaded, by key."""
    return c.execute(select(assets.c.facts).where(assets.c.id == id)).scalar_one_or_none() or {}


def facts_of(c: Connection, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """The same of many assets, by row."""
    query = select(assets.c.id, assets.c.facts).where(assets.c.id.in_(ids))
    return {id: told or {} for id, told in c.execute(query)}


def create(tx: Connection, values: dict[str, Any]) -> Asset | None:
    """Insert, or None if another writer has just taken the name."""
    row = tx.execute(insert_new(tx, assets).returning(*COLUMNS), values).one_or_none()
    asset = _asset(row) if row else None
    if asset:
        indexing.added(tx, asset.id, asset.cloud_id, asset.created_at, values)
    return asset


def change(tx: Connection, id: int, values: dict[str, Any]) -> None:
    tx.execute(update(assets).where(assets.c.id == id).values(**values))
    indexing.changed(tx, {id: values})


@dataclass(frozen=True, slots=True)
class Listing:
    """What a listing selects. `prefix` orders by public ID; all others by creation."""

    cloud_id: int
    resource_type: str | None = None
    type: str | None = None
    tag: str | None = None
    prefix: str | None = None
    start_at: int | None = None
    public_ids: Sequence[str] | None = None
    asset_ids: Sequence[str] | None = None
    asset_folder: str | None = None
    moderation: tuple[str, str] | None = None  # kind and status
    context: tuple[str, str | None] | None = None  # a key and its value, or any value
    ascending: bool = False


def page(c: Connection, listing: Listing, size: int, after: str | None = None) -> tuple[list[Asset], str | None]:
    """One page and the cursor of the next, or None on the last."""
    by_name = listing.prefix is not None
    query = _selected(listing)
    order = (assets.c.public_id, assets.c.id) if by_name else (_created(listing), assets.c.id)
    place = cursor.read(after, str if by_name else int, int)
    ascending = by_name or listing.ascending
    if place:
        query = query.where(_behind(order, place, ascending))
    query = query.order_by(*(column.asc() if ascending else column.desc() for column in order)).limit(size + 1)
    found = [_asset(row) for row in c.execute(query)]
    if len(found) <= size:
        return found, None
    last = found[size - 1]
    return found[:size], cursor.write(last.public_id if by_name else last.created_at, last.id)


def _behind(order: tuple[Any, Any], place: list[int | str], ascending: bool) -> ColumnElement[bool]:
    """Row-value comparison: a plain range on the index on either database."""
    left, right = tuple_(*order), tuple_(*place)
    return left > right if ascending else left < right


def _created(listing: Listing) -> Any:
    return asset_tags.c.created_at if listing.tag is not None else assets.c.created_at


def _selected(listing: Listing) -> Select[Any]:
    query = select(*COLUMNS).where(assets.c.cloud_id == listing.cloud_id)
    for column, value in ((assets.c.resource_type, listing.resource_type), (assets.c.type, listing.type)):
        if value is not None:
            query = query.where(column == value)
    if listing.tag is not None:
        named = select(tags.c.id).where(
            tags.c.cloud_id == listing.cloud_id, tags.c.resource_type == listing.resource_type, tags.c.name == listing.tag
        )
        query = query.join(asset_tags, asset_tags.c.asset_id == assets.c.id)
        query = query.where(asset_tags.c.tag_id == named.scalar_subquery())
    if listing.prefix:
        query = query.where(and_(assets.c.public_id >= listing.prefix, assets.c.public_id < listing.prefix + LAST))
    if listing.start_at is not None:
        query = query.where(_created(listing) >= listing.start_at)
    if listing.asset_folder is not None:
        query = query.where(assets.c.asset_folder == listing.asset_folder)
    if listing.moderation is not None:
        query = query.where(assets.c.moderation_kind == listing.moderation[0], assets.c.moderation_status == listing.moderation[1])
    if listing.context is not None:
        key, value = listing.context
        stored = assets.c.context[key].as_string()
        query = query.where(stored.is_not(None) if value is None else stored == value)
    if listing.public_ids is not None or listing.asset_ids is not None:
        wanted = or_(assets.c.public_id.in_(listing.public_ids or ()), assets.c.asset_id.in_(listing.asset_ids or ()))
        query = query.where(wanted)
    return query


def remove(tx: Connection, ids: Iterable[int]) -> Sequence[str]:
    """Delete rows; tags, findings and analyses go with them. The storage keys they named at last and nothing names now."""
    keys = tx.execute(delete(assets).where(assets.c.id.in_(list(ids))).returning(assets.c.blob_key)).scalars().all()
    return unkept(tx, keys)


def unkept(c: Connection, keys: Sequence[str]) -> list[str]:
    """The storage keys that no kept version names."""
    kept = set(c.execute(select(versions.c.blob_key).where(versions.c.blob_key.in_(keys))).scalars())
    return [key for key in keys if key not in kept]


def release(tx: Connection, id: int) -> list[str]:
    """Before an asset gets other bytes: drop what was rendered from these; the storage keys that nothing names then."""
    rendered = tx.execute(delete(derived).where(derived.c.asset_id == id).returning(derived.c.blob_key)).scalars().all()
    return [*unkept(tx, [by_id(tx, id).blob_key]), *rendered]


def lock(tx: Connection, ids: Iterable[int]) -> None:
    """Keep other writers off these rows until the transaction ends; in one order, so that no two wait for each other."""
    tx.execute(select(assets.c.id).where(assets.c.id.in_(list(ids))).order_by(assets.c.id).with_for_update()).all()


def count(c: Connection, listing: Listing) -> int:
    """How many assets a listing selects, on all its pages."""
    chosen = _selected(listing).with_only_columns(assets.c.id).subquery()
    return int(c.execute(select(func.count()).select_from(chosen)).scalar_one())


def totals(c: Connection, cloud_id: int) -> tuple[int, int]:
    """How many assets a cloud has and how many bytes they take."""
    count, size = c.execute(
        select(func.count(), func.coalesce(func.sum(assets.c.bytes), 0)).where(assets.c.cloud_id == cloud_id)
    ).one()
    return int(count), int(size)


def named_blobs(c: Connection, keys: Sequence[str]) -> set[str]:
    """Which of these storage keys some asset or kept version names."""
    chosen = [select(table.c.blob_key).where(table.c.blob_key.in_(keys)) for table in (assets, versions)]
    return set(c.execute(union_all(*chosen)).scalars())
