"""Memory of the whole service: idle, at its peak, while one very large body arrives, and after many uploads."""

import os
import time

from benchmarks import bench
from benchmarks.bench import CONNECTIONS, LOOKING, Bench
from benchmarks.pictures import SIZES, photograph
from benchmarks.processes import CLOUD, Watch
from benchmarks.report import Figure

MEGABYTE = 1 << 20
CLIENTS = 8


def under_load(here: Bench) -> list[Figure]:
    """Eight clients, 12 MP, detection."""
    request = here.prepared("12 MP memory", bench.upload(photograph(SIZES["12 MP"]), LOOKING))
    with Watch(here.server) as watch:
        here.load(request, here.count(32), connections=CLIENTS)
    time.sleep(1)
    values = ((f"peak, {CLIENTS} clients x 12 MP", watch.peak), ("after", here.server.memory()))
    return [Figure(f"memory {name}", "MB", [value / MEGABYTE]) for name, value in values]


def before_uploads(here: Bench) -> list[Figure]:
    """Idle, then 100 MB of what is no picture: received to disk, refused. How far memory rises meanwhile.

    This comes first: later, memory that uploads have freed would hide a body held in memory.
    """
    idle = here.server.memory() / MEGABYTE
    here.load(here.prepared("first", bench.get(f"/v1_1/{CLOUD}/ping")), CONNECTIONS)
    request = here.prepared("large", bench.upload(os.urandom(100 * 1_000_000), {}))
    rises = []
    for _ in range(3):
        before = here.server.memory()
        with Watch(here.server) as watch:
            here.client.ask(port=here.server.port, request=str(request), count=1, connections=1)
        rises.append((watch.peak - before) / MEGABYTE)
    return [Figure("memory idle, no model loaded", "MB", [idle]), Figure("memory rise while 100 MB arrive", "MB", rises, most=4)]


def slope(here: Bench, uploads: int) -> list[Figure]:
    """Resident bytes an upload over the last half of so many, by least squares. Small pictures: it is about leaks, not peaks."""
    request = here.prepared("soak", bench.upload(photograph((320, 240)), LOOKING))
    step = max(1, uploads // 40)
    points = []
    for done in range(step, uploads + 1, step):
        here.load(request, step)
        points.append((done, here.server.memory()))
    late = points[len(points) // 2 :]
    middle = (sum(x for x, _ in late) / len(late), sum(y for _, y in late) / len(late))
    rise = sum((x - middle[0]) * (y - middle[1]) for x, y in late) / sum((x - middle[0]) ** 2 for x, _ in late)
    return [Figure(f"memory slope, last half of {uploads} uploads", "KB/upload", [rise / 1024], most=8, digits=2)]
