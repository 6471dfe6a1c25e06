"""Disks that fill, on both databases: nothing half-written, a clear answer, and all is well again once there is room."""

import base64
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from app.house import House
from app.main import build, create_app
from app.settings import Settings
from tests import conftest
from tests.api.caller import PICTURES, Caller, message, signed
from tests.conftest import empty_database

FULL = "The server's disk is full, try again when there is room"
CAT = (PICTURES / "chelsea.jpg").read_bytes()
MEGABYTE = 1 << 20


@contextmanager
def small_disk(place: Path, megabytes: int) -> Iterator[None]:
    """A filesystem of its own at a folder. Only root may make one: without that a laptop skips and CI fails."""
    place.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)]
    try:
        made = subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        made = False
    if not made and not os.environ.get("CI"):
        pytest.skip("a small filesystem cannot be mounted here")
    assert made, "a small filesystem cannot be mounted here"
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path, left: int) -> None:
    """Leave so many bytes."""
    free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
    with (disk / "filler").open("ab") as file:
        file.write(bytes(max(free - left, 0)))


def empty(disk: Path) -> None:
    (disk / "filler").unlink()


@contextmanager
def running(settings: Settings, request: pytest.FixtureRequest) -> Iterator[tuple[House, Caller]]:
    house = build(settings, request.getfixturevalue("inference"))
    with TestClient(create_app(house), raise_server_exceptions=False) as client:
        yield house, Caller(client)
    house.close()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_full_storage(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    disk = tmp_path / "disk"
    settings = {"database_url": empty_database(engine, tmp_path, request), "storage_url": f"file://{disk}"}
    with (
        small_disk(disk, 4),
        running(conftest.test_settings(tmp_path, **settings, max_body_bytes=MEGABYTE), request) as (house, api),
    ):
        kept = api.stored(public_id="kept")["url"]
        fill(disk, len(CAT) // 2)
        part = {"X-Unique-Upload-Id": "u", "Content-Range": f"bytes 0-{len(CAT) - 1}/{2 * len(CAT)}"}
        whole = {"file": "data:image/jpeg;base64," + base64.b64encode(CAT).decode()}
        asks: list[Callable[[], httpx.Response]] = [
            lambda: api.upload(public_id="p"),
            lambda: api.post("image/upload", data=signed({"public_id": "p"}) | whole),
            lambda: api.post("image/upload", json=signed({"public_id": "p"}) | whole),
            lambda: api.post("image/upload", data=signed({"public_id": "p"}), files={"file": CAT}, headers=part),
            lambda: api.client.get("/demo/image/upload/w_440,e_vignette,f_png/kept.jpg"),
            lambda: api.client.get("/demo/image/upload/e_vignette,q_100,f_jp2/kept.jpg"),
        ]
        for ask in asks:
            answer = ask()
            assert (answer.status_code, message(answer), answer.headers.get("retry-after")) == (500, FULL, "60")
            assert api.admin("GET", "resources/image/upload/p").status_code == 404
            assert [path for path in house.intake.folder.rglob("*") if path.is_file()] == []
        assert api.client.get(kept).content == CAT, "what is there is delivered"
        assert len(list(house.storage.list("originals/"))) == 1
        assert list(house.storage.list("derived/")) == []
        assert api.client.get("/health").json()["status"] == "degraded"
        empty(disk)
        assert api.stored(public_id="p")["bytes"] == len(CAT)
        assert api.client.get("/demo/image/upload/w_440,e_vignette,f_png/kept.jpg").status_code == 200
        assert api.client.get("/health").json()["status"] == "ok"


def test_a_database_on_a_full_disk(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, 4):
        url = empty_database("sqlite", disk, request)
        settings = conftest.test_settings(tmp_path, database_url=url)
        with running(settings, request) as (house, api):
            api.stored(public_id="kept", tags="old")
            fill(disk, 0)
            refused = []
            for number in range(20):
                answer = api.upload(public_id=f"p{number}", context=f"k={'x' * 900}")
                if answer.status_code != 200:
                    assert (answer.status_code, message(answer)) == (500, FULL)
                    refused.append(number)
            assert refused, "there was room after all"
            assert api.get("resources/image/upload/kept")["tags"] == ["old"]
            listed = {item["public_id"] for item in api.get("resources/image", max_results="100")["resources"]}
            assert listed == {"kept"} | {f"p{number}" for number in range(20) if number not in refused}
            assert len(list(house.storage.list())) == len(listed), "every file is named and every row has its file"
            asked = {"detection": "coco", "async": "true"}
            assert api.upload(public_id="later", **asked).status_code == 500
            empty(disk)
            assert api.stored(public_id="later", tags="new")["tags"] == ["new"]
            assert api.client.get("/readyz").status_code == 200


def test_a_job_that_finds_no_room_is_tried_again(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    disk = tmp_path / "disk"
    settings = {"database_url": empty_database("sqlite", tmp_path, request), "storage_url": f"file://{disk}"}
    with small_disk(disk, 4), running(conftest.test_settings(tmp_path, **settings), request) as (house, api):
        api.stored(public_id="p", eager="w_440,e_vignette,f_png", eager_async="true")
        fill(disk, 1000)
        assert house.workers.drain() == 1
        with house.db.read() as c:
            (row,) = c.exec_driver_sql("SELECT status, attempts, error FROM jobs").all()
        assert (row.status, row.attempts) == ("ready", 1)
        assert FULL in row.error
        empty(disk)
        with house.db.begin() as tx:
            tx.exec_driver_sql("UPDATE jobs SET run_at = 0")
        assert house.workers.drain() == 1
        assert len(list(house.storage.list("derived/"))) == 1
