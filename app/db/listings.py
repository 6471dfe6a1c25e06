"""Listings of assets: by type, prefix, tag, folder, moderation, context or names, a page at a time from a place on an index.

A statement is built once for each combination of what is asked; the values are bound. Building one takes longer than running it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, func, or_, select, tuple_

from app.db import cursor, terms
from app.db.assets import COLUMNS, LAST, Asset, made
from app.db.search_tables import words
from app.db.tables import asset_tags, assets, tags


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

    def values(self) -> dict[str, Any]:
        """What is bound, by name; what is not asked is left out."""
        chosen = self.public_ids is not None or self.asset_ids is not None
        found = {
            "cloud_id": self.cloud_id,
            "resource_type": self.resource_type,
            "type": self.type,
            "tag": self.tag,
            "prefix": self.prefix or None,
            "prefix_end": self.prefix + LAST if self.prefix else None,
            "start_at": self.start_at,
            "folder": self.asset_folder,
            "kind": self.moderation[0] if self.moderation else None,
            "status": self.moderation[1] if self.moderation else None,
            "key": self.context[0] if self.context else None,
            "value": self.context[1] if self.context else None,
            "field": terms.short(f"context.{self.context[0]}") if self.context else None,
            "word": terms.short(terms.fold(self.context[1] or "")) if self.context else None,
            "public_ids": list(self.public_ids or ()) if chosen else None,
            "asset_ids": list(self.asset_ids or ()) if chosen else None,
        }
        return {name: value for name, value in found.items() if value is not None}


def page(c: Connection, listing: Listing, size: int, after: str | None = None) -> tuple[list[Asset], str | None]:
    """One page and the cursor of the next, or None on the last."""
    by_name = listing.prefix is not None
    values = listing.values()
    place = cursor.read(after, str if by_name else int, int)
    if place:
        values |= {"after": place[0], "after_id": place[1]}
    query = _page(frozenset(values), by_name, by_name or listing.ascending, values.get("key", ""))
    found = [made(row) for row in c.execute(query, values | {"size": size + 1}).all()]
    if len(found) <= size:
        return found, None
    last = found[size - 1]
    return found[:size], cursor.write(last.public_id if by_name else last.created_at, last.id)


def count(c: Connection, listing: Listing) -> int:
    """How many assets a listing selects, on all its pages."""
    values = listing.values()
    chosen = _selected(frozenset(values), values.get("key", "")).with_only_columns(assets.c.id).subquery()
    return int(c.execute(select(func.count()).select_from(chosen), values).scalar_one())


@lru_cache(maxsize=512)
def _page(asked: frozenset[str], by_name: bool, ascending: bool, key: str) -> Select[Any]:
    """The statement of a page; row values are compared, which is a plain range on the index on either database."""
    query = _selected(asked, key)
    order = (assets.c.public_id, assets.c.id) if by_name else (_created(asked), _id(asked))
    if "after" in asked:
        left, right = tuple_(*order), tuple_(bindparam("after"), bindparam("after_id"))
        query = query.where(left > right if ascending else left < right)
    return query.order_by(*(column.asc() if ascending else column.desc() for column in order)).limit(bindparam("size"))


def _id(asked: frozenset[str]) -> Any:
    """The asset's row. The place is one on the table of links or words alone where that leads, so that its index serves."""
    return asset_tags.c.asset_id if "tag" in asked else words.c.asset_id if "key" in asked else assets.c.id


def _created(asked: frozenset[str]) -> Any:
    return asset_tags.c.created_at if "tag" in asked else words.c.created_at if "key" in asked else assets.c.created_at


def _selected(asked: frozenset[str], key: str) -> Select[Any]:
    query = select(*COLUMNS)
    if "tag" in asked:
        named = select(tags.c.id).where(tags.c.cloud_id == bindparam("cloud_id"), tags.c.name == bindparam("tag"))
        if "resource_type" in asked:
            wanted = asset_tags.c.tag_id == named.where(tags.c.resource_type == bindparam("resource_type")).scalar_subquery()
        else:
            wanted = asset_tags.c.tag_id.in_(named)
        query = query.join(asset_tags, asset_tags.c.asset_id == assets.c.id).where(wanted)
    if "key" in asked:  # the words of context are in the order of creation, too
        here = (words.c.cloud_id == bindparam("cloud_id"), words.c.word == bindparam("word"), words.c.field == bindparam("field"))
        query = query.join(words, words.c.asset_id == assets.c.id).where(*here, words.c.position == terms.WHOLE)
    conditions = _conditions(asked, key)
    return query.where(
        assets.c.cloud_id == bindparam("cloud_id"), *(conditions[name] for name in sorted(asked & conditions.keys()))
    )


def _conditions(asked: frozenset[str], key: str) -> Mapping[str, ColumnElement[bool]]:
    """What each value asks of an asset."""
    name = assets.c.public_id
    said = assets.c.context[key].as_string()
    return {
        "resource_type": assets.c.resource_type == bindparam("resource_type"),
        "type": assets.c.type == bindparam("type"),
        "prefix": and_(name >= bindparam("prefix"), name < bindparam("prefix_end")),
        "start_at": _created(asked) >= bindparam("start_at"),
        "folder": assets.c.asset_folder == bindparam("folder"),
        "kind": assets.c.moderation_kind == bindparam("kind"),
        "status": assets.c.moderation_status == bindparam("status"),
        "key": said.is_not(None) if "value" not in asked else said == bindparam("value"),
        "public_ids": or_(
            name.in_(bindparam("public_ids", expanding=True)), assets.c.asset_id.in_(bindparam("asset_ids", expanding=True))
        ),
    }
