"""The table of search parameters, and the shapes of sorting and aggregation."""

import math
import re
from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from pydantic import BeforeValidator

from app.params.admin import MOST_RESULTS, PageParams
from app.params.kinds import Count, Csv, P, Text

WITH_FIELDS = ("context", "tags", "metadata", "image_metadata", "image_analysis", "quality_analysis", "accessibility_analysis")
KEY = re.compile(r"[A-Za-z0-9_-]{1,20}")
MOST_SORTS, MOST_AGGREGATES, MOST_RANGES = 8, 20, 50


def _whole(value: object) -> list[Any]:
    """JSON text, one thing or a list of things: a list."""
    if isinstance(value, str) and value.strip()[:1] in ("[", "{"):
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            raise ValueError("expected JSON") from None
    if isinstance(value, list | tuple):
        return [part for item in value for part in (_whole(item) if isinstance(item, str) and item[:1] == "{" else [item])]
    return [value] if isinstance(value, Mapping) or not isinstance(value, str) else [part for part in value.split(",") if part]


def _sorts(value: object) -> object:
    """`[{"public_id": "asc"}]`, `[["public_id", "asc"]]`, `{"public_id": "asc"}`, `public_id:asc`: a field and whether it falls."""
    found: dict[str, bool] = {}
    for item in _whole(value):
        if isinstance(item, Mapping):
            pairs = list(item.items())
        elif isinstance(item, list | tuple) and len(item) == 2:
            pairs = [(item[0], item[1])]
        else:
            name, _, way = str(item).partition(":")
            pairs = [(name, way)]
        for name, way in pairs:
            word = str(way or "desc").lower()
            if word not in ("asc", "desc"):
                raise ValueError("expected each field asc or desc")
            found.setdefault(str(name).strip(), word == "desc")
    if len(found) > MOST_SORTS:
        raise ValueError(f"expected at most {MOST_SORTS} fields")
    return list(found.items())


def _aggregates(value: object) -> object:
    """Names, and objects `{"type": …, "ranges": [{"key": …, "from": …, "to": …}]}`: pairs of a name and its ranges."""
    found: dict[str, list[tuple[str, float | None, float | None]]] = {}
    for item in _whole(value):
        if isinstance(item, Mapping):
            ranges = item.get("ranges")
            if not isinstance(ranges, list | tuple) or not 0 < len(ranges) <= MOST_RANGES:
                raise ValueError(f"expected 1 to {MOST_RANGES} ranges")
            found[str(item.get("type"))] = [_range(one) for one in ranges]
        else:
            found[str(item).strip()] = []
    if len(found) > MOST_AGGREGATES:
        raise ValueError(f"expected at most {MOST_AGGREGATES} aggregations")
    return list(found.items())


def _range(item: object) -> tuple[str, float | None, float | None]:
    if not isinstance(item, Mapping) or not KEY.fullmatch(str(item.get("key", ""))):
        raise ValueError("a range has a key of 1 to 20 letters, digits, - and _")
    low, high = (_edge(item.get(name)) for name in ("from", "to"))
    if low is None and high is None:
        raise ValueError("a range has from, to, or both")
    return str(item["key"]), low, high


def _edge(value: object) -> float | None:
    if value is None or value == "":
        return None
    try:
        number = float(str(value))
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or isinstance(value, bool):
        raise ValueError("from and to are numbers")
    return number


def _known(value: object) -> object:
    unknown = [name for name in value if name not in WITH_FIELDS] if isinstance(value, list) else []
    if unknown:
        raise ValueError(f"expected {', '.join(WITH_FIELDS)}")
    return value


def _list(value: object) -> object:
    return [str(item).strip() for item in _whole(value) if str(item).strip()]


Sorts = Annotated[list[tuple[str, bool]] | None, BeforeValidator(_sorts)]
Aggregates = Annotated[list[tuple[str, list[tuple[str, float | None, float | None]]]] | None, BeforeValidator(_aggregates)]
WithFields = Annotated[list[str] | None, BeforeValidator(_known), BeforeValidator(_list)]


class SearchParams(PageParams):
    """`GET` and `POST resources/search`, and the query of a search URL."""

    expression: Text = P("What to look for; everything unless told.")
    sort_by: Sorts = P('Fields, first things first: [{"public_id": "asc"}]; newest first unless told.')
    max_results: Count = P("Assets a page: 50 unless told, 500 at most; 0 only counts.")
    aggregate: Aggregates = P("Also count by format, resource_type, type, or by ranges of bytes, pixels or duration.")
    with_field: WithFields = P(f"Also tell {', '.join(WITH_FIELDS)}.")
    fields: Csv = P("Only these fields, beside those that name the asset.")

    @property
    def size(self) -> int:
        return min(50 if self.max_results is None else self.max_results, MOST_RESULTS)
