"""The official SDK uploads with `async` and verifies the notice; a server that is killed in between sends it later."""

import base64
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cloudinary
import cloudinary.api
import cloudinary.uploader
import cloudinary.utils
import pytest

from tests.live import Live, serving

CHELSEA = str(Path(__file__).parent.parent / "pictures" / "chelsea.jpg")


class Sink:
    """A receiver that may be closed for a while: then it answers 500."""

    def __init__(self) -> None:
        self.got: list[tuple[Any, bytes]] = []
        self.arrived = threading.Event()
        sink = self

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                sink.got.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()
                sink.arrived.set()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait_for(self, count: int, seconds: float = 60) -> list[tuple[Any, bytes]]:
        """What arrived, once it is so many."""
        deadline = time.monotonic() + seconds
        while len(self.got) < count:
            assert time.monotonic() < deadline, f"{len(self.got)} of {count} arrived"
            time.sleep(0.05)
        return self.got


@pytest.fixture
def sink() -> Iterator[Sink]:
    made = Sink()
    yield made
    made.server.shutdown()
    made.server.server_close()


def configured(server: Live) -> None:
    cloudinary.reset_config()
    cloudinary.config(cloud_name="demo", api_key="key", api_secret="secret", upload_prefix=server.address)


def verified(headers: Any, body: bytes) -> bool:
    stamp, signature = int(headers["X-Cld-Timestamp"]), headers["X-Cld-Signature"]
    return bool(cloudinary.utils.verify_notification_signature(body.decode(), stamp, signature))


def test_the_notice_of_an_asynchronous_upload_arrives_and_verifies(live: Live, sink: Sink) -> None:
    configured(live)
    pending = cloudinary.uploader.upload(
        CHELSEA, public_id="async/cat", detection="lvis_v1", auto_tagging=0.3, notification_url=sink.url, **{"async": True}
    )
    assert (pending["status"], pending["public_id"]) == ("pending", "async/cat")
    assert sink.arrived.wait(60)
    ((headers, body),) = sink.got
    assert verified(headers, body)
    told = json.loads(body)
    assert (told["batch_id"], told["public_id"]) == (pending["batch_id"], "async/cat")
    assert "cat" in told["tags"]
    assert cloudinary.api.resource("async/cat")["tags"] == sorted(told["tags"])


def test_triggers_and_long_poll_by_the_sdk(live: Live) -> None:
    configured(live)
    made = cloudinary.api.create_trigger("poll://sdk", "upload", uri_type="poll")
    assert made["id"] in [item["id"] for item in cloudinary.api.triggers(event_type="upload")["triggers"]]
    assert cloudinary.api.test_trigger(made["id"], sample_data={"a": 1})["filter_result"] is True
    uploaded = cloudinary.uploader.upload(CHELSEA, public_id="polled")
    (message,) = cloudinary.api.notifications(channel="sdk", wait_seconds=5)["messages"]
    raw = base64.urlsafe_b64decode(message["signed_payload"] + "==").decode()
    assert cloudinary.utils.verify_notification_signature(raw, int(message["timestamp"]), message["signature"])
    assert message["payload"]["asset_id"] == uploaded["asset_id"]
    cloudinary.api.ack_notifications(message["receipt_handle"])
    assert cloudinary.api.notifications(channel="sdk", wait_seconds=0).get("messages", []) == []
    assert cloudinary.api.update_trigger(made["id"], "poll://other")["message"]
    assert cloudinary.api.delete_trigger(made["id"])["message"]


def test_a_server_that_is_killed_in_between_sends_it_after_its_restart(tmp_path: Path, sink: Sink) -> None:
    with serving(tmp_path) as (server, process):
        configured(server)
        names = [f"killed/{number}" for number in range(6)]
        for name in names:
            answer = cloudinary.uploader.upload(
                CHELSEA, public_id=name, detection="lvis_v1", notification_url=sink.url, **{"async": True}
            )
            assert answer["status"] == "pending"
        process.kill()
        process.wait()
    before = len(sink.got)
    with serving(tmp_path):
        deadline = time.monotonic() + 60
        while {json.loads(body)["public_id"] for _, body in sink.got} != set(names):
            assert time.monotonic() < deadline, f"{before} before the kill, {len(sink.got)} in all"
            time.sleep(0.05)
    assert all(verified(headers, body) for headers, body in sink.got)
