"""Two servers and two workers on PostgreSQL and a bucket, as processes that are killed; uploads whose fate is counted."""

import io
import itertools
import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from sqlalchemy import func, select

from app.db.engine import Database
from app.db.tables import analyses, assets, findings
from app.db.work_tables import deliveries, jobs
from tests.api.caller import signed
from tests.live import ROOT, SETTINGS, free_port, wait_until_ready

PICTURES = ("astronaut", "chelsea", "coffee")
STALLED = 180.0  # seconds in which nothing at all happens any more
SIDE = 320


@dataclass
class Fate:
    """What became of everything. `told`: webhook ids by batch; `takeovers`: seconds from a kill to each job's next start or end."""

    acknowledged: dict[str, str] = field(default_factory=dict)  # name -> batch
    told: dict[str, list[str]] = field(default_factory=dict)
    kills: list[str] = field(default_factory=list)
    interrupted: int = 0
    takeovers: list[float] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)  # uploads that were sent again, by reason
    seconds: float = 0.0

    @property
    def delivered_again(self) -> int:
        """Webhooks that came more than once: the same id, so a receiver knows them."""
        return sum(len(ids) - len(set(ids)) for ids in self.told.values())


class Cluster:
    """The processes. `apart`: each worker believes itself on a machine of its own, so that only its lease tells of its death."""

    def __init__(self, folder: Path, database: str, storage: str, lease: float, apart: bool = False) -> None:
        self.folder, self.apart = folder, apart
        self.env = {**os.environ, **SETTINGS, "DATABASE_URL": database, "STORAGE_URL": storage, "DATA_DIR": str(folder)}
        self.env |= {"LEASE_SECONDS": str(lease), "POLL_SECONDS": "0.2", "QUEUES": "none", "COMPUTE_THREADS": "1"}
        self.ports = {"web0": free_port(), "web1": free_port()}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._numbers = itertools.count()

    def start(self, name: str) -> None:
        port = self.ports.get(name)
        command = [sys.executable, "-m", "app", *(["serve", "--port", str(port)] if port else ["worker", "--queues", "all"])]
        if self.apart and not port:
            command = ["unshare", "--uts", "sh", "-c", f'hostname {name}-{next(self._numbers)} && exec "$@"', "sh", *command]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)

    def kill(self, name: str) -> int:
        """End one at once, as a power cut would; its process ID."""
        process = self.processes[name]
        process.kill()
        process.wait()
        return process.pid

    def ready(self, name: str) -> None:
        wait_until_ready(f"http://127.0.0.1:{self.ports[name]}", self.processes[name])

    def stop(self) -> None:
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(timeout=20)


@contextmanager
def running(folder: Path, database: str, storage: str, lease: float, apart: bool = False) -> Iterator[Cluster]:
    made = Cluster(folder, database, storage, lease, apart)
    try:
        made.start("web0")  # the first one builds the tables
        made.ready("web0")
        for name in ("web1", "worker0", "worker1"):
            made.start(name)
        made.ready("web1")
        yield made
    finally:
        made.stop()


