"""Aggregations: how many of the assets have each value of a field, or lie in each range."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, case, func, true

from app.db.tables import assets
from app.search.query import Plan, Values

NAMES = ("format", "resource_type", "type")
MEGA = 1_000_000
# What a range is measured on, and of which resource type.
MEASURED = {
    "bytes": ("bytes", None),
    "pixels": ("pixels", None),
    "image_pixels": ("pixels", "image"),
    "video_pixels": ("pixels", "video"),
    "duration": ("duration", None),
}


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` (included) to `high` (left out); either may be missing."""

    key: str
    low: float | None = None
    high: float | None = None


# The ranges of those that are asked for by their name alone.
USUAL: Mapping[str, Sequence[Range]] = {
    "bytes": (
        Range("tiny", None, 100 * 1024),
        Range("small", 100 * 1024, 1024**2),
        Range("medium", 1024**2, 10 * 1024**2),
        Range("large", 10 * 1024**2, None),
    ),
    "pixels": (
        Range("tiny", None, 0.1 * MEGA),
        Range("small", 0.1 * MEGA, MEGA),
        Range("medium", MEGA, 10 * MEGA),
        Range("large", 10 * MEGA, None),
    ),
    "duration": (Range("short", None, 60), Range("medium", 60, 600), Range("long", 600, None)),
}
USUAL = {**USUAL, "image_pixels": USUAL["pixels"], "video_pixels": USUAL["pixels"]}


@dataclass(frozen=True, slots=True)
class Facet:
    """One aggregation: by value where it has no ranges."""

    name: str
    ranges: Sequence[Range] = ()


def counts(c: Connection, plan: Plan, values: Values, facet: Facet) -> dict[str, int]:
    """Key -> how many; values and ranges that no asset has are left out."""
    if not facet.ranges:
        column = assets.c[facet.name]
        query = plan.grouped([column, func.count()]).group_by(column)
        return {str(value): int(count) for value, count in c.execute(query, values) if value is not None}
    measured, kind = MEASURED[facet.name]
    sums = [func.sum(case((_inside(measured, kind, item), 1), else_=0)) for item in facet.ranges]
    found = c.execute(plan.grouped(sums), values).one()
    return {item.key: int(count) for item, count in zip(facet.ranges, found, strict=True) if count}


def _inside(column: str, kind: str | None, item: Range) -> ColumnElement[bool]:
    measured = assets.c[column]
    bounds = [measured >= item.low] if item.low is not None else []
    bounds += [measured < item.high] if item.high is not None else []
    return and_(true(), measured.is_not(None), *bounds, *([assets.c.resource_type == kind] if kind else []))
