"""what search reads: words, numbers, sightings, and indexes of every searchable column"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.db.indexing import rows_of, sightings_of
from app.db.terms import words_of

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")
BATCH = 1000
INDEXES = {
    "created": ("created_at", "id"),
    "public_id": ("public_id", "id"),
    "version": ("version", "id"),
    "updated": ("updated_at", "id"),
    "type": ("type", "created_at", "id"),
    "format": ("format", "created_at", "id"),
    "access_mode": ("access_mode", "created_at", "id"),
    "status": ("moderation_status", "created_at", "id"),
    "etag": ("etag",),
} | {name: (name, "id") for name in ("bytes", "width", "height", "pixels", "aspect_ratio", "pages", "duration")}
TEXTS = {"format": 16, "display_name": 255, "access_mode": 16}


def name(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _cloud() -> sa.Column[int]:
    return sa.Column("cloud_id", Id, sa.ForeignKey("clouds.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)


def _asset() -> list[sa.Column[int]]:
    row = sa.ForeignKey("assets.id", ondelete="CASCADE")
    return [
        sa.Column("created_at", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("asset_id", Id, row, primary_key=True, autoincrement=False, index=True),
    ]


def upgrade() -> None:
    stored = op.get_bind().dialect.name == "postgresql"  # SQLite computes a column that is added later when it is read
    pixels = sa.Computed("CAST(width AS BIGINT) * height", persisted=stored)
    ratio = sa.Computed("CAST(width AS DOUBLE PRECISION) / NULLIF(height, 0)", persisted=stored)
    op.add_column("assets", sa.Column("pixels", sa.BigInteger(), pixels))
    op.add_column("assets", sa.Column("aspect_ratio", sa.Float(), ratio))
    if stored:  # compared byte by byte, as SQLite does
        for column, length in TEXTS.items():
            op.alter_column("assets", column, type_=name(length))
    for index, columns in INDEXES.items():
        op.create_index(f"ix_assets_{index}", "assets", ["cloud_id", *columns])
    op.create_table(
        "words",
        _cloud(),
        sa.Column("word", name(255), primary_key=True),
        sa.Column("field", name(255), primary_key=True),
        *_asset(),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "numbers",
        _cloud(),
        sa.Column("field", name(255), primary_key=True),
        sa.Column("value", sa.Float(), primary_key=True, autoincrement=False),
        *_asset(),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sightings",
        _cloud(),
        sa.Column("label", name(255), primary_key=True),
        sa.Column("model", name(64), primary_key=True),
        *_asset(),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("area", sa.Float(), nullable=False),
        sqlite_with_rowid=False,
    )
    for column in ("count", "confidence", "area"):
        op.create_index(f"ix_sightings_{column}", "sightings", ["cloud_id", "label", column])
    op.create_table(
        "tag_words",
        _cloud(),
        sa.Column("word", name(255), primary_key=True),
        sa.Column("tag_id", Id, sa.ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True),
        sa.Column("position", sa.Integer(), primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    """Index what is stored already."""
    here = sa.MetaData()
    tables = {name: sa.Table(name, here, autoload_with=connection) for name in ("words", "numbers", "sightings", "tag_words")}
    assets = _columns(
        "assets", "id cloud_id created_at width height public_id display_name", "context metadata access_control facts"
    )
    for rows in _batches(connection, assets):
        found = [rows_of(row["id"], row["cloud_id"], row["created_at"], row) for row in rows]
        _insert(connection, tables["words"], [word for words, _ in found for word in words])
        _insert(connection, tables["numbers"], [number for _, numbers in found for number in numbers])
        _insert(connection, tables["sightings"], _seen(connection, {row["id"]: row for row in rows}))
    for rows in _batches(connection, _columns("tags", "id cloud_id name")):
        said = [(row, word) for row in rows for word in words_of("tags", [row["name"]])]
        fresh = [{"cloud_id": row["cloud_id"], "tag_id": row["id"], "word": word[1], "position": word[2]} for row, word in said]
        _insert(connection, tables["tag_words"], fresh)


def _columns(table: str, names: str, json: str = "") -> sa.TableClause:
    kept = [sa.column(name) for name in names.split()] + [sa.column(name, sa.JSON()) for name in json.split()]
    return sa.table(table, *kept)


def _batches(connection: sa.Connection, table: sa.TableClause) -> Iterator[Sequence[Mapping[str, Any]]]:
    last = 0
    while True:
        query = sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(BATCH)
        rows = [row._mapping for row in connection.execute(query)]
        if not rows:
            return
        yield rows
        last = rows[-1]["id"]


def _seen(connection: sa.Connection, assets: Mapping[int, Mapping[str, Any]]) -> list[dict[str, Any]]:
    findings = _columns("findings", "asset_id analysis_id label score width height")
    analyses = _columns("analyses", "id model")
    query = sa.select(findings, analyses.c.model).join(analyses, analyses.c.id == findings.c.analysis_id)
    found: dict[int, dict[str, list[Mapping[str, Any]]]] = {}
    for row in connection.execute(query.where(findings.c.asset_id.in_(list(assets)))):
        found.setdefault(row.asset_id, {}).setdefault(row.model, []).append(row._mapping)
    return [row for id, said in found.items() for row in sightings_of(assets[id], said)]


def _insert(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(sa.insert(table), rows)


def downgrade() -> None:
    for table in ("tag_words", "sightings", "numbers", "words"):
        op.drop_table(table)
    for index in INDEXES:
        op.drop_index(f"ix_assets_{index}", "assets")
    if op.get_bind().dialect.name == "postgresql":
        for column, length in TEXTS.items():
            op.alter_column("assets", column, type_=sa.String(length, collation="default"))
    op.drop_column("assets", "aspect_ratio")
    op.drop_column("assets", "pixels")
