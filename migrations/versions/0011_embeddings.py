"""embeddings: what pictures look like, as numbers"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    version = sa.String(32).with_variant(sa.String(32, collation="C"), "postgresql")
    op.create_table(
        "embeddings",
        sa.Column("asset_id", Id, autoincrement=False, nullable=False),
        sa.Column("cloud_id", Id, nullable=False),
        sa.Column("version_id", version, nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name="fk_embeddings_asset_id_assets", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["cloud_id"], ["clouds.id"], name="fk_embeddings_cloud_id_clouds", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("asset_id", name="pk_embeddings"),
    )
    op.create_index("ix_embeddings_cloud_id", "embeddings", ["cloud_id", "asset_id"])


def downgrade() -> None:
    op.drop_table("embeddings")
