"""libvips by itself: a file to a thumbnail in another file, a thread a core. Runs under any Python with pyvips.

Reads one JSON line a task from stdin (picture, folder, count) and answers one line: seconds of wall time and of CPU, and how often.
"""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyvips


def thumbnail(picture: str, target: Path) -> None:
    image = pyvips.Image.thumbnail(picture, 400, height=400, crop="centre")
    image.write_to_file(str(target), Q=80)


def perform(task: dict[str, Any]) -> dict[str, float]:
    wall, cpu, cores = time.perf_counter(), time.process_time(), os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        for done in [
            pool.submit(thumbnail, task["picture"], Path(task["folder"]) / f"vips{number}.jpg") for number in range(task["count"])
        ]:
            done.result()
    return {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "done": task["count"]}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(perform(json.loads(line))), flush=True)
