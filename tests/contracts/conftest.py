"""A running inference server for the contract of its port and for its own tests."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from app.main import create_inference_server
from app.settings import Settings


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """`tagsight inference` in a thread with a loop of its own; its address."""
    config = uvicorn.Config(create_inference_server(settings), port=0, ws="none", log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=15)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings.model_validate({"data_dir": tmp_path_factory.mktemp("inference"), "compute_threads": 2})
    with serving(settings) as address:
        yield address
