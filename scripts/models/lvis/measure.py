"""Measure the cascade against its box detector alone, on pictures whose content is known.

    python -m scripts.models.lvis.measure --coco FOLDER/instances.json --folders FOLDER [--half held-out]

`--coco` may be given several times; its pictures lie beside the annotation file and its categories are named as COCO does.
`--folders` has a folder for each class (see pictures.py). Nothing is written; figures are printed.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from app.vision import boxes, cascade
from app.vision.findings import Finding
from app.vision.registry import Detector, Registry
from scripts.quality.figures import average_precision, reliability
from scripts.quality.pictures import Truth, from_coco, from_folders

ROOT = Path(__file__).parents[3]
FAINTEST = 0.02  # average precision is measured on everything above this


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="folder with registry.toml")
    parser.add_argument("--detector", default="lvis", help="name of the registry entry of kind cascade")
    parser.add_argument("--coco", type=Path, action="append", default=[])
    parser.add_argument("--folders", type=Path, action="append", default=[])
    parser.add_argument("--half", choices=["tuning", "held-out", "all"], default="all")
    parser.add_argument("--time", type=Path, help="also time both on this picture, with one thread")
    options = parser.parse_args()
    detector, run = load(options.models, options.detector), runner(options.models)
    pooled: list[tuple[float, bool]] = []
    for annotations in options.coco:
        truths = chosen(list(from_coco(annotations, spelled(options.models), ancestors(detector))), options.half)
        print(f"{annotations}: {len(truths)} pictures")
        boxes_alone_and_cascade(truths, detector, run)
        pooled += report_scores(truths, detector, run)
    for folder in options.folders:
        truths = chosen(list(from_folders(folder, ancestors(detector), known(detector))), options.half)
        print(f"{folder}: {len(truths)} pictures")
        pooled += report_scores(truths, detector, run)
    if pooled:
        print(f"all together: {len(pooled)} tags, expected calibration error {reliability(*zip(*pooled, strict=True))[1]:.3f}")
    if options.time:
        report_time(Image.open(options.time).convert("RGB"), detector, runner(options.models))


def boxes_alone_and_cascade(truths: list[Truth], detector: Detector, run: boxes.Run) -> None:
    """Print AP50 over the annotated names for the box detector alone, and for the cascade."""
    wanted = {str(truth.path): truth.boxes for truth in truths}
    low = replace(detector, floor=FAINTEST)
    for title, detect in (("alone", boxes.detect), ("cascade", cascade.detect)):
        found = {str(t.path): [corners(f) for f in detect(opened(t), low, run)] for t in truths}
        values = average_precision(wanted, found)
        print(f"  AP50 {title}: {np.mean(list(values.values())):.3f} over {len(values)} names")


def report_scores(truths: list[Truth], detector: Detector, run: boxes.Run) -> list[tuple[float, bool]]:
    """Print how often the first tag is right, and how well scores foretell it; (score, whether right) tag by tag."""
    first, scores, right = [], [], []
    for truth in truths:
        tags: dict[str, float] = {}
        for finding in cascade.detect(opened(truth), detector, run):
            if truth.asked is None or finding.label in truth.asked:
                tags[finding.label] = max(tags.get(finding.label, 0.0), finding.score)
        first.append(bool(tags) and max(tags, key=lambda tag: tags[tag]) in truth.names)
        scores += tags.values()
        right += [tag in truth.names for tag in tags]
    rows, error = reliability(scores, right)
    print(f"  first tag right: {np.mean(first):.3f}; {len(scores)} tags, expected calibration error {error:.3f}")
    for bound, count, said, was in rows:
        print(f"    {bound:.1f}-{bound + 0.1:.1f}: {count:4d} tags, said {said:.2f}, was {was:.2f}")
    return list(zip(scores, right, strict=True))


def report_time(image: Image.Image, detector: Detector, run: boxes.Run, rounds: int = 30) -> None:
    """Print processor milliseconds of both, taken in turns so that other work on the machine hits both."""
    spent: dict[str, list[float]] = {"alone": [], "cascade": []}
    for _ in range(rounds):
        for title, detect in (("alone", boxes.detect), ("cascade", cascade.detect)):
            start = time.process_time()
            detect(image, detector, run)
            spent[title].append((time.process_time() - start) * 1000)
    alone, both = (float(np.median(spent[title])) for title in ("alone", "cascade"))
    print(f"{image.width}x{image.height}: alone {alone:.0f} ms, cascade {both:.0f} ms, {both / alone:.2f} times as long")


def load(models: Path, name: str) -> Detector:
    """The registry entry of that name, or an end with the reason why there is none."""
    registry = Registry([models])
    if detector := registry.find(name):
        return detector
    raise SystemExit(f"no usable entry {name} in {models / 'registry.toml'}: {registry.broken}")


def runner(models: Path, threads: int = 1) -> boxes.Run:
    """A `run` that keeps a session for each model it was asked for."""
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = threads
    sessions: dict[str, onnxruntime.InferenceSession] = {}

    def run(model, tensors):
        if model not in sessions:
            path = models / model / "model.onnx"
            sessions[model] = onnxruntime.InferenceSession(path, settings, providers=["CPUExecutionProvider"])
        names = [output.name for output in sessions[model].get_outputs()]
        return dict(zip(names, sessions[model].run(names, dict(tensors)), strict=True))

    return run


def spelled(models: Path) -> dict[str, str]:
    """COCO's name of a class -> LVIS's."""
    rows = [line.split("\t") for line in (models / "nanodet-g" / "lvis.tsv").read_text().splitlines()[1:]]
    return {coco: lvis for coco, lvis, _ in rows}


def ancestors(detector: Detector) -> dict[str, list[str]]:
    return {row["lvis"]: row["ancestors"].split("|") for row in detector.tables["ancestors"]}


def known(detector: Detector) -> frozenset[str]:
    return frozenset(cascade.read_names(detector).names)


def chosen(truths: list[Truth], half: str) -> list[Truth]:
    return [truth for truth in truths if half == "all" or truth.held_out == (half == "held-out")]


def opened(truth: Truth) -> Image.Image:
    return Image.open(truth.path).convert("RGB")


def corners(finding: Finding) -> tuple[str, float, np.ndarray]:
    x, y, width, height = finding.box
    return finding.label, finding.score, np.array([x, y, x + width, y + height])


if __name__ == "__main__":
    main()
