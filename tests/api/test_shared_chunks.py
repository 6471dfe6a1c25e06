"""Large files in slices that come to several nodes: two servers on one database and one bucket, each with a disk of its own."""

import hashlib
import itertools
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from app.house import House
from app.main import build, create_app
from tests import conftest
from tests.api.caller import Caller, message, signed
from tests.conftest import empty_database
from tests.objects import bucket
from tests.together import together

DATA = bytes(range(256)) * 4000
STEP = 200_000
STARTS = list(range(0, len(DATA), STEP))


@pytest.fixture(params=["sqlite", "postgresql"])
def nodes(request: pytest.FixtureRequest, tmp_path: Path, object_store: str) -> Iterator[list[tuple[House, Caller]]]:
    shared = {"database_url": empty_database(request.param, tmp_path, request), "storage_url": bucket(object_store)}
    houses = [
        build(conftest.test_settings(tmp_path / name, **shared, max_file_bytes=len(DATA)), request.getfixturevalue("inference"))
        for name in ("a", "b")
    ]
    with TestClient(create_app(houses[0])) as first, TestClient(create_app(houses[1])) as second:
        yield list(zip(houses, (Caller(first), Caller(second)), strict=True))


def send(api: Caller, start: int, data: bytes = DATA, path: str = "raw/upload", **parameters: Any) -> httpx.Response:
    part = data[start : start + STEP]
    headers = {"x-unique-upload-id": "u", "content-range": f"bytes {start}-{start + len(part) - 1}/{len(data)}"}
    return api.post(path, data=signed(parameters), files={"file": ("big.bin", part)}, headers=headers)


def left(house: House, prefix: str = "") -> list[str]:
    spooled = [path.name for path in house.intake.folder.rglob("*") if path.is_file()]
    return spooled + [stat.key for stat in house.storage.list(prefix)]


def test_any_node_takes_any_slice_and_one_of_them_joins(nodes: list[tuple[House, Caller]]) -> None:
    turns = itertools.cycle(api for _, api in nodes)
    answers = [send(next(turns), start).json() for start in reversed(STARTS)]
    assert [body.get("done") for body in answers[:-1]] == [False] * (len(STARTS) - 1)
    assert answers[1]["bytes"] == len(DATA) - STARTS[-1] + STEP
    final = answers[-1]
    assert (final["bytes"], final["etag"]) == (len(DATA), hashlib.md5(DATA).hexdigest())
    for house, api in nodes:
        assert api.client.get(final["url"]).content == DATA
        assert send(api, STARTS[0]).json()["asset_id"] == final["asset_id"], "a repeated last slice gets the same answer"
        assert len(left(house, "originals/")) == 1
        assert [key.rpartition("/")[2].partition("-")[0] for key in left(house, "chunks/")] == ["asset"]
    assert nodes[0][0].chunks.sweep(before=0) == 0
    assert nodes[0][0].chunks.sweep(before=4e9) == 1
    assert left(nodes[0][0], "chunks/") == []


def test_all_at_once_and_twice_give_one_asset(nodes: list[tuple[House, Caller]]) -> None:
    for _, api in nodes:
        assert send(api, STARTS[0], public_id="p").json()["done"] is False
    outcomes = together([partial(send, api, start, public_id="p") for start in STARTS for _, api in nodes])
    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    bodies = [outcome.json() for outcome in outcomes if not isinstance(outcome, Exception)]
    final = {body["asset_id"] for body in bodies if "asset_id" in body}
    assert len(final) == 1
    assert len(left(nodes[0][0], "originals/")) == 1
    (found,) = nodes[1][1].get("resources/raw")["resources"]
    assert nodes[1][1].client.get(found["url"]).content == DATA


def test_what_is_refused_is_forgotten(nodes: list[tuple[House, Caller]]) -> None:
    (house, first), (_, second) = nodes
    for start in STARTS:
        answer = send(second if start else first, start, path="image/upload")
    assert (answer.status_code, message(answer)) == (400, "Invalid image file")
    deadline = time.monotonic() + 30
    while left(house):
        assert time.monotonic() < deadline, "the slices stay"
        time.sleep(0.05)


def test_more_than_is_allowed_is_refused(nodes: list[tuple[House, Caller]]) -> None:
    (house, first), (_, second) = nodes
    answers = [send(second if start else first, start, DATA + DATA[:STEP]) for start in STARTS]
    assert message(answers[-1]).startswith("File size too large")
    assert left(house) == []
