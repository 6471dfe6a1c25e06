"""console: assets that went, those that may come back, and sessions that were ended"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def name(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    asset = [("asset_id", 32), ("resource_type", 16), ("type", 32), ("public_id", 255)]
    op.create_table(
        "departures",
        sa.Column("id", Id, nullable=False),
        sa.Column("cloud_id", Id, nullable=False),
        *(sa.Column(column, name(length), nullable=False) for column, length in asset),
        sa.Column("gone_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_departures"),
    )
    op.create_index("ix_departures_gone_at", "departures", ["gone_at"])
    op.create_table(
        "trash",
        sa.Column("id", Id, nullable=False),
        sa.Column("cloud_id", Id, nullable=False),
        sa.Column("asset_id", name(32), nullable=False),
        sa.Column("blob_key", name(255), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_trash"),
        sa.UniqueConstraint("asset_id", name="uq_trash_asset_id"),
    )
    op.create_index("ix_trash_blob_key", "trash", ["blob_key"])
    op.create_index("ix_trash_deleted_at", "trash", ["deleted_at"])
    op.create_table(
        "ended_sessions",
        sa.Column("id", name(32), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ended_sessions"),
    )


def downgrade() -> None:
    for table in ("ended_sessions", "trash", "departures"):
        op.drop_table(table)
