"""`python -m benchmarks.watching`: how long after a job's end the console's stream tells of it, and what watching costs.

A photo at a time is sent with `async` and `detection`; the moment of the analysis row, written just before its commit, is compared
with the moment at which a client of the stream has read the event. The job runs in the server itself, or in a worker beside it.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
from sqlalchemy import select

from app.db.engine import Database
from app.db.tables import analyses, assets
from benchmarks.processes import CLOUD, KEY, SECRET, Child, Server, service
from tests.postgres import fresh_database

PHOTO = Path(__file__).parent.parent / "tests" / "pictures" / "coffee.jpg"
PAGE = {"Sec-Fetch-Site": "same-origin"}
IDLE = 10.0


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.watching")
    parser.add_argument("--photos", type=int, default=40)
    parser.add_argument("--postgres", metavar="URL", help="a server on which a database may be made")
    chosen = parser.parse_args()
    print("| job's end to the event in the client | p50 | p95 | slowest | idle, watched: CPU of a core |")
    print("| --- | --- | --- | --- | --- |")
    for kind in ("SQLite", "PostgreSQL") if chosen.postgres else ("SQLite",):
        for apart in (False, True):
            with ExitStack() as stack:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tagsight-watch-")))
                url = stack.enter_context(fresh_database(chosen.postgres, "watching")) if kind == "PostgreSQL" else ""
                url = url or f"sqlite:///{folder / 'tagsight.db'}"
                more = {"DATABASE_URL": url} | ({"QUEUES": "none"} if apart else {})
                server = stack.enter_context(service(folder, **more))
                if apart:
                    command = [sys.executable, "-m", "app", "worker", "--data", str(folder)]
                    stack.enter_context(Child(command, folder / "worker.log", server.env | {"QUEUES": "all"}))
                late, idle = measured(server, url, chosen.photos)
            where = f"{kind}, {'a worker beside the server' if apart else 'the server itself'}"
            p50, p95 = statistics.median(late), sorted(late)[int(0.95 * len(late))]
            print(
                f"| {where} | {p50 * 1000:.0f} ms | {p95 * 1000:.0f} ms | {max(late) * 1000:.0f} ms | {100 * idle:.1f} % |",
                flush=True,
            )


def measured(server: Server, url: str, photos: int) -> tuple[list[float], float]:
    """Seconds from each job's end to its event, and the share of a core that one watcher costs while nothing happens."""
    heard: dict[str, float] = {}
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", headers=PAGE, timeout=60) as client:
        proof = {"api_key": KEY, "api_secret": SECRET, "cloud": CLOUD}
        csrf = client.post("/console/api/session", json=proof).raise_for_status().json()["csrf"]
        listening, done = threading.Event(), threading.Event()

        def listen() -> None:
            with client.stream("GET", "/console/api/events", params={"cloud": CLOUD}, timeout=None) as answer:
                for name, data in events(answer.iter_lines()):
                    listening.set()
                    if name == "asset" and data["status"] == "complete":
                        heard[str(data["public_id"])] = time.time()
                        done.set()

        threading.Thread(target=listen, daemon=True).start()
        listening.wait(60)
        with httpx.Client(
            base_url=client.base_url, headers=PAGE | {"X-Console-Csrf": csrf}, cookies=client.cookies, timeout=60
        ) as page:
            for number in range(photos):
                done.clear()
                said = {"public_id": f"n{number}", "detection": "coco", "async": "true"}
                page.post(f"/v1_1/{CLOUD}/image/upload", data=said, files={"file": PHOTO.read_bytes()}).raise_for_status()
                done.wait(20)
        before = server.cpu()
        time.sleep(IDLE)
        idle = (server.cpu() - before) / IDLE
    db = Database(url)
    with db.read() as c:
        query = select(assets.c.public_id, analyses.c.created_at).join(assets, assets.c.id == analyses.c.asset_id)
        late = [heard[name] - at / 1_000_000 for name, at in c.execute(query)]
    db.close()
    return late, idle


def events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, object]]]:
    name = ""
    for line in lines:
        key, _, value = line.partition(": ")
        if key == "event":
            name = value
        elif key == "data":
            yield name, json.loads(value)


if __name__ == "__main__":
    main()
