"""`python -m benchmarks.size`: list and search on databases of growing size; the service's own methods over the bare statement."""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.db import assets as asset_queries
from app.db import catalog, cursor
from app.db.engine import Database
from app.imaging.reading import Limits
from app.params.admin import ListParams
from app.params.search import SearchParams
from app.services.accounts import Caller
from app.services.library import Library
from app.services.searching import Searching
from benchmarks.size.filling import CLOUD, STEP, TAGS, created, fill

ROWS, DEEP, CALLS = 50, 1000, 150
COLUMNS = ", ".join(f"a.{column.name}" for column in asset_queries.COLUMNS)
NEWEST = f"ORDER BY l.created_at DESC, l.asset_id DESC LIMIT {ROWS + 1}"
LINKED = "FROM asset_tags l JOIN assets a ON a.id = l.asset_id WHERE l.tag_id = {m}"
TAG = "SELECT id FROM tags WHERE cloud_id = {m} AND resource_type = 'image' AND name = {m}"
NAMES = (
    "SELECT l.asset_id, t.name FROM asset_tags l JOIN tags t ON t.id = l.tag_id "
    "WHERE l.asset_id IN ({}) ORDER BY l.asset_id, l.position"
)
BOTH = (
    f"{LINKED} AND l.created_at > {{m}} AND EXISTS "
    "(SELECT 1 FROM asset_tags k WHERE k.tag_id = {m} AND k.created_at = l.created_at AND k.asset_id = l.asset_id)"
)
DEEPER = "SELECT created_at, asset_id FROM asset_tags WHERE tag_id = {m} ORDER BY created_at DESC, asset_id DESC LIMIT 1 OFFSET {m}"
FORMATS = "SELECT format, count(*) FROM assets WHERE cloud_id = {m} GROUP BY format"


class Asking:
    """One database: the service's calls, and the same by plain SQL through the driver that the service uses."""

    def __init__(self, db: Database, count: int) -> None:
        self.db, self.count = db, count
        with db.read() as c:
            found = catalog.cloud(c, CLOUD)
        assert found
        self.caller = Caller(found.id, CLOUD, "", "")
        unused: Any = None
        self.library = Library(db, unused, unused, Limits(1, 1, ()))
        self.searching = Searching(db)
        self.mark = "?" if db.engine.dialect.name == "sqlite" else "%s"

    def raw(self, sql: str, *values: object) -> list[Any]:
        with self.db.read() as c:
            driver: Any = c.connection.driver_connection
            return list(driver.execute(sql.replace("{m}", self.mark), values).fetchall())

    def tag(self) -> str:
        """A tag that has pages enough, as often drawn as it is used."""
        return f"tag-{random.choices(range(40), [1 / (place + 1) for place in range(40)])[0]:04d}"

    def place(self, tag: str, pages: int) -> tuple[int, int]:
        """Where a page ends, for its cursor."""
        (id,) = self.raw(TAG, self.caller.cloud_id, tag)[0]
        most = self.raw("SELECT count(*) FROM asset_tags WHERE tag_id = {m}", id)[0][0]
        skip = min(pages * ROWS, most - 2 * ROWS)
        found = self.raw(DEEPER, id, skip)[0]
        return int(found[0]), int(found[1])


def ours(ask: Asking, tag: str, place: tuple[int, int] | None) -> None:
    given: dict[str, object] = {"max_results": ROWS} | ({"next_cursor": cursor.write(*place)} if place else {})
    assert len(ask.library.list(ask.caller, ListParams.read(given), "image", tag=tag)[0]) == ROWS


def bare(ask: Asking, tag: str, place: tuple[int, int] | None) -> None:
    (id,) = ask.raw(TAG, ask.caller.cloud_id, tag)[0]
    after = "AND (l.created_at, l.asset_id) < ({m}, {m})" if place else ""
    rows = ask.raw(f"SELECT {COLUMNS} {LINKED} {after} {NEWEST}", id, *(place or ()))
    ask.raw(NAMES.format(", ".join(["{m}"] * ROWS)), *(row[0] for row in rows[:ROWS]))


