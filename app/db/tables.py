"""The tables of clouds, assets, tags, findings and presets; field_tables, shelf_tables and work_tables have the others.

Constraints are named by one convention; migrations/ builds the same on SQLite and on PostgreSQL.
Moments are whole microseconds since 1970 (UTC), so that cursors and indexes order alike on both databases. Names compare by
their bytes: that is what SQLite does, and what collation "C" makes PostgreSQL do.
"""

from sqlalchemy import JSON, BigInteger, Boolean, Column, Computed, Float, ForeignKey, Index, Integer, MetaData, String, Table, Text
from sqlalchemy import UniqueConstraint as Unique

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER


def name(length: int) -> String:
    """A text compared byte by byte on either database."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


clouds = Table(
    "clouds",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", name(255), nullable=False, unique=True),
    Column("settings", JSON),  # what is set for one cloud alone; absent keys follow the installation
    Column("created_at", BigInteger, nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key", name(255), primary_key=True),
    Column("secret", String(255), nullable=False),  # signatures are computed with it, so it cannot be hashed
    Column("cloud_id", Id, ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
)

assets = Table(
    "assets",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cloud_id", Id, ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
    Column("asset_id", name(32), nullable=False, unique=True),
    Column("resource_type", name(16), nullable=False),
    Column("type", name(32), nullable=False),
    Column("public_id", name(255), nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("version_id", name(32), nullable=False),
    Column("blob_key", name(255), nullable=False, index=True),
    Column("format", name(16)),
    Column("width", Integer),
    Column("height", Integer),
    Column("pixels", BigInteger, Computed("CAST(width AS BIGINT) * height", persisted=True)),
    Column("aspect_ratio", Float, Computed("CAST(width AS DOUBLE PRECISION) / NULLIF(height, 0)", persisted=True)),
    Column("pages", Integer),
    Column("bytes", BigInteger, nullable=False),
    Column("etag", name(32), nullable=False),
    Column("asset_folder", name(255), nullable=False, default=""),
    Column("display_name", name(255), nullable=False, default=""),
    Column("original_filename", String(255)),
    Column("context", JSON),
    Column("metadata", JSON),
    Column("facts", JSON),
    Column("media", JSON),  # what the container of a video or sound file tells
    Column("duration", Float),
    Column("coordinates", JSON),  # {"faces": [[x, y, w, h]], "custom": [[x, y, w, h]], "regions": {name: [[x, y]]}} in pixels
    Column("moderation_kind", name(32)),
    Column("moderation_status", name(16)),
    Column("moderated_at", BigInteger),
    Column("access_mode", name(16), nullable=False, default="public"),
    Column("access_control", JSON),
    Column("headers", JSON),  # sent along with every delivery
    Column("quality_override", String(32)),
    Column("backup", Boolean, nullable=False, default=False),  # whether earlier versions are kept
    Column("uploaded_by", String(255), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Unique("cloud_id", "resource_type", "type", "public_id"),
    Index("ix_assets_newest", "cloud_id", "resource_type", "created_at", "id"),
    Index("ix_assets_shown", "cloud_id", "asset_folder", "display_name"),
    Index("ix_assets_folder", "cloud_id", "asset_folder", "created_at", "id"),
    Index("ix_assets_moderation", "cloud_id", "moderation_kind", "moderation_status", "resource_type", "created_at", "id"),
    # What search compares and sorts by.
    Index("ix_assets_created", "cloud_id", "created_at", "id"),
    Index("ix_assets_public_id", "cloud_id", "public_id", "id"),
    Index("ix_assets_version", "cloud_id", "version", "id"),
    Index("ix_assets_updated", "cloud_id", "updated_at", "id"),
    Index("ix_assets_type", "cloud_id", "type", "created_at", "id"),
    Index("ix_assets_format", "cloud_id", "format", "created_at", "id"),
    Index("ix_assets_access_mode", "cloud_id", "access_mode", "created_at", "id"),
    Index("ix_assets_status", "cloud_id", "moderation_status", "created_at", "id"),
    Index("ix_assets_etag", "cloud_id", "etag"),
    *(Index(f"ix_assets_{name}", "cloud_id", name, "id") for name in ("bytes", "width", "height", "pixels", "aspect_ratio")),
    *(Index(f"ix_assets_{name}", "cloud_id", name, "id") for name in ("pages", "duration")),
)

# Rendered pictures. `key` names the asset's version, the steps and the format, so that each is rendered once.
derived = Table(
    "derived",
    metadata,
    Column("id", Id, primary_key=True),
    Column("derived_id", name(32), nullable=False, unique=True),
    Column("asset_id", Id, ForeignKey("assets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("key", name(64), nullable=False, unique=True),
    Column("transformation", Text, nullable=False),  # as the URL writes it, with the extension it was asked with
    Column("format", String(16), nullable=False),
    Column("width", Integer),
    Column("height", Integer),
    Column("bytes", BigInteger, nullable=False),
    Column("etag", name(32), nullable=False),
    Column("blob_key", name(255), nullable=False, index=True),
    Column("created_at", BigInteger, nullable=False),
)

# Who renders a key right now, until when: others wait for the row of `derived`.
renderings = Table(
    "renderings",
    metadata,
    Column("key", name(64), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
)

# Transformations by name, and those that were used without one (their own text is their name).
transformations = Table(
    "transformations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cloud_id", Id, ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
    Column("name", name(512), nullable=False),
    Column("body", Text, nullable=False),
    Column("named", Boolean, nullable=False),
    Column("allowed_for_strict", Boolean, nullable=False),
    Column("used", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Unique("cloud_id", "name"),
)

tags = Table(
    "tags",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cloud_id", Id, ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
    Column("resource_type", name(16), nullable=False),
    Column("name", name(255), nullable=False),
    Unique("cloud_id", "resource_type", "name"),
)

# The link is ordered as the listing by tag reads it: newest first within a tag. `source_kind` is person, key or model.
asset_tags = Table(
    "asset_tags",
    metadata,
    Column("tag_id", Id, ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("created_at", BigInteger, primary_key=True, autoincrement=False),
    Column("asset_id", Id, ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True),
    Column("position", Integer, nullable=False),
    Column("source_kind", String(8), nullable=False),
    Column("source", String(255), nullable=False),
    Column("score", Float),
    sqlite_with_rowid=False,
)

# A tag that somebody took off an asset: no model puts it back.
removed_tags = Table(
    "removed_tags",
    metadata,
    Column("asset_id", Id, ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("tag", name(255), primary_key=True),
    Column("removed_by", String(255), nullable=False),
    Column("removed_at", BigInteger, nullable=False),
)

# One row a detector and asset: the answer's JSON as text, spliced into responses as it is.
analyses = Table(
    "analyses",
    metadata,
    Column("id", Id, primary_key=True),
    Column("asset_id", Id, ForeignKey("assets.id", ondelete="CASCADE"), nullable=False),
    Column("model", name(64), nullable=False),
    Column("model_version", Integer, nullable=False),
    Column("pack_hash", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Unique("asset_id", "model"),
)

# The same findings as rows, for searching what was seen. Boxes are in pixels of the picture as delivered.
findings = Table(
    "findings",
    metadata,
    Column("id", Id, primary_key=True),
    Column("analysis_id", Id, ForeignKey("analyses.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("asset_id", Id, ForeignKey("assets.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("label", name(255), nullable=False),
    Column("score", Float, nullable=False),
    Column("x", Float),
    Column("y", Float),
    Column("width", Float),
    Column("height", Float),
    Column("attributes", JSON),
    Index("ix_findings_label_score", "label", "score"),
)

presets = Table(
    "presets",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cloud_id", Id, ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
    Column("name", name(255), nullable=False),
    Column("external_id", name(36), nullable=False, unique=True),
    Column("unsigned", Boolean, nullable=False),
    Column("settings", JSON, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Unique("cloud_id", "name"),
)
