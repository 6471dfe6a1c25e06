"""Tables of work that is still to be done: jobs, and the notices they send."""

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text
from sqlalchemy import UniqueConstraint as Unique

from app.db.tables import Id, metadata, name

# A job that is done is no row any more. `key` is unique among those that wait or run; a held job gives it up.
jobs = Table(
    "jobs",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", name(64), nullable=False),
    Column("arguments", JSON, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("status", name(8), nullable=False),  # ready, running or held
    Column("run_at", BigInteger, nullable=False),  # due time while it waits, end of the lease while it runs
    Column("attempts", Integer, nullable=False),
    Column("starts", Integer, nullable=False),
    Column("key", name(255), unique=True),
    Column("worker", name(255)),
    Column("error", Text),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_jobs_due", "name", "status", "run_at"),
)
Index("ix_jobs_first", jobs.c.name, jobs.c.status, jobs.c.priority.desc(), jobs.c.run_at, jobs.c.id)

# Where notices of a cloud go whatever a call says.
triggers = Table(
    "triggers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("external_id", name(32), nullable=False, unique=True),
    Column("cloud_id", Id, ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
    Column("uri", name(2048), nullable=False),
    Column("uri_type", String(16), nullable=False),
    Column("event_type", name(64), nullable=False),
    Column("additive", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Unique("cloud_id", "event_type", "uri"),
)

# One notice to one address, its body as the very text that is signed. Polled ones wait for somebody to fetch and acknowledge them.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Id, primary_key=True),
    Column("external_id", name(32), nullable=False, unique=True),
    Column("cloud_id", Id, ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
    Column("event_type", name(64), nullable=False),
    Column("uri", name(2048), nullable=False),
    Column("batch_id", name(64)),
    Column("key", name(255), nullable=False),  # whose secret signs it
    Column("algorithm", String(8), nullable=False),
    Column("body", Text, nullable=False),
    Column("status", name(16), nullable=False),  # waiting, delivered or failed
    Column("attempts", Integer, nullable=False),
    Column("answer", Integer),  # the last status the address answered
    Column("error", Text),
    Column("receipt", name(32), unique=True),
    Column("visible_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Index("ix_deliveries_newest", "cloud_id", "status", "id"),
)
