"""Jobs in the order they are claimed: however many wait, the next one is at the front of an index."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_jobs_first", "jobs", ["name", "status", sa.text("priority DESC"), "run_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_jobs_first", "jobs")
