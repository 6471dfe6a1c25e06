"""Held-out figures of an exported detector, as Markdown.

python evaluate.py MODEL.onnx LABELS.txt --ccp DIR --single DIR [--long 512]
"""

import argparse
import time
from pathlib import Path

import numpy as np
import onnxruntime

import data
from infer import FLOOR, LONG, detections, letterbox
from metrics import average_precision, match, photo_scores, photo_tags, reliability, tag_scores

THRESHOLD = 0.4


class Onnx:
    """The file as a service would run it: one thread, labels mapped to this package's classes."""

    def __init__(self, path, names, long=LONG):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.columns = [data.INDEX[n] for n in names]
        self.long, self.spent = long, []

    def __call__(self, image, floor=FLOOR):
        picture, scale = letterbox(image, self.long)
        x = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32)
        start = time.process_time()
        scores, boxes = self.session.run(None, {"image": x})
        self.spent.append(time.process_time() - start)
        rows = detections(scores[0], boxes[0], scale, image.shape, floor)
        return [(self.columns[c], *rest) for c, *rest in rows]


def hits_of(found, photos, limit=0.5):
    """Score and right-or-wrong of every detection."""
    scores, hits = [], []
    for rows, photo in zip(found, photos, strict=True):
        for c in {r[0] for r in rows}:
            mine = [r for r in rows if r[0] == c]
            scores += [r[1] for r in mine]
            hits += match([np.array(r[2:]) for r in mine], photo.boxes[photo.labels == c], limit)
    return np.array(scores), np.array(hits)


def single_score(found, photos):
    """Share of single-garment photos whose best label is right, for all and by class."""
    rows = {}
    for best, photo in zip(found, photos, strict=True):
        rows.setdefault(data.CLASSES[photo.labels[0]], []).append(bool(best) and best[0][0] == photo.labels[0])
    return float(np.mean([v for r in rows.values() for v in r])), {k: (np.mean(v), len(v)) for k, v in rows.items()}


def report(model, photos, single, names):
    found = [model(p.image) for p in photos]
    keep = [data.INDEX[n] for n in names]
    out = []
    ap = {n: v for n, v in average_precision(found, photos).items() if n in names}
    strict = average_precision(found, photos, 0.75)
    many = [a for a, n in ap.values() if n >= 20]
    out.append(
        f"- AP50 over the {len(many)} classes with 20 or more boxes: **{np.mean(many):.3f}**; "
        f"over all {len(ap)} classes with boxes: {np.mean([a for a, _ in ap.values()]):.3f}; "
        f"AP75 (20 or more boxes): {np.mean([strict[k][0] for k, v in ap.items() if v[1] >= 20]):.3f}"
    )
    table, truth = photo_scores(found), photo_tags(photos)
    other = [i for i in range(len(data.CLASSES)) if i not in keep]
    table[:, other], truth[:, other] = 0, False
    for t in (0.3, 0.4, 0.5, 0.6, 0.7):
        micro, macro, rows = tag_scores(table, truth, t)
        out.append(f"- tags at {t}: micro F1 {micro:.3f}, macro F1 (5 or more photos) {macro:.3f}")
        if t == THRESHOLD:
            chosen = rows
    out.append("\n| class | boxes | AP50 | photos | precision | recall | F1 |\n|---|---|---|---|---|---|---|")
    for name, (a, n) in ap.items():
        p, r, f, k = chosen[name]
        out.append(f"| {name} | {n} | {a:.2f} | {k} | {p:.2f} | {r:.2f} | {f:.2f} |")
    for title, (s, h) in (
        ("boxes (IoU 0.5)", hits_of(found, photos)),
        ("tags (best score of a class in a photo, above 0.05)", (table[table > 0.05], truth[table > 0.05])),
    ):
        error, rows = reliability(s, h)
        out.append(f"\nReliability, {title}: ECE {error:.3f}\n\n| score | count | mean score | right |\n|---|---|---|---|")
        out += [f"| {a:.1f}-{b:.1f} | {n} | {m:.2f} | {r:.2f} |" for a, b, n, m, r in rows]
    if single:
        total, rows = single_score([model(p.image) for p in single], single)
        out.append(
            f"\nSingle garments, right group: **{total:.3f}** of {len(single)}; "
            + ", ".join(f"{k} {v:.2f} ({n})" for k, (v, n) in rows.items())
        )
    out.append(f"\nCPU time of one run, one thread: median {np.median(model.spent) * 1000:.0f} ms")
    return "\n".join(out)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("labels")
    parser.add_argument("--ccp", required=True)
    parser.add_argument("--single")
    parser.add_argument("--long", type=int, default=LONG)
    parser.add_argument("--split", default="val", choices=("val", "calibration"))
    args = parser.parse_args()
    names = Path(args.labels).read_text().split()
    photos = data.load_ccp(args.ccp, splits=(args.split,))[args.split]
    single = data.load_single(args.single, None, "val") if args.single else []
    print(report(Onnx(args.model, names, args.long), photos, single, names))


if __name__ == "__main__":
    main()
