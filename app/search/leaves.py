"""One leaf of a shape -> a condition: on an asset's own columns, or on the rows of its tags, words, numbers and sightings."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, exists, false, or_, select, true

from app.db import terms
from app.db.search_tables import numbers, sightings, tag_words, words
from app.db.tables import asset_tags, assets
from app.search.shape import (
    ANY,
    BEGINS,
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
    WORDS,
    Leaf,
)

CLOUD = "cloud"
Condition = ColumnElement[bool]


@dataclass(slots=True)
class Ground:
    """The columns that a condition stands on: an asset's row and creation, and whether the assets themselves were needed."""

    id: ColumnElement[int]
    created: ColumnElement[int]
    assets: bool = False
    score: ColumnElement[Any] | None = None  # how well an asset matches, where results are ordered by it
    veiled: bool = False  # whether numbers are written so that no index serves them: another one is to be read in order

    def column(self, name: str) -> ColumnElement[Any]:
        if name == "created_at":
            return self.created
        if name == "score" and self.score is not None:
            return self.score
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


def links(leaf: Leaf) -> Links | None:
    """The rows that answer a leaf, or None where the asset's own columns do, or nothing needs to be read."""
    reads = {TAGS: _tags, WORDS: _words, NUMBERS: _numbers, SIGHTINGS: _sightings}.get(leaf.reads)
    return reads(leaf) if reads else None


def own(leaf: Leaf, ground: Ground) -> Condition:
    """The condition on the asset's own columns."""
    if leaf.reads != OWN:
        return false() if leaf.reads == NOTHING else true()
    column = ground.column(leaf.column)
    if leaf.form == ANY:
        return column.is_not(None) if leaf.column != "display_name" else column != ""
    told = _compared(column, leaf) if leaf.signs else _text(column, leaf)
    return and_(column.is_not(None), told) if assets.c[leaf.column].nullable else told


def _bind(leaf: Leaf, role: str) -> Any:
    return bindparam(f"leaf{leaf.number}_{role}")


def _compared(column: ColumnElement[Any], leaf: Leaf) -> Condition:
    return and_(
        true(), *(column.op(sign, is_comparison=True)(_bind(leaf, f"edge{place}")) for place, sign in enumerate(leaf.signs))
    )


def _text(column: ColumnElement[Any], leaf: Leaf) -> Condition:
    if leaf.form in (BEGINS, WHOLE_BEGINS):
        return and_(column >= _bind(leaf, "from"), column < _bind(leaf, "to"))
    if leaf.form == FOLDER:
        inside = or_(column == _bind(leaf, "word"), column >= _bind(leaf, "from"))
        return and_(column >= _bind(leaf, "word"), column < _bind(leaf, "to"), inside)
    return column == _bind(leaf, "word") if leaf.form else column.is_not(None)


def _tags(leaf: Leaf) -> Links:
    if leaf.form == ANY:
        return Links(asset_tags, ())
    if leaf.form == WHOLE:
        return Links(asset_tags, (asset_tags.c.tag_id == _bind(leaf, "tag"),), ordered=True)
    if leaf.form == MANY:
        return Links(asset_tags, (asset_tags.c.tag_id.in_(bindparam(f"leaf{leaf.number}_tags", expanding=True)),))
    return Links(asset_tags, (asset_tags.c.tag_id.in_(select(tag_words.c.tag_id).where(*_rows(tag_words, leaf))),))


def _words(leaf: Leaf) -> Links:
    single = not leaf.free and leaf.form not in (BEGINS, WHOLE_BEGINS, ROW)
    once = [words.c.repeated.is_(False)] if leaf.form not in (BEGINS, WHOLE_BEGINS, ROW, WHOLE) else []
    return Links(
        words, (*_rows(words, leaf), _free_fields() if leaf.free else words.c.field == _bind(leaf, "field"), *once), single
    )


def _rows(table: Table, leaf: Leaf) -> list[Condition]:
    """Rows of `words` or of `tag_words`: a word, words in a row, a beginning, or a whole text."""
    form = leaf.form.removeprefix(f"{MANY} ")
    here: list[Condition] = [table.c.cloud_id == bindparam(CLOUD)]
    if form in (BEGINS, WHOLE_BEGINS):
        here.append(and_(table.c.word >= _bind(leaf, "from"), table.c.word < _bind(leaf, "to")))
    elif form != ROW:
        here.append(table.c.word == _bind(leaf, "word"))
    if form in (WHOLE, WHOLE_BEGINS):
        here.append(table.c.position == terms.WHOLE)
    if form == ROW:
        here += [table.c.word == _bind(leaf, f"row{leaf.rarest}"), table.c.position > terms.WHOLE]
        here += [_near(table, leaf, place) for place in range(leaf.row) if place != leaf.rarest]
    return here


def _near(table: Table, leaf: Leaf, place: int) -> Condition:
    """The word that stands in the same text, as far from the one that is looked for first as it was asked for."""
    other = table.alias(f"word_{place}")
    names = ("cloud_id", "field", "created_at", "asset_id") if table is words else ("cloud_id", "tag_id")
    same = [other.c[name] == table.c[name] for name in names]
    stands = other.c.position == table.c.position + (place - leaf.rarest)
    found = select(1).select_from(other).where(*same, other.c.word == _bind(leaf, f"row{place}"), stands)
    return exists(found.correlate_except(other))


def _free_fields() -> Condition:
    families = [and_(words.c.field >= f"{name}.", words.c.field < f"{name}/") for name in ("context", "metadata")]
    return or_(words.c.field.in_(("filename", "display_name")), *families)


def _numbers(leaf: Leaf) -> Links:
    here = (numbers.c.cloud_id == bindparam(CLOUD), numbers.c.field == _bind(leaf, "field"))
    return Links(numbers, (*here, _compared(numbers.c.value, leaf)))


def _sightings(leaf: Leaf) -> Links:
    here: list[Condition] = [sightings.c.cloud_id == bindparam(CLOUD), _text(sightings.c.label, leaf)]
    here += [sightings.c.model == _bind(leaf, "model")] if leaf.model else []
    here += [_compared(sightings.c[leaf.column], leaf)] if leaf.column else []
    return Links(sightings, tuple(here), ordered=leaf.model and leaf.form == WHOLE)
