"""structured metadata: fields, datasource entries, rules, and their values on assets"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def name(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("assets", sa.Column("metadata", sa.JSON(), nullable=True))
    op.create_table(
        "metadata_fields",
        sa.Column("id", ID, nullable=False),
        sa.Column("cloud_id", ID, nullable=False),
        sa.Column("external_id", name(255), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("label", name(255), nullable=True),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("default_value", sa.JSON(), nullable=True),
        sa.Column("default_disabled", sa.Boolean(), nullable=False),
        sa.Column("validation", sa.JSON(), nullable=True),
        sa.Column("restrictions", sa.JSON(), nullable=True),
        sa.Column("allow_dynamic_list_values", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["cloud_id"], ["clouds.id"], name="fk_metadata_fields_cloud_id_clouds", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_metadata_fields"),
        sa.UniqueConstraint("cloud_id", "external_id", name="uq_metadata_fields_cloud_id_external_id"),
        sa.UniqueConstraint("cloud_id", "label", name="uq_metadata_fields_cloud_id_label"),
    )
    op.create_table(
        "metadata_entries",
        sa.Column("id", ID, nullable=False),
        sa.Column("field_id", ID, nullable=False),
        sa.Column("external_id", name(255), nullable=False),
        sa.Column("value", name(255), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["field_id"], ["metadata_fields.id"], name="fk_metadata_entries_field_id_metadata_fields", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_metadata_entries"),
        sa.UniqueConstraint("field_id", "external_id", name="uq_metadata_entries_field_id_external_id"),
    )
    op.create_table(
        "metadata_rules",
        sa.Column("id", ID, nullable=False),
        sa.Column("cloud_id", ID, nullable=False),
        sa.Column("external_id", name(64), nullable=False),
        sa.Column("metadata_field_id", name(255), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=True),
        sa.Column("condition", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["cloud_id"], ["clouds.id"], name="fk_metadata_rules_cloud_id_clouds", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_metadata_rules"),
        sa.UniqueConstraint("external_id", name="uq_metadata_rules_external_id"),
    )
    op.create_index("ix_metadata_rules_cloud_id", "metadata_rules", ["cloud_id"])


def downgrade() -> None:
    for table in ("metadata_rules", "metadata_entries", "metadata_fields"):
        op.drop_table(table)
    op.drop_column("assets", "metadata")
