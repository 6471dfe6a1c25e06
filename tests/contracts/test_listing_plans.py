"""No documented listing reads a whole table or sorts what it found: the plans of what is run are read, on both databases."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from app.db import catalog, cursor, folders, listings, tags
from app.db.engine import Database
from app.db.listings import Listing
from tests.conftest import empty_database
from tests.contracts.test_search import records, store
from tests.contracts.test_search_plans import reads_everything

FAR = 4_000_000_000_000_000  # microseconds since 1970: after every asset of the test
Call = Callable[[Connection, int], object]


def listing(after: str | None = None, **chosen: Any) -> Call:
    return lambda c, cloud_id: listings.page(c, Listing(cloud_id, **chosen), 5, after)


LISTINGS: dict[str, dict[str, Any]] = {
    "type": {"resource_type": "image"},
    "delivery type": {"resource_type": "image", "type": "upload"},
    "tag": {"resource_type": "image", "tag": "cat"},
    "prefix": {"resource_type": "image", "type": "upload", "prefix": "a"},
    "moment": {"resource_type": "image", "start_at": 1, "ascending": True},
    "folder": {"asset_folder": "a/b"},
    "folder and type": {"resource_type": "image", "asset_folder": "a/b"},
    "moderation": {"resource_type": "image", "moderation": ("manual", "pending")},
    "context": {"resource_type": "image", "context": ("stage", None)},
    "context and value": {"resource_type": "image", "context": ("stage", "done")},
}
CALLS: dict[str, Call] = {
    **{name: listing(**chosen) for name, chosen in LISTINGS.items()},
    **{
        f"{name}, next page": listing(cursor.write("b" if "prefix" in chosen else FAR, 1), **chosen)
        for name, chosen in LISTINGS.items()
    },
    "tags": lambda c, cloud_id: tags.page(c, cloud_id, "image", "", 5, None),
    "tags by prefix": lambda c, cloud_id: tags.page(c, cloud_id, "image", "c", 5, cursor.write("ca")),
    "folders": lambda c, cloud_id: folders.children(c, cloud_id, "", 5, cursor.write("a")),
}
CHOSEN: dict[str, Call] = {
    "public IDs": listing(resource_type="image", type="upload", public_ids=["a", "b"]),
    "asset IDs": listing(asset_ids=["a" * 32, "b" * 32]),
    "folder's count": lambda c, cloud_id: listings.count(c, Listing(cloud_id, asset_folder="a/b")),
    "presets": lambda c, cloud_id: catalog.preset_page(c, cloud_id, 5, None, "name", ascending=True),
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stored(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, int]]:
    db = Database(empty_database(request.param, tmp_path_factory.mktemp("plans"), request))
    cloud_id = store(db, records(600))
    if request.param == "postgresql":
        with db.begin() as tx:
            tx.execute(text("ANALYZE"))
    yield db, cloud_id
    db.close()


def plans(db: Database, cloud_id: int, call: Call) -> list[str]:
    """The steps of every statement that a call runs, each as the database words it."""
    run: list[tuple[str, Any]] = []

    def note(_c: object, _cursor: object, statement: str, values: Any, *_more: object) -> None:
        run.append((statement, values))

    with db.read() as c:
        event.listen(c, "before_cursor_execute", note)
        call(c, cloud_id)
        event.remove(c, "before_cursor_execute", note)
        if c.dialect.name == "sqlite":
            return [row.detail for sql, values in run for row in c.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]
        for habit in ("seqscan", "sort", "bitmapscan"):  # what a small table is read by though an index would serve
            c.exec_driver_sql(f"SET LOCAL enable_{habit} = off")
        return [row[0].strip() for sql, values in run for row in c.exec_driver_sql(f"EXPLAIN (COSTS OFF) {sql}", values)]


@pytest.mark.parametrize("name", CALLS)
def test_a_page_is_read_in_the_order_of_an_index(stored: tuple[Database, int], name: str) -> None:
    steps = plans(*stored, CALLS[name])
    assert steps
    assert reads_everything(steps) == []
    sorts = [step for step in steps if "TEMP B-TREE" in step or step.strip("-> ") == "Sort"]
    assert sorts == [], "an incremental sort is none: it orders rows of one name or moment"


@pytest.mark.parametrize("name", CHOSEN)
def test_what_is_chosen_is_found_by_an_index(stored: tuple[Database, int], name: str) -> None:
    assert reads_everything(plans(*stored, CHOSEN[name])) == []
