"""Letterbox, predict, suppress: the same steps for a checkpoint and for the ONNX file."""

import cv2
import numpy as np
import torch

from augment import PAD
from network import decode, grid, normalise

LONG = 448  # long side of the input
NMS = 0.55
FLOOR = 0.05


def letterbox(image, long=LONG):
    """RGB uint8 -> padded picture (multiples of 32) and the scale used."""
    scale = long / max(image.shape[:2])
    w, h = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    small = cv2.resize(image, (w, h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    out = np.full((-(-h // 32) * 32, -(-w // 32) * 32, 3), PAD, np.uint8)
    out[:h, :w] = small
    return out, scale


def nms(boxes, scores, limit=NMS):
    order, keep = np.argsort(-scores), []
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    while len(order):
        i, rest = order[0], order[1:]
        keep.append(i)
        low, high = np.maximum(boxes[i, :2], boxes[rest, :2]), np.minimum(boxes[i, 2:], boxes[rest, 2:])
        inter = np.clip(high - low, 0, None).prod(1)
        order = rest[inter / (area[i] + area[rest] - inter + 1e-9) <= limit]
    return np.array(keep, int)


def detections(scores, boxes, scale, shape, floor=FLOOR):
    """Raw outputs [N,C], [N,4] -> rows (class, score, x1, y1, x2, y2), best first."""
    rows = []
    boxes = np.clip(boxes / scale, 0, (shape[1], shape[0], shape[1], shape[0]))
    for c in range(scores.shape[1]):
        hit = scores[:, c] >= floor
        if hit.any():
            s, b = scores[hit, c], boxes[hit]
            for k in nms(b, s):
                rows.append((c, float(s[k]), *b[k].tolist()))
    return sorted(rows, key=lambda r: -r[1])


@torch.no_grad()
def predict(model, images, long=LONG, floor=FLOOR, batch=8, bf16=True):
    """Detections of a torch model for many RGB photos; photos of one shape go together."""
    model.eval()
    ready = [letterbox(image, long) for image in images]
    groups = {}
    for i, (picture, _) in enumerate(ready):
        groups.setdefault(picture.shape, []).append(i)
    out = [None] * len(images)
    for shape, members in groups.items():
        points, strides = grid(*shape[:2])
        for at in range(0, len(members), batch):
            chunk = members[at : at + batch]
            x = normalise(torch.from_numpy(np.stack([ready[i][0] for i in chunk])).permute(0, 3, 1, 2))
            with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                logits, sides = model(x)
            scores = logits.float().sigmoid().numpy()
            boxes = decode(sides.float(), points, strides).numpy()
            for k, i in enumerate(chunk):
                out[i] = detections(scores[k], boxes[k], ready[i][1], images[i].shape, floor)
    return out
