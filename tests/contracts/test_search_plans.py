"""No documented filter reads the whole library: the plans of both databases are read, counting and paging, filter by filter."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, Select, text

from app.db.engine import Database, now
from app.db.tables import assets
from app.search.fields import TABLE
from app.search.leaves import CLOUD
from app.search.meaning import expanded, meaning
from app.search.order import Order
from app.search.parse import parse
from app.search.query import Plan, plans
from tests.conftest import empty_database
from tests.contracts.evaluation import Record
from tests.contracts.test_search import records, store

SAMPLES = {
    "name": "x", "id": "a/b", "folder": "a/*", "text": "cat", "value": "cat", "tags": "cat", "number": "5", "size": "1mb",
    "ratio": "1.5", "duration": "5", "date": "1h", "flag": "true", "status": "active", "seen": "dog", "nothing": "x",
}  # fmt: skip
# An open comparison, and two that lead to few assets.
FILTERS = [
    f"{field.name.replace('<what>', 'x').replace('<key>', 'stage').replace('<', '').replace('>', '')}{sign}{SAMPLES[field.kind]}"
    for field in TABLE
    if field.kind in SAMPLES and field.kind not in ("status", "nothing")
    for sign in ((":", ">", "=") if field.kind in ("number", "size", "ratio", "duration", "date") else (":", "="))
] + [
    "cat", "ca*", '"red cat"', "tags:ca*", "tags:(cat OR dog)", "tags=cat AND tags=dog AND created_at>1d", "cat OR dog",
    "detected.count:dog>=3", "detected.count>=3", "detected.confidence:dog>0.8", "detected.area>0.5", "detected.coco.area:dog>0.2",
    "public_id:zz/*", "context.stage:*", "context.year>5", "public_id:(a OR b OR c)", "tags=cat -tags=dog", "folder:a*", "dog jpg",
]  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, int]]:
    """Some assets, of which the filters find few, so that an index is what pays."""
    db = Database(empty_database(request.param, tmp_path_factory.mktemp("plans"), request))
    found: list[Record] = records(600)
    cloud_id = store(db, found)
    if request.param == "postgresql":
        with db.begin() as tx:
            tx.execute(text("ANALYZE"))
    yield db, cloud_id
    db.close()


def chose(c: Connection, cloud_id: int, expression: str, *, newest: bool) -> tuple[Plan, dict[str, Any]]:
    shape, values = meaning(c, cloud_id, expanded(parse(expression)), now())
    values[CLOUD] = cloud_id
    return plans(shape).choose(c, values, newest=newest), values


def explained(c: Connection, query: Select[Any]) -> list[str]:
    """The steps of a plan, each as the database words it."""
    sql = query.compile(dialect=c.dialect, compile_kwargs={"literal_binds": True})
    if c.dialect.name == "sqlite":
        return [row.detail for row in c.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}")]
    c.exec_driver_sql("SET LOCAL enable_seqscan = off")  # a small table is read whole where it may be
    return [row[0].strip() for row in c.exec_driver_sql(f"EXPLAIN (COSTS OFF) {str(sql).replace('%', '%%')}")]


def reads_everything(steps: list[str]) -> list[str]:
    """Steps that read a stored table from one end to the other."""
    tables = ("assets", "words", "numbers", "sightings", "asset_tags", "tag_words", "tags", "first")
    whole = [step for step in steps if step.startswith(tuple(f"SCAN {name}" for name in tables))]
    return whole + [step for step in steps if "Seq Scan" in step]


@pytest.mark.parametrize("expression", FILTERS)
def test_counting_and_paging_read_by_an_index(stored: tuple[Database, int], expression: str) -> None:
    db, cloud_id = stored
    with db.read() as c:
        chosen, values = chose(c, cloud_id, expression, newest=True)
        count = explained(c, chosen.count().params(values))
        assert reads_everything(count) == []
        walks = [step for step in count if step.startswith("SEARCH assets") and step.endswith("(cloud_id=?)")]
        assert walks == []
        assert conditions(count), f"the count walks through all of the cloud: {count}"
        query, ground = chosen.page([assets.c.id], newest=True)
        assert reads_everything(explained(c, Order().lay(query, ground, None).params(values).limit(51))) == []


def conditions(steps: list[str]) -> list[str]:
    """Index conditions on more than the cloud."""
    sqlite = [step for step in steps if "(" in step and step.partition("(")[2] not in ("cloud_id=?)", "") and "SEARCH" in step]
    return sqlite + [step for step in steps if step.startswith("Index Cond:") and ("AND" in step or "cloud_id" not in step)]


@pytest.mark.parametrize("sort", ["created_at", "uploaded_at", "updated_at", "public_id", "bytes", "width", "pixels", "duration"])
@pytest.mark.parametrize("down", [False, True])
def test_a_page_of_everything_is_read_in_order(stored: tuple[Database, int], sort: str, down: bool) -> None:
    db, cloud_id = stored
    with db.read() as c:
        order = Order(((sort, down),))
        chosen, values = chose(c, cloud_id, "", newest=order.newest)
        query, ground = chosen.page([assets.c.id], newest=order.newest)
        steps = explained(c, order.lay(query, ground, None, order.halves(None)[0]).params(values).limit(51))
        assert reads_everything(steps) == []
        assert not any("TEMP B-TREE" in step or "Sort" in step for step in steps), steps
