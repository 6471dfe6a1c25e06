"""A box detector and an image classifier over one picture: boxes with names, and names that the detector does not know.

The detector looks at the picture and at its mirror image, the classifier at the whole picture and at its most striking boxes.
The classifier's classes are summed into names, so that a spaniel counts for `dog`. Each judges the other's findings: a lion
taken for a dog is doubted, as the classifier knows lions. A curve measured on pictures turns the log-odds into scores, so that
of the names reported at 0.8 about eight in ten are right.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

from app.vision.boxes import Array, Run, iou, letterbox, sides, suppress
from app.vision.findings import Finding
from app.vision.registry import Detector

STEP = 32  # pixels; the sides of the detector's input are multiples of it
FAINT = 0.05  # scores and probabilities below this are not looked at
SAME = 0.5  # intersection over union from which two boxes are one
LEAST = 24  # pixels that a side must have to be worth a crop
AVERAGE = 0.1  # what a judge is taken to say of a class that it does not know
NOISE = 0.01, 0.03  # added to the classifier's and to the detector's word, so that small beside smaller means little
FIRM = 3.0  # log-odds that the classifier's word may add or take away at most


@dataclass(frozen=True, slots=True)
class Seen:
    """The detector's boxes: class [n], score [n], x1 y1 x2 y2 in pixels of the picture [n, 4]."""

    labels: Array
    scores: Array
    boxes: Array


@dataclass(frozen=True, slots=True)
class Names:
    """The tables as arrays, over C classes of the detector, K of the classifier and L names."""

    names: list[str]
    sums: Array  # [K, L] 0 or 1: which names a class of the classifier implies
    owns: Array  # [C, L]: which names a class of the detector implies
    kin: Array  # [C, K]: which classes of the classifier agree with a class of the detector
    agrees: Array  # [C, L]: which names do
    realms: list[str]  # [C]: person, animal or thing
    animals: slice  # the classifier's classes that are animals


def detect(image: Image.Image, detector: Detector, run: Run) -> list[Finding]:
    """Models: a box detector and a classifier. Tables: `labels` and `kin` of the first, `classes` of the second, `ancestors` of
    names, `calibration` from log-odds to the share that was right. Options: `size`, the frame of the detector's input, `crop`,
    the side of the classifier's, `crops`, how many boxes it looks at, `trust`, the weights of the judges' words.
    """
    names = read_names(detector)
    seen = look(image, detector, run)
    frames = choose(seen, image.size, detector.options["crops"])
    answers = run(detector.models[1], {"image": crop(image, frames, detector.options["crop"])})["probabilities"]
    boxes = judge_boxes(seen, frames, answers, names, detector.options["trust"])
    views = judge_frames(seen, frames, answers, names, detector.options["trust"])
    return _findings(seen, boxes, views, frames, names, detector)


def look(image: Image.Image, detector: Detector, run: Run) -> Seen:
    """Boxes of both views, merged: a box and its like in the other view give the mean of boxes and scores; alone it counts half."""
    width, height = sides(image.size, detector.options["size"], STEP)
    pixels, scale = letterbox(image, width, height)
    answer = run(detector.models[0], {"image": np.concatenate([pixels, pixels[..., ::-1]])})
    straight, mirrored = answer["boxes"]
    both = np.stack([straight, (mirrored * (-1, 1, -1, 1) + (width, 0, width, 0))[:, [2, 1, 0, 3]]])
    view, row = np.nonzero(answer["scores"].max(axis=2) >= FAINT)
    scores, boxes = answer["scores"][view, row], np.clip(both[view, row] / scale, 0, [*image.size, *image.size])
    kept = suppress(scores, boxes, FAINT, SAME, 80)
    found = [(label, *_paired(place, label, scores[:, label], boxes, view)) for place, label in kept]
    labels, merged = np.array([label for label, _, _ in found], int), np.array([box for _, _, box in found]).reshape(-1, 4)
    table = np.zeros((len(found), len(detector.labels)))
    table[np.arange(len(found)), labels] = [score for _, score, _ in found]
    own = [row for row, _ in suppress(table, merged, 1e-6, SAME, 80)]  # merging can lay a box over a surer one of its kind
    return Seen(labels[own], table[own, labels[own]], merged[own])


