"""Asynchronous calls and the notices they send, on both databases; the receiver is a real HTTP server on loopback."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cloudinary
import cloudinary.utils
import pytest

from app.db import deliveries, jobs
from app.db.deliveries import Delivery
from app.house import House
from app.queue.jobs import Jobs
from tests.api.caller import PICTURES, Caller, message, signed
from tests.conftest import build_house
from tests.proxy import Fault, proxy

HOUR = 3600


@dataclass
class Sink:
    """What arrived: headers, body. It answers the next of `answers`, or 200."""

    url: str = ""
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    pause: float = 0.0

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.got]


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.got.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
            time.sleep(made.pause)
            self.send_response(made.answers.pop(0) if made.answers else 200)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write((PICTURES / "chelsea.jpg").read_bytes())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        made.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
        yield made
        server.shutdown()


class Late:
    """A clock that can be put forward."""

    seconds = 0.0

    def __call__(self) -> int:
        return time.time_ns() // 1000 + int(self.seconds * 1_000_000)


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    """As ever, but loopback may be called."""
    house = build_house(request.param, tmp_path, request, fetch_allow="127.0.0.1/32", webhook_seconds=4)
    yield house
    house.close()


def late(house: House, seconds: float) -> None:
    """Run what is due so many seconds from now."""
    clock = Late()
    clock.seconds = seconds
    replace(house.workers, queue=Jobs(house.db, clock)).drain()


def all_deliveries(house: House) -> list[Delivery]:
    with house.db.read() as c:
        return deliveries.page(c, None, 1000)


def verified(headers: dict[str, str], body: bytes, algorithm: str = "sha1") -> bool:
    cloudinary.config(api_secret="secret", signature_algorithm=algorithm)
    stamp, signature = int(headers["X-Cld-Timestamp"]), headers["X-Cld-Signature"]
    return bool(cloudinary.utils.verify_notification_signature(body.decode(), stamp, signature))


def test_an_asynchronous_upload_is_seen_at_once_and_completed_by_its_job(api: Caller, house: House, sink: Sink) -> None:
    asked = {"detection": "lvis_v1", "auto_tagging": "0.3", "public_id": "cat", "notification_url": sink.url, "tags": "mine"}
    answer = api.upload(**asked, **{"async": "true"})
    assert answer.status_code == 200
    pending = answer.json()
    batch_id = pending.pop("batch_id")
    assert len(batch_id) == 64
    assert pending == {"status": "pending", "type": "upload", "resource_type": "image", "public_id": "cat"}
    seen = api.get("resources/image/upload/cat")
    assert seen["info"]["detection"]["object_detection"] == {"status": "pending"}
    assert seen["tags"] == ["mine"]
    assert sink.got == []
    house.workers.drain()
    done = api.get("resources/image/upload/cat")
    assert done["info"]["detection"]["object_detection"]["status"] == "complete"
    assert "cat" in done["tags"]
    ((headers, body),) = sink.got
    assert verified(headers, body)
    told = json.loads(body)
    assert (told["notification_type"], told["batch_id"], told["public_id"]) == ("upload", batch_id, "cat")
    assert told["timestamp"].endswith("+00:00")
    assert told["info"] == done["info"]
    assert sorted(told["tags"]) == done["tags"]
    assert told["original_filename"] == "chelsea"
    straight = api.stored(detection="lvis_v1", auto_tagging="0.3")
    assert straight["info"] == told["info"], "the same as a call that waits"


def test_the_job_that_runs_twice_tells_once(api: Caller, house: House, sink: Sink) -> None:
    api.upload(detection="lvis_v1", notification_url=sink.url, **{"async": "1"})
    with house.db.read() as c:
        (row,) = jobs.page(c, None, 10)
    house.workers.drain()
    house.deferring.look(**row.arguments)
    house.workers.drain()
    assert len(sink.got) == 1


@pytest.mark.parametrize("fate", ["deleted", "overwritten"])
def test_an_asset_that_went_meanwhile_gets_no_stale_tags(api: Caller, house: House, sink: Sink, fate: str) -> None:
    api.upload(detection="lvis_v1", auto_tagging="0.1", public_id="x", notification_url=sink.url, **{"async": "1"})
    if fate == "deleted":
        api.admin("DELETE", "resources/image/upload", params={"public_ids[]": "x"})
    else:
        api.stored("rocket.jpg", public_id="x")
    house.workers.drain()
    (told,) = sink.bodies()
    assert (told["notification_type"], told["error"]["message"]) == ("error", "The asset was deleted or replaced meanwhile")
    with house.db.read() as c:
        assert jobs.page(c, None, 10) == []
    if fate == "overwritten":
        assert api.get("resources/image/upload/x").get("tags", []) == []


def test_a_remote_file_is_fetched_by_the_job(api: Caller, house: House, sink: Sink) -> None:
    form = signed({"public_id": "far", "detection": "lvis_v1", "notification_url": sink.url, "async": "true"})
    answer = api.post("image/upload", data=form | {"file": sink.url.replace("hook", "chelsea.jpg")})
    assert answer.json()["status"] == "pending"
    assert api.admin("GET", "resources/image/upload/far").status_code == 404
    with house.db.read() as c:
        (row,) = jobs.page(c, None, 10)
    assert "secret" not in str(row.arguments)
    assert form["signature"] not in str(row.arguments)
    house.workers.drain()
    house.deferring.fetch(**row.arguments)
    house.workers.drain()
    assert [body["public_id"] for body in sink.bodies()] == ["far"]
    assert sink.bodies()[0]["info"]["detection"]["object_detection"]["status"] == "complete"
    assert api.get("resources/image/upload/far")["bytes"] == (PICTURES / "chelsea.jpg").stat().st_size


def test_a_remote_file_that_cannot_be_had_is_told(api: Caller, house: House, sink: Sink) -> None:
    form = signed({"public_id": "far", "notification_url": sink.url, "async": "true"})
    answer = api.post("image/upload", data=form | {"file": "http://10.0.0.1/a.jpg"})
    assert answer.json()["status"] == "pending"
    house.workers.drain()
    (told,) = sink.bodies()
    assert (told["notification_type"], told["public_id"]) == ("error", "far")
    assert "not public" in told["error"]["message"]


def test_wrong_parameters_are_refused_before_anything_is_promised(api: Caller, house: House) -> None:
    for wrong in (
        {"detection": "nonsense"},
        {"notification_url": "file:///etc/passwd"},
        {"notification_url": "http://x\n" * 2 + "ftp://y"},
    ):
        answer = api.upload(**wrong, **{"async": "true"})
        assert answer.status_code == 400
        assert message(answer)
    assert api.upload(b"no picture", **{"async": "true"}).status_code == 400
    with house.db.read() as c:
        assert jobs.page(c, None, 10) == []


def test_waiting_calls_tell_too(api: Caller, house: House, sink: Sink) -> None:
    hook = {"notification_url": f"{sink.url}/1\n{sink.url}/2"}
    body = api.stored(public_id="a", **hook)
    house.workers.drain()
    assert [told["notification_type"] for told in sink.bodies()] == ["upload"] * 2
    assert {name: told for name, told in sink.bodies()[0].items() if name in body} == body
    sink.got.clear()
    one = {"notification_url": sink.url}
    api.post("image/explicit", data=signed({"public_id": "a", "type": "upload", "tags": "x,y", **one}))
    api.post("image/tags", data=signed({"command": "remove", "tag": "x", "public_ids": "a", **one}))
    api.post("image/context", data=signed({"command": "add", "context": "k=v", "public_ids": "a", **one}))
    api.post("image/rename", data=signed({"from_public_id": "a", "to_public_id": "b", **one}))
    api.post("image/destroy", data=signed({"public_id": "b", **one}))
    house.workers.drain()
    told = {body["notification_type"]: body for body in sink.bodies()}
    assert list(told) == ["upload", "resource_tags_changed", "resource_context_changed", "rename", "delete"]
    assert told["resource_tags_changed"]["resources"][0]["removed"] == ["x"]
    assert told["resource_context_changed"]["resources"]["a"]["added"] == [{"name": "k", "value": "v"}]
    assert (told["rename"]["from_public_id"], told["rename"]["to_public_id"]) == ("a", "b")
    assert told["delete"]["resources"][0]["public_id"] == "b"


def test_an_asynchronous_explicit_is_done_by_its_job(api: Caller, house: House, sink: Sink) -> None:
    api.stored(public_id="a")
    form = signed({"public_id": "a", "type": "upload", "detection": "lvis_v1", "notification_url": sink.url, "async": "1"})
    answer = api.post("image/explicit", data=form).json()
    assert (answer["status"], answer["public_id"]) == ("pending", "a")
    assert "info" not in api.get("resources/image/upload/a")
    house.workers.drain()
    (told,) = sink.bodies()
    assert (told["batch_id"], told["info"]) == (answer["batch_id"], api.get("resources/image/upload/a")["info"])


def test_an_update_tells_and_may_be_left_to_a_job(api: Caller, house: House, sink: Sink) -> None:
    api.stored(public_id="a")
    place, asked = "resources/image/upload/a", {"detection": "lvis_v1", "auto_tagging": "0.3", "notification_url": sink.url}
    answer = api.admin("POST", place, data=asked | {"async": "true"}).json()
    assert (answer["status"], answer["public_id"]) == ("pending", "a")
    house.workers.drain()
    assert "cat" in api.get(place)["tags"]
    api.admin("POST", place, data={"tags": "b", "notification_url": sink.url})
    house.workers.drain()
    assert [(body["notification_type"], body.get("batch_id")) for body in sink.bodies()] == [
        ("info", answer["batch_id"]),
        ("info", None),
    ]
    assert api.admin("POST", place, data={"detection": "nonsense", "async": "true"}).status_code == 400


def test_what_is_not_taken_is_sent_again_and_signed_afresh(api: Caller, house: House, sink: Sink) -> None:
    sink.answers = [500, 301, 404, 503, 200]
    api.stored(notification_url=sink.url)
    waited = 0.0
    for wait in (0, 180, 360, 540):
        waited += wait
        if wait:
            late(house, waited - 5)
        count = len(sink.got)
        late(house, waited + 5)
        assert len(sink.got) == count + 1, f"after {waited} seconds, and not before"
    assert all_deliveries(house)[0].status == "waiting"
    late(house, waited + HOUR)
    assert all_deliveries(house)[0].status == "delivered"
    assert len({headers["webhook-id"] for headers, _ in sink.got}) == 1
    assert all(verified(headers, body) for headers, body in sink.got)
    assert len({body for _, body in sink.got}) == 1


@pytest.mark.parametrize(("answers", "error"), [([410], None), ([500] * 20, None)])
def test_gone_and_the_end_of_the_ladder_stop_it_and_a_person_may_replay(
    api: Caller, house: House, sink: Sink, answers: list[int], error: str | None
) -> None:
    sink.answers = list(answers)
    api.stored(notification_url=sink.url)
    for day in range(12):
        late(house, day * 24 * HOUR)
    (found,) = all_deliveries(house)
    tries = 1 if answers == [410] else 8
    assert (found.status, found.attempts, found.answer, len(sink.got)) == ("failed", tries, answers[0], tries)
    sink.answers.clear()
    with house.db.begin() as tx:
        assert house.notices.replay(tx, found.id)
    house.workers.drain()
    assert all_deliveries(house)[0].status == "delivered"


def test_a_receiver_that_hangs_or_is_private_or_absent_fails_alone(api: Caller, house: House, sink: Sink) -> None:
    sink.pause = 6.0
    api.stored(notification_url="\n".join([sink.url, "http://10.1.2.3/x", "http://127.0.0.1:1/", "http://nowhere.invalid/"]))
    house.workers.drain()
    errors = {item.uri: item.error or "" for item in all_deliveries(house)}
    assert {item.status for item in all_deliveries(house)} == {"waiting"}
    assert "took longer than 4 seconds" in errors[sink.url]
    assert "not public" in errors["http://10.1.2.3/x"]
    assert "ConnectError" in errors["http://127.0.0.1:1/"]


def test_a_receiver_that_redirects_to_loopback_or_resets_is_not_followed_and_tried_again(
    api: Caller, house: House, sink: Sink
) -> None:
    sink.answers = [302, 307]
    api.stored(notification_url=sink.url)
    house.workers.drain()
    late(house, 190)
    assert [json.loads(body)["notification_type"] for _, body in sink.got] == ["upload", "upload"], "nothing went to /elsewhere"
    (found,) = all_deliveries(house)
    assert (found.status, found.attempts, found.answer) == ("waiting", 2, 307)
    host, _, port = sink.url.removeprefix("http://").removesuffix("/hook").partition(":")
    with proxy(host, int(port)) as wire:
        wire.faults = [Fault("cut", b"POST /reset"), Fault("lose", b"POST /reset"), Fault("short", b"POST /reset", after=9)]
        api.stored(notification_url=f"http://127.0.0.1:{wire.port}/reset")
        for waited in (0, 190, 560):
            late(house, waited)
            newest = all_deliveries(house)[0]
            assert (newest.status, newest.answer) == ("waiting", None)
            assert newest.error
        late(house, 1200)
        assert all_deliveries(house)[0].status == "delivered"
        assert wire.seen == 3


def test_the_same_asynchronous_request_twice_is_told_twice_and_leaves_one_asset(api: Caller, house: House, sink: Sink) -> None:
    asked = {"detection": "lvis_v1", "auto_tagging": "0.3", "public_id": "cat", "notification_url": sink.url, "async": "true"}
    batches = [api.upload(**asked).json()["batch_id"] for _ in range(2)]
    house.workers.drain()
    told = {body["batch_id"]: body["notification_type"] for body in sink.bodies()}
    assert told == {batches[0]: "error", batches[1]: "upload"}
    (found,) = api.get("resources/image", tags="true")["resources"]
    assert "cat" in found["tags"]
    assert len(list(house.storage.list("originals/"))) == 1


def test_standard_webhooks_headers_are_right(api: Caller, house: House, sink: Sink) -> None:
    api.stored(notification_url=sink.url)
    house.workers.drain()
    ((headers, body),) = sink.got
    text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(b"secret", text, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


def trigger(api: Caller, **fields: Any) -> Any:
    answer = api.admin("POST", "triggers", json=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_triggers_are_told_unless_the_call_names_its_own(api: Caller, house: House, sink: Sink) -> None:
    trigger(api, uri=f"{sink.url}/uploads", event_type="upload")
    trigger(api, uri=f"{sink.url}/everything", event_type="all", additive=True)
    trigger(api, uri=f"{sink.url}/deletions", event_type="delete")
    api.stored(public_id="a")
    house.workers.drain()
    assert sorted(item.uri.rpartition("/")[2] for item in all_deliveries(house)) == ["everything", "uploads"]
    api.stored(public_id="a", notification_url=f"{sink.url}/own")
    house.workers.drain()
    assert sorted(item.uri.rpartition("/")[2] for item in all_deliveries(house)) == ["everything", "everything", "own", "uploads"]
    assert len(sink.got) == 4


def test_triggers_are_made_changed_tested_and_removed(api: Caller) -> None:
    made = trigger(api, uri="https://example.com/a", event_type="upload")
    assert (made["uri_type"], made["event_type"], made["additive"]) == ("webhook", "upload", False)
    id = made["id"]
    assert api.admin("PUT", f"triggers/{id}", json={"new_uri": "https://example.com/b"}).json() == {"message": "updated"}
    listed = api.get("triggers", event_type="upload")
    assert ([item["uri"] for item in listed["triggers"]], listed["total"]) == (["https://example.com/b"], 1)
    tested = api.admin("POST", f"triggers/{id}/test", json={"sample_data": {}}).json()
    assert tested == {"trigger_id": id, "filter_present": False, "filter_result": True}
    again = api.admin("POST", "triggers", json={"uri": "https://example.com/b", "event_type": "upload"})
    assert (again.status_code, message(again).split(":")[0]) == (409, "record_already_exists")
    assert api.admin("DELETE", f"triggers/{id}").json() == {"message": "deleted"}
    assert api.admin("DELETE", f"triggers/{id}").status_code == 404
    assert api.get("triggers")["triggers"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"uri": "https://example.com", "event_type": "nonsense"},
        {"uri": "https://example.com"},
        {"event_type": "upload"},
        {"uri": "ftp://example.com", "event_type": "upload"},
        {"uri": "https://example.com", "event_type": "upload", "uri_type": "poll"},
        {"uri": "https://example.com", "event_type": "upload", "uri_type": "flow"},
        {"uri": "https://example.com", "event_type": "upload", "filter": {"==": [1, 1]}},
    ],
)
def test_triggers_that_are_wrong(api: Caller, wrong: dict[str, Any]) -> None:
    answer = api.admin("POST", "triggers", json=wrong)
    assert answer.status_code == 400
    assert message(answer)


def test_thirty_triggers_an_event_are_enough(api: Caller) -> None:
    for number in range(30):
        trigger(api, uri=f"https://example.com/{number}", event_type="upload")
    answer = api.admin("POST", "triggers", json={"uri": "https://example.com/x", "event_type": "upload"})
    assert (answer.status_code, message(answer).split(":")[0]) == (400, "limit_reached")
    trigger(api, uri="https://example.com/x", event_type="delete")


def messages(api: Caller, **asked: Any) -> list[Any]:
    address = f"/v2/notifications/{api.cloud}/messages"
    answer = api.client.get(address, params={"wait_seconds": 0} | asked, auth=("key", "secret"))
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json().get("messages", [])
    return found


def test_notices_can_be_fetched_and_acknowledged(api: Caller, house: House) -> None:
    trigger(api, uri="poll://mine", event_type="upload", uri_type="poll")
    body = api.stored(public_id="a")
    assert house.workers.drain() == 0, "nothing is sent"
    (found,) = messages(api, channel="mine")
    raw = base64.urlsafe_b64decode(found["signed_payload"] + "==")
    assert json.loads(raw) == found["payload"]
    assert found["payload"]["asset_id"] == body["asset_id"]
    assert verified({"X-Cld-Timestamp": found["timestamp"], "X-Cld-Signature": found["signature"]}, raw)
    assert messages(api, channel="mine") == [], "hidden for a while"
    assert messages(api, channel="other") == []
    ack = f"/v2/{api.cloud}/notifications/messages/ack"
    assert api.client.post(ack, json={"receipt_handles": [found["receipt_handle"]]}, auth=("key", "secret")).status_code == 200
    assert [item.status for item in all_deliveries(house)] == ["delivered"]


def test_what_is_not_acknowledged_is_handed_out_again(api: Caller) -> None:
    api.stored(notification_url="poll://*", batch_id="b1")
    (first,) = messages(api, batch_id="b1", visibility_timeout=1)
    (second,) = messages(api, batch_id="b1", wait_seconds=5)
    assert first["payload"] == second["payload"]
    assert first["receipt_handle"] != second["receipt_handle"]


@pytest.mark.parametrize("wrong", [{}, {"channel": "a", "batch_id": "b"}, {"channel": "a", "max_messages": 0}])
def test_polls_that_are_wrong(api: Caller, wrong: dict[str, Any]) -> None:
    answer = api.client.get(f"/v2/notifications/{api.cloud}/messages", params=wrong, auth=("key", "secret"))
    assert answer.status_code == 400
