"""Every query on related assets. A relation is two rows, so that it is found from either side."""

from sqlalchemy import Connection, delete, or_, select

from app.db import cursor
from app.db.assets import COLUMNS, Asset
from app.db.engine import insert_new
from app.db.shelf_tables import related_assets
from app.db.tables import assets


def relate(tx: Connection, one: int, other: int) -> bool:
    """Whether the two were not related before."""
    rows = [{"asset_id": left, "related_id": right} for left, right in sorted([(one, other), (other, one)])]
    added = tx.execute(insert_new(tx, related_assets).returning(related_assets.c.asset_id), rows).all()
    return len(added) == 2


def unrelate(tx: Connection, one: int, other: int) -> bool:
    """Whether the two were related before."""
    one_way = (related_assets.c.asset_id == one) & (related_assets.c.related_id == other)
    back = (related_assets.c.asset_id == other) & (related_assets.c.related_id == one)
    return tx.execute(delete(related_assets).where(or_(one_way, back))).rowcount > 0


def page(c: Connection, asset_id: int, size: int, after: str | None) -> tuple[list[Asset], str | None]:
    """The assets related to one, oldest first, and the cursor of the next page."""
    query = select(*COLUMNS).join(related_assets, related_assets.c.related_id == assets.c.id)
    query = query.where(related_assets.c.asset_id == asset_id)
    place = cursor.read(after, int)
    if place:
        query = query.where(related_assets.c.related_id > place[0])
    rows = c.execute(query.order_by(related_assets.c.related_id).limit(size + 1)).all()
    found = [Asset(*list(row)) for row in rows[:size]]
    return found, cursor.write(found[-1].id) if len(rows) > size else None
