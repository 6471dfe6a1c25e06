"""Moving an installation: what comes out is what went in, whatever happens meanwhile, and nothing foreign is touched."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import inspect, text
from starlette.testclient import TestClient

from app.db import moves
from app.db.engine import Database
from app.db.levelling import Side
from app.errors import BadRequest
from app.house import House
from app.main import build, create_app, moving
from app.services.moving import Moving
from tests import conftest
from tests.api.caller import BASIC, Caller, message, signed
from tests.live import ROOT, SETTINGS, serving
from tests.objects import bucket
from tests.postgres import fresh_database

NOT_FURNISHED = {"api_keys", "removed_tags", "triggers", "upload_mappings", "renderings", "deliveries", "embeddings"}
NOT_FURNISHED |= {"metadata_entries", "metadata_rules"}
OTHER = {"sqlite": "postgresql", "postgresql": "sqlite"}


@contextmanager
def empty(kind: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without a single table."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'new.db'}"
        return
    server = request.getfixturevalue("postgres")
    with fresh_database(str(server), "move") as url:
        yield url


@pytest.fixture
def target(house: House, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty database of the other kind than the house's."""
    with empty(OTHER[house.db.engine.dialect.name], tmp_path, request) as url:
        yield url
    moves.freeze(house.db, frozen=False)  # other tests use it


def mover(house: House, url: str, folder: Path) -> Moving:
    settings = house.settings
    return moving(settings, url, f"file://{folder / 'new files'}", lambda label, total: nullcontext(lambda step: None))


def rows(db: Database) -> dict[str, list[Any]]:
    """Every row of every table; JSON is compared by what it says."""
    found = {}
    with db.read() as c:
        for table in moves.TABLES:
            side = Side.of(table)
            whole = side.rows(c, (None, None))
            found[table.name] = [
                [json.loads(item) if place in side.texts and item is not None else item for place, item in enumerate(row)]
                for row in whole
            ]
    return found


def furnish(api: Caller, house: House) -> None:
    """Something in every corner."""
    api.stored("grace_hopper.jpg", public_id="ä/person", detection="lvis", auto_tagging="0.4", eager="w_40", colors=True)
    api.stored(public_id="b", backup=True, tags="x,y", context="k=v|n=3.0", asset_folder="f/g", display_name="B")
    api.stored("coffee.jpg", public_id="b", backup=True, tags="x")
    api.stored("rocket.jpg", public_id="later", detection="coco", **{"async": "true"}, notification_url="http://127.0.0.1:9/")
    api.stored(b"any bytes", path="raw/upload", public_id="raw.bin")
    field = {"external_id": "n", "label": "N", "type": "integer", "default_value": 5, "mandatory": True}
    assert api.admin("POST", "metadata_fields", json=field).status_code == 200
    assert api.admin("POST", "upload_presets", data={"name": "p", "tags": "a,b"}).status_code == 200
    assert api.admin("POST", "transformations/t", data={"transformation": "w_10"}).status_code == 200
    assert api.admin(
        "POST", "resources/related_assets/image/upload/b", json={"assets_to_relate": ["raw/upload/raw.bin"]}
    ).is_success
    api.stored("coffee.jpg", public_id="c", metadata="n=7")
    assert api.client.get("/demo/image/upload/w_30/c.jpg").status_code == 200
    gone = api.stored("coffee.jpg", public_id="gone", detection="coco")
    assert house.undoing.delete(house.accounts.caller("demo", "key"), [gone["asset_id"]]) == {gone["asset_id"]: True}
    house.sessions.end(house.sessions.by_key("demo", "key", "secret"))


def test_a_move_knows_every_table_and_every_file(house: House) -> None:
    assert {table.name for table in moves.TABLES} == set(inspect(house.db.engine).get_table_names()) - {"alembic_version"}
    assert {id.table for id, *_ in moves.FILES} == {table for table in moves.TABLES if "blob_key" in table.c}


