"""A shape -> statements, the same on SQLite and PostgreSQL, driven by the index that has the least to read.

A leaf that rows answer has three spellings: the rows themselves in the order of their index, the set of their assets, and a look
whether one asset has such a row. What is read first is chosen by counting a little of each.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.sql.util import ClauseAdapter

from app.db.tables import assets
from app.search.leaves import CLOUD, Condition, Ground, Links, links, own
from app.search.shape import ANY, EVERYTHING, NOTHING, OWN, TAGS, Leaf, Shape
from app.search.tree import And, Not, Or

MANY = 5000  # assets from which on reading in order and looking at each is the better way
SOME = 1000  # assets that tell which of several lists in order is the rarer one
MOST_COUNTED = 6
MOST_UNITED = 200

Columns = Sequence[ColumnElement[Any]]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """The parts of a shape, all of which hold, and the one that is read first, if one is better than reading all.

    `few`: whether that one is little. `kept` are the statements that were made of it.
    """

    parts: Sequence[Shape]
    first: Shape | None = None
    few: bool = True
    kept: dict[object, Select[Any]] = field(default_factory=dict)

    def keep(self, key: object, made: Callable[[], Select[Any]]) -> Select[Any]:
        """The statement of a key, made the first time."""
        if key not in self.kept:
            self.kept[key] = made()
        return self.kept[key]

    def page(self, columns: Columns, *, newest: bool) -> tuple[Select[Any], Ground]:
        """The assets with these columns; `newest`: they will be ordered by creation, as the indexes are."""
        link = _link(self.first)
        if link and link.ordered and newest:
            return self._from(link, columns)
        return self._of_assets(columns, self.first if self.few else None, veiled=newest and not self.few)

    def score(self, ground: Ground) -> ColumnElement[Any]:
        """How well an asset matches: the weights of all fields of free text that it is found in; 0 without free text."""
        weighed = [leaf for part in self.parts for leaf in _leaves(part) if leaf.weight]
        return sum((case((condition(leaf, ground), leaf.weight), else_=0) for leaf in weighed), start=literal(0))

    def count(self) -> Select[Any]:
        """How many there are."""
        return self.keep("count", lambda: self._ids(func.count()))

    def grouped(self, columns: Columns) -> Select[Any]:
        """Columns of all the assets, for aggregation."""
        return self._of_assets(columns, self.first)[0]

    def ids(self) -> Select[Any]:
        return self._ids(None)

    def _ids(self, what: ColumnElement[Any] | None) -> Select[Any]:
        link = _link(self.first)
        if link and link.ordered:
            return self._from(link, None, what)[0]
        return self._of_assets([assets.c.id if what is None else what], self.first)[0]

    def _from(self, link: Links, columns: Columns | None, what: ColumnElement[Any] | None = None) -> tuple[Select[Any], Ground]:
        """Read a link's rows; the assets join in only where their own columns are needed."""
        read = link.table.alias("first")  # conditions look into the same table once more
        ground = Ground(read.c.asset_id, read.c.created_at, assets=columns is not None)
        here = [ClauseAdapter(read).traverse(part) for part in link.where]
        rest = [condition(part, ground) for part in self.parts if part is not self.first]
        chosen = columns if columns is not None else [ground.id if what is None else what]
        source = read.join(assets, assets.c.id == read.c.asset_id) if ground.assets else read
        return select(*chosen).select_from(source).where(*here, *rest), ground

    def _of_assets(self, columns: Columns, first: Shape | None, *, veiled: bool = False) -> tuple[Select[Any], Ground]:
        ground = Ground(assets.c.id, assets.c.created_at, veiled=veiled)
        apart = first if first is not None and not _plain(first) else None
        found = [condition(part, ground) for part in self.parts if part is not apart]
        ground.veiled = False
        if apart is None:
            here = assets.c.cloud_id == bindparam(CLOUD)
            return select(*columns).select_from(assets).where(here, *found), ground
        chosen = _set(apart).distinct().subquery("chosen")  # joined, so that nothing but it can be read first
        return select(*columns).select_from(chosen.join(assets, assets.c.id == chosen.c[0])).where(*found), ground


