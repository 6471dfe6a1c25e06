"""Find the garment in a single-garment photo: colours at the border are background.

python segment.py CLOTHING_FOLDER CACHE.npz
"""

import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np

SIDE = 128


def garment_mask(image):
    """RGB photo -> boolean mask at SIDE pixels on the long side, and whether to trust it."""
    scale = SIDE / max(image.shape[:2])
    small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    h, w = small.shape[:2]
    state = np.full((h, w), cv2.GC_PR_FGD, np.uint8)
    rim = max(2, round(0.03 * SIDE))
    state[:rim] = state[-rim:] = cv2.GC_BGD
    state[:, :rim] = state[:, -rim:] = cv2.GC_BGD
    state[h * 2 // 5 : h * 3 // 5, w * 2 // 5 : w * 3 // 5] = cv2.GC_FGD
    cv2.setRNGSeed(0)
    try:
        cv2.grabCut(
            cv2.cvtColor(small, cv2.COLOR_RGB2LAB), state, None, np.zeros((1, 65)), np.zeros((1, 65)), 4, cv2.GC_INIT_WITH_MASK
        )
    except cv2.error:
        return np.ones((h, w), bool), False
    found = ((state == cv2.GC_FGD) | (state == cv2.GC_PR_FGD)).astype(np.uint8)
    found = cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(found)
    if count < 2:
        return np.ones((h, w), bool), False
    areas = stats[1:, cv2.CC_STAT_AREA]
    keep = 1 + np.flatnonzero(areas >= 0.15 * areas.max())
    mask = np.isin(parts, keep)
    return mask, 0.10 <= mask.mean() <= 0.85


def main(folder, cache):
    folder = Path(folder)
    names = [row["file_name"] for row in json.loads((folder / "labels.json").read_text())]
    cv2.setNumThreads(1)
    out, trusted, start = {}, [], time.time()
    for i, name in enumerate(names):
        image = cv2.imread(str(folder / "images" / name))
        mask, good = garment_mask(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
        out[name] = mask
        trusted.append(good)
        if i % 500 == 499:
            print(f"{i + 1}/{len(names)} trusted {np.mean(trusted):.2f} {time.time() - start:.0f} s", flush=True)
    np.savez_compressed(cache, __trusted__=np.array(trusted), **out)


if __name__ == "__main__":
    main(*sys.argv[1:3])
