"""Every query on embeddings: which pictures have none yet, and the vectors of a cloud in pieces."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, and_, delete, func, insert, select

from app.db.assets import COLUMNS, Asset, made
from app.db.search_tables import embeddings
from app.db.tables import assets

PIECE = 5000


def missing(c: Connection, cloud_id: int, most: int) -> list[Asset]:
    """Pictures whose current version nobody has looked at, newest first."""
    same = and_(embeddings.c.asset_id == assets.c.id, embeddings.c.version_id == assets.c.version_id)
    query = select(*COLUMNS).outerjoin(embeddings, same).where(assets.c.cloud_id == cloud_id, assets.c.resource_type == "image")
    query = query.where(embeddings.c.asset_id.is_(None)).order_by(assets.c.created_at.desc(), assets.c.id.desc())
    return [made(row) for row in c.execute(query.limit(most)).all()]


def keep(tx: Connection, asset: Asset, vector: bytes) -> None:
    """In place of an earlier version's."""
    tx.execute(delete(embeddings).where(embeddings.c.asset_id == asset.id))
    values = {"asset_id": asset.id, "cloud_id": asset.cloud_id, "version_id": asset.version_id, "vector": vector}
    tx.execute(insert(embeddings), values)


def find(c: Connection, asset: Asset) -> bytes | None:
    here = (embeddings.c.asset_id == asset.id, embeddings.c.version_id == asset.version_id)
    return c.execute(select(embeddings.c.vector).where(*here)).scalar_one_or_none()


def pieces(c: Connection, cloud_id: int) -> Iterator[list[tuple[int, bytes]]]:
    """Row ids and vectors of a cloud, five thousand at a time."""
    after = 0
    while True:
        here = (embeddings.c.cloud_id == cloud_id, embeddings.c.asset_id > after)
        query = select(embeddings.c.asset_id, embeddings.c.vector).where(*here).order_by(embeddings.c.asset_id).limit(PIECE)
        rows = [(int(row[0]), bytes(row[1])) for row in c.execute(query).all()]
        if not rows:
            return
        yield rows
        after = rows[-1][0]


def count(c: Connection, cloud_id: int) -> int:
    return int(c.execute(select(func.count()).select_from(embeddings).where(embeddings.c.cloud_id == cloud_id)).scalar_one())


def some(c: Connection, ids: Sequence[int]) -> dict[int, Asset]:
    return {row.id: made(row) for row in c.execute(select(*COLUMNS).where(assets.c.id.in_(list(ids)))).all()}
