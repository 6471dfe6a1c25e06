"""Fit score calibration on the photos set aside for it (never on the test photos).

    python calibrate.py RAW.onnx OUT.json --ccp DIR --single DIR [--long 448]

RAW.onnx is an export without calibration. For every class the score of its best
detection in a photo is fitted to 'the photo shows it': sigmoid(slope * logit + offset),
one slope for all classes, an offset for each class drawn towards the common one.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import data
from evaluate import Onnx
from infer import LONG
from metrics import photo_scores, photo_tags, tag_scores

SINGLE = 0.1  # weight of a single-garment photo, for the classes such photos show
PULL = 1.0  # strength of the pull of class offsets towards the common offset
LEAST = 0.02


def fit(logits, truth, weights, pull=PULL, rounds=60):
    """Newton's method for slope, common offset and class offsets (ridge on the last)."""
    classes = logits.shape[1]
    used = (logits > np.log(LEAST / (1 - LEAST))) & (weights > 0)
    x, y, c = logits[used], truth[used].astype(float), np.broadcast_to(np.arange(classes), logits.shape)[used]
    design = np.concatenate([x[:, None], np.ones((len(x), 1)), np.eye(classes)[c]], 1)
    m = weights[used]
    ridge = np.diag([1e-3, 1e-3] + [pull] * classes)
    w = np.zeros(classes + 2)
    w[0] = 1.0
    for _ in range(rounds):
        p = 1 / (1 + np.exp(-design @ w))
        gradient = design.T @ (m * (p - y)) + ridge @ w
        hessian = design.T @ (design * (m * p * (1 - p))[:, None]) + ridge
        w -= np.clip(np.linalg.solve(hessian, gradient), -1, 1)
    return w[0], w[1] + w[2:]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("out")
    parser.add_argument("--ccp", required=True)
    parser.add_argument("--single", required=True)
    parser.add_argument("--classes", default=",".join(data.CLASSES), help="classes that will be kept")
    parser.add_argument("--long", type=int, default=LONG)
    args = parser.parse_args()
    photos = data.load_ccp(args.ccp, splits=("calibration",))["calibration"]
    single = data.load_single(args.single, None, "calibration")
    names = args.classes.split(",")
    keep = [data.INDEX[name] for name in names]
    weights = np.ones((len(photos) + len(single), len(keep)))
    weights[len(photos) :] = [SINGLE * (c in data.SINGLE.values()) for c in keep]
    model = Onnx(args.model, data.CLASSES, args.long)
    table = np.clip(photo_scores([model(p.image, LEAST) for p in photos + single])[:, keep], 1e-6, 1 - 1e-6)
    logits, truth = np.log(table / (1 - table)), photo_tags(photos + single)[:, keep]
    slope, offset = fit(logits, truth, weights)
    result = {name: [round(float(slope), 4), round(float(offset[i]), 4)] for i, name in enumerate(names)}
    Path(args.out).write_text(json.dumps(result, indent=1))
    print(result)
    sure = 1 / (1 + np.exp(-(slope * logits + offset)))[: len(photos)]
    for threshold in (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6):
        micro, macro = tag_scores(sure, truth[: len(photos)], threshold, names)[:2]
        print(f"threshold {threshold}: micro F1 {micro:.3f}, macro F1 {macro:.3f} on the calibration photos")


if __name__ == "__main__":
    main()
