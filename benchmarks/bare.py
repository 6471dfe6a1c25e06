"""The bare work, without service, database or storage: what every figure of the service is divided by.

Reads one JSON line a task from stdin and answers one line: seconds of wall time and of this process's CPU, and how often.
"""

import json
import os
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import orjson

from app.imaging.reading import Limits, Picture, read
from app.inference.onnx import OnnxInference
from app.memory import give_back_large_blocks
from app.ports import Tensors
from app.settings import Settings, bundled
from app.transform.grammar import parse
from app.transform.pipeline import render
from app.transform.scene import Bounds, Scene, Wish
from app.vision.boxes import Array
from app.vision.findings import Finding
from app.vision.kinds import KINDS, wanted_side
from app.vision.registry import Registry

SETTINGS, MODELS = Settings(), (bundled("models"),)
LIMITS = Limits(SETTINGS.max_pixels, SETTINGS.max_decoded_bytes, SETTINGS.image_formats)
REGISTRY = Registry(MODELS)
INFERENCE = OnnxInference(MODELS, REGISTRY.pinned)

NOTHING = cast(Scene, None)  # no step here asks for what surrounds a picture

LISTING = """
SELECT a.* FROM asset_tags l JOIN assets a ON a.id = l.asset_id
WHERE l.tag_id = (SELECT id FROM tags WHERE cloud_id = 1 AND resource_type = 'image' AND name = ?)
ORDER BY l.created_at DESC, l.asset_id DESC LIMIT ?
"""
TAGS = "SELECT l.asset_id, t.name FROM asset_tags l JOIN tags t ON t.id = l.tag_id WHERE l.asset_id IN ({}) ORDER BY 1, l.position"
SHOWN = ("asset_id", "public_id", "format", "version", "resource_type", "type", "bytes", "width", "height", "asset_folder")


def _run(model: str, inputs: Tensors) -> dict[str, Array]:
    name, _, version = model.partition("/")
    return INFERENCE.infer(name, version, inputs)


def look(path: Path, detector_name: str) -> list[Finding]:
    """Decode, run, and bring the findings to source pixels: the functions the service calls, one after the other."""
    detector = REGISTRY.find(detector_name)
    assert detector
    picture = read(path, LIMITS, wanted_side(detector))
    across, down = picture.width / picture.image.width, picture.height / picture.image.height
    return [found.scaled(across, down) for found in KINDS[detector.kind](picture.image, detector, _run)]


def only_decode(path: Path) -> Picture:
    """What an upload without detection decodes."""
    return read(path, LIMITS, 0)


def listing(database: str, tag: str, rows: int) -> bytes:
    """A page by tag as nobody could do it with less: two statements, one dump."""
    connection = _connection(database)
    found = connection.execute(LISTING, (tag, rows)).fetchall()
    names: dict[int, list[str]] = {}
    marks = ",".join("?" * len(found))
    for id, name in connection.execute(TAGS.format(marks), [row["id"] for row in found]):
        names.setdefault(id, []).append(name)
    body = [
        {name: row[name] for name in SHOWN}
        | {
            "created_at": datetime.fromtimestamp(row["created_at"] // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tags": names.get(row["id"], []),
            "url": f"http://127.0.0.1:8000/bench/image/upload/v{row['version']}/{row['public_id']}.{row['format']}",
            "secure_url": f"http://127.0.0.1:8000/bench/image/upload/v{row['version']}/{row['public_id']}.{row['format']}",
        }
        for row in found
    ]
    return orjson.dumps({"resources": body})


_open: dict[str, sqlite3.Connection] = {}


def _connection(database: str) -> sqlite3.Connection:
    if database not in _open:
        _open[database] = sqlite3.connect(database)
        _open[database].row_factory = sqlite3.Row
    return _open[database]


def repeat(call: Callable[[], object], count: int, threads: int) -> dict[str, float]:
    """`count` calls by so many threads."""
    wall, cpu = time.perf_counter(), time.process_time()
    if threads == 1:
        for _ in range(count):
            call()
    else:
        with ThreadPoolExecutor(threads) as pool:
            for future in [pool.submit(call) for _ in range(count)]:
                future.result()
    return {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "done": count}


def height(path: Path, steps: str) -> dict[str, float]:
    """How far the memory of this process rises while a picture is rendered (Linux)."""
    status = Path("/proc/self/status")

    def resident(name: str) -> int:
        return int(status.read_text().partition(f"{name}:")[2].split()[0]) * 1024

    with tempfile.TemporaryDirectory() as folder:
        render(path, parse(steps), NOTHING, Wish(extension="jpg"), Bounds(), Path(folder))  # imports and tables
        Path("/proc/self/clear_refs").write_text("5")
        before = resident("VmRSS")
        render(path, parse(steps), NOTHING, Wish(extension="jpg"), Bounds(), Path(folder))
    return {"seconds": 0, "cpu": 0, "rise": resident("VmHWM") - before}


def perform(task: dict[str, Any]) -> dict[str, Any]:
    cores = os.cpu_count() or 1
    count = int(task.get("count", 1))
    match task["do"]:
        case "look":
            return repeat(lambda: look(Path(task["picture"]), task["detector"]), count, cores)
        case "look alone":
            return repeat(lambda: look(Path(task["picture"]), task["detector"]), count, 1)
        case "decode":
            return repeat(lambda: only_decode(Path(task["picture"])), count, cores)
        case "list":
            return repeat(lambda: listing(task["database"], task["tag"], task["rows"]), count, 1)
        case "height":
            return height(Path(task["picture"]), task["steps"])
        case "detectors":
            newest = REGISTRY.find(task["name"])
            return {"version": newest.version if newest else 0, "models": list(newest.models) if newest else []}
    raise ValueError(task["do"])


if __name__ == "__main__":
    give_back_large_blocks()
    for line in sys.stdin:
        print(json.dumps(perform(json.loads(line))), flush=True)
