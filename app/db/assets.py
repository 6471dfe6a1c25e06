"""Every query on assets."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, select, union_all, update

from app.db import changes, indexing
from app.db.console_tables import trash
from app.db.engine import insert_new
from app.db.shelf_tables import versions
from app.db.tables import assets, derived

NAMING = (assets, versions, derived, trash)  # every table whose rows name files
LAST = "\U0010ffff"  # sorts behind every character a public ID may hold


class Asset(NamedTuple):
    """A stored asset: the row's columns, and what was loaded with it on purpose. A tuple, because lists make hundreds of them."""

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
    info: Sequence[Any] = ()
    placeholder: bool = False  # the asset went; this is what a kept version tells of it


COLUMNS = [assets.c[name] for name in Asset._fields if name in assets.c]

NAMED = select(*COLUMNS).where(*(assets.c[name] == bindparam(name) for name in ("cloud_id", "resource_type", "type", "public_id")))


def made(row: Sequence[Any]) -> Asset:
    return Asset._make([*row, (), (), False])  # COLUMNS are in the order of the fields


def find(c: Connection, cloud_id: int, resource_type: str, type: str, public_id: str, *, lock: bool = False) -> Asset | None:
    """The asset of that name; `lock` keeps other writers off it until the transaction ends (SQLite has one writer anyway)."""
    named = {"cloud_id": cloud_id, "resource_type": resource_type, "type": type, "public_id": public_id}
    row = c.execute(NAMED.with_for_update() if lock else NAMED, named).one_or_none()
    return made(row) if row else None


def by_asset_id(c: Connection, cloud_id: int, asset_id: str) -> Asset | None:
    row = c.execute(select(*COLUMNS).where(assets.c.cloud_id == cloud_id, assets.c.asset_id == asset_id)).one_or_none()
    return made(row) if row else None


def by_id(c: Connection, id: int) -> Asset:
    return made(c.execute(select(*COLUMNS).where(assets.c.id == id)).one())


def some(c: Connection, id: int, *, lock: bool = False) -> Asset | None:
    """The asset of a row id that may be gone by now."""
    query = select(*COLUMNS).where(assets.c.id == id)
    row = c.execute(query.with_for_update() if lock else query).one_or_none()
    return made(row) if row else None


def is_named(c: Connection, cloud_id: int, public_id: str) -> bool:
    """Whether an asset of any type has that public ID."""
    same = (assets.c.cloud_id == cloud_id, assets.c.public_id == public_id)
    return c.execute(select(assets.c.id).where(*same).limit(1)).first() is not None


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
    asset = made(row) if row else None
    if asset:
        indexing.added(tx, asset.id, asset.cloud_id, asset.created_at, values)
    return asset


def change(tx: Connection, id: int, values: dict[str, Any]) -> None:
    tx.execute(update(assets).where(assets.c.id == id).values(**values))
    indexing.changed(tx, {id: values})


def remove(tx: Connection, ids: Iterable[int]) -> Sequence[str]:
    """Delete rows; tags, findings, analyses and renderings go with them. The storage keys they named and nothing names now."""
    chosen = list(ids)
    lock(tx, chosen)  # whoever renders them waits, and sees them gone
    rendered = tx.execute(delete(derived).where(derived.c.asset_id.in_(chosen)).returning(derived.c.blob_key)).scalars().all()
    told = [assets.c[name] for name in ("cloud_id", *changes.NAMES)]
    gone = tx.execute(delete(assets).where(assets.c.id.in_(chosen)).returning(assets.c.blob_key, *told)).mappings().all()
    changes.departed(tx, [{name: value for name, value in row.items() if name != "blob_key"} for row in gone])
    return [*unkept(tx, [row["blob_key"] for row in gone]), *rendered]


def unkept(c: Connection, keys: Sequence[str]) -> list[str]:
    """The storage keys that neither a kept version nor the trash names."""
    naming = [select(table.c.blob_key).where(table.c.blob_key.in_(keys)) for table in (versions, trash)]
    kept = set(c.execute(union_all(*naming)).scalars())
    return [key for key in keys if key not in kept]


def release(tx: Connection, id: int) -> list[str]:
    """Before an asset gets other bytes: drop what was rendered from these; the storage keys that nothing names then."""
    rendered = tx.execute(delete(derived).where(derived.c.asset_id == id).returning(derived.c.blob_key)).scalars().all()
    return [*unkept(tx, [by_id(tx, id).blob_key]), *rendered]


def lock(tx: Connection, ids: Iterable[int]) -> None:
    """Keep other writers off these rows until the transaction ends; in one order, so that no two wait for each other."""
    tx.execute(select(assets.c.id).where(assets.c.id.in_(list(ids))).order_by(assets.c.id).with_for_update()).all()


def totals(c: Connection, cloud_id: int) -> tuple[int, int, int]:
    """How many assets a cloud has, how many bytes they and what was rendered of them take, and how many of the latter there are."""
    count, size = c.execute(
        select(func.count(), func.coalesce(func.sum(assets.c.bytes), 0)).where(assets.c.cloud_id == cloud_id)
    ).one()
    rendered = select(func.count(), func.coalesce(func.sum(derived.c.bytes), 0)).join(assets, assets.c.id == derived.c.asset_id)
    made, more = c.execute(rendered.where(assets.c.cloud_id == cloud_id)).one()
    return int(count), int(size) + int(more), int(made)


def is_stored(c: Connection, start: str) -> bool:
    """Whether some asset or kept version names a storage key that is `start`, or goes on with a hyphen."""
    for column in (assets.c.blob_key, versions.c.blob_key):
        here = (column == start) | ((column > f"{start}-") & (column < f"{start}."))
        if c.execute(select(column).where(here).limit(1)).first():
            return True
    return False


def named_blobs(c: Connection, keys: Sequence[str]) -> set[str]:
    """Which of these storage keys some asset, kept version or rendering names: all at one moment."""
    chosen = [select(table.c.blob_key).where(table.c.blob_key.in_(keys)) for table in NAMING]
    return set(c.execute(union_all(*chosen)).scalars())
