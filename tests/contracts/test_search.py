"""Any expression finds the same on SQLite, on PostgreSQL and in plain Python, on pages of any order, by indexes alone."""

import random
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.db import analyses, assets, tags
from app.db.analyses import Analysis
from app.db.catalog import ensure_cloud
from app.db.engine import Database, now
from app.db.tags import Tag
from app.params.search import SearchParams
from app.search.parse import parse
from app.services.accounts import Caller
from app.services.searching import Searching
from tests.conftest import empty_database
from tests.contracts.evaluation import Record, holds

HOUR, DAY = 3_600_000_000, 86_400_000_000
TEXTS = ["cat", "Cat", "hot-dog", "hot dog stand", "red cat red", "straße", "STRASSE 5", "dog", "", "x_y.z", "Ünder the sea", "sea"]
WORDS = [
    "cat",
    "dog",
    "hot",
    "red",
    "strasse",
    "STRASSE",
    "sea",
    "5",
    "x",
    "hot-dog",
    '"red cat"',
    '"cat red"',
    '"the sea"',
    "Ünder",
    "!",
]
FOLDERS = ["", "a", "a/b", "ab", "a/b/c"]
NUMBERS = ["0", "5", "10", "100", "1kb", "0.5", "-3"]
DATES = ["1h", "2d", "1w", "2001-01-01", "2020-05-01"]
LABELS = ["dog", "cat", "person"]
MODELS = ["coco", "cld-fashion"]


def records(count: int) -> list[Record]:
    """Assets that differ in everything that is searched for; the same ones in every run."""
    dice, start = random.Random(5), now()
    found = []
    for number in range(count):
        text, folder = dice.choice(TEXTS) or "plain", dice.choice(FOLDERS)
        kind = dice.choice(["image", "image", "video", "raw"])
        created = start - dice.choice([0, HOUR, DAY, 3 * DAY, 400 * DAY]) - number
        size = {"width": dice.choice([1, 5, 100]), "height": dice.choice([2, 5, 100])} if kind != "raw" else {}
        context = {key: dice.choice([*TEXTS[:6], "5", "2020-05-01"]) for key in dice.sample(["stage", "year"], dice.randint(0, 2))}
        metadata: dict[str, Any] = {"when": "2020-05-01"} if dice.random() < 0.3 else {}
        metadata |= {"list": ["cat", "cat food"], "size": dice.choice([5, 10])} if dice.random() < 0.3 else {}
        columns = {
            "public_id": f"{folder}/{text}".strip("/") + f"-{number}",
            "resource_type": kind,
            "type": dice.choice(["upload", "private"]),
            "format": None if kind == "raw" else dice.choice(["jpg", "png"]),
            "bytes": dice.choice([5, 10, 100, 2000]),
            "pages": dice.choice([None, 1, 5]),
            "duration": dice.choice([0.5, 10.0]) if kind == "video" else None,
            "asset_folder": folder,
            "display_name": dice.choice(TEXTS),
            "context": context or None,
            "metadata": metadata or None,
            "moderation_status": dice.choice([None, "pending"]),
            "moderation_kind": None,
            "access_mode": "public",
            "etag": f"{number:032x}",
            "created_at": created,
            "updated_at": created + dice.choice([0, HOUR]),
            "version": created // 1_000_000,
            "asset_id": uuid.UUID(int=number).hex,
        } | size  # fmt: skip
        seen = {model: _findings(dice) for model in dice.sample(MODELS, dice.randint(0, 2))} if kind == "image" else {}
        found.append(Record(columns, dice.sample([*TEXTS[:8], "sea"], dice.randint(0, 4)), seen))
    return found


def _findings(dice: random.Random) -> list[tuple[str, float, float]]:
    return [(dice.choice(LABELS), dice.choice([0.25, 0.5, 0.75]), dice.choice([0.125, 0.5])) for _ in range(dice.randint(0, 4))]


def store(db: Database, found: list[Record]) -> int:
    """Store the records as the services do; the cloud's row."""
    with db.begin() as tx:
        cloud_id = ensure_cloud(tx, "demo")
        for record in found:
            fixed = {"cloud_id": cloud_id, "version_id": uuid.uuid4().hex, "blob_key": "x", "uploaded_by": "key"}
            asset = assets.create(tx, record.columns | fixed)
            assert asset
            tags.add(tx, asset, [Tag(name, "key", "key") for name in record.tags], bare=True)
            pixels = (record.columns.get("width") or 0) * (record.columns.get("height") or 0)
            said = [Analysis(model, 1, "x", "complete", "{}", _rows(items, pixels)) for model, items in record.seen.items()]
            analyses.put(tx, asset.id, said, bare=True)
    return cloud_id


def _rows(items: list[tuple[str, float, float]], pixels: int) -> list[dict[str, Any]]:
    return [
        {"label": label, "score": score, "x": 0.0, "y": 0.0, "width": area * pixels, "height": 1.0} for label, score, area in items
    ]


class Library(list[Record]):
    """Many records that a failing example does not print."""

    def __repr__(self) -> str:
        return f"{len(self)} records"


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(records(120))


