"""A tree -> statements, the same on SQLite and PostgreSQL, driven by the index that has the least to read.

A comparison that rows answer has three spellings: the rows themselves in the order of their index, the set of their assets,
and a look whether one asset has such a row. What is read first is chosen by counting a little of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, false, func, literal, not_, or_, select, true, union
from sqlalchemy.sql.util import ClauseAdapter

from app.db.tables import assets
from app.search.fields import READERS, TABLE
from app.search.leaves import FREE, Condition, Ground, Links, links, own
from app.search.scope import Scope, matches
from app.search.tree import And, Match, Node, Not, Or

MANY = 5000  # assets from which on reading in order and looking at each is the better way
MOST_COUNTED = 6
MOST_UNITED = 100
FREE_FIELDS = ("tags", FREE, "public_id", "format", "asset_folder")
PINPOINT = ("public_id", "asset_id", "etag", "asset_folder", "folder")  # equality on these leaves little
RANGES = [field.name for field in TABLE if field.column and field.kind in READERS and field.name != "created_at"]

Ids = Select[Any]


def expanded(node: Node) -> Node:
    """The tree with free text spelled out: a value without a field is looked for in every field of free text."""
    match node:
        case Match():
            if node.field:
                return node
            if node.values[0].anything:
                return And(())
            return Or(tuple(replace(node, field=name) for name in FREE_FIELDS))
        case Not():
            return Not(expanded(node.part))
        case _:
            return type(node)(tuple(expanded(part) for part in node.parts))


@dataclass(frozen=True, slots=True)
class Plan:
    """A tree in one cloud: its parts, all of which hold, and the part that is read first, if one is better than reading all."""

    scope: Scope
    parts: Sequence[Node]
    first: Node | None = None
    few: bool = True  # whether what is read first is little

    def page(self, columns: Sequence[ColumnElement[Any]], *, newest: bool) -> tuple[Select[Any], Ground]:
        """The assets with these columns; `newest`: they will be ordered by creation, as the indexes are."""
        link = _link(self.first, self.scope)
        if link and link.ordered and newest:
            return self._from(link, columns)
        return self._of_assets(columns, self.first if self.few else None, veiled=newest and not self.few)

    def count(self) -> Select[Any]:
        """How many there are."""
        return self._ids(func.count())

    def grouped(self, columns: Sequence[ColumnElement[Any]]) -> Select[Any]:
        """Columns of all the assets, for aggregation."""
        return self._of_assets(columns, self.first)[0]

    def ids(self) -> Ids:
        return self._ids(None)

    def _ids(self, what: ColumnElement[Any] | None) -> Select[Any]:
        link = _link(self.first, self.scope)
        if link and link.ordered:
            return self._from(link, None, what)[0]
        return self._of_assets([assets.c.id if what is None else what], self.first)[0]

    def _from(
        self, link: Links, columns: Sequence[ColumnElement[Any]] | None, what: ColumnElement[Any] | None = None
    ) -> tuple[Select[Any], Ground]:
        """Read a link's rows; the assets join in only where their own columns are needed."""
        read = link.table.alias("first")  # conditions look into the same table once more
        ground = Ground(read.c.asset_id, read.c.created_at, assets=columns is not None)
        here = [ClauseAdapter(read).traverse(part) for part in link.where]
        rest = [condition(part, ground, self.scope) for part in self.parts if part is not self.first]
        chosen = columns if columns is not None else [ground.id if what is None else what]
        source = read.join(assets, assets.c.id == read.c.asset_id) if ground.assets else read
        return select(*chosen).select_from(source).where(*here, *rest), ground

    def _of_assets(
        self, columns: Sequence[ColumnElement[Any]], first: Node | None, *, veiled: bool = False
    ) -> tuple[Select[Any], Ground]:
        ground = Ground(assets.c.id, assets.c.created_at, veiled=veiled)
        apart = first if first is not None and not _plain(first, self.scope) else None
        found = [condition(part, ground, self.scope) for part in self.parts if part is not apart]
        ground.veiled = False
        if apart is None:
            here = assets.c.cloud_id == self.scope.cloud_id
            return select(*columns).select_from(assets).where(here, *found), ground
        chosen = _set(apart, self.scope).distinct().subquery("chosen")  # joined, so that nothing but it can be read first
        return select(*columns).select_from(chosen.join(assets, assets.c.id == chosen.c[0])).where(*found), ground


