"""Compose training pictures: jitter, mosaics, cut-out persons and garments."""

import cv2
import numpy as np

from data import CLASSES, INDEX

PAD = 114
CUTOUTS = {
    INDEX[n]
    for n in (
        "hat",
        "glasses",
        "tights",
        "scarf",
        "shorts",
        "skirt",
        "belt",
        "sock",
        "tie",
        "watch",
        "glove",
        "vest",
        "jumpsuit",
        "bag",
        "shoe",
    )
}


def layer(photo, cut):
    """Picture, boxes, labels, weak boxes and ignore regions of a photo or of a cut-out of it."""
    if cut is None:
        return photo.image, photo.boxes, photo.labels, photo.weak, photo.ignore
    x1, y1, x2, y2, _, chosen = cut
    boxes = photo.boxes[chosen] - np.array([x1, y1, x1, y1], np.float32)
    return photo.image[y1:y2, x1:x2], boxes, photo.labels[chosen], photo.weak[chosen], np.zeros((0, 4), np.float32)


class Canvas:
    """A picture under construction and what is known about it."""

    def __init__(self, height, width, fill):
        self.image = np.empty((height, width, 3), np.uint8)
        self.image[:] = fill
        self.boxes, self.labels, self.weak, self.ignore = [], [], [], []
        self.unknown = set()

    def cover(self, x1, y1, x2, y2, alpha=None):
        """Things already here that get covered by a new layer are dropped or ignored."""
        kept = ([], [], [])
        for box, label, weak in zip(self.boxes, self.labels, self.weak, strict=True):
            bx1, by1, bx2, by2 = np.round(box).astype(int)
            ix1, iy1, ix2, iy2 = max(bx1, x1), max(by1, y1), min(bx2, x2), min(by2, y2)
            hidden = 0.0
            if ix1 < ix2 and iy1 < iy2:
                part = 1.0 if alpha is None else float(alpha[iy1 - y1 : iy2 - y1, ix1 - x1 : ix2 - x1].mean())
                hidden = part * (ix2 - ix1) * (iy2 - iy1) / max(1, (bx2 - bx1) * (by2 - by1))
            if hidden < 0.5:
                for store, value in zip(kept, (box, label, weak), strict=True):
                    store.append(value)
            elif hidden < 0.9:
                self.ignore.append(box)
        self.boxes, self.labels, self.weak = kept

    def paint(self, photo, scale, ox, oy, flip, area=None, cut=None):
        """Draw a photo (or the cut-out `cut` of it) with its top left corner at ox, oy.

        area: x1 y1 x2 y2 of the canvas that may be drawn on. cut: (x1, y1, x2, y2, mask).
        """
        alpha = None
        image, boxes, labels, weak, ignore = layer(photo, cut)
        w, h = max(2, round(image.shape[1] * scale)), max(2, round(image.shape[0] * scale))
        fx, fy = w / image.shape[1], h / image.shape[0]
        image = cv2.resize(image, (w, h), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
        if cut is not None:
            alpha = cv2.GaussianBlur(cv2.resize(cut[4].astype(np.float32), (w, h)), (3, 3), 0)
        if flip:
            image = image[:, ::-1]
            alpha = None if alpha is None else alpha[:, ::-1]
        ax1, ay1, ax2, ay2 = area or (0, 0, self.image.shape[1], self.image.shape[0])
        x1, y1, x2, y2 = max(ax1, ox), max(ay1, oy), min(ax2, ox + w), min(ay2, oy + h)
        if x2 - x1 < 2 or y2 - y1 < 2:
            return
        part = image[y1 - oy : y2 - oy, x1 - ox : x2 - ox]
        if alpha is not None:
            alpha = alpha[y1 - oy : y2 - oy, x1 - ox : x2 - ox]
            self.cover(x1, y1, x2, y2, alpha)
            under = self.image[y1:y2, x1:x2]
            part = under + (part.astype(np.float32) - under) * alpha[..., None]
        else:
            self.cover(x1, y1, x2, y2)
        self.image[y1:y2, x1:x2] = part
        frame = (x1, y1, x2, y2)
        for i, box in enumerate(boxes):
            seen, share = self.moved(box, (fx, fy), (ox, oy), w if flip else None, frame)
            if share >= 0.35:
                self.boxes.append(seen)
                self.labels.append(int(labels[i]))
                self.weak.append(bool(weak[i]))
            elif share > 0.05:
                self.ignore.append(seen)
        for box in ignore:
            seen, share = self.moved(box, (fx, fy), (ox, oy), w if flip else None, frame)
            if share > 0.05:
                self.ignore.append(seen)
        self.unknown |= set(photo.unknown)

    @staticmethod
    def moved(box, scale, offset, mirror, frame):
        """A box carried over to the canvas and cut to the frame, and the share of it that is left (0 if hardly any)."""
        bx1, by1, bx2, by2 = box * (*scale, *scale)
        if mirror is not None:
            bx1, bx2 = mirror - bx2, mirror - bx1
        full = np.array([bx1 + offset[0], by1 + offset[1], bx2 + offset[0], by2 + offset[1]])
        seen = np.clip(full, frame[:2] * 2, frame[2:] * 2)
        size = np.maximum(seen[2:] - seen[:2], 0)
        share = size.prod() / max(1e-6, (full[2:] - full[:2]).prod())
        return seen, share if size.min() >= 2 else 0.0


def person_cut(photo):
    """The whole annotated person as a cut-out."""
    mask = photo.mask > 0
    y, x = np.nonzero(mask)
    x1, y1, x2, y2 = x.min(), y.min(), x.max() + 1, y.max() + 1
    return x1, y1, x2, y2, mask[y1:y2, x1:x2], np.arange(len(photo.boxes))


def garment_cut(photo, i):
    x1, y1, x2, y2 = np.round(photo.boxes[i]).astype(int)
    return x1, y1, x2, y2, photo.mask[y1:y2, x1:x2] == photo.mask_ids[i], np.array([i])


class Composer:
    """Makes training pictures from the pools; `strength` 1 is everything, 0 nearly plain."""

    def __init__(self, worn, tagged, single, rng):
        self.rng = rng
        self.pools = {"worn": worn, "tagged": tagged, "single": single}
        self.lean(False)
        share = np.zeros(len(CLASSES))
        for photo in worn:
            share[list(set(photo.labels))] += 1 / len(worn)
        need = np.clip(np.sqrt(0.15 / np.maximum(share, 1e-6)), 1, 2.5)
        weight = np.array([max([need[c] for c in p.labels], default=1.0) for p in worn])
        self.weights = {"worn": weight / weight.sum(), "tagged": None}
        count = np.bincount([p.labels[0] for p in single], minlength=len(CLASSES))
        weight = np.array([count[p.labels[0]] ** -0.5 for p in single])
        self.weights["single"] = weight / weight.sum()
        self.garments = {c: [] for c in CUTOUTS}
        for photo in worn + [p for p in single if p.mask is not None]:
            for i, c in enumerate(photo.labels):
                if c in CUTOUTS:
                    self.garments[int(c)].append((photo, i))

    def pick(self, kind=None):
        kind = kind or self.rng.choice(["worn", "tagged", "single"], p=self.shares)
        pool = self.pools[kind]
        return pool[self.rng.choice(len(pool), p=self.weights[kind])]

    def lean(self, small):
        """Whether the next pictures are mostly single garments or mostly worn clothes."""
        worn, tagged, single = (0.12, 0.06, 0.82) if small else (0.58, 0.27, 0.15)
        self.shares = (worn, tagged, single) if self.pools["tagged"] else (worn + tagged, 0.0, single)

    def place(self, canvas, photo, area, low, high):
        """Draw a photo into an area, scaled to fit times a random factor."""
        r = self.rng
        w, h = area[2] - area[0], area[3] - area[1]
        ph, pw = photo.image.shape[:2]
        scale = min(w / pw, h / ph) * np.exp(r.uniform(np.log(low), np.log(high)))
        slack = w - pw * scale, h - ph * scale
        ox = area[0] + round(r.uniform(min(0, slack[0]), max(0, slack[0])))
        oy = area[1] + round(r.uniform(min(0, slack[1]), max(0, slack[1])))
        canvas.paint(photo, scale, ox, oy, r.random() < 0.5, area)

    def picture(self, height, width, strength):
        r = self.rng
        fill = PAD if r.random() < 0.6 else r.integers(0, 256, 3)
        canvas = Canvas(height, width, fill)
        whole, mode = (0, 0, width, height), r.random()
        if mode < 0.22 * strength:
            mx, my = round(width * r.uniform(0.35, 0.65)), round(height * r.uniform(0.35, 0.65))
            for area in ((0, 0, mx, my), (mx, 0, width, my), (0, my, mx, height), (mx, my, width, height)):
                self.place(canvas, self.pick(), area, 0.9, 2.2)
        elif mode < 0.32 * strength:
            mx = round(width * r.uniform(0.4, 0.6))
            for area in ((0, 0, mx, height), (mx, 0, width, height)):
                self.place(canvas, self.pick(), area, 0.9, 1.8)
        else:
            self.place(canvas, self.pick(), whole, 1 - 0.4 * strength, 1.15 + 0.75 * strength)
            if r.random() < 0.25 * strength:
                self.add_person(canvas)
        if r.random() < 0.30 * strength:
            for _ in range(r.integers(1, 4)):
                self.add_garment(canvas)
        canvas.image = colours(canvas.image, r)
        return canvas

    def add_person(self, canvas):
        r, photo = self.rng, self.pick("worn")
        cut = person_cut(photo)
        h, w = canvas.image.shape[:2]
        scale = h * r.uniform(0.45, 1.05) / (cut[3] - cut[1])
        pw, ph = (cut[2] - cut[0]) * scale, (cut[3] - cut[1]) * scale
        ox, oy = r.uniform(-0.3 * pw, w - 0.7 * pw), r.uniform(min(0, h - ph), max(0, h - 0.8 * ph))
        canvas.paint(photo, scale, round(ox), round(oy), r.random() < 0.5, cut=cut)

    def add_garment(self, canvas):
        r = self.rng
        rows = self.garments[int(r.choice(sorted(CUTOUTS)))]
        if not rows:
            return
        photo, i = rows[r.integers(len(rows))]
        cut = garment_cut(photo, i)
        if cut[4].size < 30 or cut[4].mean() < 0.2:
            return
        h, w = canvas.image.shape[:2]
        unit = h / 640 if photo.image.shape[0] > 300 else h / photo.image.shape[0] * 0.4
        scale = unit * r.uniform(0.7, 1.8)
        pw, ph = (cut[2] - cut[0]) * scale, (cut[3] - cut[1]) * scale
        canvas.paint(
            photo,
            scale,
            round(r.uniform(-0.2 * pw, w - 0.8 * pw)),
            round(r.uniform(-0.2 * ph, h - 0.8 * ph)),
            r.random() < 0.5,
            cut=cut,
        )


def colours(image, r):
    """Brightness, contrast, gamma, tint, saturation; now and then grey, blur or JPEG."""
    ramp = np.arange(256, dtype=np.float32) / 255
    tables = []
    gamma, gain, shift = np.exp(r.uniform(-0.3, 0.3)), np.exp(r.uniform(-0.25, 0.25)), r.uniform(-0.08, 0.08)
    for _ in range(3):
        tint = np.exp(r.uniform(-0.08, 0.08))
        tables.append(np.clip(((ramp**gamma - 0.5) * gain + 0.5 + shift) * tint * 255, 0, 255))
    image = cv2.LUT(np.ascontiguousarray(image), np.stack(tables, -1).astype(np.uint8)[None])
    if r.random() < 0.6:
        grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        keep = 0.0 if r.random() < 0.06 else r.uniform(0.5, 1.4)
        image = cv2.addWeighted(image, keep, grey, 1 - keep, 0)
    if r.random() < 0.08:
        image = cv2.GaussianBlur(image, (0, 0), r.uniform(0.5, 1.3))
    if r.random() < 0.12:
        image = cv2.imdecode(cv2.imencode(".jpg", image, [1, int(r.integers(30, 85))])[1], 1)
    return image
