"""The tables of structured metadata: fields, the entries of their datasources, and rules."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Integer, String, Table
from sqlalchemy import UniqueConstraint as Unique

from app.db.tables import Id, metadata, name

# Fields of structured metadata. A deleted one stays as a row, so that its external ID is never given again; its label is freed.
metadata_fields = Table(
    "metadata_fields",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cloud_id", Id, ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
    Column("external_id", name(255), nullable=False),
    Column("type", String(16), nullable=False),
    Column("label", name(255)),
    Column("mandatory", Boolean, nullable=False),
    Column("default_value", JSON),
    Column("default_disabled", Boolean, nullable=False),
    Column("validation", JSON),
    Column("restrictions", JSON),
    Column("allow_dynamic_list_values", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("deleted_at", BigInteger),
    Unique("cloud_id", "external_id"),
    Unique("cloud_id", "label"),
)

metadata_entries = Table(
    "metadata_entries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("field_id", Id, ForeignKey("metadata_fields.id", ondelete="CASCADE"), nullable=False),
    Column("external_id", name(255), nullable=False),
    Column("value", name(255), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("position", Integer, nullable=False),
    Unique("field_id", "external_id"),
)

metadata_rules = Table(
    "metadata_rules",
    metadata,
    Column("id", Id, primary_key=True),
    Column("cloud_id", Id, ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("external_id", name(64), nullable=False, unique=True),
    Column("metadata_field_id", name(255), nullable=False),
    Column("name", String(255)),
    Column("condition", JSON, nullable=False),
    Column("result", JSON, nullable=False),
    Column("state", String(8), nullable=False),
    Column("position", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)
