"""Answers from memory are the answers of the long way, and never older than what this process has committed."""

import json
import threading
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.db import lately
from app.db.engine import Database
from app.house import House
from app.main import create_app
from app.web.shelf import COLD, COST
from tests.api.caller import Caller


class Counted:
    """How often the delivery route looked an address up."""

    def __init__(self, db: Database) -> None:
        self.reads, self._read = 0, db.read
        db.read = self.read  # type: ignore[method-assign]

    def read(self) -> Any:
        self.reads += 1
        return self._read()


@pytest.fixture
def counted(house: House, monkeypatch: pytest.MonkeyPatch) -> Counted:
    monkeypatch.setattr(lately, "SECONDS", 60)
    return Counted(house.db)


def asked(api: Caller, path: str, method: str = "GET", **headers: str) -> Any:
    return api.client.request(method, f"/demo/image/upload/{path}", headers=headers)


@pytest.mark.parametrize("path", ["p.jpg", "w_30/v1/p.jpg", "w_30,f_auto/p.jpg"])
def test_the_second_answer_is_the_first_one_without_a_look(api: Caller, counted: Counted, path: str) -> None:
    api.stored(public_id="p")
    asked(api, path)
    first = asked(api, path)
    reads = counted.reads
    second, head = asked(api, path), asked(api, path, "HEAD")
    known = asked(api, path, **{"if-none-match": f"W/{first.headers['etag']}"})
    assert counted.reads == reads, "all three came from memory"
    assert second.content == first.content
    assert second.headers["x-request-id"] != first.headers["x-request-id"]
    for answer in (second, head):
        for name in set(first.headers) - {"x-request-id", "date"}:
            assert answer.headers[name] == first.headers[name]
    assert (head.content, known.status_code, known.content) == (b"", 304, b"")
    assert (known.headers["etag"], known.headers["cache-control"]) == (first.headers["etag"], first.headers["cache-control"])
    assert asked(api, path, range="bytes=0-9").status_code == 206


def test_what_is_chosen_by_headers_is_kept_by_headers(api: Caller, counted: Counted) -> None:
    api.stored(public_id="p")
    for _ in range(3):
        for accept, kind in (("image/webp", "image/webp"), ("*/*", "image/jpeg"), ("image/avif", "image/avif")):
            assert asked(api, "w_30,f_auto/p.jpg", accept=accept).headers["content-type"] == kind
    reads = counted.reads
    asked(api, "w_30,f_auto/p.jpg", accept="image/webp")
    assert counted.reads == reads


def test_changes_show_at_once(api: Caller, house: House, counted: Counted) -> None:
    api.stored(public_id="p")
    before = asked(api, "w_30/p.jpg").content
    assert asked(api, "w_30/p.jpg").content == before
    api.stored("coffee.jpg", public_id="p")
    after = asked(api, "w_30/p.jpg").content
    assert after != before
    api.admin("POST", "resources/image/upload/p", data={"access_control": '[{"access_type": "token"}]'})
    assert asked(api, "w_30/p.jpg").status_code == 401
    api.admin("POST", "resources/image/upload/p", data={"access_control": "[]"})
    assert asked(api, "w_30/p.jpg").content == after
    api.admin("DELETE", "resources/image/upload", params={"public_ids[]": "p"})
    assert asked(api, "w_30/p.jpg").status_code == 404


def test_what_is_for_some_is_not_kept(api: Caller, house: House, counted: Counted) -> None:
    api.stored(public_id="p", access_control='[{"access_type": "token"}]')
    api.stored(public_id="q")
    assert asked(api, "p.jpg").status_code == 401
    reads = counted.reads
    for _ in range(2):
        asked(api, "p.jpg")
        asked(api, "q.jpg?__cld_token__=exp=1~hmac=1")
        api.client.get("/demo/image/upload/q.jpg", headers={"cookie": "__cld_token__=x"})
    assert counted.reads > reads + 5


