"""What watchers of a cloud are told, on SQLite and on PostgreSQL, of what their own process commits and of what others do."""

import base64
import queue
from collections import defaultdict, deque
from collections.abc import Iterator
from typing import Any

import pytest

from app.db import jobs
from app.db.engine import Database, now
from app.errors import Limited
from app.house import House
from app.services.live import Event, Live, Watcher
from tests.api.caller import Caller

GIF = base64.b64decode("R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs=")
PATIENCE = 30  # seconds; a test that waits so long has failed


class Ear:
    """Hears what one watcher is told."""

    def __init__(self, live: Live, house: House, cloud: str = "demo", *, all_jobs: bool = True, since: int | None = None) -> None:
        self.heard: queue.Queue[Event | None] = queue.Queue()
        self.waiting: defaultdict[str, deque[dict[str, Any]]] = defaultdict(deque)
        caller = house.accounts.anonymous(cloud)
        self.watcher = Watcher(caller.cloud_id, cloud, all_jobs, self.heard.put)
        live.watch(self.watcher, since)

    def next(self, name: str = "asset") -> dict[str, Any]:
        """The next event of that name; the others wait until they are asked for."""
        while not self.waiting[name]:
            event = self.heard.get(timeout=PATIENCE)
            assert event is not None
            self.waiting[event.name].append(dict(event.data))
        return self.waiting[name].popleft()

    def next_counts(self) -> list[dict[str, Any]]:
        """Of jobs, once there are any."""
        while True:
            counts: list[dict[str, Any]] = self.next("jobs")["counts"]
            if counts:
                return counts


@pytest.fixture(params=["same process", "another process"])
def live(request: pytest.FixtureRequest, house: House) -> Iterator[Live]:
    """The house's own, or one on another connection that is woken by nobody."""
    if request.param == "same process":
        house.live.poll = 3600.0  # nothing but commits wakes it
        yield house.live
        return
    db = Database(house.settings.database)
    other = Live(db, 0.1)
    yield other
    other.stop()
    db.close()


def test_an_asset_is_told_from_its_upload_to_its_end(api: Caller, house: House, live: Live) -> None:
    ear = Ear(live, house)
    asset = api.stored(GIF, public_id="one")
    names = {name: asset[name] for name in ("asset_id", "public_id", "resource_type", "type")}
    assert ear.next() == names | {"what": "created", "status": "complete"}
    assert (
        api.post("image/tags", data={"command": "add", "tag": "x", "public_ids": "one"}, auth=("key", "secret")).status_code == 200
    )
    assert ear.next() == names | {"what": "updated", "status": "complete"}
    assert api.post("image/destroy", data={"public_id": "one"}, auth=("key", "secret")).status_code == 200
    assert ear.next() == names | {"what": "deleted", "status": "complete"}
    api.stored(GIF, public_id="two")
    assert ear.next()["what"] == "created"
    assert api.admin("DELETE", "resources/image/upload", params={"all": "true"}).status_code == 200
    assert ear.next() | {"asset_id": ""} == names | {"asset_id": "", "public_id": "two", "what": "deleted", "status": "complete"}


def test_an_analysis_in_a_job_is_told_when_it_has_ended(api: Caller, house: House, live: Live) -> None:
    ear = Ear(live, house)
    assert api.upload("chelsea.jpg", public_id="cat", detection="coco", **{"async": "true"}).json()["status"] == "pending"
    assert (ear.next()["what"], ear.next_counts()) == ("created", [{"name": "look", "status": "ready", "count": 1}])
    assert house.workers.drain() == 1
    told = ear.next()
    assert (told["public_id"], told["what"], told["status"]) == ("cat", "analyzed", "complete")


def test_a_picture_is_told_as_pending_until_then(api: Caller, house: House, live: Live) -> None:
    ear = Ear(live, house)
    api.upload("chelsea.jpg", public_id="cat", detection="coco", **{"async": "true"})
    assert ear.next()["status"] == "pending"


def test_every_one_of_many_is_told_once(api: Caller, house: House, live: Live) -> None:
    first, second = Ear(live, house), Ear(live, house)
    wanted = {api.stored(GIF, public_id=f"n{number}")["asset_id"] for number in range(60)}
    for ear in (first, second):
        assert {ear.next()["asset_id"] for _ in wanted} == wanted
        assert ear.heard.empty() or ear.heard.get().name == "jobs"  # type: ignore[union-attr]


def test_another_clouds_assets_and_jobs_are_not_told(api: Caller, house: House, live: Live) -> None:
    house.accounts.add("other")
    ear = Ear(live, house, "other", all_jobs=False)
    api.upload("chelsea.jpg", public_id="cat", detection="coco", **{"async": "true"})
    other = house.accounts.anonymous("other")
    with house.db.begin() as tx:
        house.queue.enqueue(tx, "embed", cloud_id=other.cloud_id)
    assert ear.next_counts() == [{"name": "embed", "status": "ready", "count": 1}]
    assert not ear.waiting["asset"]


def test_who_lost_the_stream_is_told_what_was_missed(api: Caller, house: House, live: Live) -> None:
    before = now()
    api.stored(GIF, public_id="missed")
    ear = Ear(live, house, since=before)
    assert ear.next()["public_id"] == "missed"
    fresh = Ear(live, house)
    api.stored(GIF, public_id="later")
    assert (ear.next()["public_id"], fresh.next()["public_id"]) == ("later", "later")


def test_who_left_is_told_nothing_and_the_watcher_rests(api: Caller, house: House, live: Live) -> None:
    ear, other = Ear(live, house), Ear(live, house)
    live.leave(ear.watcher)
    api.stored(GIF)
    assert other.next()["what"] == "created"
    assert all(event and event.name == "jobs" for event in list(ear.heard.queue))
    live.leave(other.watcher)
    again = Ear(live, house)
    api.stored(GIF, public_id="again")
    assert again.next()["public_id"] == "again"


def test_a_server_that_stops_ends_every_stream(house: House, live: Live) -> None:
    ear = Ear(live, house)
    live.stop()
    while (event := ear.heard.get(timeout=PATIENCE)) is not None:
        assert event.name == "jobs"
    with pytest.raises(Limited):
        Ear(live, house)


def test_jobs_are_of_the_cloud_they_work_for(api: Caller, house: House) -> None:
    """By their caller, by the cloud they name, or by the notice they send; a key of one cloud sees no other's."""
    house.accounts.add("other")
    mine, other = house.accounts.anonymous("demo"), house.accounts.anonymous("other")
    api.upload("chelsea.jpg", detection="coco", notification_url="http://127.0.0.1:1/x", **{"async": "true"})
    house.workers.drain()  # the notice waits, for nobody takes it
    with house.db.begin() as tx:
        house.queue.enqueue(tx, "embed", cloud_id=other.cloud_id)
        house.queue.enqueue(tx, "look", caller=mine.written())
    with house.db.read() as c:
        names = {
            caller.cloud: sorted(row.name for row in jobs.page(c, None, 100, place=(caller.cloud_id, caller.cloud)))
            for caller in (mine, other)
        }
        assert names == {"demo": ["deliver", "look"], "other": ["embed"]}
        foreign = jobs.page(c, None, 100, place=(other.cloud_id, "other"))[0]
        assert jobs.find(c, foreign.id, (mine.cloud_id, "demo")) is None
        assert len(jobs.page(c, None, 100)) == 3
        assert jobs.page(c, None, 100, before=foreign.id) == [row for row in jobs.page(c, None, 100) if row.id < foreign.id]
