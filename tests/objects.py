"""A real S3-compatible server for tests: SeaweedFS, whose program pip brings; each test has a bucket of its own."""

import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from obstore.store import S3Store

from tests.live import free_port

PATIENCE = 60
ACCESS = {"name": "test", "credentials": [{"accessKey": "key", "secretKey": "secret"}], "actions": ["Admin"]}


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """The server's host and port. Without its program a laptop skips and CI fails."""
    program = shutil.which("weed", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if program is None and not os.environ.get("CI"):
        pytest.skip("SeaweedFS is not installed")
    assert program, "SeaweedFS is not installed"
    (folder / "s3.json").write_text(json.dumps({"identities": [ACCESS]}))
    ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
    command = [
        program,
        "server",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-s3",
        f"-s3.config={folder / 's3.json'}",
    ]
    command += [f"-{name}.port={port}" for name, port in ports.items()] + [f"-{name}.port.grpc={free_port()}" for name in ports]
    command += [
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-volume.max=1000",
        "-master.volumeSizeLimitMB=64",
        "-master.telemetry=false",
    ]
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log, cwd=folder) as process:
        try:
            host = f"127.0.0.1:{ports['s3']}"
            _wait(host, process)
            yield host
        finally:
            process.kill()  # it takes half a minute to say goodbye
            process.wait(timeout=20)


def _wait(host: str, process: "subprocess.Popen[bytes]") -> None:
    """Until a bucket can be listed: before, the server answers but knows no volumes."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, "the object store stopped"
        try:
            if httpx.get(f"http://{host}/").status_code < 500:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("the object store did not become ready")


def bucket(host: str) -> str:
    """The URL of a new bucket. This server makes one with the first file; an operator makes it by hand."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    keys: Any = {"access_key_id": "key", "secret_access_key": "secret", "region": "us-east-1"}
    store = S3Store(name, endpoint=f"http://{host}", client_options={"allow_http": True}, **keys)
    obstore.put(store, "first", b"1")
    obstore.delete(store, "first")
    return f"s3://key:secret@{host}/{name}"


@pytest.fixture(scope="session")
def object_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("objects")) as host:
        yield host