def _paired(place: int, label: int, scores: Array, boxes: Array, view: Array) -> tuple[float, Array]:
    others = np.nonzero((view != view[place]) & (scores >= FAINT))[0]
    others = others[iou(boxes[place], boxes[others]) > SAME]
    if not len(others):
        return float(scores[place]) / 2, boxes[place]
    pair = [place, int(others[scores[others].argmax()])]
    return float(scores[pair].mean()), np.average(boxes[pair], axis=0, weights=scores[pair])


def choose(seen: Seen, size: tuple[int, int], most: int) -> Array:
    """What the classifier looks at, [1 + at most `most`, 4]: the whole picture, then boxes, sure and big ones first, none twice."""
    frames = np.array([[0, 0, *size]], dtype=float)
    shares = _areas(seen.boxes) / (size[0] * size[1])
    for place in np.argsort(-seen.scores * shares**0.25):
        box = seen.boxes[place]
        if len(frames) <= most and (box[2:] - box[:2]).min() >= LEAST and iou(box, frames).max() <= SAME:
            frames = np.concatenate([frames, box[None]])
    return frames


def judge_boxes(seen: Seen, frames: Array, answers: Array, names: Names, trust: dict[str, float]) -> list[tuple[str, float]]:
    """Log-odds of the detector's boxes: `checked` after the classifier's word where it looked at one, else `box` or `person`."""
    sums, judged = answers @ names.sums, []
    for label, score, box in zip(seen.labels, seen.scores, seen.boxes, strict=True):
        overlaps = iou(box, frames)
        frame, odds = int(overlaps.argmax()), _log_odds(score)
        realm, kin = names.realms[label], names.kin[label]
        if realm == "person":  # the classifier knows no people, but it knows the animals that are taken for them
            animal = float(answers[frame][names.animals].sum()) if overlaps[frame] >= 0.45 else 0.0
            doubt = float(np.clip(np.log((1 - animal + NOISE[0]) / (animal + NOISE[0])), -FIRM, 0))
            judged.append(("person", odds + trust["person"] * doubt))
            continue
        if overlaps[frame] < 0.45:
            judged.append(("box", odds))
            continue
        support = answers[frame][kin].sum() if kin.any() else AVERAGE
        against = max(answers[frame][~kin].max(), sums[frame][~names.agrees[label]].max())
        word = float(np.clip(np.log((support + NOISE[0]) / (against + NOISE[0])), -FIRM, FIRM))
        weight = trust["animal" if realm == "animal" else "known" if kin.any() else "unknown"]
        judged.append(("checked", odds + weight * word))
    return judged


def judge_frames(seen: Seen, frames: Array, answers: Array, names: Names, trust: dict[str, float]) -> list[tuple[int, int, float]]:
    """The classifier's names: (frame, name, log-odds) after the detector's word on what it saw there."""
    judged = []
    things = np.array([realm != "person" for realm in names.realms])
    for frame, corners in enumerate(frames):
        inside = np.minimum(seen.boxes[:, 2:], corners[2:]) - np.maximum(seen.boxes[:, :2], corners[:2])
        there = np.clip(inside, 0, None).prod(axis=1) > 0.25 * _areas(corners)
        best = np.zeros(len(names.realms))
        np.maximum.at(best, seen.labels[there], seen.scores[there])
        sums = answers[frame] @ names.sums
        for name in np.nonzero(sums > FAINT)[0]:
            agrees = names.agrees[:, name]
            support = best[agrees].max() if agrees.any() else AVERAGE
            word = np.log((support + NOISE[1]) / (best[~agrees & things].max() + NOISE[1]))
            judged.append((frame, int(name), _log_odds(sums[name]) + trust["named" if agrees.any() else "unnamed"] * float(word)))
    return judged


