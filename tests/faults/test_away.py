"""A PostgreSQL that refuses, hangs up or comes back: every call is answered in one sentence, and then all is well again."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx2 as httpx

from app.house import House
from tests.api.caller import Caller, message, signed
from tests.faults.test_commit import GONE, house, wire
from tests.proxy import Proxy

__all__ = ["house", "wire"]


def test_every_call_says_so_and_all_is_well_when_it_is_back(api: Caller, house: House, wire: Proxy, tmp_path: Path) -> None:
    url = api.stored(public_id="p")["url"]
    wire.down()
    calls: dict[str, Callable[[], httpx.Response]] = {
        "upload": lambda: api.upload(public_id="q"),
        "unsigned": lambda: api.post("image/upload", data={"upload_preset": "none"}, files={"file": b"x"}),
        "list": lambda: api.admin("GET", "resources/image"),
        "search": lambda: api.admin("POST", "resources/search", json={"expression": "tags=a"}),
        "destroy": lambda: api.post("image/destroy", data=signed({"public_id": "p"})),
        "deliver": lambda: api.client.get(url),
        "render": lambda: api.client.get("/demo/image/upload/w_10/p.jpg"),
        "ready": lambda: api.client.get("/readyz"),
        "v2": lambda: api.client.get("/v2/notifications/demo/messages", params={"channel": "a"}, auth=("key", "secret")),
    }
    for name, call in calls.items():
        answer = call()
        assert (answer.status_code, message(answer), answer.headers["retry-after"]) == (500, GONE, "5"), name
    assert api.client.get("/healthz").status_code == 200
    assert [path for path in house.intake.folder.rglob("*") if path.is_file()] == []
    wire.up()
    assert [path for path in house.storage.list()] != []
    for name, call in calls.items():
        assert call().status_code < 500, name
    assert api.client.get("/readyz").status_code == 200
    assert len(list(house.storage.list())) == 1


def test_connections_that_were_cut_are_made_anew_without_a_failure(api: Caller, wire: Proxy) -> None:
    api.stored(public_id="p")
    for _ in range(5):
        wire.down()
        wire.up()
        assert api.admin("GET", "resources/image/upload/p").status_code == 200
        assert api.upload(public_id="q").status_code == 200


def test_a_job_whose_database_goes_away_is_done_when_it_is_back(api: Caller, house: House, wire: Proxy) -> None:
    api.upload(public_id="p", detection="coco", **{"async": "true"})
    workers = replace(house.workers, limits={"detection": 1}, poll=0.1, lease=2.0)
    workers.start()
    wire.down()
    api.client.get("/healthz")
    wire.up()
    deadline = time.monotonic() + 60
    while api.get("resources/image/upload/p")["info"]["detection"]["object_detection"]["status"] != "complete":
        assert time.monotonic() < deadline, "the job was lost"
        time.sleep(0.1)
    workers.stop()
