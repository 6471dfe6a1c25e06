"""What an expression means in one cloud at one moment: its tags by row, its metadata values by entry."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from app.db.field_tables import metadata_entries, metadata_fields
from app.db.search_tables import tag_words, words
from app.db.tables import tags
from app.db.terms import WHOLE, fold, short, split
from app.search.fields import find
from app.search.tree import And, Match, Node, Not, Value

LAST = "\U0010ffff"
MOST_IN_A_ROW = 10  # words of a phrase
MOST_COUNTED = 5000  # rows of a word
MOST_TAGS = 100  # tags of one word that are named one by one


@dataclass(frozen=True, slots=True)
class Scope:
    """`tags`: the rows of the tags that a comparison means, or a query of them where they are many."""

    cloud_id: int
    now: int
    tags: dict[Match, Sequence[int] | Select[Any]] = field(default_factory=dict)
    entries: dict[Match, Sequence[str]] = field(default_factory=dict)
    rarest: dict[tuple[str, ...], int] = field(default_factory=dict)  # of words in a row the one to begin with, by its place
    made: dict[Match, Any] = field(default_factory=dict)  # what was made of each comparison, so that it is made once


def prepare(c: Connection, cloud_id: int, node: Node, now: int) -> Scope:
    """Look up what the comparisons of a tree name."""
    scope = Scope(cloud_id, now)
    types = _types(node)
    for match in matches(node):
        if match.field == "tags" and not match.values[0].anything:
            scope.tags[match] = _tags(c, cloud_id, match, types)
        elif match.field.startswith("metadata.") and match.how in (":", "="):
            scope.entries[match] = _entries(c, cloud_id, match)
        for value in match.values:
            row = tuple(split(value.text))
            if 1 < len(row) <= MOST_IN_A_ROW and not value.prefix and row not in scope.rarest:
                scope.rarest[row] = _rarest(c, cloud_id, row)
    return scope


def _rarest(c: Connection, cloud_id: int, row: Sequence[str]) -> int:
    """The place of the word that the fewest texts have, counted up to a bound."""
    found = [select(words.c.word).where(words.c.cloud_id == cloud_id, words.c.word == word) for word in row]
    counts = c.execute(
        select(*(select(func.count()).select_from(item.limit(MOST_COUNTED).subquery()).scalar_subquery() for item in found))
    )
    said = list(counts.one())
    return said.index(min(said))


def matches(node: Node) -> Iterator[Match]:
    """Every comparison of a tree."""
    match node:
        case Match():
            yield node
        case Not():
            yield from matches(node.part)
        case _:
            for part in node.parts:
                yield from matches(part)


def starts(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    return (column >= text) & (column < text + LAST)


def _types(node: Node) -> Sequence[str] | None:
    """The resource types that a conjunction is about, if it says so: tags are kept by type."""
    parts = node.parts if isinstance(node, And) else [node]
    said = [part for part in parts if isinstance(part, Match) and part.field == "resource_type" and part.how in (":", "=")]
    return [fold(said[0].values[0].text)] if said and not said[0].values[0].prefix else None


def _tags(c: Connection, cloud_id: int, match: Match, types: Sequence[str] | None) -> Sequence[int] | Select[Any]:
    query = _named(cloud_id, match.values[0], whole=match.how == "=")
    if types:
        query = query.join(tags, tags.c.id == tag_words.c.tag_id).where(tags.c.resource_type.in_(types))
    found = c.execute(query.distinct().limit(MOST_TAGS + 1)).scalars().all()
    return query if len(found) > MOST_TAGS else list(found)


def _named(cloud_id: int, value: Value, *, whole: bool) -> Select[Any]:
    """Rows of the tags with a word, words in a row, a beginning, or a whole name."""
    first, text, parts = tag_words, fold(value.text), split(value.text)
    query = select(first.c.tag_id).where(first.c.cloud_id == cloud_id)
    if value.prefix:
        return query.where(starts(first.c.word, short(text)), *([first.c.position == WHOLE] if whole else []))
    if whole or not parts:
        return query.where(first.c.word == short(text), first.c.position == WHOLE)
    if len(parts) == 1:
        return query.where(first.c.word == parts[0])
    for place, word in enumerate(parts):
        again = tag_words.alias(f"word_{place}") if place else first
        query = query.where(again.c.word == word)
        if place:
            here = (again.c.tag_id == first.c.tag_id) & (again.c.position == first.c.position + place)
            query = query.where(again.c.cloud_id == cloud_id, here)
    return query.where(first.c.position > WHOLE)


def _entries(c: Connection, cloud_id: int, match: Match) -> Sequence[str]:
    """The IDs of a datasource's entries that are called so."""
    value, key = match.values[0], find(match.field, match.place).key
    if value.prefix:
        return []
    here = (metadata_fields.c.cloud_id == cloud_id, metadata_fields.c.external_id == key)
    called = or_(metadata_entries.c.value == value.text, func.lower(metadata_entries.c.value) == value.text.lower())
    query = select(metadata_entries.c.external_id).join(metadata_fields, metadata_fields.c.id == metadata_entries.c.field_id)
    return c.execute(query.where(*here, called).limit(MOST_TAGS)).scalars().all()