@pytest.fixture(scope="module")
def engines(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, library: Library
) -> Iterator[dict[str, tuple[Searching, Caller]]]:
    """The same assets in both databases."""
    made = {}
    for engine in ("sqlite", "postgresql"):
        db = Database(empty_database(engine, tmp_path_factory.mktemp(engine), request))
        made[engine] = (Searching(db), Caller(store(db, library), "demo", "key", "secret"))
    yield made
    for searching, _ in made.values():
        searching.db.close()


def found(engine: tuple[Searching, Caller], **query: Any) -> list[str]:
    searching, caller = engine
    told = searching.search(caller, SearchParams.read({"max_results": 500} | query))
    assert told.total == len(told.assets)
    return [asset.asset_id for asset in told.assets]


def _leaf(fields: list[str], values: list[str], signs: list[str]) -> st.SearchStrategy[str]:
    return st.builds("{}{}{}".format, st.sampled_from(fields), st.sampled_from(signs), st.sampled_from(values))


def _ranges(fields: list[str], values: list[str]) -> st.SearchStrategy[str]:
    ends = st.sampled_from([*values, "*"])
    return st.builds("{}:{}{} TO {}{}".format, st.sampled_from(fields), st.sampled_from("[{"), ends, ends, st.sampled_from("]}"))


STARRED = ["ca*", "ho*", '"hot d*"', "*", "s*"]
TEXTUAL = ["tags", "filename", "display_name", "context.stage", "context.year", "metadata.list"]
ORDER = [">", ">=", "<", "<=", ":", "="]
KINDS = ["format", "type", "resource_type", "moderation_status", "status"]
COUNTS = ["detected.count:dog", "detected.count", "detected.coco.count:cat", "detected.count:c*"]
MEASURES = ["detected.confidence:dog", "detected.confidence", "detected.area:person", "detected.cld-fashion.area"]
SORTED = ["created_at", "score", "aspect_ratio", "width", "format", "bytes", "public_id", "duration"]
LEAVES = st.one_of(
    _leaf(TEXTUAL, [word for word in WORDS if word != "!"] + STARRED, [":", "="]),
    _leaf(KINDS, ["jpg", "JPG", "upload", "image", "raw", "p*", "active"], [":"]),
    _leaf(["public_id", "asset_folder", "folder"], ["a", "a/*", "a*", '"a/b/*"', "a/b", "cat-3", "*"], [":", "="]),
    _leaf(["bytes", "width", "pixels", "pages", "context.year", "metadata.size"], NUMBERS[:4], ORDER),
    _leaf(["bytes"], ["1kb", "99999999999999999999999"], ORDER),
    _leaf(["aspect_ratio"], ['"1:20"', "1", "0.5", "20"], ORDER),
    _leaf(["duration"], ["0.5", "10"], ORDER),
    _leaf(["created_at", "uploaded_at", "updated_at", "last_updated.x"], DATES, ORDER),
    _leaf(["metadata.when", "context.stage"], ["2020-05-01", "2001-01-01"], [">", ">=", "<", "<="]),
    _ranges(["bytes", "height", "context.year"], NUMBERS[:4]),
    _ranges(["created_at", "metadata.when"], DATES[3:]),
    _leaf(["detected", "detected.coco", "detected.cld-fashion"], ["dog", "DOG", "p*", "*", "bird"], [":"]),
    _leaf(COUNTS, ["1", "2", "3"], [*ORDER[:4], "="]),
    _leaf(MEASURES, ["0.25", "0.5", "0.6"], ORDER[:4]),
    st.sampled_from([word for word in WORDS if word != "!"] + STARRED + ["a/b", "jpg", "a/*"]),
)  # fmt: skip
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda part: st.one_of(
        st.builds("{} AND {}".format, part, part),
        st.builds("({} OR {})".format, part, part),
        st.builds("{} {}".format, part, part),
        st.builds("-({})".format, part),
        st.builds("NOT {}".format, part),
    ),
    max_leaves=5,
)


@settings(max_examples=300)
@given(expression=EXPRESSIONS)
def test_both_databases_and_plain_python_agree(
    engines: dict[str, tuple[Searching, Caller]], library: Library, expression: str
) -> None:
    moment, tree = now(), parse(expression)
    wanted = {record.columns["asset_id"] for record in library if holds(tree, record, moment)}
    for name, engine in engines.items():
        assert set(found(engine, expression=expression)) == wanted, name


@settings(max_examples=60)
@given(
    expression=LEAVES,
    sorts=st.lists(
        st.tuples(st.sampled_from(SORTED), st.sampled_from(["asc", "desc"])),
        min_size=1, max_size=3, unique_by=lambda pair: pair[0],
    ),
    size=st.integers(1, 40),
)  # fmt: skip
def test_pages_of_any_order_hold_everything_once(
    engines: dict[str, tuple[Searching, Caller]], expression: str, sorts: list[tuple[str, str]], size: int
) -> None:
    orders = {}
    for name, (searching, caller) in engines.items():
        query = {"expression": expression, "sort_by": [{field: way} for field, way in sorts]}
        whole, cursor = found((searching, caller), **query), None
        seen: list[str] = []
        while cursor is not None or not seen:
            told = searching.search(caller, SearchParams.read(query | {"max_results": size, "next_cursor": cursor}))
            seen += [asset.asset_id for asset in told.assets]
            cursor = told.next_cursor
            if not told.assets:
                break
        assert seen == whole, name
        orders[name] = whole
    assert orders["sqlite"] == orders["postgresql"]
