"""A list by tag over the same page by plain SQL and one dump; the newest detector over a single one."""

from typing import Any

from benchmarks import bench
from benchmarks.bench import Bench
from benchmarks.pictures import SIZES, photograph
from benchmarks.processes import CLOUD
from benchmarks.report import Figure

ASSETS, ROWS, TAG = 300, 50, "listed"


def listing(here: Bench) -> list[Figure]:
    """Also the least request there is: what of a list is HTTP alone."""
    small = here.prepared("small", bench.upload(photograph((96, 72)), {"tags": f"{TAG},one,two"}))
    here.load(small, here.count(ASSETS))
    pages = here.prepared("list", bench.get(f"/v1_1/{CLOUD}/resources/image/tags/{TAG}?max_results={ROWS}&tags=true"))
    hello = here.prepared("hello", bench.get("/healthz"))
    task: dict[str, Any] = {"database": str(here.folder / "tagsight.db"), "tag": TAG, "rows": ROWS}
    count = here.count(300)
    rounds: list[tuple[float, float, float]] = []
    for turn in here.turns():
        cpu = (
            here.load(pages, count).milliseconds,
            here.work("list", count, **task).milliseconds,
            here.load(hello, 4 * count).milliseconds,
        )
        if turn:
            rounds.append(cpu)
    own, raw, alone = zip(*rounds, strict=True)
    net = [page - least for page, least in zip(own, alone, strict=True)]
    return [
        Figure(f"list by tag, {ROWS} rows: CPU over raw SQL + JSON", "ms", own, raw, digits=2),
        Figure("  the same without the HTTP of GET /healthz", "ms", net, raw, most=3, digits=2),
        Figure("  GET /healthz", "ms", alone, digits=2),
    ]


def newest_detector(here: Bench) -> list[Figure]:
    """`lvis` as callers get it over one NanoDet, on a snapshot."""
    name = f"lvis_v{here.bare.ask(do='detectors', name='lvis')['version']}"
    if name == "lvis_v1":
        return []
    file = here.folder / "snapshot.jpg"
    file.write_bytes(photograph(SIZES["640x480"]))
    count = here.count(12)
    own, single = [], []
    for turn in here.turns():
        pair = [here.work("look alone", count, picture=str(file), detector=item).milliseconds for item in (name, "lvis_v1")]
        if turn:
            own.append(pair[0])
            single.append(pair[1])
    return [Figure(f"{name} over lvis_v1, 640x480: CPU", "ms", own, single)]
