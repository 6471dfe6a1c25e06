"""`python -m benchmarks.killing`: asynchronous uploads on a cluster whose processes are killed; what was lost, and how late."""

import argparse
import os
import random
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from statistics import quantiles

from tests import objects
from tests.cluster import Fate, Storm, running, wrong
from tests.postgres import NEAR, fresh_database


def main() -> None:
    parser = argparse.ArgumentParser("benchmarks.killing", description="Uploads, webhooks and kills: two servers, two workers.")
    parser.add_argument("--uploads", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--lease", type=float, default=10, help="LEASE_SECONDS of the workers")
    parser.add_argument("--apart", action="store_true", help="each worker with a host name of its own (needs root)")
    parser.add_argument("--seed", type=int, default=2026)
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="tagsight-killing-") as name,
        objects.running(Path(name)) as host,
        fresh_database(os.environ.get("TEST_POSTGRES_URL", NEAR), "killing") as url,
        running(Path(name), url, objects.bucket(host), chosen.lease, chosen.apart) as cluster,
        closing(Storm(cluster, chosen.uploads)) as storm,
    ):
        fate = storm.run(chosen.kills, random.Random(chosen.seed), lambda fate: print(fate.kills[-1], "killed", flush=True))
        faults = wrong(storm.db, fate, chosen.uploads)
    show(fate, faults, chosen.lease)
    raise SystemExit(1 if faults else 0)


def show(fate: Fate, faults: list[str], lease: float) -> None:
    """The table."""
    print(f"{len(fate.acknowledged)} uploads acknowledged and told of in {fate.seconds:.0f} s")
    print(f"kills: {dict(Counter(fate.kills))}; jobs they interrupted: {fate.interrupted}; uploads sent again: {dict(fate.tries)}")
    print(f"webhooks that came twice, with the same id: {fate.delivered_again}")
    if len(fate.takeovers) > 1:
        cuts = quantiles(fate.takeovers, n=100, method="inclusive")
        print(f"takeover, lease {lease:g} s: p50 {cuts[49]:.1f} s, p99 {cuts[98]:.1f} s, of {len(fate.takeovers)}")
    print("not as it must be: " + ", ".join(faults) if faults else "everything is as it must be: nothing lost, each effect once")


if __name__ == "__main__":
    main()