def test_other_processes_are_seen_soon(api: Caller, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process commits without this one's knowing."""
    monkeypatch.setattr(lately, "SECONDS", 0)
    api.stored(public_id="p")
    assert asked(api, "p.jpg").status_code == 200
    other = Database(str(house.settings.database))
    with other.begin() as tx:
        tx.exec_driver_sql("UPDATE assets SET moderation_status = 'rejected'")
    other.close()
    assert asked(api, "p.jpg").status_code == 404


def test_the_memory_is_bounded(house: House) -> None:
    house.settings.delivery_memory_bytes = 20_000 * 16
    with TestClient(create_app(house)) as client:
        api = Caller(client)
        api.stored(public_id="p")
        shelf = client.app.state.shelf  # type: ignore[attr-defined]
        for quality in range(1, 100):
            assert asked(api, f"w_300,q_{quality}/p.jpg").status_code == 200
            asked(api, f"w_300,q_{quality}/p.jpg")
        assert 0 < shelf.size <= 20_000 * 16
        held = [len(entry.body) for entry in shelf.warm.values()]
        assert shelf.size == sum(held) + COST * (len(shelf.warm) + len(shelf.cold))
        assert max(held) <= 20_000
        assert {entry.body for entry in shelf.cold.values()} == {None}
        assert 0 < len(shelf.cold) * COST <= shelf.limit / COLD


def test_many_who_ask_at_once_cause_one_look(api: Caller, house: House, counted: Counted) -> None:
    api.stored(public_id="p")
    asked(api, "w_30/p.jpg")
    asked(api, "w_30/p.jpg")
    house.accounts.set("demo", "resource_list", "true")  # any commit
    reads, found = counted.reads, list[int]()
    threads = [threading.Thread(target=lambda: found.append(asked(api, "w_30/p.jpg").status_code)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * 8
    assert counted.reads - reads <= 6, "one request looked for all"


def test_what_nobody_changed_is_right_however_long_that_takes(
    api: Caller, house: House, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the database tells of every commit. What access by the clock decides is looked up all the same."""
    always = [{"access_type": "anonymous", "start": "2020-01-01T00:00:00Z"}]
    api.stored(public_id="p")
    api.stored(public_id="q", access_control=json.dumps(always))
    paths = ["p.jpg", "w_30/p.jpg", "q.jpg", "w_30,l_p/q.jpg", "w_30/l_q,w_9/p.jpg", "d_p.jpg/none.jpg"]
    for path in paths * 2:
        asked(api, path)
    monkeypatch.setattr(lately, "SECONDS", 0)  # everything is old now
    looked = []
    for path in paths:
        reads = counted.reads
        assert asked(api, path).status_code in (200, 404)
        looked.append(counted.reads > reads)
    lasting = house.db.engine.dialect.name == "sqlite"
    assert looked == [not lasting, not lasting, True, True, True, True]
    other = Database(house.settings.database)
    with other.begin() as tx:
        tx.exec_driver_sql("UPDATE assets SET moderation_status = 'rejected'")
    other.close()
    assert {asked(api, path).status_code for path in paths} == {404}


def test_what_memory_does_not_hold_comes_from_its_file(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lately, "SECONDS", 60)
    house.settings.delivery_memory_bytes = 16 * COST
    with TestClient(create_app(house)) as client:
        api, counted = Caller(client), Counted(house.db)
        shelf = client.app.state.shelf  # type: ignore[attr-defined]
        api.stored(public_id="p")
        first = asked(api, "p.jpg")
        assert (list(shelf.warm), len(shelf.cold)) == ([], 1), "the picture is larger than it may be"
        reads = counted.reads
        assert asked(api, "p.jpg").content == first.content
        assert asked(api, "p.jpg", "HEAD").headers["content-length"] == first.headers["content-length"]
        assert asked(api, "p.jpg", **{"if-none-match": first.headers["etag"]}).status_code == 304
        small = [f"w_20,q_{quality}/p.jpg" for quality in range(1, 30)]
        for path in small * 2:
            asked(api, path)
        assert shelf.warm
        assert shelf.cold
        reads = counted.reads
        bodies = [asked(api, path).content for path in small[-3:]]
        assert counted.reads == reads
        assert all(bodies)
        house.storage.delete(*[item.key for item in house.storage.list("derived/")])
        cold = next(iter(shelf.cold.values()))
        assert api.client.get(cold.key[0].decode()).status_code in (404, 500), "a file that is gone is looked for the long way"
        assert cold.key not in shelf.cold
