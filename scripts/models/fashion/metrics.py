"""Average precision, tag precision and recall, calibration error."""

import numpy as np

from data import CLASSES


def match(rows, truth, limit=0.5):
    """Detections of one class in one photo -> hit or miss for each, best score first."""
    free, hits = list(truth), []
    for box in rows:
        best, at = limit, -1
        for k, other in enumerate(free):
            low, high = np.maximum(box[:2], other[:2]), np.minimum(box[2:], other[2:])
            inter = np.clip(high - low, 0, None).prod()
            union = (box[2:] - box[:2]).prod() + (other[2:] - other[:2]).prod() - inter
            if inter / union >= best:
                best, at = inter / union, k
        hits.append(at >= 0)
        if at >= 0:
            free.pop(at)
    return hits


def average_precision(found, photos, limit=0.5):
    """{class: (AP, boxes)}; all points under the precision envelope."""
    out = {}
    for c, name in enumerate(CLASSES):
        scores, hits, total = [], [], 0
        for rows, photo in zip(found, photos, strict=True):
            mine = [r for r in rows if r[0] == c]
            truth = photo.boxes[photo.labels == c]
            total += len(truth)
            scores += [r[1] for r in mine]
            hits += match([np.array(r[2:]) for r in mine], truth, limit)
        if total == 0:
            continue
        order = np.argsort(-np.array(scores), kind="stable")
        good = np.cumsum(np.array(hits, float)[order]) if hits else np.zeros(0)
        precision = good / np.arange(1, len(good) + 1)
        envelope = np.maximum.accumulate(precision[::-1])[::-1] if len(good) else precision
        steps = np.diff(np.concatenate([[0], good])) / total
        out[name] = (float((envelope * steps).sum()), total)
    return out


def photo_scores(found):
    """Best score of each class in each photo."""
    table = np.zeros((len(found), len(CLASSES)))
    for i, rows in enumerate(found):
        for c, score, *_ in rows:
            table[i, c] = max(table[i, c], score)
    return table


def photo_tags(photos):
    table = np.zeros((len(photos), len(CLASSES)), bool)
    for i, photo in enumerate(photos):
        table[i, photo.labels] = True
    return table


def tag_scores(table, truth, thresholds, names=CLASSES, least=5):
    """Micro and macro F1 and the rows (precision, recall, F1, photos) of every class."""
    said = table >= thresholds
    hit, false, missed = (said & truth).sum(0), (said & ~truth).sum(0), (~said & truth).sum(0)
    f1 = 2 * hit / np.maximum(1, 2 * hit + false + missed)
    micro = 2 * hit.sum() / max(1, 2 * hit.sum() + false.sum() + missed.sum())
    many = truth.sum(0) >= least
    rows = {
        name: (hit[c] / max(1, hit[c] + false[c]), hit[c] / max(1, hit[c] + missed[c]), f1[c], int(truth[:, c].sum()))
        for c, name in enumerate(names)
    }
    return float(micro), float(f1[many].mean()), rows


def reliability(scores, hits, bins=10):
    """Expected calibration error and rows (low, high, count, mean score, share right)."""
    scores, hits = np.asarray(scores, float), np.asarray(hits, float)
    rows, error = [], 0.0
    for k in range(bins):
        low, high = k / bins, (k + 1) / bins
        take = (scores >= low) & ((scores < high) | ((k == bins - 1) & (scores <= high)))
        if take.any():
            rows.append((low, high, int(take.sum()), scores[take].mean(), hits[take].mean()))
            error += take.mean() * abs(scores[take].mean() - hits[take].mean())
    return error, rows
