"""Fills a database with made-up assets and tags, in bulk: rows are sorted as their tables are, indexes are made afterwards."""

import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Index, Table, create_engine, insert, select, text

from app.db import catalog, indexing
from app.db.engine import Database
from app.db.migrate import upgrade
from app.db.search_tables import numbers, words
from app.db.tables import asset_tags, assets, tags

CLOUD = "size"
TAGS, TAGS_AN_ASSET, FOLDERS = 1200, 6, 500
FORMATS = ("jpg",) * 7 + ("png", "webp", "gif")
START = 1_600_000_000_000_000  # microseconds
STEP = 120_000_000  # between two assets
BATCH = 20_000


def fill(url: str, count: int) -> Database:
    """A database with that many assets; one that has them already is left alone."""
    db = Database(url)
    upgrade(db)
    with db.read() as c:
        there = c.execute(text("SELECT count(*) FROM assets")).scalar_one()
    if there >= count:
        return db
    begun = time.perf_counter()
    bulk = create_engine(url)  # without the one writer and the durable commits of the service
    with bulk.connect() as c:
        sqlite = c.dialect.name == "sqlite"
        if sqlite:
            c.exec_driver_sql("PRAGMA synchronous=OFF")
        dropped = _dropped(c)
        cloud = catalog.ensure_cloud(c, CLOUD)
        c.commit()
        named = _tags(c, cloud)
        for table, rows, total in (
            (assets, _assets(cloud, count), count),
            (asset_tags, _links(count, named), count * TAGS_AN_ASSET),
            (words, _words(cloud, count), count * 2),
        ):
            _load(c, table, rows, total)
        for index in dropped:
            _say(f"index {index.name}")
            index.create(c)
            c.commit()
        c.exec_driver_sql("ANALYZE")
        c.commit()
    bulk.dispose()
    _say(f"{count} assets in {time.perf_counter() - begun:.0f} s\n")
    return db


def _dropped(c: Connection) -> list[Index]:
    """The indexes of the large tables, which are built faster at the end."""
    found = [
        index for table in (assets, asset_tags, words, numbers) for index in sorted(table.indexes, key=lambda item: item.name or "")
    ]
    for index in found:
        index.drop(c)
    c.commit()
    return found


def _tags(c: Connection, cloud: int) -> Sequence[int]:
    names = [{"cloud_id": cloud, "resource_type": "image", "name": f"tag-{number:04d}"} for number in range(TAGS)]
    c.execute(insert(tags), names)
    ids = {name: id for name, id in c.execute(select(tags.c.name, tags.c.id).where(tags.c.cloud_id == cloud))}
    indexing.tagged(c, cloud, ids)
    c.commit()
    return [ids[f"tag-{number:04d}"] for number in range(TAGS)]


def created(number: int) -> int:
    return START + number * STEP


def _assets(cloud: int, count: int) -> Iterator[dict[str, Any]]:
    draw = np.random.default_rng(1)
    for number in range(1, count + 1):
        width, height = int(draw.integers(200, 6000)), int(draw.integers(200, 6000))
        yield {
            "id": number,
            "cloud_id": cloud,
            "asset_id": f"{number:032x}",
            "resource_type": "image",
            "type": "upload",
            "public_id": f"set{number % 1000:03d}/picture-{number}",
            "version": created(number) // 1_000_000,
            "version_id": f"{number:032x}",
            "blob_key": f"originals/{number % 256:02x}/{number:032x}",
            "format": FORMATS[number % len(FORMATS)],
            "width": width,
            "height": height,
            "bytes": width * height // 8,
            "etag": f"{number:032x}",
            "asset_folder": f"folder-{number % FOLDERS}",
            "display_name": f"picture-{number}",
            "access_mode": "public",
            "backup": False,
            "uploaded_by": "key",
            "created_at": created(number),
            "updated_at": created(number),
        }


def _links(count: int, named: Sequence[int]) -> Iterator[dict[str, Any]]:
    """Tags by Zipf's law, six an asset, in the order of their table."""
    draw = np.random.default_rng(2)
    weights = 1 / np.arange(1, TAGS + 1)
    chosen = draw.choice(TAGS, size=(count, TAGS_AN_ASSET), p=weights / weights.sum()).astype(np.int32)
    pairs = np.unique(np.stack([chosen.ravel(), np.repeat(np.arange(1, count + 1, dtype=np.int32), TAGS_AN_ASSET)], 1), axis=0)
    for place, number in pairs:
        yield {
            "tag_id": named[int(place)],
            "created_at": created(int(number)),
            "asset_id": int(number),
            "position": 0,
            "source_kind": "key",
            "source": "key",
            "score": None,
        }


def _words(cloud: int, count: int) -> Iterator[dict[str, Any]]:
    """What the service would write for these names, in the order of their table as far as the names go."""
    for number in range(1, count + 1):
        columns = {"public_id": f"picture-{number}", "display_name": f"picture-{number}"}
        yield from indexing.rows_of(number, cloud, created(number), columns)[0]


def _load(c: Connection, table: Table, rows: Iterator[dict[str, Any]], total: int) -> None:
    done, held = 0, list[dict[str, Any]]()
    for row in rows:
        held.append(row)
        if len(held) == BATCH:
            done += _write(c, table, held)
            held = []
            _say(f"{table.name} {min(done / total, 1):4.0%}")
    _write(c, table, held)
    c.commit()


def _write(c: Connection, table: Table, rows: list[dict[str, Any]]) -> int:
    if not rows:
        return 0
    names = list(rows[0])
    raw: Any = c.connection.driver_connection
    if c.dialect.name == "postgresql":
        with raw.cursor() as cursor, cursor.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(tuple(row.values()))
    else:
        marks = ", ".join("?" * len(names))
        raw.executemany(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})", [tuple(row.values()) for row in rows])
    return len(rows)


def _say(text: str) -> None:
    print(f"\r{text:60}", end="", flush=True, file=sys.stderr)
