"""`python -m benchmarks`: every measurement in one run, one table."""

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import delivering, memory, queueing, reading, rendering, report, starting, uploads
from benchmarks.bench import CONNECTIONS, Bench
from benchmarks.processes import Worker, service
from benchmarks.report import Figure

NOTE = f"""\
Service and floor take turns; `ours` and `floor` are medians of the rounds, `ratio` the median of each round's own ratio,
`spread` its middle half, `n` the rounds. CPU is user + system time an item of the whole process tree. {CONNECTIONS} connections;
the load generator runs on the same cores, which costs the service throughput but is not in its CPU."""

PARTS = ("uploads", "lists", "memory", "start", "detectors", "delivery", "queue")


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks", description="What the service costs over the bare work it does.")
    parser.add_argument("--quick", action="store_true", help="a few short rounds: a look, not a measurement")
    parser.add_argument(
        "--only", choices=["uploads", "lists", "memory", "start", "detectors", "delivery", "queue"], help="just this part"
    )
    parser.add_argument("--rounds", type=int, help="rounds of each comparison")
    parser.add_argument("--soak", type=int, default=0, metavar="N", help="also the memory slope over N uploads")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's figures there")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is stopped
    begun = time.perf_counter()
    about = report.machine()
    figures = measure(chosen)
    took = time.perf_counter() - begun
    print(f"Tagsight on {about['cores']} cores, {about['when']}, load before {about['load'][0]}, {took:.0f} s\n")
    print(report.table(figures))
    print(f"\n{NOTE}")
    if chosen.json:
        report.write(chosen.json, about, figures)


def measure(chosen: argparse.Namespace) -> list[Figure]:
    rounds = chosen.rounds or (2 if chosen.quick else 8)
    seconds = 3.0 if chosen.quick else 20.0
    figures: list[Figure] = []

    def wanted(part: str) -> bool:
        return chosen.only in (None, part)

    with tempfile.TemporaryDirectory(prefix="tagsight-bench-") as name:
        folder = Path(name)
        if wanted("start"):
            (folder / "start").mkdir()
            figures += starting.cold_start(folder / "start", 1 if chosen.quick else 4)
        data, log = folder / "data", folder / "workers.log"
        data.mkdir()
        with service(data) as server, Worker("client", log) as client, Worker("bare", log) as bare:
            here = Bench(data, server, client, bare, rounds, seconds, 0.5 if chosen.quick else 1.0)
            still = memory.before_uploads(here) if wanted("memory") else []
            if wanted("uploads"):
                figures = uploads.with_detection(here) + uploads.without_detection(here) + figures
            if wanted("detectors"):
                figures += reading.newest_detector(here)
            if wanted("lists"):
                figures += reading.listing(here)
            if wanted("delivery"):
                figures += rendering.first(here) + delivering.cached(here)
            if wanted("queue"):
                figures += queueing.engine(here) + queueing.second_worker(here) + queueing.over_waiting(here)
            if wanted("memory"):
                figures += still + memory.under_load(here) + memory.of_renderings(here) + memory.of_many_renderings(here)
            if chosen.soak:
                figures += memory.slope(here, chosen.soak)
    return figures


if __name__ == "__main__":
    main()
