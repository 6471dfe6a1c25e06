"""A tree -> its shape and its values, in one cloud at one moment. Looks up which tags and which datasource entries are meant."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from app.db.terms import ANYTHING, fold, short, split
from app.search import lookups
from app.search.fields import EQUALS, KINDS, READERS, Field, find, model_and_measure
from app.search.parse import wrong
from app.search.shape import (
    ANY,
    BEGINS,
    EVERYTHING,
    FOLDER,
    MANY,
    NOTHING,
    NUMBERS,
    OWN,
    ROW,
    SIGHTINGS,
    TAGS,
    WHOLE,
    WHOLE_BEGINS,
    WORD,
    WORDS,
    Leaf,
    Shape,
)
from app.search.tree import And, Match, Node, Not, Or, Value

FREE = "*"  # stands for the words of every field of free text
FREE_FIELDS = {"public_id": 8, "tags": 4, FREE: 2, "format": 1, "asset_folder": 1}  # of free text, and what a hit counts in each
NAMES = ("filename", "display_name")  # texts that every asset has, or may have
PINPOINT = ("public_id", "asset_id", "etag", "asset_folder", "folder")  # equality on these leaves little
MOST_IN_A_ROW = 10  # words
FARTHEST = 2**63 - 1
LAST = "\U0010ffff"  # sorts behind every text


def expanded(node: Node) -> Node:
    """The tree with free text spelled out: a value without a field is looked for in every field of free text."""
    match node:
        case Match():
            if node.field:
                return node
            if node.values[0].anything:
                return And(())
            return Or(tuple(replace(node, field=name, weight=weight) for name, weight in FREE_FIELDS.items()))
        case Not():
            return Not(expanded(node.part))
        case _:
            return type(node)(tuple(expanded(part) for part in node.parts))


def meaning(c: Connection, cloud_id: int, node: Node, now: int) -> tuple[Shape, dict[str, Any]]:
    """The shape of an expanded tree, and the values of its statements by name. Raises BadRequest for what no field compares."""
    read = _Reading(c, cloud_id, now, lookups.tags_of(c, cloud_id, node))
    return read.shape(node), read.values


def checked(match: Match) -> Field:
    """The field of a comparison, once its sign and values are such as the field has. Raises BadRequest."""
    found = find(match.field, match.place)
    kind = KINDS[found.kind]
    if match.how not in kind.signs or (match.label and found.kind != "measure"):
        shown = "a range" if match.how == "range" else match.how
        raise wrong(match.place, f"{found.shown} does not compare with {shown}; its values are {kind.values}")
    return found


def bounds(match: Match, field: Field, now: int) -> list[tuple[str, float]]:
    """Signs and edges of the interval that a value stands for; none for any value."""
    read = (EQUALS if match.how in (":", "=") else READERS)[field.kind]
    found: list[tuple[str, float]] = []
    if match.how == "range":
        for value, is_open, signs, end in zip(match.values, match.open, ((">", ">="), ("<", "<=")), (1, 0), strict=True):
            if not value.anything:
                edges = read(value, now)
                found.append((signs[0], edges[end]) if is_open else (signs[1], edges[1 - end]))
    elif not (match.values[0].anything and match.how in (":", "=")):
        low, high = read(match.values[0], now)
        one = (match.how, high if match.how in (">", "<=") else low)
        found = [(">=", low), ("<=", high)] if match.how in (":", "=") else [one]
    return [(sign, _edge(sign, edge / field.unit, field.whole)) for sign, edge in found]


def _edge(sign: str, edge: float, whole: bool) -> float:
    """Whole columns are compared with whole numbers, so that their indexes serve."""
    if not whole:
        return edge
    return max(-FARTHEST, min(FARTHEST, math.floor(edge) if sign in (">", "<=") else math.ceil(edge)))


@dataclass(slots=True)
class _Reading:
    c: Connection
    cloud_id: int
    now: int
    tags: dict[Match, Sequence[int] | None]  # None: too many to be named one by one
    values: dict[str, Any] = field(default_factory=dict)
    count: int = 0

    def shape(self, node: Node) -> Shape:
        match node:
            case Match():
                found = self._match(node)
                return replace(found, weight=node.weight) if isinstance(found, Leaf) else found
            case Not():
                return Not(self.shape(node.part))
            case _:
                return type(node)(tuple(self.shape(part) for part in node.parts))

    def _leaf(self, reads: str, values: dict[str, Any] | None = None, **more: Any) -> Leaf:
        self.count += 1
        self.values |= {f"leaf{self.count}_{name}": value for name, value in (values or {}).items()}
        return Leaf(self.count, reads, **more)

    def _bounded(self, reads: str, found: list[tuple[str, float]], values: dict[str, Any] | None = None, **more: Any) -> Leaf:
        edges = {f"edge{place}": edge for place, (_, edge) in enumerate(found)}
        return self._leaf(reads, (values or {}) | edges, signs=tuple(sign for sign, _ in found), **more)

    def _match(self, match: Match) -> Shape:
        if match.field == FREE:
            return self._words(match.values[0], "", whole=False)
        found, value = checked(match), match.values[0]
        if found.kind == "tags":
            return self._tags(match)
        if found.kind in ("seen", "measure"):
            return self._seen(match, found)
        if found.kind in ("nothing", "status"):
            told = fold(value.text)
            active = found.kind == "status" and ("active".startswith(told) if value.prefix else told == "active")
            return self._leaf(EVERYTHING if active else NOTHING)
        if found.column:
            return self._own(match, found)
        name = short(found.shown)
        if found.kind in READERS and (found.kind != "value" or match.how not in (":", "=")):
            return self._bounded(NUMBERS, bounds(match, found, self.now), {"field": name})
        if found.name in NAMES and value.anything:
            return self._leaf(OWN, form=ANY, column="display_name") if found.name == "display_name" else self._leaf(EVERYTHING)
        own = self._words(value, name, whole=match.how == "=")
        more = lookups.entries_of(self.c, self.cloud_id, found, value) if found.name == "metadata" else []
        return Or((own, *(self._words(Value(entry), name, whole=True) for entry in more))) if more else own

    def _tags(self, match: Match) -> Leaf:
        value = match.values[0]
        if value.anything:
            return self._leaf(TAGS, form=ANY)
        ids = self.tags[match]
        if ids is None:
            form, values, more = _text(value, whole=match.how == "=")
            return self._leaf(TAGS, values, form=f"{MANY} {form}", **more)
        if len(ids) == 1:
            return self._leaf(TAGS, {"tag": ids[0]}, form=WHOLE)
        return self._leaf(TAGS, {"tags": list(ids)}, form=MANY) if ids else self._leaf(NOTHING)

    def _words(self, value: Value, name: str, *, whole: bool) -> Leaf:
        """Words of a field, or of all fields of free text."""
        if value.anything:
            return self._leaf(WORDS, {"word": ANYTHING, "field": name}, form=WHOLE)
        if not value.text:
            return self._leaf(NOTHING)
        form, values, more = _text(value, whole=whole)
        if form == ROW:
            more["rarest"] = lookups.rarest(self.c, self.cloud_id, split(value.text))
        return self._leaf(WORDS, values | ({"field": name} if name else {}), form=form, free=not name, **more)

    def _seen(self, match: Match, found: Field) -> Leaf:
        model, measure = model_and_measure(found)
        label = match.label if measure else match.values[0]
        text = short(fold(label.text)) if label else ""
        prefix = bool(label and label.prefix and text)
        values: dict[str, Any] = {"from": text, "to": text + LAST} if prefix else {"word": text}
        edges = bounds(match, replace(found, whole=measure == "count"), self.now) if measure else []
        values |= {"model": model} if model else {}
        return self._bounded(SIGHTINGS, edges, values, form=BEGINS if prefix else WHOLE, column=measure, model=bool(model))

    def _own(self, match: Match, found: Field) -> Leaf:
        value, column = match.values[0], found.column
        if found.kind in READERS:
            return self._bounded(OWN, bounds(match, found, self.now), column=column, leads=column != "created_at")
        text, leads = fold(value.text) if found.kind == "name" else value.text, found.name in PINPOINT
        if value.anything:
            return self._leaf(OWN, form=ANY, column=column)
        if not value.prefix:
            text = text.strip("/") if found.kind == "folder" else text
            return self._leaf(OWN, {"word": text}, form=WHOLE, column=column, leads=leads)
        if found.kind == "folder" and text.endswith("/"):
            ends = {"word": text[:-1], "from": text, "to": text + LAST}
            return self._leaf(OWN, ends, form=FOLDER, column=column, leads=leads)
        return self._leaf(OWN, {"from": text, "to": text + LAST}, form=BEGINS, column=column, leads=leads)


def _text(value: Value, *, whole: bool) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The form of a text's comparison, its values, and what else its leaf says. Raises BadRequest."""
    text, parts = short(fold(value.text)), split(value.text)
    if value.prefix:
        return (WHOLE_BEGINS if whole else BEGINS), {"from": text, "to": text + LAST}, {}
    if whole or not parts:
        return WHOLE, {"word": text}, {}
    if len(parts) == 1:
        return WORD, {"word": parts[0]}, {}
    if len(parts) > MOST_IN_A_ROW:
        raise wrong(value.place, f"expected at most {MOST_IN_A_ROW} words in a row")
    return ROW, {f"row{place}": word for place, word in enumerate(parts)}, {"row": len(parts)}
