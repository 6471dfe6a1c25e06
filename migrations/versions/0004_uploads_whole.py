"""what the whole Upload API keeps: derived pictures, transformations, coordinates, moderation, access, media"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def name(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("clouds", sa.Column("settings", sa.JSON(), nullable=True))
    op.add_column("assets", sa.Column("media", sa.JSON()))
    op.add_column("assets", sa.Column("duration", sa.Float()))
    op.add_column("assets", sa.Column("coordinates", sa.JSON()))
    op.add_column("assets", sa.Column("moderation_kind", name(32)))
    op.add_column("assets", sa.Column("moderation_status", name(16)))
    op.add_column("assets", sa.Column("moderated_at", sa.BigInteger()))
    op.add_column("assets", sa.Column("access_mode", sa.String(16), nullable=False, server_default="public"))
    op.add_column("assets", sa.Column("access_control", sa.JSON()))
    op.add_column("assets", sa.Column("headers", sa.JSON()))
    op.add_column("assets", sa.Column("quality_override", sa.String(32)))
    op.create_index(
        "ix_assets_moderation",
        "assets",
        ["cloud_id", "moderation_kind", "moderation_status", "resource_type", "created_at", "id"],
    )
    op.create_table(
        "derived",
        sa.Column("id", Id, primary_key=True),
        sa.Column("derived_id", name(32), nullable=False, unique=True),
        sa.Column("asset_id", Id, sa.ForeignKey("assets.id", ondelete="CASCADE"), nullable=False, index=True),
        sa.Column("key", name(64), nullable=False, unique=True),
        sa.Column("transformation", sa.Text(), nullable=False),
        sa.Column("format", sa.String(16), nullable=False),
        sa.Column("width", sa.Integer()),
        sa.Column("height", sa.Integer()),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("etag", name(32), nullable=False),
        sa.Column("blob_key", name(255), nullable=False, index=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "transformations",
        sa.Column("id", Id, primary_key=True),
        sa.Column("cloud_id", Id, sa.ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", name(512), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("allowed_for_strict", sa.Boolean(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("cloud_id", "name"),
    )


def downgrade() -> None:
    op.drop_table("transformations")
    op.drop_table("derived")
    op.drop_index("ix_assets_moderation", "assets")
    op.drop_column("assets", "quality_override")
    op.drop_column("assets", "headers")
    op.drop_column("assets", "access_control")
    op.drop_column("assets", "access_mode")
    op.drop_column("assets", "moderated_at")
    op.drop_column("assets", "moderation_status")
    op.drop_column("assets", "moderation_kind")
    op.drop_column("assets", "coordinates")
    op.drop_column("assets", "duration")
    op.drop_column("assets", "media")
    op.drop_column("clouds", "settings")