def test_everything_is_there_afterwards(api: Caller, house: House, target: str, tmp_path: Path) -> None:
    furnish(api, house)
    work = mover(house, target, tmp_path)
    work.prepare()
    first, second = work.approach()
    assert first.files == len(list(house.storage.list()))
    assert (second.rows, second.files, second.lost) == (0, 0, [])
    last = work.finish()
    assert (last.rows, last.files, last.lost) == (0, 0, [])
    before = rows(house.db)
    assert {name for name, found in before.items() if not found} <= NOT_FURNISHED
    settings = conftest.test_settings(tmp_path / "node", database_url=target, storage_url=f"file://{tmp_path / 'new files'}")
    moved = build(settings, house.inference)
    assert rows(moved.db) == before
    work.close()
    with TestClient(create_app(moved), raise_server_exceptions=False) as client:
        there = Caller(client)
        listing = {"max_results": 500, "tags": True, "context": True, "metadata": True, "moderations": True}
        assert there.get("resources/image", **listing) == api.get("resources/image", **listing)
        for path in ("/demo/image/upload/b.jpg", "/demo/image/upload/w_30/c.jpg", "/demo/raw/upload/raw.bin"):
            assert client.get(path).content == api.client.get(path).content
        moved.workers.drain()
        done = there.get("resources/image/upload/later")
        assert done["info"]["detection"]["object_detection"]["status"] == "complete", "the job came along"
        assert there.stored(public_id="new")["public_id"] == "new", "numbers of rows go on"
    moved.close()


def test_changes_between_the_copies_come_along(api: Caller, house: House, target: str, tmp_path: Path) -> None:
    made = [api.stored(public_id=name, tags=f"t,{name}")["asset_id"] for name in ("a", "b", "c", "d")]
    work = mover(house, target, tmp_path)
    work.prepare()
    work.copy()
    for old, new in (("a", "x"), ("b", "a"), ("x", "b")):  # two names change places: no unique value may be in the way
        api.post("image/rename", data=signed({"from_public_id": old, "to_public_id": new}))
    api.admin("DELETE", "resources/image/upload", json={"public_ids": ["c"]})
    api.stored("coffee.jpg", public_id="d", tags="new")
    api.stored("coffee.jpg", public_id="c")
    copied = work.copy()
    assert (copied.files, copied.lost) == (2, [])
    assert copied.rows > 0
    api.admin("DELETE", "resources/image/upload", json={"public_ids": ["a"]})
    work.finish()
    moved = Database(target)
    assert rows(moved) == rows(house.db)
    with moved.read() as c:
        assert not moves.under_way(moved)
        kept = {row.blob_key for row in c.execute(text("SELECT blob_key FROM assets"))}
    assert work.to
    assert {stat.key for stat in work.to.list()} == kept, "files of what went meanwhile are gone too"
    assert len(made) == 4
    work.close()
    moved.close()


def test_nobody_writes_to_what_has_moved_until_it_is_reopened(api: Caller, house: House, target: str, tmp_path: Path) -> None:
    body = api.stored(public_id="a")
    work = mover(house, target, tmp_path)
    work.prepare()
    work.finish()
    refused = api.upload(public_id="b")
    assert refused.status_code == 500
    assert message(refused) == "This installation has moved and only answers reads; write to the new one"
    assert api.get("resources/image/upload/a")["asset_id"] == body["asset_id"]
    assert api.client.get(body["url"]).status_code == 200
    work.reopen()
    assert api.stored(public_id="b")["public_id"] == "b"
    with pytest.raises(BadRequest, match="in use: it has rows in clouds"):
        work.prepare()
    work.close()


def test_workers_wait_out_a_database_that_takes_no_writes(house: House, api: Caller) -> None:
    api.stored(public_id="later", detection="coco", **{"async": "true"})
    moves.freeze(house.db)
    workers = replace(house.workers, limits={"detection": 1}, poll=0.01, _wake=threading.Event(), _stopping=threading.Event())
    workers.start()
    time.sleep(0.1)
    moves.freeze(house.db, frozen=False)
    deadline = time.monotonic() + 30
    while api.get("resources/image/upload/later")["info"]["detection"]["object_detection"]["status"] == "pending":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    workers.stop()


def test_nothing_foreign_is_touched(api: Caller, house: House, target: str, tmp_path: Path) -> None:
    api.stored(public_id="a")
    same = mover(house, house.settings.database, tmp_path)
    with pytest.raises(BadRequest, match="has already"):
        same.prepare()
    same.close()
    foreign = Database(target)
    with foreign.begin() as tx:
        tx.execute(text("CREATE TABLE orders (id INTEGER)"))
    work = mover(house, target, tmp_path)
    with pytest.raises(BadRequest, match="something else \\(orders\\)"):
        work.prepare()
    with foreign.begin() as tx:
        tx.execute(text("DROP TABLE orders"))
        moves.journal.create_all(tx)
        tx.execute(moves.moves.insert(), {"source": "another"})
    with pytest.raises(BadRequest, match="Another installation is being moved"):
        work.prepare()
    with pytest.raises(BadRequest, match="is being moved into this database"):
        build(conftest.test_settings(tmp_path / "node", database_url=target))
    foreign.close()
    work.close()


