"""Photos, boxes and classes. Every photo is decoded once and kept in memory as uint8."""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

CLASSES = [
    "hat",
    "glasses",
    "outerwear",
    "dress",
    "top",
    "pants",
    "shorts",
    "skirt",
    "shoe",
    "bag",
    "tights",
    "scarf",
    "belt",
    "sock",
    "tie",
    "watch",
    "glove",
    "vest",
    "jumpsuit",
]
INDEX = {name: i for i, name in enumerate(CLASSES)}

CCP = {
    "hat": "hat",
    "glasses": "glasses sunglasses",
    "outerwear": "blazer cape cardigan coat jacket suit",
    "dress": "dress",
    "pants": "jeans leggings pants",
    "shorts": "shorts",
    "skirt": "skirt",
    "top": "blouse bodysuit hoodie jumper shirt sweater sweatshirt t-shirt top",
    "shoe": "boots clogs flats heels loafers pumps sandals shoes sneakers wedges",
    "bag": "bag purse wallet",
    "tights": "stockings tights",
    "scarf": "scarf",
    "belt": "belt",
    "sock": "socks",
    "tie": "tie",
    "watch": "watch",
    "glove": "gloves",
    "vest": "vest",
    "jumpsuit": "romper",
}
CCP = {label: INDEX[name] for name, labels in CCP.items() for label in labels.split()}
SINGLE = {
    "top": "T-Shirt Longsleeve Shirt Polo Undershirt Hoodie Body Top Blouse",
    "dress": "Dress",
    "outerwear": "Outwear Blazer",
    "pants": "Pants",
    "shorts": "Shorts",
    "skirt": "Skirt",
    "hat": "Hat",
    "shoe": "Shoes",
}
SINGLE = {label: INDEX[name] for name, labels in SINGLE.items() for label in labels.split()}
CALIBRATION = 60  # photos of the CCP train split that only set scores and thresholds
CALIBRATION_SINGLE = 240  # the same of the single garments


@dataclass
class Photo:
    name: str
    image: np.ndarray  # HxWx3 RGB uint8
    boxes: np.ndarray  # N x 4, x1 y1 x2 y2
    labels: np.ndarray  # N
    weak: np.ndarray  # N, true where the box is a guess
    ignore: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), np.float32))
    unknown: tuple = ()  # classes that may be there without a box
    mask: np.ndarray | None = None  # HxW, CCP label ids or garment mask
    mask_ids: np.ndarray | None = None  # N, value in the mask of each box


def read_rgb(path):
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def boxes_of(annotation):
    parts = annotation["components"] if annotation["paired"] else [annotation["bbox"]]
    return [[x, y, x + w, y + h] for x, y, w, h in parts if min(w, h) >= 3]


def load_ccp(folder, seed=7, splits=("train", "calibration", "val")):
    """CCP photos with boxes -> {split: [Photo]}; `calibration` is cut off `train`."""
    folder = Path(folder)
    data = json.loads((folder / "annotations.json").read_text())
    rows = {image["id"]: [] for image in data["images"]}
    for annotation in data["annotations"]:
        rows[annotation["image_id"]].append(annotation)
    train = sorted(i["id"] for i in data["images"] if i["split"] == "train")
    held = set(random.Random(seed).sample(train, CALIBRATION))
    out = {split: [] for split in splits}
    for image in data["images"]:
        split = "calibration" if image["id"] in held else image["split"]
        if split not in out:
            continue
        boxes, labels, ids, ignore = [], [], [], []
        for annotation in rows[image["id"]]:
            if annotation["label"] in CCP:
                for box in boxes_of(annotation):
                    boxes.append(box)
                    labels.append(CCP[annotation["label"]])
                    ids.append(annotation["category_id"])
            elif annotation["label"] in ("swimwear", "intimate", "panties", "bra"):
                ignore += boxes_of(annotation)
        mask = cv2.imread(str(folder / "masks" / image["file_name"].replace(".jpg", ".png")), 0)
        if split == "train" and not mask.any():
            continue  # nothing was labelled there
        out[split].append(
            Photo(
                image["file_name"],
                read_rgb(folder / "images" / image["file_name"]),
                np.array(boxes, np.float32).reshape(-1, 4),
                np.array(labels, np.int64),
                np.zeros(len(boxes), bool),
                np.array(ignore, np.float32).reshape(-1, 4),
                (),
                mask,
                np.array(ids, np.int64),
            )
        )
    return out


def load_tagged(folder):
    """CCP photos with tags only -> [(Photo without boxes, set of classes)]."""
    folder = Path(folder)
    out = []
    for row in json.loads((folder / "tags_only.json").read_text())["images"]:
        tags = {CCP[t] for t in row["tags"] if t in CCP}
        out.append(
            (
                Photo(
                    row["file_name"],
                    read_rgb(folder / "images_tags_only" / row["file_name"]),
                    np.zeros((0, 4), np.float32),
                    np.zeros(0, np.int64),
                    np.zeros(0, bool),
                ),
                tags,
            )
        )
    return out


def load_single(folder, cache, split, seed=7):
    """Single-garment photos; boxes come from segment.py's masks, or are a weak guess.

    Without a cache (testing needs no boxes) all are weak.
    """
    folder = Path(folder)
    rows = json.loads((folder / "labels.json").read_text())
    masks = {"__trusted__": [False] * len(rows)}
    if cache:
        with np.load(cache) as store:
            masks = {k: store[k] for k in store.files}
    train = sorted(row["file_name"] for row in rows if row["split"] == "train")
    held = set(random.Random(seed).sample(train, CALIBRATION_SINGLE))
    out = []
    for row, trusted in zip(rows, masks["__trusted__"], strict=True):
        part = "calibration" if row["file_name"] in held else row["split"]
        if part != split or row["label"] not in SINGLE:
            continue
        image = read_rgb(folder / "images" / row["file_name"])
        h, w = image.shape[:2]
        mask = None
        parts = [(0.04 * w, 0.04 * h, 0.96 * w, 0.96 * h)]
        if trusted:
            mask = cv2.resize(masks[row["file_name"]].astype(np.uint8), (w, h), interpolation=cv2.INTER_NEAREST)
            parts = parts_of(mask, SINGLE[row["label"]] == INDEX["shoe"])
        n = len(parts)
        out.append(
            Photo(
                row["file_name"],
                image,
                np.array(parts, np.float32),
                np.full(n, SINGLE[row["label"]], np.int64),
                np.full(n, not trusted),
                mask=mask,
                mask_ids=np.ones(n, np.int64),
            )
        )
    return out


def parts_of(mask, paired):
    """Box of a mask; two boxes when it falls into two pieces of like size (shoes)."""
    if paired:
        _count, _, stats, _ = cv2.connectedComponentsWithStats(mask)
        big = sorted(stats[1:], key=lambda s: -s[cv2.CC_STAT_AREA])[:2]
        if len(big) == 2 and big[1][4] > 0.5 * big[0][4]:
            return [(x, y, x + w, y + h) for x, y, w, h, _ in big]
    y, x = np.nonzero(mask)
    return [(x.min(), y.min(), x.max() + 1, y.max() + 1)]
