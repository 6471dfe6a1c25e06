"""The program as its users run it: `tagsight serve` in a process of its own, spoken to over loopback."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parent.parent
SETTINGS = {"CLOUDINARY_URL": "cloudinary://key:secret@demo", "FETCH_ALLOW": "127.0.0.1/32"}


@dataclass(frozen=True)
class Live:
    """A running server: its address, and the environment that points any official client at it."""

    address: str
    data: Path

    @property
    def cloudinary_url(self) -> str:
        return f"cloudinary://key:secret@demo?upload_prefix={self.address}"

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "CLOUDINARY_URL": self.cloudinary_url}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("live")) as (server, _):
        yield server


@contextmanager
def serving(data: Path, port: int = 0, **more: str) -> "Iterator[tuple[Live, subprocess.Popen[bytes]]]":
    """A server on a data folder, with more settings, and its process; it is stopped afterwards if it still runs."""
    port = port or free_port()
    env = {**os.environ, **SETTINGS, **more}
    command = [sys.executable, "-m", "app", "serve", "--port", str(port), "--data", str(data)]
    with (data / "log").open("ab") as log, subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log) as process:
        address = f"http://127.0.0.1:{port}"
        try:
            wait_until_ready(address, process)
            yield Live(address, data), process
        finally:
            process.terminate()
            process.wait(timeout=15)


def wait_until_ready(address: str, process: "subprocess.Popen[bytes]", path: str = "/readyz") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server stopped"
        try:
            if httpx.get(address + path).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not become ready")