def plan(c: Connection, node: Node, scope: Scope) -> Plan:
    """Choose what is read first: of the parts that rows or an index of a column answer the one with the fewest assets."""
    parts = tuple(node.parts) if isinstance(node, And) else (node,)
    able = [part for part in parts if _drives(part, scope)][:MOST_COUNTED]
    if not able:
        return Plan(scope, parts)
    looks = [look for part in able for look in _looks(part, scope)]
    said = c.execute(select(*looks)).one()
    ranks = [(said[2 * number], not _ordered(part, scope), said[2 * number + 1] or 0) for number, part in enumerate(able)]
    least = min(range(len(able)), key=lambda number: ranks[number])
    return Plan(scope, parts, able[least], ranks[least][0] < MANY)


def _looks(part: Node, scope: Scope) -> list[ColumnElement[Any]]:
    """How many assets a part has, counted up to MANY, and how far back so many reach where they are in order: rare ones far."""
    link = _link(part, scope)
    if link and link.ordered:
        created = link.table.c.created_at
        newest = select(created).where(*link.where).order_by(created.desc()).limit(MANY).subquery()
        return [select(what).select_from(newest).scalar_subquery() for what in (func.count(), func.min(newest.c[0]))]
    some = _set(part, scope).limit(MANY).subquery()
    return [select(func.count()).select_from(some).scalar_subquery(), literal(0)]


def _ordered(node: Node, scope: Scope) -> bool:
    link = _link(node, scope)
    return link is not None and link.ordered


def condition(node: Node, ground: Ground, scope: Scope) -> Condition:
    """What a tree asks of one asset."""
    match node:
        case Match():
            found = links(node, scope)
            return own(node, ground, scope) if found is None else or_(false(), *(link.of(ground) for link in found))
        case Not():
            return not_(condition(node.part, ground, scope))
        case And():
            return and_(true(), *(condition(part, ground, scope) for part in node.parts))
        case Or():
            return or_(false(), *(condition(part, ground, scope) for part in node.parts))


def _plain(node: Node, scope: Scope) -> bool:
    """Whether the assets' own columns answer all of it."""
    return all(links(match, scope) is None for match in matches(node))


def _drives(node: Node, scope: Scope) -> bool:
    """Whether an index leads to its assets: some rows, a pinpointing column, or a choice of such."""
    match node:
        case Match():
            if links(node, scope) is None:
                return (node.field in PINPOINT and node.how in (":", "=")) or node.field in RANGES
            return node.field != "tags" or not node.values[0].anything
        case Or():
            return len(node.parts) <= MOST_UNITED and not _plain(node, scope) and all(_leads(part, scope) for part in node.parts)
        case _:
            return False


def _leads(node: Node, scope: Scope) -> bool:
    """The same for a branch of a choice, which any column may answer."""
    match node:
        case Match():
            return links(node, scope) is None or _drives(node, scope)
        case And():
            return any(_drives(part, scope) for part in node.parts)
        case _:
            return _drives(node, scope)


def _set(node: Node, scope: Scope) -> Ids:
    """The assets of a part that drives."""
    match node:
        case Match():
            found = links(node, scope)
            if found is None:
                ground = Ground(assets.c.id, assets.c.created_at)
                return select(assets.c.id).where(assets.c.cloud_id == scope.cloud_id, own(node, ground, scope))
            return _united([link.ids() for link in found])
        case Or():
            return _united([_set(part, scope) for part in node.parts])
        case And():
            first = next(part for part in node.parts if _drives(part, scope))
            return Plan(scope, node.parts, first).ids()
        case Not():
            raise AssertionError("what is excluded leads nowhere")


def _united(sets: Sequence[Ids]) -> Ids:
    if len(sets) == 1:
        return sets[0]
    if not sets:
        return select(literal(0)).where(false())
    together = union(*sets).subquery()
    return select(together.c[0])


def _link(node: Node | None, scope: Scope) -> Links | None:
    """The one table of rows that answers a comparison, if there is one."""
    found = links(node, scope) if isinstance(node, Match) else None
    return found[0] if found and len(found) == 1 else None
