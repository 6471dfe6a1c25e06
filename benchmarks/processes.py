"""The processes that are measured, from outside: CPU and memory of a whole tree, workers that answer lines, the service itself."""

import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

KEY, SECRET, CLOUD = "123456789012345", secrets.token_urlsafe(24), "bench"
PATIENCE = 60.0


class Child:
    """A started process. `cpu` and `memory` are of its whole tree."""

    def __init__(self, command: Sequence[str], log: Path, env: dict[str, str] | None = None) -> None:
        self.started = time.perf_counter()
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE if env is None else out, stderr=out, env=env, text=True
            )
        self._root = psutil.Process(self._process.pid)

    def cpu(self) -> float:
        """User and system seconds so far, of the process, its living children and those that ended."""
        tree = [self._root, *self._root.children(recursive=True)]
        total = sum(time.user + time.system for time in (process.cpu_times() for process in tree))
        ended = self._root.cpu_times()
        return float(total + ended.children_user + ended.children_system)

    def memory(self) -> int:
        """Resident bytes."""
        return sum(process.memory_info().rss for process in [self._root, *self._root.children(recursive=True)])

    def ended(self) -> bool:
        return self._process.poll() is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Worker(Child):
    """`python -m benchmarks.<name>`: one JSON object in, one JSON object out."""

    def __init__(self, name: str, log: Path, python: str = sys.executable) -> None:
        super().__init__([python, "-m", f"benchmarks.{name}"], log)
        self._log = log

    def ask(self, **question: Any) -> dict[str, Any]:
        send = self._process.stdin
        assert send
        send.write(json.dumps(question) + "\n")
        send.flush()
        return self.hear()

    def hear(self) -> dict[str, Any]:
        """The next answer: some tasks tell that they are ready, and later what they did."""
        receive = self._process.stdout
        assert receive
        line = receive.readline()
        if not line:
            raise RuntimeError(f"A worker ended; its last words:\n{self._log.read_text()[-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer


class Server(Child):
    """A server on a free port, with the credentials above; `path` answers 200 once it is ready."""

    def __init__(self, command: Sequence[str], folder: Path, path: str = "/readyz", **more: str) -> None:
        self.port = free_port()
        self._log = folder / "server.log"
        self.env = {**os.environ, "CLOUDINARY_URL": f"cloudinary://{KEY}:{SECRET}@{CLOUD}", "DATA_DIR": str(folder)}
        self.env |= {"MAX_BODY_BYTES": str(110 << 20), **more}
        super().__init__([*command, "--port", str(self.port)], self._log, self.env)
        self.start_seconds = self._wait(path)
        self.start_cpu = self.cpu()

    def _wait(self, path: str) -> float:
        while time.perf_counter() - self.started < PATIENCE and not self.ended():
            try:
                with socket.create_connection(("127.0.0.1", self.port), 5) as link:
                    link.sendall(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
                    if b" 200 " in link.recv(100):
                        return time.perf_counter() - self.started
            except OSError:
                time.sleep(0.01)
        raise RuntimeError(f"The server did not start:\n{self._log.read_text()[-2000:]}")


def service(folder: Path, **settings: str) -> Server:
    """Tagsight as everybody runs it, on a data folder."""
    return Server([sys.executable, "-m", "app", "serve"], folder, **settings)


def floor(folder: Path) -> Server:
    """The same web server with nothing behind it but a file."""
    options = ["--log-level", "warning", "--no-access-log"]
    return Server([sys.executable, "-m", "uvicorn", "benchmarks.floor:app", *options], folder)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Watch:
    """Samples a child's memory 20 times a second while its block runs: `peak` and the samples with their times."""

    def __init__(self, child: Child) -> None:
        self.samples: list[int] = []
        self._child, self._over = child, threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    @property
    def peak(self) -> int:
        return max(self.samples)

    def _sample(self) -> None:
        while True:
            self.samples.append(self._child.memory())
            if self._over.wait(0.05):
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
