"""The tables around the assets: folders, earlier versions, relations, and prefixes of remote places."""

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, String, Table
from sqlalchemy import UniqueConstraint as Unique

from app.db.tables import Id, metadata, name

# Folders by their whole path; `parent` is the path above, empty for those at the root.
folders = Table(
    "folders",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cloud_id", Id, ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
    Column("external_id", name(32), nullable=False, unique=True),
    Column("path", name(255), nullable=False),
    Column("parent", name(255), nullable=False),
    Column("name", name(255), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Unique("cloud_id", "path"),
    Index("ix_folders_children", "cloud_id", "parent", "name"),
)

# Versions kept by `backup`: the asset's columns and tags as they were. They outlive the asset, so nothing points at its row.
versions = Table(
    "versions",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cloud_id", Id, ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
    Column("asset_id", name(32), nullable=False),
    Column("resource_type", name(16), nullable=False),
    Column("type", name(32), nullable=False),
    Column("public_id", name(255), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("version_id", name(32), nullable=False, unique=True),
    Column("blob_key", name(255), nullable=False, index=True),
    Column("format", String(16)),
    Column("bytes", BigInteger, nullable=False),
    Column("values", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_versions_asset", "cloud_id", "asset_id", "version"),
    Index("ix_versions_name", "cloud_id", "resource_type", "type", "public_id", "version"),
)

# Every relation is two rows, so that either asset finds the other.
related_assets = Table(
    "related_assets",
    metadata,
    Column("asset_id", Id, ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("related_id", Id, ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True),
)

upload_mappings = Table(
    "upload_mappings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cloud_id", Id, ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
    Column("external_id", name(36), nullable=False, unique=True),
    Column("folder", name(255), nullable=False),
    Column("template", String(2048), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Unique("cloud_id", "folder"),
)
