"""Cached pictures over nginx sending the same files, and over thumbor's result storage; wrk asks.

One picture from memory; a hundred in turn where the memory holds a few, so that each comes from its file; one that is looked up
anew each time.

nginx and wrk are looked for on the PATH, thumbor where THUMBOR says; what is missing is not measured.
"""

import getpass
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from benchmarks import bench
from benchmarks.bench import Bench
from benchmarks.pictures import SIZES, photograph
from benchmarks.processes import CLOUD, PATIENCE, Child, Server, free_port, service
from benchmarks.report import Figure

PICTURE = "cached"
OTHER = "/unsafe/400x400/filters:quality(80):rotate(0):max_bytes(100%d)/photo.jpg"  # max_bytes that it never reaches
STEPS = "c_fill,w_400,h_400,q_80"
MANY = 100
FEW = "1000000"  # bytes of memory that hold a few of them
LONG_WAY = "If-Range: none"  # such a request is looked up anew
IN_TURN = """local number = 0
request = function() number = number % {many} + 1; return wrk.format("GET", string.format("{path}", number)) end
"""
NGINX = """daemon off; user {user}; pid {folder}/pid; error_log {folder}/errors; worker_processes 1; events {{}}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; open_file_cache max=100;
types {{ image/jpeg jpg; }} server {{ listen 127.0.0.1:{port}; root {folder}; }} }}"""
THUMBOR = """LOADER = "thumbor.loaders.file_loader"
FILE_LOADER_ROOT_PATH = "{folder}"
RESULT_STORAGE = "thumbor.result_storages.file_storage"
RESULT_STORAGE_FILE_STORAGE_ROOT_PATH = "{folder}/results"
RESULT_STORAGE_STORES_UNSAFE = True
"""


class Nginx(Child):
    """One worker that sends the files of a folder."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=self.port, user=getpass.getuser()))
        super().__init__(["nginx", "-c", str(folder / "nginx.conf")], folder / "log", dict(os.environ))
        while time.perf_counter() - self.started < PATIENCE:
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError((folder / "log").read_text()[-2000:])


def cached(here: Bench) -> list[Figure]:
    """Requests a second, the same bytes from each."""
    if not (shutil.which("nginx") and shutil.which("wrk")):
        return []
    folder = here.folder / "others"
    folder.mkdir()
    photo = photograph(SIZES["12 MP"])
    (folder / "photo.jpg").write_bytes(photo)
    here.load(here.prepared("stored", bench.upload(photo, {"public_id": PICTURE})), 1, connections=1)
    path = f"/{CLOUD}/image/upload/{STEPS},dn_%d/v1/{PICTURE}.jpg"
    for number in range(1, MANY + 1):
        (folder / f"{number}.jpg").write_bytes(_got(here.server.port, path % number))
    with ExitStack() as stack:
        nginx = stack.enter_context(Nginx(folder)).port
        small = stack.enter_context(service(here.folder, DELIVERY_MEMORY_BYTES=FEW, QUEUES="none")).port
        thumbor = _thumbor(stack, folder)
        in_turn = {
            name: _script(folder / f"{name}.lua", text) for name, text in (("own", path), ("nginx", "/%d.jpg"), ("thumbor", OTHER))
        }
        rounds: list[list[float]] = []
        for turn in here.turns():
            asked = [
                _rate(here.server.port, path % 1),
                _rate(nginx, "/1.jpg"),
                _rate(small, "/", in_turn["own"]),
                _rate(nginx, "/", in_turn["nginx"]),
                _rate(here.server.port, path % 1, header=LONG_WAY),
            ]
            asked += [_rate(thumbor, OTHER % 1), _rate(thumbor, "/", in_turn["thumbor"])] if thumbor else []
            if turn:
                rounds.append(asked)
    memory, file, turns, files, anew, *others = zip(*rounds, strict=True)
    figures = [
        Figure("cached picture from memory over nginx", "/s", memory, file, least=0.5, digits=0),
        Figure(f"  {MANY} in turn, from their files", "/s", turns, files, least=0.5, digits=0),
        Figure("  one, looked up anew", "/s", anew, file, digits=0),
    ]
    if others:
        figures += [
            Figure("cached picture from memory over thumbor's", "/s", memory, others[0], least=3, digits=0),
            Figure(f"  {MANY} in turn, from their files", "/s", turns, others[1], least=3, digits=0),
            Figure("  one, looked up anew", "/s", anew, others[0], digits=0),
        ]
    return figures


def _thumbor(stack: ExitStack, folder: Path) -> int:
    """The port of one that has rendered the same pictures and kept them; 0 without it."""
    program = os.environ.get("THUMBOR", "")
    if not program:
        return 0
    (folder / "thumbor.conf").write_text(THUMBOR.format(folder=folder))
    command = [program, "--conf", str(folder / "thumbor.conf"), "--log-level", "error"]
    server = stack.enter_context(Server(command, folder, "/healthcheck"))
    for number in range(1, MANY + 1):
        _got(server.port, OTHER % number)
    return server.port


def _script(file: Path, path: str) -> Path:
    file.write_text(IN_TURN.format(many=MANY, path=path.replace("%", "%%").replace("%%d", "%d")))
    return file


def _got(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        body: bytes = answer.read()
    return body


def _rate(port: int, path: str, script: Path | None = None, header: str = "X-Bench: 1") -> float:
    """Requests a second over eight kept connections for a second."""
    command = ["wrk", "-t1", "-c8", "-d1", "-H", header, *(["-s", str(script)] if script else []), f"http://127.0.0.1:{port}{path}"]
    asked = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in asked or "Socket errors" in asked:
        raise RuntimeError(asked)
    found = re.search(r"Requests/sec:\s+([\d.]+)", asked)
    assert found, asked
    return float(found[1])
