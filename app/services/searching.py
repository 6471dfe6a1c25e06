"""Search: an expression and an order in, a page of assets, their number and aggregations out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam

from app.db import assets, tags, versions
from app.db.assets import Asset, made
from app.db.engine import Database, now
from app.errors import BadRequest
from app.params.search import SearchParams
from app.search import facets, order
from app.search.facets import Facet, Range
from app.search.leaves import CLOUD
from app.search.meaning import expanded, meaning
from app.search.order import NEWEST, SCORE, Order, Place
from app.search.parse import parse
from app.search.query import Plan, Values, plans
from app.search.tree import Node
from app.services.accounts import Caller

OF_FACTS = ("image_metadata", "image_analysis", "quality_analysis", "accessibility_analysis")


@dataclass(frozen=True, slots=True)
class Found:
    """A page. `facts` by row and `backup_bytes` by asset ID, where there are any."""

    assets: Sequence[Asset]
    total: int
    next_cursor: str | None
    aggregations: Mapping[str, Mapping[str, int]]
    facts: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    backup_bytes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Searching:
    db: Database
    seconds: float = 10.0  # that a search may take

    def search(self, caller: Caller, params: SearchParams) -> Found:
        """One page. Raises BadRequest for an expression, an order or a cursor that is wrong."""
        text, ordered = (params.expression or "").strip(), Order(params.sort_by or NEWEST)
        wanted = [_facet(name, ranges) for name, ranges in params.aggregate or ()]
        tree, key = tree_of(text), f"{caller.cloud_id} {ordered.sorts} {text}"
        after = order.read(key, params.next_cursor, ordered)
        moment = after.moment if after else now()
        with self.db.read_within(self.seconds) as c:
            shape, values = meaning(c, caller.cloud_id, tree, moment)
            values[CLOUD] = caller.cloud_id
            chosen = plans(shape).choose(c, values, newest=ordered.newest)
            total = after.total if after else c.execute(chosen.count(), values).scalar_one()
            found, place = _page(c, chosen, values, ordered, params.size, after) if params.size else ([], None)
            ids = [asset.id for asset in found]
            names, shown = tags.of(c, ids), {*(params.with_field or ()), *(params.fields or ())}
            return Found(
                [asset._replace(tags=names[asset.id]) for asset in found],
                total,
                order.write(key, Place(place, moment, total)) if place else None,
                {facet.name: facets.counts(c, chosen, values, facet) for facet in wanted},
                assets.facts_of(c, ids) if shown.intersection(OF_FACTS) else {},
                versions.sizes(c, caller.cloud_id, [asset.asset_id for asset in found if asset.backup]),
            )


def _page(
    c: Connection, chosen: Plan, values: Values, ordered: Order, size: int, after: Place | None
) -> tuple[list[Asset], tuple[Any, ...] | None]:
    """A page of assets, and the place of the last one if more follow."""
    rows: list[Row[Any]] = []
    bound = {**values, **ordered.bound(after)}
    for half in ordered.halves(after):
        wanted = size + 1 - len(rows)
        key = (tuple(ordered.sorts), half, tuple(value is None for value in after.values) if after else None)
        query = chosen.keep(key, partial(_statement, chosen, ordered, after, half))
        rows += c.execute(query, bound | {"most": wanted}).all() if wanted else []
    width = len(assets.COLUMNS)
    found = [made(row[:width]) for row in rows[:size]]
    return found, (*rows[size - 1][width:], found[-1].id) if len(rows) > size else None


def _statement(chosen: Plan, ordered: Order, after: Place | None, half: bool | None) -> Select[Any]:
    """A page's statement; the assets' columns, and behind them what they are sorted by."""
    query, ground = chosen.page(assets.COLUMNS, newest=ordered.newest)
    if any(name == SCORE for name, _ in ordered.sorts):
        ground.score = chosen.score(ground)
    keys = [column.label(f"sort_{number}") for number, column in enumerate(ordered.columns(ground))]
    return ordered.lay(query.add_columns(*keys), ground, after, half).limit(bindparam("most"))


@lru_cache(maxsize=256)
def tree_of(text: str) -> Node:
    """The tree of an expression, free text spelled out. Raises BadRequest."""
    return expanded(parse(text))


def _facet(name: str, ranges: Sequence[tuple[str, float | None, float | None]]) -> Facet:
    """Raises BadRequest for what is not aggregated."""
    if ranges and name in facets.MEASURED:
        return Facet(name, [Range(*item) for item in ranges])
    if not ranges and (name in facets.NAMES or name in facets.USUAL):
        return Facet(name, facets.USUAL.get(name, ()))
    known = ", ".join(facets.MEASURED if ranges else [*facets.NAMES, *facets.USUAL])
    raise BadRequest.invalid("aggregate", name, f"expected one of {known}")
