"""What the values of an expression mean: numbers, sizes, ratios, lengths of time, moments; each as an interval."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from app.db.terms import NUMBER, number_of
from app.search.parse import wrong
from app.search.tree import Value

Interval = tuple[float, float]  # the least and the greatest number that a value stands for
SECOND, DAY = 1_000_000, 86_400_000_000  # microseconds
SIZES = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
LENGTHS = {"": 1, "s": 1, "m": 60, "h": 3600}
SPANS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
MONTHS = {"m": 1, "y": 12}
CLOSE = 0.005  # what two aspect ratios may differ and still be called the same


def number(value: Value, _now: int) -> Interval:
    return _point(value, _plain(value.text), "a number")


def size(value: Value, _now: int) -> Interval:
    """`5mb`, `5m`, `5242880`."""
    match = re.fullmatch(r"(.+?)([kmgt]?)b?", value.text.lower())
    return _point(value, _scaled(match, SIZES), "a size as in 1000, 500kb or 2m")


def duration(value: Value, _now: int) -> Interval:
    """Seconds, or `30s`, `5m`, `1h`."""
    return _point(value, _scaled(re.fullmatch(r"(.+?)([smh]?)", value.text.lower()), LENGTHS), "a length as in 90, 30s or 5m")


def ratio(value: Value, _now: int) -> Interval:
    """`1.5`, or `16:9`."""
    across, _, down = value.text.partition(":")
    wide, high = _plain(across), _plain(down) if down else 1.0
    return _point(value, wide / high if wide is not None and high else None, 'a ratio as in 1.5 or "16:9"')


def near(value: Value, now: int) -> Interval:
    """Ratios that are as good as the same."""
    low, high = ratio(value, now)
    return low - CLOSE, high + CLOSE


def moment(value: Value, now: int) -> Interval:
    """Microseconds: the whole of a day, the second of a moment, or the instant a span before now (`4w`)."""
    start = _before(value.text, now)
    if start is not None:
        return start, start
    found = number_of(value.text) if re.match(r"\d{4}-", value.text) else None
    if found is None:
        raise wrong(value.place, 'expected a date as in 2026-01-31, "2026-01-31T12:00:00Z" or 4w for four weeks ago')
    return found, found + (DAY if len(value.text) == 10 else SECOND) - 1


def within(value: Value, now: int) -> Interval:
    """The same for equality: a span before now is all of the time since."""
    start = _before(value.text, now)
    return moment(value, now) if start is None else (start, now)


def amount(value: Value, now: int) -> Interval:
    """A number, or a moment where it is written as one: values of context and metadata are either."""
    return number(value, now) if NUMBER.fullmatch(value.text) else moment(value, now)


def _before(text: str, now: int) -> float | None:
    match = re.fullmatch(r"(\d{1,5})([hdwmy])", text)
    if match is None:
        return None
    count, unit, there = int(match[1]), match[2], datetime.fromtimestamp(now / SECOND, UTC)
    try:
        if unit in SPANS:
            there -= count * SPANS[unit]
        else:
            months = there.year * 12 + there.month - 1 - count * MONTHS[unit]
            there = there.replace(year=months // 12, month=months % 12 + 1, day=min(there.day, 28))
    except (ValueError, OverflowError):  # before the first year
        return 0.0
    return float(round(there.timestamp() * SECOND))


def _plain(text: str) -> float | None:
    found = float(text) if NUMBER.fullmatch(text) else math.nan
    return found if math.isfinite(found) else None


def _scaled(match: "re.Match[str] | None", units: dict[str, int]) -> float | None:
    found = _plain(match[1]) if match else None
    return None if match is None or found is None else found * units[match[2]]


def _point(value: Value, found: float | None, expected: str) -> Interval:
    if found is None or value.prefix or not math.isfinite(found):
        raise wrong(value.place, f"expected {expected}")
    return found, found


Reader = Callable[[Value, int], Interval]
