"""What an expression names: tags by their words, entries of datasources by their names, and which of several words is rare."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, or_, select

from app.db.field_tables import metadata_entries, metadata_fields
from app.db.search_tables import tag_words, words
from app.db.tables import tags
from app.db.terms import WHOLE, fold, short, split
from app.search.fields import Field
from app.search.tree import And, Match, Node, Not, Value

MOST_TAGS = 100  # tags of one word that are named one by one
MOST_COUNTED = 5000  # rows of a word


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


def tags_of(c: Connection, cloud_id: int, node: Node) -> dict[Match, Sequence[int] | None]:
    """The rows of the tags that each comparison means, or None where they are many. All single words are looked up at once."""
    named = [match for match in matches(node) if match.field == "tags" and match.values[0].text]
    types = _types(node)
    single = {match: _single(match) for match in named}
    wanted = {word for word, _ in single.values() if word}
    rows = _rows(c, cloud_id, sorted(wanted)) if wanted else []
    found: dict[Match, Sequence[int] | None] = {}
    for match, (word, whole) in single.items():
        if not word or rows is None:
            found[match] = _several(c, cloud_id, match, types)
            continue
        here = (row for row in rows if row.word == word and (not whole or row.position == WHOLE))
        found[match] = list(dict.fromkeys(row.tag_id for row in here if types is None or row.resource_type in types))
    return found


def _single(match: Match) -> tuple[str, bool]:
    """The one word that a comparison looks for, and whether it is the whole tag; no word where it is something else."""
    value, parts = match.values[0], split(match.values[0].text)
    if value.prefix:
        return "", False
    if match.how == "=" or not parts:
        return short(fold(value.text)), True
    return (parts[0], False) if len(parts) == 1 else ("", False)


def _rows(c: Connection, cloud_id: int, wanted: list[str]) -> Sequence[Any] | None:
    rows = c.execute(_words_of_tags(), {"cloud": cloud_id, "words": wanted}).all()
    return rows if len(rows) <= MOST_TAGS else None


@cache
def _words_of_tags() -> Select[Any]:
    found = select(tag_words.c.word, tag_words.c.position, tag_words.c.tag_id, tags.c.resource_type)
    here = (tag_words.c.cloud_id == bindparam("cloud"), tag_words.c.word.in_(bindparam("words", expanding=True)))
    return found.join(tags, tags.c.id == tag_words.c.tag_id).where(*here).limit(MOST_TAGS + 1)


def _types(node: Node) -> Sequence[str] | None:
    """The resource type that a conjunction is about, if it says so: tags are kept by type."""
    parts = node.parts if isinstance(node, And) else [node]
    said = [part for part in parts if isinstance(part, Match) and part.field == "resource_type" and part.how in (":", "=")]
    return [fold(said[0].values[0].text)] if said and not said[0].values[0].prefix else None


def _several(c: Connection, cloud_id: int, match: Match, types: Sequence[str] | None) -> Sequence[int] | None:
    query = named_tags(match.values[0], whole=match.how == "=").where(tag_words.c.cloud_id == cloud_id)
    if types:
        query = query.join(tags, tags.c.id == tag_words.c.tag_id).where(tags.c.resource_type.in_(types))
    found = c.execute(query.distinct().limit(MOST_TAGS + 1)).scalars().all()
    return None if len(found) > MOST_TAGS else list(found)


def named_tags(value: Value, *, whole: bool) -> Select[Any]:
    """Rows of the tags with a word, words in a row, a beginning, or a whole name."""
    first, text, parts = tag_words, short(fold(value.text)), split(value.text)
    query = select(first.c.tag_id)
    if value.prefix:
        begins = (first.c.word >= text) & (first.c.word < text + "\U0010ffff")
        return query.where(begins, *([first.c.position == WHOLE] if whole else []))
    if whole or not parts:
        return query.where(first.c.word == text, first.c.position == WHOLE)
    query = query.where(first.c.word == parts[0], *([first.c.position > WHOLE] if len(parts) > 1 else []))
    for place, word in enumerate(parts[1:], 1):
        again = tag_words.alias(f"word_{place}")
        here = (again.c.tag_id == first.c.tag_id) & (again.c.position == first.c.position + place)
        query = query.where(again.c.cloud_id == first.c.cloud_id, again.c.word == word, here)
    return query


def entries_of(c: Connection, cloud_id: int, field: Field, value: Value) -> Sequence[str]:
    """The IDs of a datasource's entries that are called so."""
    if value.prefix:
        return []
    here = (metadata_fields.c.cloud_id == cloud_id, metadata_fields.c.external_id == field.key)
    called = or_(metadata_entries.c.value == value.text, func.lower(metadata_entries.c.value) == value.text.lower())
    query = select(metadata_entries.c.external_id).join(metadata_fields, metadata_fields.c.id == metadata_entries.c.field_id)
    return c.execute(query.where(*here, called).limit(MOST_TAGS)).scalars().all()


def rarest(c: Connection, cloud_id: int, row: Sequence[str]) -> int:
    """The place of the word that the fewest texts have, counted up to a bound."""
    found = [select(words.c.word).where(words.c.cloud_id == cloud_id, words.c.word == word).limit(MOST_COUNTED) for word in row]
    counts = c.execute(select(*(select(func.count()).select_from(item.subquery()).scalar_subquery() for item in found)))
    said = list(counts.one())
    return said.index(min(said))
