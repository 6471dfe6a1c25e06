"""Faces by BlazeFace: one anchor a cell, boxes told from the cell's centre, rivals joined by suppression."""

import numpy as np
from PIL import Image

from app.vision.boxes import Array, Run, letterbox, suppress
from app.vision.findings import Finding
from app.vision.registry import Detector

LABEL = "face"


def detect(image: Image.Image, detector: Detector, run: Run) -> list[Finding]:
    """One model over the whole picture, and over overlapping windows of it where it is large enough for small faces to show.

    Its outputs: `scores` [N, cells, 1] in 0..1, `boxes` [N, cells, 16]: centre and size in its pixels, then points of the face.
    Options: `size` of the input; `side`: the longer side from which windows are looked at; `window_floor` of what they find, since
    five looks find more that is none; `overlap` that makes two boxes one.
    """
    width, height = detector.options["size"]
    frames = windows(image.width, image.height, detector.options["side"])
    fitted = [letterbox(image.crop(frame), width, height) for frame in frames]
    answer = run(detector.models[0], {"image": np.concatenate([pixels for pixels, _ in fitted])})
    corners = np.array([frame[:2] for frame in frames], np.float32)
    scales = np.array([scale for _, scale in fitted], np.float32)
    boxes = decode(answer["boxes"], width, height) / scales[:, None, None] + np.tile(corners, 2)[:, None]
    floors = np.full((len(frames), 1, 1), detector.options["window_floor"])
    floors[0] = detector.floor
    scores = np.where(answer["scores"] >= floors, answer["scores"], 0.0).reshape(-1, 1)
    boxes = boxes.reshape(-1, 4).clip(0, (image.width, image.height) * 2)
    scores[(boxes[:, 2:] - boxes[:, :2]).min(axis=1) < 1] = 0.0
    kept = suppress(scores, boxes, detector.floor, detector.options["overlap"], detector.options.get("most", 100))
    return [_finding(float(scores[row, 0]), boxes[row]) for row, _ in kept]


def windows(width: int, height: int, side: int) -> list[tuple[int, int, int, int]]:
    """The whole picture, and where its longer side reaches `side`, four windows of 5/8 of it, which overlap in the middle."""
    whole = (0, 0, width, height)
    if max(width, height) < side:
        return [whole]
    across, down = width * 5 // 8, height * 5 // 8
    starts = [(x, y) for y in (0, height - down) for x in (0, width - across)]
    return [whole, *((x, y, x + across, y + down) for x, y in starts)]


def decode(raw: Array, width: int, height: int) -> Array:
    """[N, cells, 16] -> [N, cells, 4] x1 y1 x2 y2 in input pixels; the cells make a grid of the input's proportions."""
    stride = round((width * height / raw.shape[1]) ** 0.5)
    y, x = np.mgrid[: height // stride, : width // stride]
    centres = (np.stack([x.ravel(), y.ravel()], axis=1) + 0.5) * stride + raw[:, :, :2]
    half = raw[:, :, 2:4] / 2
    boxes: Array = np.concatenate([centres - half, centres + half], axis=2)
    return boxes


def _finding(score: float, box: Array) -> Finding:
    x1, y1, x2, y2 = (float(side) for side in box)
    return Finding(LABEL, score, (x1, y1, x2 - x1, y2 - y1))
