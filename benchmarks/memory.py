"""Memory of the whole service: idle, at its peak, while one very large body arrives, and after many uploads."""

import os
import time
from io import BytesIO
from typing import Any

from PIL import Image

from benchmarks import bench
from benchmarks.bench import CONNECTIONS, LOOKING, NUMBER, Bench
from benchmarks.pictures import SIZES, photograph
from benchmarks.processes import CLOUD, Watch, service
from benchmarks.report import Figure

MEGABYTE = 1 << 20
CLIENTS = 8
BUDGET = 300
WHOLE = SIZES["12 MP"]
QUARTER = (WHOLE[0] // 4, WHOLE[1] // 4)
KINDS: tuple[
    tuple[str, tuple[int, int], dict[str, Any]], ...
] = (  # what must be decoded: of a JPEG a quarter of each side is enough
    ("jpg", QUARTER, {"quality": 90}),
    ("png", WHOLE, {"compress_level": 1}),
    ("gif", WHOLE, {}),
    ("webp", WHOLE, {"method": 0}),
    ("avif", WHOLE, {"speed": 10}),
)


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


def of_renderings(here: Bench) -> list[Figure]:
    """The rise of one process while it renders 12 MP, over four bytes for each pixel of what must be decoded and of the result."""
    figures = []
    with Image.open(BytesIO(photograph(SIZES["12 MP"]))) as photo:
        for ending, decoded, options in KINDS:
            file = here.folder / f"height.{ending}"
            photo.save(file, **options)
            need = 4 * (decoded[0] * decoded[1] + 400 * 400) / MEGABYTE
            rise = here.bare.ask(do="height", picture=str(file), steps="c_fill,w_400,h_400,q_80")["rise"] / MEGABYTE
            figures.append(Figure(f"memory of one render, 12 MP {ending}, over its pixels", "MB", [rise], [need], most=1.3))
    return figures


def of_many_renderings(here: Bench) -> list[Figure]:
    """The rise while 64 clients ask for as many heavy renderings at once, with a thread for each and a small budget."""
    here.load(here.prepared("many", bench.upload(photograph(SIZES["2 MP"]), {"public_id": "many"})), 1, connections=1)
    path = f"/{CLOUD}/image/upload/c_limit,w_1600,dn_{NUMBER}/a_20/v1/many.jpg"
    request = here.prepared("turned", bench.get(path))
    budget = {"MAX_RENDERING_BYTES": str(BUDGET * MEGABYTE), "COMPUTE_THREADS": "64", "DELIVERY_MEMORY_BYTES": "0"}
    with service(here.folder, QUEUES="none", **budget) as server:
        here.load(request, 1, server, connections=1, first=100)
        before = server.memory()
        with Watch(server) as watch:
            here.load(request, 128, server, connections=64, first=200)
    rise = (watch.peak - before) / MEGABYTE
    return [Figure(f"memory rise, 64 clients render within {BUDGET} MB", "MB", [rise], most=BUDGET)]


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
