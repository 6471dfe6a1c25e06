"""One table made equal to the same table of another database, whatever kinds the two are.

Rows are compared in the order of their primary keys, a batch at a time. First what is gone or differs is deleted, then what is
missing is inserted: so no unique value is in the way, and what a deletion took along by its cascades is missing in later tables.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, ColumnElement, Connection, Table, Text, and_, bindparam, delete, insert, literal, select, tuple_
from sqlalchemy import cast as sql_cast
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table
from sqlalchemy.sql.expression import TableClause
from sqlalchemy.types import NullType

from app.db.engine import Database

BATCH = 1000

Key = tuple[Any, ...]
Row = tuple[Any, ...]
Span = tuple[Key | None, Key | None]  # keys after the first, up to the second; None is open
Told = Callable[[int], None]


@dataclass(frozen=True)
class Side:
    """A table as both databases can say it: JSON as its stored text, computed columns left out, rows by their primary key."""

    table: TableClause
    read: Sequence[ColumnElement[Any]]
    names: Sequence[str]
    key: Sequence[str]
    places: Sequence[int]  # of the key in a row
    texts: frozenset[int]  # places of JSON in a row

    @classmethod
    def of(cls, table: Table) -> "Side":
        kept = [item for item in table.c if item.computed is None]
        said = sql_table(table.name, *(sql_column(c.name, NullType() if isinstance(c.type, JSON) else c.type) for c in kept))
        read = [sql_cast(said.c[c.name], Text) if isinstance(c.type, JSON) else said.c[c.name] for c in kept]
        names, key = [item.name for item in kept], [item.name for item in table.primary_key]
        texts = frozenset(place for place, item in enumerate(kept) if isinstance(item.type, JSON))
        return cls(said, read, names, key, [names.index(name) for name in key], texts)

    @property
    def key_columns(self) -> list[ColumnElement[Any]]:
        return [self.table.c[name] for name in self.key]

    def key_of(self, row: Row) -> Key:
        return tuple(row[place] for place in self.places)

    def within(self, span: Span) -> list[ColumnElement[bool]]:
        after, upto = (
            key and tuple_(*(literal(v, self.table.c[n].type) for n, v in zip(self.key, key, strict=True))) for key in span
        )
        columns = tuple_(*self.key_columns)
        return ([columns > after] if after is not None else []) + ([columns <= upto] if upto is not None else [])

    def rows(self, c: Connection, span: Span, most: int | None = None) -> list[Row]:
        query = select(*self.read).select_from(self.table).where(*self.within(span)).order_by(*self.key_columns)
        return [tuple(row) for row in c.execute(query.limit(most) if most else query)]

    def batches(self, c: Connection, span: Span) -> Iterator[tuple[list[Row], Span]]:
        """Rows, and the range of keys they fill."""
        after, upto = span
        while rows := self.rows(c, (after, upto), BATCH):
            last = self.key_of(rows[-1])
            yield rows, (after, last)
            after = last

    def same(self, one: Row, other: Row) -> bool:
        """SQLite may write a number in JSON in another form than it was given."""
        return one == other or all(
            a == b or (place in self.texts and None not in (a, b) and json.loads(a) == json.loads(b))
            for place, (a, b) in enumerate(zip(one, other, strict=True))
        )


def level(c: Connection, target: Database, table: Table, told: Told) -> int:
    """Make the table in `target` what it is in the snapshot `c`; how many rows were deleted or inserted. It may be run again."""
    side = Side.of(table)
    with target.read() as there:
        empty = there.execute(select(side.table).limit(1)).first() is None
    if empty:
        return _insert(c, target, side, (None, None), told)
    gone, missing = _delete(c, target, side, told)
    return gone + sum(_insert(c, target, side, span, lambda _: None) for span in missing)


def _delete(c: Connection, target: Database, side: Side, told: Told) -> tuple[int, list[Span]]:
    """Delete what the snapshot has not, or has otherwise; how many rows, and the ranges in which rows are missing now."""
    missing: list[Span] = []
    count, end = 0, None
    for rows, span in side.batches(c, (None, None)):
        gone, short = _delete_within(target, side, span, {side.key_of(row): row for row in rows})
        count, end = count + gone, span[1]
        missing += [span] if short else []
        told(len(rows))
    return count + _delete_within(target, side, (end, None), {})[0], missing


def _delete_within(target: Database, side: Side, span: Span, here: Mapping[Key, Row]) -> tuple[int, bool]:
    """How many were deleted, and whether others are missing."""
    with target.read() as c:
        there = {side.key_of(row): row for row in side.rows(c, span)}
    wrong = [key for key, row in there.items() if key not in here or not side.same(here[key], row)]
    if wrong:
        by_key = and_(*(item == bindparam(f"key_{item.name}", type_=item.type) for item in side.key_columns))
        with target.begin() as tx:
            tx.execute(
                delete(side.table).where(by_key), [{f"key_{n}": v for n, v in zip(side.key, key, strict=True)} for key in wrong]
            )
    return len(wrong), len(here) > len(there) - len(wrong)


def _insert(c: Connection, target: Database, side: Side, span: Span, told: Told) -> int:
    count = 0
    for rows, part in side.batches(c, span):
        with target.begin() as tx:
            known = {tuple(row) for row in tx.execute(select(*side.key_columns).where(*side.within(part)))}
            fresh = [dict(zip(side.names, row, strict=True)) for row in rows if side.key_of(row) not in known]
            if fresh:
                tx.execute(insert(side.table), fresh)
        count += len(fresh)
        told(len(rows))
    return count