def searched(ask: Asking, one: str, other: str, since: int) -> None:
    day = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(since // 1_000_000))
    text = f'tags={one} AND tags={other} AND created_at>"{day}"'
    ask.searching.search(ask.caller, SearchParams.read({"expression": text, "max_results": ROWS}))


def searched_bare(ask: Asking, one: str, other: str, since: int) -> None:
    ids = [ask.raw(TAG, ask.caller.cloud_id, name)[0][0] for name in (max(one, other), min(one, other))]
    rows = ask.raw(f"SELECT {COLUMNS} {BOTH} {NEWEST}", ids[0], since, ids[1])
    ask.raw(f"SELECT count(*) {BOTH}", ids[0], since, ids[1])
    if rows:
        ask.raw(NAMES.format(", ".join(["{m}"] * len(rows[:ROWS]))), *(row[0] for row in rows[:ROWS]))


def aggregated(ask: Asking) -> None:
    found = ask.searching.search(ask.caller, SearchParams.read({"max_results": 0, "aggregate": ["format"]}))
    assert sum(found.aggregations["format"].values()) == ask.count


def aggregated_bare(ask: Asking) -> None:
    ask.raw("SELECT count(*) FROM assets WHERE cloud_id = {m}", ask.caller.cloud_id)
    ask.raw(FORMATS, ask.caller.cloud_id)


def measure(ask: Asking, calls: int) -> list[tuple[str, list[float], list[float]]]:
    """Name, our milliseconds, the bare ones; the two take turns on the same arguments."""
    random.seed(7)
    tagged = [(ask.tag(), None) for _ in range(calls)]
    deep = [(tag, ask.place(tag, DEEP)) for tag, _ in tagged[: calls // 3]]
    newest = created(ask.count)
    pairs = [
        (ask.tag(), f"tag-{random.randrange(5, TAGS // 4):04d}", newest - STEP * random.randrange(1000, ask.count))
        for _ in range(calls)
    ]
    parts: list[tuple[str, Callable[..., None], Callable[..., None], Sequence[tuple[Any, ...]]]] = [
        ("list by tag, first page", ours, bare, tagged),
        (f"list by tag, page {DEEP:,}", ours, bare, deep),
        ("search: two tags and a date", searched, searched_bare, pairs),
        ("count and formats of everything", aggregated, aggregated_bare, [()] * max(3, calls // 30)),
    ]
    found = []
    for name, own, floor, arguments in parts:
        mine, plain = list[float](), list[float]()
        for turn, given in enumerate(arguments):
            both = ((own, mine), (floor, plain))
            for call, times in both if turn % 2 else both[::-1]:  # the second finds the pages in memory
                begun = time.perf_counter()
                call(ask, *given)
                times.append((time.perf_counter() - begun) * 1000)
        found.append((name, mine, plain))
    return found


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.size", description="Lists and searches, from ten thousand assets to many.")
    parser.add_argument("--assets", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--folder", type=Path, help="keep the SQLite files here")
    parser.add_argument(
        "--postgres", metavar="URL", help="a PostgreSQL server's URL without a database: postgresql+psycopg://user@host"
    )
    parser.add_argument("--calls", type=int, default=CALLS)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tagsight-size-") as name:
        folder = chosen.folder or Path(name)
        for engine in ("sqlite", "postgresql") if chosen.postgres else ("sqlite",):
            medians: dict[str, list[float]] = {}
            for count in chosen.assets:
                url = f"sqlite:///{folder / f'size-{count}.db'}" if engine == "sqlite" else f"{chosen.postgres}/size_{count}"
                db = fill(url, count)
                print(f"\n{engine}, {count:,} assets\n{'':34}{'p50 ms':>9}{'p99 ms':>9}{'bare p50':>9}{'ratio':>7}{'growth':>8}")
                for what, mine, plain in measure(Asking(db, count), chosen.calls):
                    own, floor = statistics.median(mine), statistics.median(plain)
                    late = sorted(mine)[min(len(mine) - 1, int(len(mine) * 0.99))]
                    medians.setdefault(what, []).append(own)
                    growth = f"{own / medians[what][0]:8.2f}" if len(medians[what]) > 1 else ""
                    print(f"{what:34}{own:9.2f}{late:9.2f}{floor:9.2f}{own / floor:7.2f}{growth}")
                db.close()


if __name__ == "__main__":
    main()
