"""Running inference servers for the contract of their port: ours, and a Triton where there is one."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn

from app.main import create_inference_server
from app.settings import Settings, bundled
from tests.live import ROOT, free_port, wait_until_ready


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


@pytest.fixture(scope="session")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real Triton over the bundled models. Skipped where TRITON_PYTHON names no Python that has pytriton."""
    program = os.environ.get("TRITON_PYTHON")
    if not program:
        pytest.skip("TRITON_PYTHON names no Python with nvidia-pytriton and onnxruntime")
    port, log = free_port(), tmp_path_factory.mktemp("triton") / "log"
    command = [program, str(ROOT / "tests" / "triton.py"), str(bundled("models")), str(port)]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True) as process:
        try:
            deadline = time.monotonic() + 180
            while (
                b"successfully loaded 'nanodet-g'" not in log.read_bytes()
            ):  # the last of them; before, the server is ready without
                assert process.poll() is None, log.read_text()[-3000:]
                assert time.monotonic() < deadline, log.read_text()[-3000:]
                time.sleep(0.2)
            wait_until_ready(f"http://127.0.0.1:{port}", process, "/v2/health/ready")
            yield f"http://127.0.0.1:{port}"
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # its tritonserver would outlive a gentler end


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings.model_validate({"data_dir": tmp_path_factory.mktemp("inference"), "compute_threads": 2})
    with serving(settings) as address:
        yield address
