"""The tables that search reads: words, numbers and sightings of assets, and the words of tags.

Each row repeats the asset's cloud and creation, so that an index alone finds the newest assets of a word. Texts are folded
(`app.db.terms`), so that both databases compare them alike.
"""

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, LargeBinary, Table

from app.db.tables import Id, metadata, name


def _cloud() -> "Column[int]":
    return Column("cloud_id", Id, ForeignKey("clouds.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)


def _asset() -> "Column[int]":
    return Column("asset_id", Id, ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True)


def _created() -> "Column[int]":
    return Column("created_at", BigInteger, primary_key=True, autoincrement=False)


# A word of a text of an asset at its place in the text, or at place -1 the whole text. `field` is filename, context.<key>…
# `repeated`: the asset has the same word in the same field at an earlier place.
words = Table(
    "words",
    metadata,
    _cloud(),
    Column("word", name(255), primary_key=True),
    Column("field", name(255), primary_key=True),
    _created(),
    _asset(),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("repeated", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

# What is measured or dated: values of context and metadata that are numbers or dates (as microseconds), and facts of pictures.
numbers = Table(
    "numbers",
    metadata,
    _cloud(),
    Column("field", name(255), primary_key=True),
    Column("value", Float, primary_key=True, autoincrement=False),
    _created(),
    _asset(),
    sqlite_with_rowid=False,
)

# What one model saw of one label on an asset, all its findings together; the empty label stands for all labels.
sightings = Table(
    "sightings",
    metadata,
    _cloud(),
    Column("label", name(255), primary_key=True),
    Column("model", name(64), primary_key=True),
    _created(),
    _asset(),
    Column("count", Integer, nullable=False),
    Column("confidence", Float, nullable=False),  # of the surest one
    Column("area", Float, nullable=False),  # of the largest one, as a share of the picture
    Index("ix_sightings_count", "cloud_id", "label", "count"),
    Index("ix_sightings_confidence", "cloud_id", "label", "confidence"),
    Index("ix_sightings_area", "cloud_id", "label", "area"),
    sqlite_with_rowid=False,
)

# The words of a tag's name, as in `words`.
tag_words = Table(
    "tag_words",
    metadata,
    _cloud(),
    Column("word", name(255), primary_key=True),
    Column("tag_id", Id, ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

# What a picture looks like: 1280 half-precision numbers of length 1, of the version that was looked at.
embeddings = Table(
    "embeddings",
    metadata,
    Column("asset_id", Id, ForeignKey("assets.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("cloud_id", Id, ForeignKey("clouds.id", ondelete="CASCADE"), nullable=False),
    Column("version_id", name(32), nullable=False),
    Column("vector", LargeBinary, nullable=False),
    Index("ix_embeddings_cloud_id", "cloud_id", "asset_id"),
)
