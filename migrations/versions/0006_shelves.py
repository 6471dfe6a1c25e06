"""folders, earlier versions, related assets and upload mappings"""

import time
import uuid

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def name(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("assets", sa.Column("backup", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_assets_folder", "assets", ["cloud_id", "asset_folder", "created_at", "id"])
    op.create_table(
        "folders",
        sa.Column("id", Id, primary_key=True),
        sa.Column("cloud_id", Id, sa.ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
        sa.Column("external_id", name(32), nullable=False, unique=True),
        sa.Column("path", name(255), nullable=False),
        sa.Column("parent", name(255), nullable=False),
        sa.Column("name", name(255), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("cloud_id", "path"),
    )
    op.create_index("ix_folders_children", "folders", ["cloud_id", "parent", "name"])
    op.create_table(
        "versions",
        sa.Column("id", Id, primary_key=True),
        sa.Column("cloud_id", Id, sa.ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
        sa.Column("asset_id", name(32), nullable=False),
        sa.Column("resource_type", name(16), nullable=False),
        sa.Column("type", name(32), nullable=False),
        sa.Column("public_id", name(255), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("version_id", name(32), nullable=False, unique=True),
        sa.Column("blob_key", name(255), nullable=False, index=True),
        sa.Column("format", sa.String(16)),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_versions_asset", "versions", ["cloud_id", "asset_id", "version"])
    op.create_index("ix_versions_name", "versions", ["cloud_id", "resource_type", "type", "public_id", "version"])
    cascade = {"ondelete": "CASCADE"}
    op.create_table(
        "related_assets",
        sa.Column("asset_id", Id, sa.ForeignKey("assets.id", **cascade), primary_key=True, autoincrement=False),
        sa.Column("related_id", Id, sa.ForeignKey("assets.id", **cascade), primary_key=True, autoincrement=False, index=True),
    )
    op.create_table(
        "upload_mappings",
        sa.Column("id", Id, primary_key=True),
        sa.Column("cloud_id", Id, sa.ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
        sa.Column("external_id", name(36), nullable=False, unique=True),
        sa.Column("folder", name(255), nullable=False),
        sa.Column("template", sa.String(2048), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("cloud_id", "folder"),
    )
    _fold(op.get_bind())


def _fold(connection: sa.Connection) -> None:
    """The folders that stored assets are filed in, and all above them."""
    rows = connection.execute(sa.text("SELECT DISTINCT cloud_id, asset_folder FROM assets WHERE asset_folder <> ''")).all()
    found = set()
    for cloud_id, path in rows:
        parts = path.split("/")
        found |= {(cloud_id, "/".join(parts[: end + 1])) for end in range(len(parts))}
    moment = time.time_ns() // 1000
    values = [
        {
            "cloud": cloud_id,
            "id": uuid.uuid4().hex,
            "path": path,
            "parent": path.rpartition("/")[0],
            "name": path.rpartition("/")[2],
            "moment": moment,
        }
        for cloud_id, path in sorted(found)
    ]
    if values:
        insert = "INSERT INTO folders (cloud_id, external_id, path, parent, name, created_at) VALUES "
        connection.execute(sa.text(f"{insert}(:cloud, :id, :path, :parent, :name, :moment)"), values)


def downgrade() -> None:
    op.drop_table("upload_mappings")
    op.drop_table("related_assets")
    op.drop_table("versions")
    op.drop_table("folders")
    op.drop_index("ix_assets_folder", "assets")
    op.drop_column("assets", "backup")
