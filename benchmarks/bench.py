"""What a measurement is given: the running service, the load, the bare worker, prepared requests, and how long it may take."""

import base64
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.signing import digest, string_to_sign
from benchmarks.processes import CLOUD, KEY, SECRET, Server, Worker

CONNECTIONS = 4
NUMBER = "NUMBER"  # in a request: another number each time
EDGE = "----tagsight-bench"
LOOKING = {"detection": "lvis_v1", "auto_tagging": "0.4"}  # one NanoDet over the whole picture


@dataclass(frozen=True, slots=True)
class Spent:
    """One slice: seconds of CPU of the measured process and of wall time for each of the things done."""

    cpu: float
    wall: float
    client: float = 0.0

    @property
    def milliseconds(self) -> float:
        return self.cpu * 1000

    @property
    def a_second(self) -> float:
        return 1 / self.wall


@dataclass(frozen=True, slots=True)
class Bench:
    folder: Path
    server: Server
    client: Worker
    bare: Worker
    rounds: int
    seconds: float
    scale: float

    def count(self, most: int) -> int:
        """How many things a slice does: fewer with --quick."""
        return max(CONNECTIONS, int(most * self.scale))

    def turns(self) -> Iterator[int]:
        """Rounds of one comparison; 0 warms up. Fewer, but at least two, where the machine is too busy for all of them."""
        start = time.perf_counter()
        for turn in range(self.rounds + 1):
            if turn > 2 and time.perf_counter() - start > self.seconds:
                return
            yield turn

    def prepared(self, name: str, request: bytes) -> Path:
        path = self.folder / f"{name}.request"
        path.write_bytes(request)
        return path

    def load(
        self, request: Path, count: int, server: Server | None = None, connections: int = CONNECTIONS, first: int = 0
    ) -> Spent:
        """Send a request so often; what the server's process tree spent on each. `first`: what NUMBER in it counts up from."""
        target = server or self.server
        before = target.cpu()
        seen = self.client.ask(port=target.port, request=str(request), count=count, connections=connections, first=first)
        cpu = target.cpu() - before
        if seen["failures"] or seen["done"] != count:
            raise RuntimeError(f"The service refused: {seen['failures'] or 'a connection ended'}")
        return Spent(cpu / count, seen["seconds"] / count, seen["cpu"] / count)

    def work(self, do: str, count: int, worker: Worker | None = None, **task: Any) -> Spent:
        """Have the bare worker, or another one, do something so often."""
        seen = (worker or self.bare).ask(do=do, count=count, **task)
        return Spent(seen["cpu"] / count, seen["seconds"] / count)


def upload(picture: bytes, fields: dict[str, str]) -> bytes:
    """A signed multipart upload as the official clients send it."""
    signed = {"timestamp": str(int(time.time())), **fields}
    signed |= {"signature": digest(string_to_sign(signed), SECRET), "api_key": KEY}
    parts = [f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in signed.items()]
    file = f'--{EDGE}\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    body = "".join([*parts, file]).encode() + picture + f"\r\n--{EDGE}--\r\n".encode()
    head = f"Content-Type: multipart/form-data; boundary={EDGE}\r\nContent-Length: {len(body)}\r\n"
    return f"POST /v1_1/{CLOUD}/image/upload HTTP/1.1\r\nHost: bench\r\n{head}\r\n".encode() + body


def put(data: bytes) -> bytes:
    """The same bytes as a bare body."""
    return f"PUT / HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data


def get(path: str) -> bytes:
    """A request of the Admin API, by Basic key."""
    key = base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
    return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Basic {key}\r\n\r\n".encode()
