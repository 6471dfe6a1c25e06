"""Every query that counts what assets are marked with: tags in use, and labels that detectors saw."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from app.db.assets import LAST
from app.db.search_tables import sightings
from app.db.tables import asset_tags, tags


def tags_used(c: Connection, cloud_id: int, prefix: str, most: int) -> list[tuple[str, int]]:
    """Tags and how many assets have each, the most used first; one name of several resource types is one.

    Each tag's links are counted on their own index: joining them first would sort every link there is.
    """
    links = select(func.count()).where(asset_tags.c.tag_id == tags.c.id).scalar_subquery()
    each = select(tags.c.name, links.label("links")).where(tags.c.cloud_id == cloud_id, *_begins(tags.c.name, prefix)).subquery()
    count = func.sum(each.c.links).label("count")
    query = select(each.c.name, count).group_by(each.c.name).having(count > 0).order_by(count.desc(), each.c.name).limit(most)
    return [(name, int(number)) for name, number in c.execute(query)]


def labels_seen(c: Connection, cloud_id: int, prefix: str, most: int) -> list[tuple[str, str, int]]:
    """Models, what they saw, and on how many assets, the most frequent first. Labels are as search spells them."""
    count = func.count().label("count")
    query = select(sightings.c.model, sightings.c.label, count).where(sightings.c.cloud_id == cloud_id, sightings.c.label != "")
    counted = query.where(*_begins(sightings.c.label, prefix)).group_by(sightings.c.label, sightings.c.model)
    ordered = counted.order_by(count.desc(), sightings.c.label, sightings.c.model).limit(most)
    return [(model, label, int(number)) for model, label, number in c.execute(ordered)]


def _begins(column: Any, prefix: str) -> list[ColumnElement[bool]]:
    return [column >= prefix, column < prefix + LAST] if prefix else []