def _findings(
    seen: Seen, boxes: list[tuple[str, float]], views: list[tuple[int, int, float]], frames: Array, names: Names, detector: Detector
) -> list[Finding]:
    """Scores from log-odds. A name that both found stays on the detector's surest box of it, with the higher score."""
    points: dict[str, list[tuple[float, float]]] = {}
    for row in detector.tables["calibration"]:
        points.setdefault(row["source"], []).append((float(row["odds"]), float(row["share"])))
    curves = {source: np.array(pairs).T for source, pairs in points.items()}

    def share(source: str, odds: float) -> float:
        return float(np.interp(odds, *curves[source]))

    best: dict[int, tuple[float, int]] = {}
    for frame, name, odds in views:
        best[name] = max(best.get(name, (0.0, 0)), (share("frame", odds), frame))
    found = []
    scores = [share(*judged) for judged in boxes]
    for place in np.argsort(scores)[::-1].tolist():
        for name in np.nonzero(names.owns[seen.labels[place]])[0].tolist():
            found.append((name, max(scores[place], best.pop(name, (0.0, 0))[0]), seen.boxes[place]))
    found += [(name, score, frames[frame]) for name, (score, frame) in best.items()]
    broader = {row["lvis"]: tuple(row["ancestors"].split("|")) for row in detector.tables["ancestors"]}
    kept = [(names.names[name], score, box.tolist()) for name, score, box in found if score >= detector.floor]
    return [Finding(name, score, (x1, y1, x2 - x1, y2 - y1), broader.get(name, ())) for name, score, (x1, y1, x2, y2) in kept]


@lru_cache(maxsize=8)  # a function of its argument alone, and three milliseconds of every picture
def read_names(detector: Detector) -> Names:
    """The detector's tables as arrays."""
    own = [(label, name) for label, text in enumerate(detector.labels) for name in (text, *detector.categories[label])]
    rows = [(int(row["index"]), f"{row['lvis']}|{row['ancestors']}".strip("|").split("|")) for row in detector.tables["classes"]]
    classes = [(number, name) for number, group in rows for name in group]
    names = sorted({name for _, name in own + classes})
    place = {name: number for number, name in enumerate(names)}
    pairs = np.array([(number, place[name]) for number, name in classes])
    sums = np.zeros((detector.options["classes_known"], len(names)), np.float32)
    sums[pairs[:, 0], pairs[:, 1]] = 1
    owns, kin = np.zeros((len(detector.labels), len(names)), bool), np.zeros((len(detector.labels), len(sums)), bool)
    owns[[label for label, _ in own], [place[name] for _, name in own]] = True
    for label, row in enumerate(detector.tables["kin"]):
        kin[label, [int(cell) for cell in row["kin"].split("|") if cell]] = True
    agrees = owns.copy()
    np.logical_or.at(agrees.T, pairs[:, 1], kin.T[pairs[:, 0]])
    realms = [row["realm"] for row in detector.tables["kin"]]
    return Names(names, sums, owns, kin, agrees, realms, slice(detector.options["animals"]))


def crop(image: Image.Image, frames: Array, side: int) -> Array:
    """Regions with a little around them, stretched to the classifier's square: float32 [F, 3, side, side] RGB 0..255."""
    margins = np.tile(0.06 * (frames[:, 2:] - frames[:, :2]), 2) * (-1, -1, 1, 1)
    regions = np.clip(frames + margins, 0, [*image.size, *image.size]).tolist()
    crops = [image.resize((side, side), Image.Resampling.BILINEAR, box=tuple(region), reducing_gap=2.0) for region in regions]
    return np.stack([np.asarray(each, dtype=np.float32).transpose(2, 0, 1) for each in crops])


def _log_odds(share: float) -> float:
    kept = min(max(float(share), 1e-4), 1 - 1e-4)
    return float(np.log(kept / (1 - kept)))


def _areas(boxes: Array) -> Array:
    areas: Array = (boxes[..., 2:] - boxes[..., :2]).prod(axis=-1)
    return areas
