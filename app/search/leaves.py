"""One comparison -> a condition: on an asset's own columns, or on the rows that are kept of its words, numbers and sightings."""

import math
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, exists, false, or_, select, true

from app.db.search_tables import numbers, sightings, words
from app.db.tables import asset_tags, assets
from app.db.terms import ANYTHING, WHOLE, fold, short, split
from app.search.fields import EQUALS, KINDS, READERS, Field, find, model_and_measure
from app.search.parse import wrong
from app.search.scope import LAST, MOST_IN_A_ROW, Scope, starts
from app.search.tree import Match, Value

NAMES = ("filename", "display_name")  # texts that every asset may be said to have
FREE = "*"  # stands for every field of free text
FARTHEST = 2**63 - 1
Condition = ColumnElement[bool]


@dataclass(slots=True)
class Ground:
    """The columns that a condition stands on: an asset's row and creation, and whether the assets themselves were needed."""

    id: ColumnElement[int]
    created: ColumnElement[int]
    assets: bool = False
    veiled: bool = False  # whether numbers are written so that no index serves them: another one is to be read in order

    def column(self, name: str) -> ColumnElement[Any]:
        if name == "created_at":
            return self.created
        self.assets = True
        column = assets.c[name]
        return column + 0 if self.veiled and column.type.python_type in (int, float) else column


@dataclass(frozen=True, slots=True)
class Links:
    """Rows of a table that stand for assets. `ordered`: each asset once, and by creation where the index is read in order."""

    table: Table
    where: tuple[Condition, ...]
    ordered: bool = False

    def of(self, ground: Ground) -> Condition:
        """Whether the asset has such a row."""
        here = (self.table.c.asset_id == ground.id, self.table.c.created_at == ground.created)
        return exists(select(1).select_from(self.table).where(*here, *self.where).correlate_except(self.table))

    def ids(self) -> Select[Any]:
        return select(self.table.c.asset_id).where(*self.where)


def links(match: Match, scope: Scope) -> list[Links] | None:
    """The rows that answer a comparison, or None where the asset's own columns do. Raises BadRequest."""
    if match not in scope.made:
        scope.made[match] = _links(match, scope)
    made: list[Links] | None = scope.made[match]
    return made


def _links(match: Match, scope: Scope) -> list[Links] | None:
    if match.field == FREE:
        return [_words(match.values[0], scope, _free_fields(), whole=False, single=False)]
    field = checked(match)
    if field.kind == "tags":
        return _tags(match, scope)
    if field.kind in ("seen", "measure"):
        return [_sightings(match, field, scope)]
    if field.column or field.kind in ("status", "nothing") or (field.name in NAMES and match.values[0].anything):
        return None
    name, value = short(field.shown), match.values[0]
    if field.kind in READERS and (field.kind != "value" or match.how not in (":", "=")):
        here = (numbers.c.cloud_id == scope.cloud_id, numbers.c.field == name)
        return [Links(numbers, (*here, compared(numbers.c.value, match, field, scope)))]
    same = words.c.field == name
    if value.anything:
        return [Links(words, (words.c.cloud_id == scope.cloud_id, words.c.word == ANYTHING, same), ordered=True)]
    found = [_words(value, scope, same, whole=match.how == "=")]
    for entry in scope.entries.get(match, ()):
        found.append(_words(Value(entry), scope, same, whole=True))
    return found


def own(match: Match, ground: Ground, scope: Scope) -> Condition:
    """The condition on the asset's own columns."""
    field, value = checked(match), match.values[0]
    if field.kind == "nothing":
        return false()
    if field.kind == "status":
        return true() if ("active".startswith(fold(value.text)) if value.prefix else fold(value.text) == "active") else false()
    if field.kind == "text":  # any name at all; words are compared as rows
        return ground.column("display_name") != "" if field.name == "display_name" else true()
    column = ground.column(field.column)
    told = _told(column, match, field, scope)
    return and_(column.is_not(None), told) if assets.c[field.column].nullable else told


def checked(match: Match) -> Field:
    """The field of a comparison, once its sign and values are such as the field has. Raises BadRequest."""
    field = find(match.field, match.place)
    kind = KINDS[field.kind]
    if match.how not in kind.signs or (match.label and field.kind != "measure"):
        shown = "a range" if match.how == "range" else match.how
        raise wrong(match.place, f"{field.shown} does not compare with {shown}; its values are {kind.values}")
    return field


