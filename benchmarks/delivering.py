"""A cached picture over nginx sending the same file, and over thumbor's result storage; wrk asks.

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
from benchmarks.processes import CLOUD, PATIENCE, Child, Server, free_port
from benchmarks.report import Figure

PICTURE = "cached"
STEPS = "c_fill,w_400,h_400,q_80"
LONG_WAY = "If-Modified-Since: Mon, 01 Jan 1990 00:00:00 GMT"  # such a request is not answered from memory
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
    photo = photograph(SIZES["12 MP"])
    here.load(here.prepared("stored", bench.upload(photo, {"public_id": PICTURE})), 1, connections=1)
    own = f"http://127.0.0.1:{here.server.port}/{CLOUD}/image/upload/{STEPS}/v1/{PICTURE}.jpg"
    folder = here.folder / "others"
    folder.mkdir()
    (folder / "photo.jpg").write_bytes(photo)
    (folder / "cached.jpg").write_bytes(_got(own))
    with ExitStack() as stack:
        nginx = stack.enter_context(Nginx(folder))
        other = _thumbor(stack, folder)
        rounds: list[list[float]] = []
        for turn in here.turns():
            asked = [_rate(own), _rate(f"http://127.0.0.1:{nginx.port}/cached.jpg"), _rate(own, LONG_WAY)]
            asked += [_rate(other)] if other else []
            if turn:
                rounds.append(asked)
    memory, file, long, *thumbor = zip(*rounds, strict=True)
    figures = [
        Figure("cached picture from memory over nginx", "/s", memory, file, least=0.5, digits=0),
        Figure("  the same past the memory", "/s", long, file, digits=0),
    ]
    if thumbor:
        figures += [
            Figure("cached picture from memory over thumbor's", "/s", memory, thumbor[0], least=3, digits=0),
            Figure("  the same past the memory", "/s", long, thumbor[0], digits=0),
        ]
    return figures


def _thumbor(stack: ExitStack, folder: Path) -> str:
    """The address of the same picture there, rendered and kept; nothing without it."""
    program = os.environ.get("THUMBOR", "")
    if not program:
        return ""
    (folder / "thumbor.conf").write_text(THUMBOR.format(folder=folder))
    command = [program, "--conf", str(folder / "thumbor.conf"), "--log-level", "error"]
    server = stack.enter_context(Server(command, folder, "/healthcheck"))
    url = f"http://127.0.0.1:{server.port}/unsafe/400x400/filters:quality(80)/photo.jpg"
    _got(url)
    return url


def _got(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        body: bytes = answer.read()
    return body


def _rate(url: str, header: str = "X-Bench: 1") -> float:
    """Requests a second over eight kept connections for two seconds."""
    asked = subprocess.run(["wrk", "-t1", "-c8", "-d2", "-H", header, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in asked or "Socket errors" in asked:
        raise RuntimeError(asked)
    found = re.search(r"Requests/sec:\s+([\d.]+)", asked)
    assert found, asked
    return float(found[1])
