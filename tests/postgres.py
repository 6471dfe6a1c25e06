"""A PostgreSQL for tests: one that runs here, or one started from installed binaries; without it a laptop skips and CI fails."""

import os
import pwd
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

NEAR = "postgresql://postgres@127.0.0.1:5432/postgres"


@contextmanager
def running_postgres(folder: Path, worker: str) -> Iterator[str]:
    """The SQLAlchemy URL of a fresh database on a server that answers."""
    server = os.environ.get("TEST_POSTGRES_URL", NEAR)
    process = None
    if not _answers(server):
        server, process = _start(folder)
    try:
        with fresh_database(server, worker) as url:
            yield url
    finally:
        if process:
            process.terminate()
            process.wait(timeout=20)


@contextmanager
def fresh_database(server: str, worker: str) -> Iterator[str]:
    """The SQLAlchemy URL of a database made on the server of another URL, and dropped afterwards."""
    name, plain = f"tagsight_{worker}_{uuid.uuid4().hex[:8]}", server.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    yield plain.rpartition("/")[0].replace("postgresql://", "postgresql+psycopg://") + f"/{name}"
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.Error:
        return False
    return True


def _start(folder: Path) -> "tuple[str, subprocess.Popen[bytes]]":
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres")), Path(shutil.which("postgres") or "/none")]
    binaries = found[0].parent
    if not found[0].exists():
        message = "no PostgreSQL answers at TEST_POSTGRES_URL or on port 5432, and none is installed to be started"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    user = {"user": "postgres"} if os.geteuid() == 0 else {}  # the server refuses to run as root
    if user:
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        for parent in folder.parents[:3]:
            parent.chmod(parent.stat().st_mode | 0o055)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    quiet = subprocess.DEVNULL
    subprocess.run([binaries / "initdb", "-D", data, "-A", "trust", "-U", "postgres"], check=True, stdout=quiet, **user)  # type: ignore[call-overload]
    command = [binaries / "postgres", "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder]
    process = subprocess.Popen(command, stdout=quiet, stderr=quiet, **user)  # type: ignore[call-overload]
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    deadline = time.monotonic() + 30
    while not _answers(url) and time.monotonic() < deadline:
        time.sleep(0.2)
    return url, process