def compared(column: ColumnElement[Any], match: Match, field: Field, scope: Scope) -> Condition:
    """A column of numbers or moments against the interval that a value stands for."""
    read = (EQUALS if match.how in (":", "=") else READERS)[field.kind]
    bounds: list[tuple[str, float]] = []
    if match.how == "range":
        for value, is_open, signs, end in zip(match.values, match.open, ((">", ">="), ("<", "<=")), (1, 0), strict=True):
            if not value.anything:
                bounds.append((signs[0], read(value, scope.now)[end]) if is_open else (signs[1], read(value, scope.now)[1 - end]))
    else:
        value = match.values[0]
        low, high = (-math.inf, math.inf) if value.anything else read(value, scope.now)
        if match.how in (":", "="):
            bounds = [] if value.anything else [(">=", low), ("<=", high)]
        else:
            bounds = [(match.how, high if match.how in (">", "<=") else low)]
    return and_(true(), *(_bound(column, sign, edge / field.unit, field.whole) for sign, edge in bounds))


def _bound(column: ColumnElement[Any], sign: str, edge: float, whole: bool) -> Condition:
    """Whole columns are compared with whole numbers, so that their indexes serve."""
    number: float = edge
    if whole:
        rounded = math.floor(edge) if sign in (">", "<=") else math.ceil(edge)
        number = max(-FARTHEST, min(FARTHEST, rounded))
    return {">": column > number, ">=": column >= number, "<": column < number, "<=": column <= number}[sign]


def _told(column: ColumnElement[Any], match: Match, field: Field, scope: Scope) -> Condition:
    if field.kind in READERS:
        return compared(column, match, field, scope)
    value = match.values[0]
    text = fold(value.text) if field.kind == "name" else value.text
    if value.anything:
        return true()
    if not value.prefix:
        return column == (text.strip("/") if field.kind == "folder" else text)
    if field.kind == "folder" and text.endswith("/"):
        return and_(column >= text[:-1], column < text + LAST, or_(column == text[:-1], column >= text))
    return starts(column, text)


def _tags(match: Match, scope: Scope) -> list[Links]:
    named = scope.tags.get(match)
    if named is None:
        return [Links(asset_tags, ())]
    if isinstance(named, Select):
        return [Links(asset_tags, (asset_tags.c.tag_id.in_(named),))]
    if len(named) == 1:
        return [Links(asset_tags, (asset_tags.c.tag_id == named[0],), ordered=True)]
    return [Links(asset_tags, (asset_tags.c.tag_id.in_(named),))] if named else []


def _free_fields() -> Condition:
    families = [starts(words.c.field, f"{name}.") for name in ("context", "metadata")]
    return or_(words.c.field.in_(NAMES), *families)


def _words(value: Value, scope: Scope, fields: Condition, *, whole: bool, single: bool = True) -> Links:
    """Rows of a word, of words in a row, of a beginning, or of a whole text; `single`: in one field."""
    parts, here = split(value.text), (words.c.cloud_id == scope.cloud_id, fields)
    if not value.text:  # nothing is called so
        return Links(words, (false(),))
    if value.prefix:
        begins = starts(words.c.word, short(fold(value.text)))
        return Links(words, (*here, begins, words.c.position == WHOLE) if whole else (*here, begins))
    if whole or not parts:
        return Links(words, (*here, words.c.word == short(fold(value.text)), words.c.position == WHOLE), ordered=single)
    first = words.c.word == parts[0]
    if len(parts) == 1:
        return Links(words, (*here, first, words.c.repeated.is_(False)), ordered=single)
    if len(parts) > MOST_IN_A_ROW:
        raise wrong(value.place, f"expected at most {MOST_IN_A_ROW} words in a row")
    rarest = scope.rarest.get(tuple(parts), 0)
    rest = [_near(place - rarest, word) for place, word in enumerate(parts) if place != rarest]
    return Links(words, (*here, words.c.word == parts[rarest], words.c.position > WHOLE, *rest))


def _near(place: int, word: str) -> Condition:
    """The word that stands so many places behind another (before it, if negative), in the same text."""
    other = words.alias(f"word_{place}".replace("-", "before_"))
    same = [other.c[name] == words.c[name] for name in ("cloud_id", "field", "created_at", "asset_id")]
    found = select(1).select_from(other).where(*same, other.c.word == word, other.c.position == words.c.position + place)
    return exists(found.correlate_except(other))


def _sightings(match: Match, field: Field, scope: Scope) -> Links:
    model, measure = model_and_measure(field)
    label = match.label if measure else match.values[0]
    here: list[Condition] = [sightings.c.cloud_id == scope.cloud_id]
    here += [sightings.c.model == model] if model else []
    text = short(fold(label.text)) if label else ""
    if label and label.prefix and text:
        here.append(starts(sightings.c.label, text))
    else:
        here.append(sightings.c.label == text)
    if measure:
        here.append(compared(sightings.c[measure], match, replace(field, whole=measure == "count"), scope))
    return Links(sightings, tuple(here), ordered=bool(model) and not (label and label.prefix))
