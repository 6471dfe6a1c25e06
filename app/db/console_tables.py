"""The tables that only the console reads: what went lately, what may come back, and which sessions were ended."""

from sqlalchemy import JSON, BigInteger, Column, Index, Table

from app.db.tables import Id, metadata, name

# Assets that were deleted within the hour, for those who watch. Rows of clouds that went do no harm and go by age.
departures = Table(
    "departures",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cloud_id", Id, nullable=False),
    Column("asset_id", name(32), nullable=False),
    Column("resource_type", name(16), nullable=False),
    Column("type", name(32), nullable=False),
    Column("public_id", name(255), nullable=False),
    Column("gone_at", BigInteger, nullable=False),
    Index("ix_departures_gone_at", "gone_at"),
)

# Assets that were deleted in the console and may come back for a while, with all that was known of them. Their bytes stay.
trash = Table(
    "trash",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cloud_id", Id, nullable=False),
    Column("asset_id", name(32), nullable=False, unique=True),
    Column("blob_key", name(255), nullable=False, index=True),
    Column("values", JSON, nullable=False),
    Column("deleted_at", BigInteger, nullable=False),
    Index("ix_trash_deleted_at", "deleted_at"),
)

# Sessions of the console whose owners signed out, until they would have ended anyway.
ended_sessions = Table(
    "ended_sessions",
    metadata,
    Column("id", name(32), primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
)
