"""The one writer of what search reads. Whoever stores an asset, a tag or a finding calls it in the same transaction."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, or_, select

from app.db.engine import insert_new
from app.db.search_tables import numbers, sightings, tag_words, words
from app.db.tables import assets
from app.db.terms import GROUPS, fold, short, terms, words_of

FACTS = ("colors", "grayscale", "transparent", "illustration_score", "quality_score", "face_count", "taken_at")
OF_FACTS = (*FACTS, "image_metadata", "quality_analysis", "accessibility_analysis")
Rows = list[dict[str, Any]]


def rows_of(asset_id: int, cloud_id: int, created_at: int, columns: Mapping[str, Any]) -> tuple[Rows, Rows]:
    """The rows of `words` and of `numbers` for these columns of one asset."""
    base = {"asset_id": asset_id, "cloud_id": cloud_id, "created_at": created_at}
    said, measured = terms(columns)
    keys = ("field", "word", "position", "repeated")
    return (
        [base | dict(zip(keys, row, strict=True)) for row in said],
        [base | {"field": field, "value": value} for field, value in measured],
    )


def added(tx: Connection, asset_id: int, cloud_id: int, created_at: int, columns: Mapping[str, Any]) -> None:
    """Index an asset that has just been stored."""
    said, measured = rows_of(asset_id, cloud_id, created_at, columns)
    for table, rows in ((words, said), (numbers, measured)):
        if rows:
            tx.execute(insert(table), rows)


def changed(tx: Connection, changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Index anew what of these assets (row id -> columns) is searched for by its words."""
    wanted = {id: {name: value for name, value in columns.items() if name in GROUPS} for id, columns in changes.items()}
    wanted = {id: columns for id, columns in wanted.items() if columns}
    if not wanted:
        return
    said: Rows = []
    measured: Rows = []
    places = select(assets.c.id, assets.c.cloud_id, assets.c.created_at).where(assets.c.id.in_(list(wanted)))
    for row in tx.execute(places):
        fresh = rows_of(*row, wanted[row.id])
        said += fresh[0]
        measured += fresh[1]
    groups = {GROUPS[name] for columns in wanted.values() for name in columns}
    for table, rows in ((words, said), (numbers, measured)):
        tx.execute(delete(table).where(table.c.asset_id.in_(list(wanted)), _within(table, groups)))
        if rows:
            tx.execute(insert(table), rows)


def _within(table: Table, groups: Iterable[str]) -> Any:
    """Fields of these groups: the name itself, or behind it a dot and a key."""
    names = [name for group in groups for name in (OF_FACTS if group == "facts" else (group,))]
    field = table.c.field
    return or_(*((field == name) | ((field >= f"{name}.") & (field < f"{name}/")) for name in names))


def tagged(tx: Connection, cloud_id: int, ids: Mapping[str, int]) -> None:
    """Index the names of tags that have just been made."""
    rows = [
        {"cloud_id": cloud_id, "word": word, "tag_id": id, "position": place}
        for name, id in ids.items()
        for _, word, place, _ in words_of("tags", [name])
    ]
    if rows:
        tx.execute(insert_new(tx, tag_words), rows)


def seen(tx: Connection, asset_id: int, found: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Index what models (name -> findings as rows) saw on an asset, in place of what they said before."""
    columns = [assets.c[name] for name in ("id", "cloud_id", "created_at", "width", "height")]
    here = tx.execute(select(*columns).where(assets.c.id == asset_id)).one()._asdict()
    rows = sightings_of(here, found)
    if rows:
        tx.execute(insert(sightings), rows)


def sightings_of(asset: Mapping[str, Any], found: Mapping[str, Sequence[Mapping[str, Any]]]) -> Rows:
    """The rows of `sightings` for an asset (id, cloud_id, created_at, width, height) and the findings of models."""
    base = {"asset_id": asset["id"], "cloud_id": asset["cloud_id"], "created_at": asset["created_at"]}
    pixels = (asset["width"] or 0) * (asset["height"] or 0)
    return [base | {"model": model} | row for model, items in found.items() for row in _by_label(items, pixels)]


def unseen(tx: Connection, asset_id: int, model: str | None = None) -> None:
    """Forget what one model saw, or all of them."""
    query = delete(sightings).where(sightings.c.asset_id == asset_id)
    tx.execute(query if model is None else query.where(sightings.c.model == model))


def _by_label(findings: Sequence[Mapping[str, Any]], pixels: int) -> Rows:
    """One row a label, and one for all of them under the empty label."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for item in findings:
        for label in ("", short(fold(str(item["label"])))):
            groups.setdefault(label, []).append(item)
    return [
        {
            "label": label,
            "count": len(items),
            "confidence": max(float(item["score"]) for item in items),
            "area": max(_share(item, pixels) for item in items),
        }
        for label, items in groups.items()
    ]


def _share(item: Mapping[str, Any], pixels: int) -> float:
    size = float(item.get("width") or 0) * float(item.get("height") or 0)
    return min(1.0, size / pixels) if pixels else 0.0
