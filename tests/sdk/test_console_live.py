"""The console's stream against a live server: events as they happen, and a stop that does not wait for who watches."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.live import serving

PHOTO = Path(__file__).parent.parent / "pictures" / "chelsea.jpg"
PAGE = {"Sec-Fetch-Site": "same-origin"}


def lines(answer: httpx.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """Events by name, as a browser reads them."""
    name = ""
    for line in answer.iter_lines():
        key, _, value = line.partition(": ")
        if key == "event":
            name = value
        elif key == "data":
            yield name, json.loads(value)


def test_an_upload_is_seen_from_pending_to_complete_and_the_server_stops_in_order(tmp_path: Path) -> None:
    with serving(tmp_path) as (server, process), httpx.Client(base_url=server.address, headers=PAGE, timeout=60) as client:
        assert client.get("/console/api/events", params={"cloud": "demo"}).status_code == 401
        proof = {"api_key": "key", "api_secret": "secret", "cloud": "demo"}
        csrf = client.post("/console/api/session", json=proof).json()["csrf"]
        with client.stream("GET", "/console/api/events", params={"cloud": "demo"}) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-store"
            told = lines(answer)
            assert next(told)[0] == "hello"
            with httpx.Client(base_url=server.address, headers=PAGE, cookies=client.cookies, timeout=60) as page:
                sent = {"public_id": "cat", "detection": "coco", "async": "true"}
                files = {"file": ("chelsea.jpg", PHOTO.read_bytes())}
                path = "/v1_1/demo/auto/upload"
                assert page.post(path, data=sent, files=files, headers={"X-Console-Csrf": csrf}).status_code == 200
            assets = (data for name, data in told if name == "asset")
            last = next(assets)
            while last["status"] == "pending":
                last = next(assets)
            assert (last["public_id"], last["status"]) == ("cat", "complete")
            assert last["what"] in ("created", "analyzed")  # created, where its job had ended by then
            process.send_signal(signal.SIGTERM)
            assert all(name in ("asset", "jobs") for name, _ in told)  # and then it ends, as a stream should
        process.wait(timeout=15)
        log = (tmp_path / "log").read_text()
        assert "timeout graceful shutdown exceeded" not in log
        assert "Traceback" not in log
