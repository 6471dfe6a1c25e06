"""The expressions of folder search: name, path and created_at, joined by AND and OR, as conditions of a query."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, not_, or_, true

from app.db.shelf_tables import folders
from app.errors import BadRequest

MOST = 100  # terms of an expression
TERM = re.compile(
    r"""\s*(?:(?P<joint>AND|OR)(?=\s|$)
    |(?P<no>-|NOT\s+)?(?P<field>[a-z_]+)\s*(?P<how>>=|<=|:>=|:<=|:>|:<|[:=><])\s*(?P<value>"(?:[^"\\]|\\.)*"|[^\s"]+))""",
    re.VERBOSE,
)
TEXTS = {"name": folders.c.name, "path": folders.c.path}
SPANS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def condition(expression: str) -> ColumnElement[bool]:
    """What an expression asks for; an empty one asks for every folder. Raises BadRequest with the place of an error."""
    choices: list[list[ColumnElement[bool]]] = [[]]
    joint = ""
    for match in _terms(expression):
        if match["joint"]:
            if joint or not choices[-1]:
                raise _wrong(expression, match.start())
            joint = match["joint"]
            if joint == "OR":
                choices.append([])
            continue
        wanted = _one(match, expression)
        choices[-1].append(not_(wanted) if match["no"] else wanted)
        joint = ""
    if joint:
        raise _wrong(expression, len(expression))
    return or_(*(and_(true(), *terms) for terms in choices))


def _terms(expression: str) -> Iterator[re.Match[str]]:
    place, count, text = 0, 0, expression.rstrip()
    while place < len(text):
        match = TERM.match(text, place)
        count += 1
        if match is None or count > 2 * MOST:
            raise _wrong(expression, place)
        yield match
        place = match.end()


def _one(match: re.Match[str], expression: str) -> ColumnElement[bool]:
    field, how, value = match["field"], match["how"].lstrip(":") or ":", match["value"]
    text = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
    if field in TEXTS and how in (":", "="):
        column, low = func.lower(TEXTS[field]), text.lower()
        if not low.endswith("*"):
            return column == low
        return column.startswith(low[:-1], autoescape=True)
    if field == "created_at":
        moment = _moment(text)
        if moment is not None:
            made = folders.c.created_at
            day = and_(made >= moment, made < moment + 86_400_000_000)
            return {">": made > moment, "<": made < moment, ">=": made >= moment, "<=": made <= moment}.get(how, day)
    raise _wrong(expression, match.start())


def _moment(text: str) -> int | None:
    """Microseconds since 1970 of a date, or of a span before now (`2d`)."""
    span = re.fullmatch(r"(\d{1,5})([hdw])", text)
    try:
        found = datetime.now(UTC) - int(span[1]) * SPANS[span[2]] if span else datetime.fromisoformat(text)
        return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        return None


def _wrong(expression: str, place: int) -> BadRequest:
    hint = 'expected name, path or created_at, as in path:"a/b*" AND created_at>1d'
    return BadRequest(f"Invalid expression at column {place + 1}: {hint}")
