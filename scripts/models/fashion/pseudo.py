"""Boxes for photos that have tags only, and ignore regions for unlabelled bystanders."""

import dataclasses

import numpy as np

from data import INDEX
from infer import predict

PAIRS = {INDEX["shoe"], INDEX["sock"], INDEX["glove"], INDEX["bag"], INDEX["top"]}
SURE, MAYBE = 0.30, 0.12
LONG = 352  # input size, smaller than for the service to save time


def overlap(a, b):
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    inter = np.clip(high - low, 0, None).prod()
    return inter / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - inter + 1e-9)


def label_tagged(model, tagged):
    """[(Photo, tags)] -> photos with guessed boxes, restricted to their tags."""
    out = []
    found = predict(model, [photo.image for photo, _ in tagged], LONG, MAYBE)
    for (photo, tags), rows in zip(tagged, found, strict=True):
        boxes, labels, ignore, unknown = [], [], [], set(tags)
        for c, score, *box in rows:
            box = np.array(box, np.float32)
            room = (2 if c in PAIRS else 1) - labels.count(c)
            if c in tags and score >= SURE and room > 0:
                boxes.append(box)
                labels.append(c)
                unknown.discard(c)
            elif c not in tags and score >= 0.5:
                unknown.add(c)
            elif all(overlap(box, b) < 0.5 for b in boxes) and (c in tags or score >= SURE):
                ignore.append(box)
        if boxes:
            out.append(
                dataclasses.replace(
                    photo,
                    boxes=np.array(boxes),
                    labels=np.array(labels),
                    weak=np.ones(len(boxes), bool),
                    ignore=np.array(ignore, np.float32).reshape(-1, 4),
                    unknown=tuple(unknown),
                )
            )
    return out


def mark_bystanders(model, worn):
    """Detections well outside the annotated person become ignore regions (returns copies)."""
    out, count = [], 0
    for photo, rows in zip(worn, predict(model, [p.image for p in worn], LONG, 0.2), strict=True):
        y, x = np.nonzero(photo.mask)
        reach = 0.04 * max(photo.image.shape[:2])
        x1, y1, x2, y2 = x.min() - reach, y.min() - reach, x.max() + reach, y.max() + reach
        extra = [box for c, score, *box in rows if not (x1 < (box[0] + box[2]) / 2 < x2 and y1 < (box[1] + box[3]) / 2 < y2)]
        count += len(extra)
        out.append(dataclasses.replace(photo, ignore=np.concatenate([photo.ignore, np.array(extra, np.float32).reshape(-1, 4)])))
    return out, count
