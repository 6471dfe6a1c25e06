"""The first rendering of a picture: the service over thumbor, both asked by HTTP, and over libvips by itself.

thumbor is looked for where THUMBOR says, a Python that has pyvips where PYVIPS says; what is missing is not measured.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from benchmarks import bench
from benchmarks.bench import NUMBER, Bench, Spent
from benchmarks.pictures import SIZES, photograph
from benchmarks.processes import CLOUD, Server, Worker
from benchmarks.report import Figure

PICTURE = "first"
STEPS = f"c_fill,w_400,h_400,q_80,dn_{NUMBER}"  # what a file says of its density costs nothing, and makes another picture of it
THUMBOR = """LOADER = "thumbor.loaders.file_loader"
FILE_LOADER_ROOT_PATH = "{folder}"
STORAGE = "thumbor.storages.no_storage"
"""


def first(here: Bench) -> list[Figure]:
    """Pictures a second with four clients, and CPU. The service also keeps what it renders; thumbor and libvips forget it."""
    thumbor, python = os.environ.get("THUMBOR", ""), os.environ.get("PYVIPS", "")
    photo = photograph(SIZES["12 MP"])
    folder = here.folder / "rendering"
    folder.mkdir()
    (folder / "photo.jpg").write_bytes(photo)
    here.load(here.prepared("first", bench.upload(photo, {"public_id": PICTURE})), 1, connections=1)
    own = here.prepared("own", bench.get(f"/{CLOUD}/image/upload/{STEPS}/v1/{PICTURE}.jpg"))
    count, done = here.count(40), 0
    rounds: list[list[Spent]] = []
    with ExitStack() as stack:
        others: list[tuple[str, float, Callable[[], Spent]]] = []
        if thumbor:
            server = _thumbor(stack, thumbor, folder)
            others.append(("thumbor", 2.0, lambda: here.load(_thumbnail(here), count, server)))
        if python:
            vips = stack.enter_context(Worker("vips", here.folder / "vips.log", python))
            task: dict[str, Any] = {"picture": str(folder / "photo.jpg"), "folder": str(folder)}
            others.append(("pyvips", 0.8, lambda: here.work("", count, vips, **task)))
        for turn in here.turns():
            seen = [here.load(own, count, first=100 + done), *(ask() for _, _, ask in others)]
            done += count
            if turn:
                rounds.append(seen)
    ours, *rest = zip(*rounds, strict=True)
    figures = [Figure("first render, 12 MP: CPU", "ms", [spent.milliseconds for spent in ours])] if not others else []
    for (name, goal, _), other in zip(others, rest, strict=True):
        cpu = [spent.milliseconds for spent in ours], [spent.milliseconds for spent in other]
        rate = [spent.a_second for spent in ours], [spent.a_second for spent in other]
        figures += [
            Figure(f"first render, 12 MP, over {name}", "/s", *rate, least=goal),
            Figure("  CPU", "ms", *cpu, most=round(1 / goal, 2)),
        ]
    return figures


def _thumbor(stack: ExitStack, program: str, folder: Path) -> Server:
    (folder / "thumbor.conf").write_text(THUMBOR.format(folder=folder))
    return stack.enter_context(
        Server([program, "--conf", str(folder / "thumbor.conf"), "--log-level", "error"], folder, "/healthcheck")
    )


def _thumbnail(here: Bench) -> Path:
    return here.prepared("thumbor", bench.get("/unsafe/400x400/filters:quality(80)/photo.jpg"))