@dataclass(frozen=True, slots=True)
class Plans:
    """What may be read first of a shape, the look that decides, and the plan of each decision."""

    parts: Sequence[Shape]
    able: Sequence[Shape]
    ordered: Sequence[bool]  # whether each of them is read in the order of creation
    looks: Sequence[Select[Any]]  # where results are not ordered by creation, and where they are
    made: dict[tuple[int, bool], Plan] = field(default_factory=dict)

    def choose(self, c: Connection, values: Values, *, newest: bool) -> Plan:
        """Of the parts that rows or an index of a column answer the one with the fewest assets."""
        if not self.looks:
            return self._plan(-1, True)
        if len(self.able) == 1 and newest and self.ordered[0]:
            return self._plan(0, True)
        said = c.execute(self.looks[newest], values).one()
        ranks = [(said[2 * number], not ordered, said[2 * number + 1] or 0) for number, ordered in enumerate(self.ordered)]
        least = min(range(len(ranks)), key=lambda number: ranks[number])
        return self._plan(least, ranks[least][0] < (SOME if newest and self.ordered[least] else MANY))

    def _plan(self, number: int, few: bool) -> Plan:
        if (number, few) not in self.made:
            self.made[number, few] = Plan(self.parts, self.able[number] if number >= 0 else None, few)
        return self.made[number, few]


@lru_cache(maxsize=512)
def plans(shape: Shape) -> Plans:
    """How to read a shape; made once, as are its statements."""
    parts = tuple(shape.parts) if isinstance(shape, And) else (shape,)
    able = [part for part in parts if _drives(part)][:MOST_COUNTED]
    found = [_link(part) for part in able]
    ordered = [link is not None and link.ordered for link in found]
    looks = [select(*(look for part in able for look in _looks(part, most))) for most in (MANY, SOME)] if able else []
    return Plans(parts, able, ordered, looks)


def _looks(part: Shape, most: int) -> list[ColumnElement[Any]]:
    """How many assets a part has, counted up to a bound, and how far back so many reach where they are in order: rare ones far."""
    link = _link(part)
    if link and link.ordered:
        created = link.table.c.created_at
        newest = select(created).where(*link.where).order_by(created.desc()).limit(most).subquery()
        return [select(what).select_from(newest).scalar_subquery() for what in (func.count(), func.min(newest.c[0]))]
    some = _set(part).limit(MANY).subquery()
    return [select(func.count()).select_from(some).scalar_subquery(), literal(0)]


def condition(shape: Shape, ground: Ground) -> Condition:
    """What a shape asks of one asset."""
    match shape:
        case Leaf():
            found = links(shape)
            return found.of(ground) if found else own(shape, ground)
        case Not():
            return not_(condition(shape.part, ground))
        case And():
            return and_(true(), *(condition(part, ground) for part in shape.parts))
        case Or():
            return or_(false(), *(condition(part, ground) for part in shape.parts))


def _leaves(shape: Any) -> Iterator[Leaf]:
    match shape:
        case Leaf():
            yield shape
        case Not():
            yield from _leaves(shape.part)
        case _:
            for part in shape.parts:
                yield from _leaves(part)


def _plain(shape: Shape) -> bool:
    """Whether the assets' own columns answer all of it."""
    return all(leaf.reads in (OWN, EVERYTHING, NOTHING) for leaf in _leaves(shape))


def _drives(shape: Any) -> bool:
    """Whether an index leads to its assets: some rows, a column, or a choice of such."""
    match shape:
        case Leaf():
            if _plain(shape):
                return shape.leads
            return shape.reads != TAGS or shape.form != ANY
        case Or():
            return (
                len(shape.parts) <= MOST_UNITED
                and all(_leads(part) for part in shape.parts)
                and (not _plain(shape) or all(map(_drives, shape.parts)))
            )
        case _:
            return False


def _leads(shape: Any) -> bool:
    """The same for a branch of a choice, which any column may answer."""
    match shape:
        case Leaf():
            return _plain(shape) or _drives(shape)
        case And():
            return any(_drives(part) for part in shape.parts)
        case _:
            return _drives(shape)


def _set(shape: Any) -> Select[Any]:
    """The assets of a part that drives."""
    match shape:
        case Leaf():
            found = links(shape)
            if found:
                return found.ids()
            if shape.reads == NOTHING:
                return select(literal(0)).where(false())
            ground = Ground(assets.c.id, assets.c.created_at)
            return select(assets.c.id).where(assets.c.cloud_id == bindparam(CLOUD), own(shape, ground))
        case Or():
            sets = union(*(_set(part) for part in shape.parts)).subquery()
            return select(sets.c[0])
        case And():
            first = next(part for part in shape.parts if _drives(part))
            return Plan(shape.parts, first).ids()
        case _:
            raise AssertionError("what is excluded leads nowhere")


def _link(shape: Shape | None) -> Links | None:
    """The table of rows that answers a leaf."""
    return links(shape) if isinstance(shape, Leaf) else None
