"""Folder search: the same language over name, path and created_at; a star ends a value of `=` as well."""

from string import ascii_uppercase

from sqlalchemy import ColumnElement, and_, func, not_, or_, true

from app.db.engine import now
from app.db.shelf_tables import folders
from app.search.fields import Field
from app.search.meaning import bounds
from app.search.parse import parse, wrong
from app.search.tree import And, Match, Node, Not, Or

TEXTS = {"name": folders.c.name, "path": folders.c.path}
LOWER = {ord(letter): ord(letter) + 32 for letter in ascii_uppercase}  # all that `lower` changes on either database
CREATED = Field("created_at", "date", "When it was made.", "created_at", whole=True)
HINT = 'expected name, path or created_at, as in path:"a/b*" AND created_at>1d'


def condition(expression: str) -> ColumnElement[bool]:
    """What an expression asks for; an empty one asks for every folder. Raises BadRequest with the place of an error."""
    return _of(parse(expression), now())


def _of(node: Node, moment: int) -> ColumnElement[bool]:
    match node:
        case Match():
            return _one(node, moment)
        case Not():
            return not_(_of(node.part, moment))
        case And():
            return and_(true(), *(_of(part, moment) for part in node.parts))
        case Or():
            return or_(*(_of(part, moment) for part in node.parts))


def _one(match: Match, moment: int) -> ColumnElement[bool]:
    if match.field == "created_at" and not match.label:
        edges = bounds(match, CREATED, moment)
        return and_(true(), *(folders.c.created_at.op(sign, is_comparison=True)(edge) for sign, edge in edges))
    if match.how not in (":", "=") or (match.field and match.field not in TEXTS):
        raise wrong(match.place, HINT)
    text, columns = match.values[0].text.translate(LOWER), [TEXTS[match.field]] if match.field else [*TEXTS.values()]
    lowered = [func.lower(column) for column in columns]
    if match.values[0].prefix:
        return or_(*(column.startswith(text, autoescape=True) for column in lowered))
    return or_(*(column == text for column in lowered))
