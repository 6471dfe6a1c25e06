"""The load: a few connections that send prepared bytes and count answers. A process of its own, cheap enough to be ignored.

Reads one JSON line a task from stdin (port, file of the request, count, connections, first number) and answers one line with
what it saw.
"""

import itertools
import json
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

PIECE = 1 << 16


class Crowd:
    """`count` requests shared by connections that are kept open."""

    def __init__(self, port: int, request: bytes, count: int, first: int) -> None:
        self.waits: list[float] = []
        self.failures: list[str] = []
        self._port, self._request, self._left = port, request, count
        self._is_numbered = b"NUMBER" in request[:1000]
        self._numbers = itertools.count(first)
        self._lock = threading.Lock()

    def run(self) -> None:
        with socket.create_connection(("127.0.0.1", self._port), 120) as link:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self._take():
                request = self._request.replace(b"NUMBER", b"%d" % next(self._numbers)) if self._is_numbered else self._request
                start = time.perf_counter()
                link.sendall(request)
                answer = _answer(link)
                self.waits.append(time.perf_counter() - start)
                if not answer.startswith(b"HTTP/1.1 200"):
                    self.failures.append(answer[:400].decode("latin-1"))

    def _take(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0


def _answer(link: socket.socket) -> bytes:
    """One response with a Content-Length, as every answer of the service has."""
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        piece = link.recv(PIECE)
        if not piece:
            return data
        data += piece
    head = data[:end].lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
    while len(data) < end + 4 + length:
        data += link.recv(PIECE)
    return data


def load(task: dict[str, Any]) -> dict[str, Any]:
    request, cpu = Path(task["request"]).read_bytes(), time.process_time()
    crowd = Crowd(task["port"], request, task["count"], task.get("first", 0))
    start = time.perf_counter()
    threads = [threading.Thread(target=crowd.run) for _ in range(task["connections"])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds, waits = time.perf_counter() - start, sorted(crowd.waits)
    return {
        "seconds": seconds,
        "cpu": time.process_time() - cpu,
        "done": len(waits),
        "failures": crowd.failures[:3],
        "p50": waits[len(waits) // 2] if waits else 0,
        "p99": waits[len(waits) * 99 // 100] if waits else 0,
    }


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(load(json.loads(line))), flush=True)
