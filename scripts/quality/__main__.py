"""Measure the detectors on pictures whose content is known, and write docs/quality.md.

    python -m scripts.quality DATA [DATA ...]        (make eval DATA="folder folder")

A data folder may hold any of: ccp/ (street photos with boxes), clothing_dataset/ (single garments), coco/ (pictures beside a
COCO-style annotation file), singles/ (a folder for each LVIS name). Only held-out pictures are measured: the `val` split where a
set has one, a fixed half of the others. Pictures go the way of an upload: the same decoder, registry and runtime.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.imaging.reading import Limits, read
from app.inference.onnx import OnnxInference
from app.settings import Settings
from app.vision import cascade
from app.vision.boxes import Array, Run
from app.vision.findings import Finding
from app.vision.kinds import KINDS, wanted_side
from app.vision.registry import Detector, Registry
from scripts.quality import examples, pages
from scripts.quality.figures import average_precision, reliability, tag_figures
from scripts.quality.pages import Result
from scripts.quality.pictures import Truth, from_coco, from_folders, from_garments, from_street, from_street_people

FAINTEST = 0.02  # average precision is measured on everything above this
ENOUGH = 20  # boxes a label must have for the mean over labels
LIMITS = Limits(50_000_000, 256 << 20, ("jpg", "png"))


def main() -> None:
    folders = [Path(item) for item in sys.argv[1:]]
    if not folders or not all(folder.is_dir() for folder in folders):
        raise SystemExit(__doc__)
    settings = Settings()
    registry = Registry(settings.model_folders)
    inference = OnnxInference(settings.model_folders, registry.pinned)

    def run(model: str, tensors: Mapping[str, Array]) -> dict[str, Array]:
        name, _, version = model.partition("/")
        return dict(inference.infer(name, version, tensors))

    results: list[Result] = []
    for name in ("lvis", "coco", "cld-fashion"):
        detector = registry.find(name)
        if detector:
            pairs: list[tuple[float, bool]] = []
            for title, truths in sets(folders, detector, registry):
                print(f"{name}: {title}, {len(truths)} pictures", flush=True)
                result, judged = measure(detector, title, truths, run)
                print(pages.lines(result), flush=True)
                results.append(result)
                pairs += judged
            together = calibrated(f"{detector.name}_v{detector.version}", pairs)
            print(f"{name}: all its sets together\n{pages.lines(together)}", flush=True)
            results.append(together)
    pages.write(results, examples.draw(registry, run))


def sets(folders: list[Path], detector: Detector, registry: Registry) -> Iterator[tuple[str, list[Truth]]]:
    """The held-out pictures that can judge a detector, by data set."""
    names = frozenset(detector.labels)
    makers: dict[str, Callable[[Path], Iterator[Truth]]] = {}
    if detector.name == "cld-fashion":
        makers = {"ccp": lambda folder: from_street(folder, names), "clothing_dataset": lambda folder: from_garments(folder, names)}
    else:
        lvis = registry.find("lvis")
        rows = lvis.tables.get("ancestors", []) if lvis and detector.name == "lvis" else []
        above = {row["lvis"]: row["ancestors"].split("|") for row in rows}
        coco, named = registry.find("coco"), registry.find("lvis_v1" if detector.name == "lvis" else "coco")
        spelled = dict(zip(coco.labels, named.labels, strict=True)) if coco and named else {}
        makers["coco"] = lambda folder: (
            truth for file in sorted(folder.glob("*.json")) for truth in from_coco(file, spelled, above) if truth.held_out
        )
        if detector.name == "lvis":
            nameable = frozenset(cascade.read_names(detector).names)
            makers["ccp"] = from_street_people
            makers["singles"] = lambda folder: (truth for truth in from_folders(folder, above, nameable) if truth.held_out)
    for title, make in makers.items():
        truths = [truth for folder in folders if (folder / title).is_dir() for truth in make(folder / title)]
        if truths:
            yield title, truths


def calibrated(detector: str, pairs: list[tuple[float, bool]]) -> Result:
    """How far scores can be taken at their word over all sets: the one figure that they have in common."""
    rows, error = reliability([score for score, _ in pairs], [right for _, right in pairs]) if pairs else ([], 0.0)
    return Result(detector, "all its sets together", 0, 0.0, None, None, {}, 0.0, None, rows, error)


def measure(detector: Detector, title: str, truths: list[Truth], run: Run) -> tuple[Result, list[tuple[float, bool]]]:
    """All figures of one detector on one set of pictures, and every label reported there with whether it was right."""
    kind = KINDS[detector.kind]
    faint = [looked(kind, replace(detector, floor=FAINTEST), truth, run) for truth in truths]
    known = {str(truth.path): truth.boxes for truth in truths}
    found = {str(truth.path): [corners(item) for item in seen] for truth, seen in zip(truths, faint, strict=True)}
    values = average_precision(known, found)
    counts = {name: sum(box[0] == name and not box[2] for boxes in known.values() for box in boxes) for name in values}
    best, judged = [], []
    for truth, seen in zip(truths, faint, strict=True):
        scores: dict[str, float] = {}
        for item in seen:
            if item.score >= detector.floor:
                scores[item.label] = max(scores.get(item.label, 0.0), item.score)
        best.append(scores)
        judged.append({label: score for label, score in scores.items() if truth.asked is None or label in truth.asked})
    single = all(len(truth.boxes) == 0 for truth in truths)
    first = [
        bool(scores) and max(scores, key=lambda label: scores[label]) in truth.names
        for scores, truth in zip(best, truths, strict=True)
    ]
    said = [{label for label, score in scores.items() if score >= detector.threshold} for scores in judged]
    pairs = [(score, label in truth.names) for scores, truth in zip(judged, truths, strict=True) for label, score in scores.items()]
    rows, error = reliability([score for score, _ in pairs], [right for _, right in pairs]) if pairs else ([], 0.0)
    known_alone = single and detector.name == "cld-fashion"  # of a garment photo only the one garment is known
    result = Result(
        detector=f"{detector.name}_v{detector.version}",
        data_set=title,
        pictures=len(truths),
        threshold=detector.threshold,
        ap50=float(np.mean([value for name, value in values.items() if counts[name] >= ENOUGH] or [0])) if not single else None,
        ap50_all=float(np.mean(list(values.values()))) if values else None,
        by_label={name: (counts[name], value) for name, value in values.items()},
        first=float(np.mean(first)),
        tags=None if single else tag_figures(said, [set(truth.names) for truth in truths]),
        reliability=[] if known_alone else rows,
        calibration_error=None if known_alone else error,
    )
    return result, [] if known_alone else pairs


def looked(kind: Callable[..., list[Finding]], detector: Detector, truth: Truth, run: Run) -> list[Finding]:
    """What a detector finds in one picture, in the picture's own pixels."""
    picture = read(truth.path, LIMITS, wanted_side(detector))
    across, down = picture.width / picture.image.width, picture.height / picture.image.height
    return [item.scaled(across, down) for item in kind(picture.image, detector, run)]


def corners(finding: Finding) -> tuple[str, float, Array]:
    x, y, width, height = finding.box
    return finding.label, finding.score, np.array([x, y, x + width, y + height])


if __name__ == "__main__":
    main()
