"""Upload + detection over the bare decode + run + post, and uploads without detection: slices A B A B …"""

from benchmarks import bench
from benchmarks.bench import LOOKING, Bench, Spent
from benchmarks.pictures import SIZES, photograph
from benchmarks.processes import floor
from benchmarks.report import Figure

# Picture, images a slice, CPU goal.
CASES = (("2 MP", 32, 1.25), ("12 MP", 16, 1.25))


def with_detection(here: Bench) -> list[Figure]:
    figures = []
    for size, most, goal in CASES:
        data, count = photograph(SIZES[size]), here.count(most)
        file = here.folder / f"{size}.jpg"
        file.write_bytes(data)
        request = here.prepared(size, bench.upload(data, LOOKING))
        ours: list[Spent] = []
        bare: list[Spent] = []
        for turn in here.turns():
            pair = (
                here.load(request, count),
                here.work("look", count, picture=str(file), detector=LOOKING["detection"]),
            )
            if turn:  # the first pair warms both
                ours.append(pair[0])
                bare.append(pair[1])
        cpu = [item.milliseconds for item in ours]
        name = f"upload + detect, {size} ({len(data) / 1e6:.1f} MB)"
        figures += [
            Figure(f"{name}: CPU", "ms", cpu, [item.milliseconds for item in bare], most=goal),
            Figure(f"{name}: throughput", "/s", [item.a_second for item in ours], [item.a_second for item in bare]),
            Figure(f"  load generator, {size}: CPU", "ms", [item.client * 1000 for item in ours]),
        ]
    return figures


def without_detection(here: Bench) -> list[Figure]:
    """Over two floors: the same server writing the raw body to a file, and the decode that tells a picture from a broken file."""
    figures = []
    with floor(here.folder) as plain:
        for size, most, _ in CASES:
            data, count = photograph(SIZES[size]), here.count(most)
            ask = here.prepared(f"{size} stored", bench.upload(data, {"tags": "stored"}))
            raw = here.prepared(f"{size} raw", bench.put(data))
            rounds: list[tuple[float, float, float]] = []
            for turn in here.turns():
                cpu = (
                    here.load(ask, count).milliseconds,
                    here.load(raw, count, plain).milliseconds,
                    here.work("decode", count, picture=str(here.folder / f"{size}.jpg")).milliseconds,
                )
                if turn:
                    rounds.append(cpu)
            own, received, decoded = zip(*rounds, strict=True)
            both = [one + other for one, other in zip(received, decoded, strict=True)]
            figures += [
                Figure(f"upload only, {size}: CPU over raw body to file + decode", "ms", own, both),
                Figure(f"  of that floor, raw body to file, {size}: CPU", "ms", received),
            ]
    return figures
