"""Assets by what a caller selects them with: names, a tag, a prefix or folder; each query bounded."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select

from app.db.assets import COLUMNS, LAST, Asset
from app.db.tables import asset_tags, assets, tags


def named(c: Connection, cloud_id: int, kind: str | None, type: str, names: Sequence[str]) -> list[Asset]:
    """The assets of these names, in the order of the names; one name may stand for several kinds of asset."""
    found = _select(c, cloud_id, kind, type, assets.c.public_id.in_(names), len(names) * 3)
    place = {name: number for number, name in enumerate(names)}
    return sorted(found, key=lambda asset: place[asset.public_id])


def tagged(c: Connection, cloud_id: int, kind: str | None, type: str, tag: str, most: int) -> list[Asset]:
    link = select(asset_tags.c.asset_id).join(tags, tags.c.id == asset_tags.c.tag_id)
    here = (tags.c.cloud_id == cloud_id, tags.c.name == tag, asset_tags.c.asset_id == assets.c.id)
    return _select(c, cloud_id, kind, type, exists(link.where(*here).correlate(assets)), most)


def below(c: Connection, cloud_id: int, kind: str | None, type: str, prefix: str, most: int) -> list[Asset]:
    """Assets whose public ID starts so, and those filed in the asset folder of that name or in one below it."""
    folder = prefix.strip("/")
    within: list[ColumnElement[bool]] = [_starts(assets.c.public_id, prefix)]
    if folder:
        within += [assets.c.asset_folder == folder, _starts(assets.c.asset_folder, folder + "/")]
    return _select(c, cloud_id, kind, type, or_(*within), most)


def _starts(column: Any, text: str) -> ColumnElement[bool]:
    return and_(column >= text, column < text + LAST)


def _select(c: Connection, cloud_id: int, kind: str | None, type: str, where: ColumnElement[bool], most: int) -> list[Asset]:
    here = [assets.c.cloud_id == cloud_id, assets.c.type == type, where]
    if kind is not None:
        here.append(assets.c.resource_type == kind)
    query = select(*COLUMNS).where(*here).order_by(assets.c.public_id, assets.c.id).limit(most)
    return [Asset(*list[Any](row)) for row in c.execute(query)]
