"""`tagsight worker` as an orchestrator runs it: made-up credentials are shared, its health is asked, its death is known."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
from sqlalchemy import make_url

from app.cli_starting import with_credentials
from app.queue.identity import is_gone, own_name
from tests import conftest
from tests.faults.test_commit import wire
from tests.live import ROOT, free_port
from tests.proxy import Proxy

__all__ = ["wire"]

PATIENCE = 60


@contextmanager
def working(folder: Path, port: int, **settings: str) -> "Iterator[subprocess.Popen[bytes]]":
    env = {name: value for name, value in os.environ.items() if name != "CLOUDINARY_URL"} | settings
    command = [sys.executable, "-m", "app", "worker", "--port", str(port), "--data", str(folder)]
    with (folder / "log").open("ab") as log, subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log) as process:
        try:
            yield process
        finally:
            process.kill()


def status(port: int, path: str) -> int:
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}").status_code
    except httpx.TransportError:
        return 0


def until(port: int, path: str, wanted: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while status(port, path) != wanted:
        assert time.monotonic() < deadline, f"{path} never answered {wanted}"
        time.sleep(0.1)


def test_a_worker_tells_how_it_is_and_stops_in_order(tmp_path: Path) -> None:
    port = free_port()
    with working(tmp_path, port, LOG_JSON="true") as process:
        until(port, "/readyz", 200)
        assert status(port, "/healthz") == 200
        assert status(port, "/elsewhere") == 404
        asked = subprocess.run(
            [sys.executable, "-m", "app", "worker", "--health", "--port", str(port)], cwd=ROOT, capture_output=True, text=True
        )
        assert (asked.returncode, json.loads(asked.stdout)["status"]) == (0, "ok")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=PATIENCE) == 0
    assert (tmp_path / "credentials").stat().st_mode & 0o777 == 0o600
    again = subprocess.run([sys.executable, "-m", "app", "worker", "--health", "--port", str(port)], cwd=ROOT, capture_output=True)
    assert again.returncode == 1


def test_a_worker_whose_database_is_away_lives_on_and_recovers(tmp_path: Path, wire: Proxy, postgres: str) -> None:
    port = free_port()
    url = make_url(postgres).set(host="127.0.0.1", port=wire.port).render_as_string(hide_password=False)
    with working(tmp_path, port, DATABASE_URL=url, LOG_JSON="true", POLL_SECONDS="0.2") as process:
        until(port, "/readyz", 200)
        wire.down()
        until(port, "/readyz", 503)
        assert status(port, "/healthz") == 200
        wire.up()
        until(port, "/readyz", 200)
        assert process.poll() is None
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines() if line.startswith("{")]
    assert "the queue cannot be read" in {line["event"] for line in lines}


def test_credentials_are_made_up_once_however_many_start(tmp_path: Path) -> None:
    for turn in range(20):
        settings = conftest.test_settings(tmp_path / str(turn), cloudinary_url="")
        with ThreadPoolExecutor(8) as crowd:
            made = {item.cloudinary_url for item in crowd.map(with_credentials, [settings] * 8)}
        assert len(made) == 1
        assert [path.name for path in (tmp_path / str(turn)).iterdir()] == ["credentials"]


def test_a_worker_is_gone_when_its_process_is_and_not_before() -> None:
    tell = [sys.executable, "-c", "from app.queue.identity import own_name; print(own_name(), flush=True); input()"]
    with subprocess.Popen(tell, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        name = process.stdout.readline().strip()
        assert not is_gone(name)
        process.kill()
        process.wait()
    assert is_gone(name)


def test_a_name_that_only_looks_alike_is_not_taken_for_gone() -> None:
    mine = own_name()
    assert not is_gone(mine)
    host, pid, begun, space, boot, tail = mine.rsplit("/", 5)
    assert is_gone("/".join([host, pid, "1", space, boot, tail])), "another process had this number before"
    for other in (
        [host, "1", begun, "4026530000", boot, tail],  # the first process of another container with this host name
        [host, "99999999", begun, space, "another-boot", tail],
        ["elsewhere", "99999999", begun, space, boot, tail],
        [host, "99999999", "?", "?", "?", tail],
        [host, pid, tail],  # as older versions named themselves
    ):
        assert not is_gone("/".join(other))
    assert not is_gone("")