class Storm:
    """So many asynchronous uploads with webhooks, by several clients that go to the other server where one does not answer."""

    def __init__(self, cluster: Cluster, count: int, clients: int = 4) -> None:
        self.cluster, self.count, self.fate = cluster, count, Fate()
        self.names = iter([f"storm/{number}" for number in range(count)])
        self.pictures = [_small(ROOT / "tests" / "pictures" / f"{name}.jpg") for name in PICTURES]
        self.db = Database(cluster.env["DATABASE_URL"])
        self._lock, self._over = threading.Lock(), threading.Event()
        self._lost: dict[int, tuple[str, float]] = {}  # job -> the worker that was killed with it, and when
        self._clients = [threading.Thread(target=self._upload_all, args=(random.Random(number),)) for number in range(clients)]

    def run(self, kills: int, chance: random.Random, told: Callable[[Fate], None] = lambda fate: None) -> Fate:
        """Upload everything, kill meanwhile, and wait until each acknowledged upload's webhook came and no job is left."""
        start = time.monotonic()
        sink = _sink(self.fate.told, self._lock)
        self.url = f"http://127.0.0.1:{sink.server_address[1]}/hook"
        watch = threading.Thread(target=self._watch)
        for thread in (watch, *self._clients):
            thread.start()
        names = itertools.cycle(chance.sample(["web0", "worker0", "web1", "worker1"], 4))
        for number in range(kills):
            self._until(lambda due=(number + 1) * 2 * self.count // (kills + 2): self._progress() >= due)  # type: ignore[misc]
            self._kill(next(names))
            told(self.fate)
        for thread in self._clients:
            thread.join()
        self._until(lambda: self._missing() == 0 and self._jobs() == 0)
        self._over.set()
        watch.join()
        sink.shutdown()
        sink.server_close()
        self.fate.seconds = time.monotonic() - start
        return self.fate

    def close(self) -> None:
        self.db.close()

    def _progress(self) -> int:
        with self._lock:
            return len(self.fate.acknowledged) + len(self.fate.told)

    def _missing(self) -> int:
        with self._lock:
            return sum(batch not in self.fate.told for batch in self.fate.acknowledged.values())

    def _jobs(self) -> int:
        with self.db.read() as c:
            return int(c.execute(select(func.count()).select_from(jobs)).scalar_one())

    def _until(self, true: Callable[[], bool]) -> None:
        """Wait, as long as anything goes on."""
        state, since = (-1, -1), time.monotonic()
        while not true():
            now = (self._progress(), self._jobs())
            if now != state:
                state, since = now, time.monotonic()
            assert time.monotonic() - since < STALLED, f"nothing happens any more: {state} of {self.count}"
            time.sleep(0.05)

    def _kill(self, name: str) -> None:
        pid, moment = self.cluster.kill(name), time.monotonic()
        self.fate.kills.append(name)
        if name.startswith("worker"):
            with self.db.read() as c:
                query = select(jobs.c.id, jobs.c.worker).where(jobs.c.status == "running", jobs.c.worker.contains(f"/{pid}/"))
                held = {row.id: (row.worker, moment) for row in c.execute(query)}
            self.fate.interrupted += len(held)
            with self._lock:
                self._lost |= held
        self.cluster.start(name)

    def _watch(self) -> None:
        """Notes when jobs of the killed are somebody else's, or done."""
        while not self._over.wait(0.02):
            with self._lock:
                lost = dict(self._lost)
            if not lost:
                continue
            with self.db.read() as c:
                owners = {row.id: row.worker for row in c.execute(select(jobs.c.id, jobs.c.worker).where(jobs.c.id.in_(lost)))}
            moment = time.monotonic()
            for id, (worker, killed) in lost.items():
                if owners.get(id) != worker:
                    with self._lock:
                        del self._lost[id]
                    self.fate.takeovers.append(moment - killed)

    def _upload_all(self, chance: random.Random) -> None:
        with httpx.Client(timeout=60) as client:
            while True:
                with self._lock:
                    name = next(self.names, None)
                if name is None:
                    return
                while not self._upload(client, name, chance.choice(list(self.cluster.ports.values()))):
                    time.sleep(0.05)

    def _upload(self, client: httpx.Client, name: str, port: int) -> bool:
        said = signed({"public_id": name, "async": "true", "detection": "lvis_v1", "notification_url": self.url})
        picture = self.pictures[int(name.rpartition("/")[2]) % len(self.pictures)]
        try:
            answer = client.post(f"http://127.0.0.1:{port}/v1_1/demo/image/upload", data=said, files={"file": picture})
        except httpx.TransportError as error:
            self.fate.tries[type(error).__name__] += 1
            return False
        if answer.status_code != 200:
            self.fate.tries[answer.headers.get("x-cld-error", str(answer.status_code))] += 1
            return False
        with self._lock:
            self.fate.acknowledged[name] = answer.json()["batch_id"]
        return True


def wrong(db: Database, fate: Fate, count: int) -> list[str]:
    """Everything that is not as it must be when each upload is acknowledged, looked at and told of, each effect once."""
    told = (assets.c.public_id, assets.c.etag, analyses.c.id, analyses.c.status, analyses.c.body)
    by_analysis = select(findings.c.analysis_id, func.count()).group_by(findings.c.analysis_id)
    with db.read() as c:
        seen = c.execute(select(*told).join(analyses, analyses.c.asset_id == assets.c.id)).all()
        stored = c.execute(select(func.count()).select_from(assets)).scalar_one()
        found = {id: number for id, number in c.execute(by_analysis)}
        waiting = c.execute(select(func.count()).select_from(deliveries).where(deliveries.c.status != "delivered")).scalar_one()
    kinds = {(row.etag, row.body, found.get(row.id, 0)) for row in seen}
    several = {batch: ids for batch, ids in fate.told.items() if len(set(ids)) > 1}
    checks = {
        "acknowledged": len(fate.acknowledged) == count,
        "stored once": stored == count,
        "looked at once": len(seen) == count == len({row.public_id for row in seen}),
        "complete": {row.status for row in seen} == {"complete"},
        "the same findings on the same picture": len(kinds) == len(PICTURES) and all(kind[2] for kind in kinds),
        "told of": set(fate.acknowledged.values()) <= set(fate.told),
        "one notice a batch": not several,
        "every notice delivered": waiting == 0,
    }
    return [name for name, holds in checks.items() if not holds]


def _small(path: Path) -> bytes:
    out = io.BytesIO()
    image = Image.open(path)
    image.thumbnail((SIDE, SIDE))
    image.save(out, "JPEG")
    return out.getvalue()


def _sink(told: dict[str, list[str]], lock: threading.Lock) -> ThreadingHTTPServer:
    """A receiver that notes the id of every webhook under its batch."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                told.setdefault(body["batch_id"], []).append(self.headers["webhook-id"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
