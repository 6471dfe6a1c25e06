"""Cold start: exec -> /readyz, over a process that only imports the libraries the service stands on."""

import subprocess
import sys
import time
from pathlib import Path

import psutil

from benchmarks.processes import service
from benchmarks.report import Figure

LIBRARIES = (
    "fastapi, uvicorn, uvloop, httptools, sqlalchemy, pydantic_settings, onnxruntime, numpy, PIL.Image, typer, structlog, httpx"
)


def cold_start(folder: Path, rounds: int) -> list[Figure]:
    """The first start builds the database; the starts that are compared find it there."""
    with service(folder) as first:
        first_seconds = first.start_seconds
    cpu, seconds, floor = [], [], []
    for _ in range(rounds):
        with service(folder) as again:
            cpu.append(again.start_cpu * 1000)
            seconds.append(again.start_seconds * 1000)
        floor.append(_imports() * 1000)
    return [
        Figure("cold start to /readyz: CPU over importing the libraries", "ms", cpu, floor, most=1.3, digits=0),
        Figure("cold start to /readyz: wall", "ms", seconds, digits=0),
        Figure("  the first one, which builds the database: wall", "ms", [first_seconds * 1000], digits=0),
    ]


def _imports() -> float:
    """CPU seconds of one process that imports and ends."""
    process = psutil.Popen([sys.executable, "-c", f"import {LIBRARIES}; import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    last = 0.0
    while process.poll() is None:
        times = process.cpu_times()
        if (now := times.user + times.system) == last and last and process.status() == psutil.STATUS_SLEEPING:
            process.stdin.close()
            process.wait()
            break
        last = now
        time.sleep(0.05)
    return last
