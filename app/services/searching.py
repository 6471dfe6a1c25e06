"""Search: an expression and an order in, a page of assets, their number and aggregations out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row

from app.db import assets, tags, versions
from app.db.assets import Asset
from app.db.engine import Database, now
from app.errors import BadRequest
from app.params.search import SearchParams
from app.search import facets, order
from app.search.facets import Facet, Range
from app.search.order import NEWEST, Order, Place
from app.search.parse import parse
from app.search.query import Plan, expanded, plan
from app.search.scope import prepare
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

    def search(self, caller: Caller, params: SearchParams) -> Found:
        """One page. Raises BadRequest for an expression, an order or a cursor that is wrong."""
        text, ordered = (params.expression or "").strip(), Order(params.sort_by or NEWEST)
        wanted = [_facet(name, ranges) for name, ranges in params.aggregate or ()]
        tree, key = expanded(parse(text)), f"{caller.cloud_id} {ordered.sorts} {text}"
        after = order.read(key, params.next_cursor, ordered)
        moment = after.moment if after else now()
        with self.db.read() as c:
            chosen = plan(c, tree, prepare(c, caller.cloud_id, tree, moment))
            total = after.total if after else c.execute(chosen.count()).scalar_one()
            found, place = _page(c, chosen, ordered, params.size, after) if params.size else ([], None)
            ids = [asset.id for asset in found]
            names, shown = tags.of(c, ids), {*(params.with_field or ()), *(params.fields or ())}
            return Found(
                [asset._replace(tags=names[asset.id]) for asset in found],
                total,
                order.write(key, Place(place, moment, total)) if place else None,
                {facet.name: facets.counts(c, chosen, facet) for facet in wanted},
                assets.facts_of(c, ids) if shown.intersection(OF_FACTS) else {},
                versions.sizes(c, caller.cloud_id, [asset.asset_id for asset in found if asset.backup]),
            )


def _page(
    c: Connection, chosen: Plan, ordered: Order, size: int, after: Place | None
) -> tuple[list[Asset], tuple[Any, ...] | None]:
    """A page of assets, and the place of the last one if more follow."""
    query, ground = chosen.page(assets.COLUMNS, newest=ordered.newest)
    keys = [column.label(f"sort_{number}") for number, column in enumerate(ordered.columns(ground))]
    rows: list[Row[Any]] = []
    for half in ordered.halves(after):
        wanted = size + 1 - len(rows)
        rows += c.execute(ordered.lay(query.add_columns(*keys), ground, after, half).limit(wanted)).all() if wanted else []
    width = len(assets.COLUMNS)
    found = [Asset(*list[Any](row)[:width]) for row in rows[:size]]
    return found, (*rows[size - 1][width:], found[-1].id) if len(rows) > size else None


def _facet(name: str, ranges: Sequence[tuple[str, float | None, float | None]]) -> Facet:
    """Raises BadRequest for what is not aggregated."""
    if ranges and name in facets.MEASURED:
        return Facet(name, [Range(*item) for item in ranges])
    if not ranges and (name in facets.NAMES or name in facets.USUAL):
        return Facet(name, facets.USUAL.get(name, ()))
    known = ", ".join(facets.MEASURED if ranges else [*facets.NAMES, *facets.USUAL])
    raise BadRequest.invalid("aggregate", name, f"expected one of {known}")
