"""an index on display names, by folder"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_assets_shown", "assets", ["cloud_id", "asset_folder", "display_name"])


def downgrade() -> None:
    op.drop_index("ix_assets_shown", "assets")