def test_a_storage_in_use_is_refused(api: Caller, house: House, target: str, tmp_path: Path) -> None:
    api.stored(public_id="a")
    work = mover(house, target, tmp_path)
    assert work.to
    (work.incoming / "file").write_bytes(b"another's")
    work.to.put("originals/aa/another", work.incoming / "file")
    with pytest.raises(BadRequest, match="That storage holds files of an installation already"):
        work.prepare()
    assert not moves.under_way(work.target), "and nothing was begun"
    work.to.delete("originals/aa/another")
    work.prepare()
    work.copy()
    work.prepare()
    work.close()


def test_a_file_that_is_not_what_its_row_tells_is_named(api: Caller, house: House, target: str, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        api.stored(public_id=name)
    keys = [stat.key for stat in house.storage.list()]
    blobs = house.settings.data_dir / "blobs"
    (blobs / keys[0]).unlink()
    (blobs / keys[1]).write_bytes(b"x" * (blobs / keys[1]).stat().st_size)
    work = mover(house, target, tmp_path)
    work.prepare()
    assert sorted(work.finish().lost) == sorted(keys[:2])
    assert work.to
    assert [stat.key for stat in work.to.list()] == keys[2:]
    work.close()


def command(data: Path, *more: str, **env: str) -> "subprocess.Popen[str]":
    said = [sys.executable, "-m", "app", "move", "--data", str(data), *more]
    settings = os.environ | SETTINGS | env
    return subprocess.Popen(said, cwd=ROOT, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def upload(address: str, name: str) -> None:
    answer = httpx.post(
        f"{address}/v1_1/demo/raw/upload", data=signed({"public_id": name}), files={"file": name.encode() * 500}, timeout=60
    )
    assert answer.status_code == 200, answer.text


def test_a_running_installation_moves_to_postgresql_and_a_bucket_though_it_is_killed(
    tmp_path: Path, request: pytest.FixtureRequest, object_store: str
) -> None:
    data, store = tmp_path / "old", bucket(object_store)
    data.mkdir()
    with empty("postgresql", tmp_path, request) as url, serving(data, QUEUES="none") as (server, _):
        to = ("--to", url.replace("+psycopg", ""), "--storage", store)
        names = [f"n{number}" for number in range(240)]
        for name in names:
            upload(server.address, name)
        goal, kills = Database(url), 0
        for enough in (1, 64, 128):  # killed while files are on their way, and gone on with
            with command(data, *to) as process:
                while process.poll() is None and _noted(goal) < enough:
                    time.sleep(0.005)
                process.kill()
                kills += process.wait() == -signal.SIGKILL
            upload(server.address, f"between{enough}")
        assert kills
        assert _noted(goal) > 0
        with command(data, *to) as process:
            assert process.stdout
            said = process.stdout.read()
            assert process.wait() == 0, said
        assert "Run the same command with --finish" in said
        upload(server.address, "last")
        with command(data, *to, "--finish") as process:
            assert process.stdout
            said = process.stdout.read()
            assert process.wait() == 0, said
        assert "every table has as many rows as here" in said
        refused = httpx.post(f"{server.address}/v1_1/demo/raw/upload", data=signed({"public_id": "late"}), files={"file": b"x"})
        assert refused.status_code == 500
        assert refused.headers["x-cld-error"].startswith("This installation has moved")
        goal.close()
        with serving(tmp_path / "old", DATABASE_URL=url, STORAGE_URL=store, QUEUES="none") as (new, _):
            for name in [*names, "between1", "between64", "between128", "last"]:
                assert httpx.get(f"{new.address}/demo/raw/upload/{name}").content == name.encode() * 500
            upload(new.address, "after")
            usage = httpx.get(f"{new.address}/v1_1/demo/usage", auth=BASIC).json()
            assert usage["resources"] == len(names) + 5


def _noted(db: Database) -> int:
    if not moves.under_way(db):
        return 0
    with db.read() as c:
        return int(c.execute(text("SELECT count(*) FROM moved_files")).scalar_one()) if _has(db, "moved_files") else 0


def _has(db: Database, table: str) -> bool:
    with db.read() as c:
        return bool(c.execute(text("SELECT to_regclass(:name)"), {"name": table}).scalar_one())


def test_it_says_what_is_missing(tmp_path: Path) -> None:
    told = {
        (): "Say where to",
        ("--to", "nonsense"): "Could not parse",
        ("--to", f"sqlite:///{tmp_path / 'new.db'}"): "nothing to move",
    }
    for more, reason in told.items():
        with command(tmp_path, *more, DATABASE_URL=f"sqlite:///{tmp_path / 'none.db'}") as process:
            assert process.stdout
            said = process.stdout.read()
        assert process.returncode == 1
        assert reason in said
        assert "Traceback" not in said
