"""what is told of an asset's picture: colours, faces, hash, metadata, quality"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("assets", sa.Column("facts", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("assets", "facts")
