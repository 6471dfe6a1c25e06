"""The order of results, and the cursor that finds the place again where a page ended."""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Select, and_, bindparam, false, or_, tuple_

from app.db.engine import now
from app.db.tables import assets
from app.errors import BadRequest
from app.search.fields import PLAIN
from app.search.leaves import Ground

GOOD_FOR = 72 * 3600 * 1_000_000  # microseconds a cursor is taken
FARTHEST = 2**63
NEWEST = (("created_at", True),)
SCORE = "score"  # how well an asset matches the free text
SORTED = {name: field for name, field in PLAIN.items() if field.sorted}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the sort values of its last asset and its row, the moment of the first page, and its total."""

    values: tuple[Any, ...]
    moment: int
    total: int


@dataclass(frozen=True, slots=True)
class Order:
    """Fields and whether each falls; what has no value comes last either way."""

    sorts: Sequence[tuple[str, bool]] = NEWEST

    def __post_init__(self) -> None:
        for name, _ in self.sorts:
            if name not in SORTED and name != SCORE:
                raise BadRequest.invalid("sort_by", name, f"expected one of {', '.join([*SORTED, SCORE])}")

    @property
    def newest(self) -> bool:
        return [name for name, _ in self.sorts] == ["created_at"]

    def columns(self, ground: Ground) -> list[ColumnElement[Any]]:
        return [ground.column(_column(name)) for name, _ in self.sorts]

    @property
    def kinds(self) -> list[type]:
        """What the values of a place are, each of them None where an asset has none."""
        return [*(int if name == SCORE else assets.c[_column(name)].type.python_type for name, _ in self.sorts), int]

    def halves(self, after: Place | None) -> list[bool | None]:
        """How to read in the order of one column's index what may be absent there: those with a value, then those without.

        [None] where all is read at once.
        """
        if len(self.sorts) != 1 or not _may_be_absent(self.sorts[0][0]):
            return [None]
        return [False] if after and after.values[0] is None else [True, False]

    def bound(self, after: Place | None) -> dict[str, Any]:
        """The values of a place, as statements name them."""
        return {f"place_{number}": value for number, value in enumerate(after.values)} if after else {}

    def lay(self, query: Select[Any], ground: Ground, after: Place | None, valued: bool | None = None) -> Select[Any]:
        """The query in this order, from behind a place on. The row settles what is equal, the way the last field goes.

        Of the place's values only their absence matters here; they are bound.
        """
        columns = [*self.columns(ground), ground.id]
        if valued is not None:
            query = query.where(columns[0].is_not(None) if valued else columns[0].is_(None))
            after = None if after and not valued and after.values[0] is not None else after
        falls = [*(falls for _, falls in self.sorts), self.sorts[-1][1] if self.sorts else True]
        absent = [*(valued is None and _may_be_absent(name) for name, _ in self.sorts), False]
        names: list[Any] = [
            None if after and value is None else bindparam(f"place_{number}")
            for number, value in enumerate(_values(after, columns))
        ]
        if valued is False:
            columns, falls, absent, names = columns[1:], falls[1:], absent[1:], names[1:]
        if after:
            query = query.where(_behind(columns, falls, absent, names))
        for column, down, empty in zip(columns, falls, absent, strict=True):
            query = query.order_by(*([column.is_(None)] if empty else []), column.desc() if down else column.asc())
        return query


def _values(after: Place | None, columns: Sequence[Any]) -> Sequence[Any]:
    return after.values if after else columns


def _column(name: str) -> str:
    return name if name == SCORE else SORTED[name].column or name


def _may_be_absent(name: str) -> bool:
    return name != SCORE and bool(assets.c[_column(name)].nullable)


def _behind(columns: Sequence[Any], falls: Sequence[bool], absent: Sequence[bool], values: Sequence[Any]) -> ColumnElement[bool]:
    """What comes behind these values."""
    if len(set(falls)) == 1 and not any(absent):  # a plain range on the index
        left, right = tuple_(*columns), tuple_(*values)
        return left < right if falls[0] else left > right
    choices: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for column, down, empty, value in zip(columns, falls, absent, values, strict=True):
        later = (
            false() if value is None else or_(column < value if down else column > value, *([column.is_(None)] if empty else []))
        )
        choices.append(and_(*same, later))
        same.append(column.is_(None) if value is None else column == value)
    return or_(*choices)


def write(query: str, place: Place) -> str:
    """A place as one opaque text that only this query reads again."""
    body = [place.total, place.moment, now(), *place.values]
    return base64.urlsafe_b64encode(orjson.dumps([_seal(query, body), *body])).decode().rstrip("=")


def read(query: str, text: str | None, order: Order) -> Place | None:
    """The place again, or None for a first page. Raises BadRequest for a text that is not ours, of another query, or too old."""
    if not text:
        return None
    try:
        seal, *body = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        total, moment, written, *values = body
        ours = seal == _seal(query, body) and all(_fits(*pair) for pair in zip(order.kinds, values, strict=True))
    except (ValueError, TypeError, binascii.Error, IndexError):
        ours = False
    if not ours:
        raise BadRequest.invalid("next_cursor", text, "expected what the page before told, with the same query")
    if now() - written > GOOD_FOR:
        raise BadRequest.invalid("next_cursor", text, f"it expired after {GOOD_FOR // 3_600_000_000} hours")
    return Place(tuple(values), moment, total)


def _fits(kind: type, value: object) -> bool:
    return value is None or (
        (type(value) is kind or (kind is float and type(value) is int)) and not (isinstance(value, int) and abs(value) >= FARTHEST)
    )


def _seal(query: str, body: Sequence[Any]) -> str:
    return hashlib.sha256(query.encode() + orjson.dumps(list(body))).hexdigest()[:16]
