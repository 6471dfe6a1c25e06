"""Measure how often findings of a given log-odds are right, and write models/nanodet-g/lvis-calibration.tsv.

    python -m scripts.models.lvis.tune --coco FOLDER/instances.json --folders FOLDER --output FILE

Only the tuning half of the pictures is used (see pictures.py). A finding is the surest of its name in a picture and source: a
person, another box that the classifier did not look at, a box that it checked, or a frame of its own. The curves are logistic,
two numbers each.
"""

import argparse
from pathlib import Path

import numpy as np

from app.vision import boxes, cascade
from app.vision.registry import Detector
from scripts.models.lvis.measure import ROOT, ancestors, chosen, known, load, opened, runner, spelled
from scripts.quality.pictures import Truth, from_coco, from_folders

ODDS = np.arange(-6.0, 8.1, 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="folder with registry.toml")
    parser.add_argument("--detector", default="lvis", help="name of the registry entry of kind cascade")
    parser.add_argument("--coco", type=Path, action="append", default=[])
    parser.add_argument("--folders", type=Path, action="append", default=[])
    parser.add_argument("--output", type=Path, default=ROOT / "models" / "nanodet-g" / "lvis-calibration.tsv")
    options = parser.parse_args()
    detector, run = load(options.models, options.detector), runner(options.models)
    sets = [list(from_coco(path, spelled(options.models), ancestors(detector))) for path in options.coco]
    sets += [list(from_folders(path, ancestors(detector), known(detector))) for path in options.folders]
    samples: dict[str, list[tuple[float, float]]] = {"person": [], "box": [], "checked": [], "frame": []}
    for truth in chosen([truth for truths in sets for truth in truths], "tuning"):
        for source, odds, right in findings(truth, detector, run):
            samples[source].append((odds, float(right)))
    lines = ["source\todds\tshare"]
    for source, rows in samples.items():
        slope, level = logistic(*np.array(rows).T)
        print(f"{source}: {len(rows)} findings, share = 1 / (1 + exp(-({slope:.3f} * odds + {level:.3f})))")
        lines += [f"{source}\t{odds:g}\t{1 / (1 + np.exp(-(slope * odds + level))):.4f}" for odds in ODDS]
    options.output.write_text("\n".join(lines) + "\n")


def findings(truth: Truth, detector: Detector, run: boxes.Run) -> list[tuple[str, float, bool]]:
    """(source, log-odds, whether right) for each name found in a picture, where it is known what is right."""
    image, names = opened(truth), cascade.read_names(detector)
    seen = cascade.look(image, detector, run)
    frames = cascade.choose(seen, image.size, detector.options["crops"])
    answers = run(detector.models[1], {"image": cascade.crop(image, frames, detector.options["crop"])})["probabilities"]
    best: dict[tuple[str, int], float] = {}
    boxes_judged = cascade.judge_boxes(seen, frames, answers, names, detector.options["trust"])
    for label, (source, odds) in zip(seen.labels, boxes_judged, strict=True):
        for name in np.nonzero(names.owns[label])[0]:
            best[source, int(name)] = max(best.get((source, int(name)), -99.0), odds)
    for _, name, odds in cascade.judge_frames(seen, frames, answers, names, detector.options["trust"]):
        best["frame", name] = max(best.get(("frame", name), -99.0), odds)
    return [
        (source, odds, names.names[name] in truth.names)
        for (source, name), odds in best.items()
        if truth.asked is None or names.names[name] in truth.asked
    ]


def logistic(odds: np.ndarray, right: np.ndarray, rounds: int = 50) -> tuple[float, float]:
    """Slope and level of the likeliest logistic curve through the observations, by Newton's method."""
    inputs, curve = np.stack([odds, np.ones_like(odds)], axis=1), np.array([1.0, 0.0])
    for _ in range(rounds):
        share = 1 / (1 + np.exp(-inputs @ curve))
        slope = inputs.T @ (share - right) + 1e-3 * (curve - (1, 0))
        bend = (inputs.T * (share * (1 - share))) @ inputs + 1e-3 * np.eye(2)
        curve = curve - np.clip(np.linalg.solve(bend, slope), -1, 1)
    return float(curve[0]), float(curve[1])


if __name__ == "__main__":
    main()
