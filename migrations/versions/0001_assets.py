"""assets, tags, findings, presets and keys"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def name(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "clouds",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", name(255), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clouds"),
        sa.UniqueConstraint("name", name="uq_clouds_name"),
    )
    op.create_table(
        "api_keys",
        sa.Column("key", name(255), nullable=False),
        sa.Column("secret", sa.String(length=255), nullable=False),
        sa.Column("cloud_id", ID, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["cloud_id"], ["clouds.id"], name="fk_api_keys_cloud_id_clouds", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("key", name="pk_api_keys"),
    )
    op.create_index("ix_api_keys_cloud_id", "api_keys", ["cloud_id"])

    op.create_table(
        "assets",
        sa.Column("id", ID, nullable=False),
        sa.Column("cloud_id", ID, nullable=False),
        sa.Column("asset_id", name(32), nullable=False),
        sa.Column("resource_type", name(16), nullable=False),
        sa.Column("type", name(32), nullable=False),
        sa.Column("public_id", name(255), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("version_id", name(32), nullable=False),
        sa.Column("blob_key", name(255), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("etag", name(32), nullable=False),
        sa.Column("asset_folder", name(255), nullable=False),
        sa.Column("display_name", sa.String(length=255), nullable=False),
        sa.Column("original_filename", sa.String(length=255), nullable=True),
        sa.Column("context", sa.JSON(), nullable=True),
        sa.Column("uploaded_by", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["cloud_id"], ["clouds.id"], name="fk_assets_cloud_id_clouds", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_assets"),
        sa.UniqueConstraint("asset_id", name="uq_assets_asset_id"),
        sa.UniqueConstraint(
            "cloud_id", "resource_type", "type", "public_id", name="uq_assets_cloud_id_resource_type_type_public_id"
        ),
    )
    op.create_index("ix_assets_blob_key", "assets", ["blob_key"])
    op.create_index("ix_assets_newest", "assets", ["cloud_id", "resource_type", "created_at", "id"])

    op.create_table(
        "presets",
        sa.Column("id", ID, nullable=False),
        sa.Column("cloud_id", ID, nullable=False),
        sa.Column("name", name(255), nullable=False),
        sa.Column("external_id", name(36), nullable=False),
        sa.Column("unsigned", sa.Boolean(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["cloud_id"], ["clouds.id"], name="fk_presets_cloud_id_clouds", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_presets"),
        sa.UniqueConstraint("cloud_id", "name", name="uq_presets_cloud_id_name"),
        sa.UniqueConstraint("external_id", name="uq_presets_external_id"),
    )
    op.create_table(
        "tags",
        sa.Column("id", ID, nullable=False),
        sa.Column("cloud_id", ID, nullable=False),
        sa.Column("resource_type", name(16), nullable=False),
        sa.Column("name", name(255), nullable=False),
        sa.ForeignKeyConstraint(["cloud_id"], ["clouds.id"], name="fk_tags_cloud_id_clouds", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_tags"),
        sa.UniqueConstraint("cloud_id", "resource_type", "name", name="uq_tags_cloud_id_resource_type_name"),
    )
    op.create_table(
        "analyses",
        sa.Column("id", ID, nullable=False),
        sa.Column("asset_id", ID, nullable=False),
        sa.Column("model", name(64), nullable=False),
        sa.Column("model_version", sa.Integer(), nullable=False),
        sa.Column("pack_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_analyses_asset_id_assets", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_analyses"),
        sa.UniqueConstraint("asset_id", "model", name="uq_analyses_asset_id_model"),
    )
    op.create_table(
        "asset_tags",
        sa.Column("tag_id", ID, autoincrement=False, nullable=False),
        sa.Column("created_at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("asset_id", ID, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source_kind", sa.String(length=8), nullable=False),
        sa.Column("source", sa.String(length=255), nullable=False),
        sa.Column("score", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_asset_tags_asset_id_assets", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name="fk_asset_tags_tag_id_tags", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tag_id", "created_at", "asset_id", name="pk_asset_tags"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_asset_tags_asset_id", "asset_tags", ["asset_id"])

    op.create_table(
        "removed_tags",
        sa.Column("asset_id", ID, autoincrement=False, nullable=False),
        sa.Column("tag", name(255), nullable=False),
        sa.Column("removed_by", sa.String(length=255), nullable=False),
        sa.Column("removed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_removed_tags_asset_id_assets", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("asset_id", "tag", name="pk_removed_tags"),
    )
    op.create_table(
        "findings",
        sa.Column("id", ID, nullable=False),
        sa.Column("analysis_id", ID, nullable=False),
        sa.Column("asset_id", ID, nullable=False),
        sa.Column("label", name(255), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("x", sa.Float(), nullable=True),
        sa.Column("y", sa.Float(), nullable=True),
        sa.Column("width", sa.Float(), nullable=True),
        sa.Column("height", sa.Float(), nullable=True),
        sa.Column("attributes", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["analysis_id"], ["analyses.id"], name="fk_findings_analysis_id_analyses", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_findings_asset_id_assets", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_findings"),
    )
    op.create_index("ix_findings_analysis_id", "findings", ["analysis_id"])
    op.create_index("ix_findings_asset_id", "findings", ["asset_id"])
    op.create_index("ix_findings_label_score", "findings", ["label", "score"])


def downgrade() -> None:
    for table in ("findings", "removed_tags", "asset_tags", "analyses", "tags", "presets", "assets", "api_keys", "clouds"):
        op.drop_table(table)
