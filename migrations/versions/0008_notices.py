"""notices: triggers and deliveries"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def name(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "triggers",
        sa.Column("id", Id, nullable=False),
        sa.Column("external_id", name(32), nullable=False),
        sa.Column("cloud_id", Id, nullable=False),
        sa.Column("uri", name(2048), nullable=False),
        sa.Column("uri_type", sa.String(16), nullable=False),
        sa.Column("event_type", name(64), nullable=False),
        sa.Column("additive", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["cloud_id"], ["clouds.id"], name="fk_triggers_cloud_id_clouds", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_triggers"),
        sa.UniqueConstraint("external_id", name="uq_triggers_external_id"),
        sa.UniqueConstraint("cloud_id", "event_type", "uri", name="uq_triggers_cloud_id_event_type_uri"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", Id, nullable=False),
        sa.Column("external_id", name(32), nullable=False),
        sa.Column("cloud_id", Id, nullable=False),
        sa.Column("event_type", name(64), nullable=False),
        sa.Column("uri", name(2048), nullable=False),
        sa.Column("batch_id", name(64)),
        sa.Column("key", name(255), nullable=False),
        sa.Column("algorithm", sa.String(8), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("status", name(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Integer()),
        sa.Column("error", sa.Text()),
        sa.Column("receipt", name(32)),
        sa.Column("visible_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["cloud_id"], ["clouds.id"], name="fk_deliveries_cloud_id_clouds", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint("external_id", name="uq_deliveries_external_id"),
        sa.UniqueConstraint("receipt", name="uq_deliveries_receipt"),
    )
    op.create_index("ix_deliveries_newest", "deliveries", ["cloud_id", "status", "id"])


def downgrade() -> None:
    op.drop_table("deliveries")
    op.drop_table("triggers")
