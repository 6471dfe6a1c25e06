"""g_: which part of the picture a window shows: a side, a face, a thing that a detector knows, or what draws the eye.

Source: transformation reference, gravity; object-aware cropping.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from app.errors import BadRequest
from app.transform.blending import ANCHORS
from app.transform.effects.pixels import Floats, Region
from app.transform.geometry import CUTTING, Window
from app.transform.saliency import best, saliency
from app.transform.sizes import Asked, Size

Found = Callable[
    [str], Sequence[Region]
]  # face, faces, custom, region_<name> or a thing -> where it is, in the picture as it is now

FACES = {"adv_face": "face", "adv_faces": "faces", "adv_eyes": "face"}
NO_PLACE = ("auto", "center", "none")  # words of a list that end it
MODES_OF_AUTO = (
    "subject",
    "classic",
    "face",
    "faces",
    "none",
    "aesthetics",
    "text",
    "ocr_text",
    "custom",
    "body",
    "custom_no_override",
)
WEIGHTED = re.compile(r"(.+?)_(\d{1,3}|avoid)")
MARGINS = {"face": 2.0, "faces": 1.6}  # how much more than its subject a thumbnail shows; 1.25 for things
SUBJECTS = {"faces": 10.0, "things": 3.0}  # how much one that fills the picture weighs beside all that draws the eye
REFUSED = ("liquid", "track_person")


@dataclass(frozen=True, slots=True)
class View:
    """The picture that a window is laid on: what it shows is asked only when gravity needs it."""

    image: Image.Image
    size: Size  # in the pixels that are counted in, which may be more than the picture still has
    found: Found


def is_automatic(gravity: str) -> bool:
    return gravity.partition(":")[0] == "auto"


def check(gravity: str, mode: str) -> None:
    """Raise BadRequest for a gravity that is none, or that this mode cannot use."""
    word = gravity.partition(":")[0]
    if word in REFUSED or gravity.startswith("track_person"):
        raise BadRequest(f"Unsupported gravity in transformation: {gravity[:100]}")
    if is_automatic(gravity) and mode not in CUTTING:
        raise BadRequest(f"Invalid gravity in transformation: {gravity[:100]} cannot be used with crop mode {mode[:50]}")


def subject(gravity: str, view: View) -> Region | None:
    """The box of the first of `face`, `cat:dog`, `custom:face`… that is in the picture; None for all but these."""
    for word in gravity.split(":"):
        if word in ANCHORS or word in NO_PLACE or word == "xy_center":
            return None
        regions = _regions(word, view)
        if regions:
            return union(regions) if word in ("faces", "adv_faces") else regions[0]
    return None


def corner(gravity: str, window: Window, want: Asked, view: View) -> tuple[float, float]:
    """Where the window's top left corner lies. The window stays inside the picture."""
    left, top = _corner(gravity, window, want, view)
    return (
        min(max(left, 0.0), max(view.size[0] - window[0], 0.0)),
        min(max(top, 0.0), max(view.size[1] - window[1], 0.0)),
    )


def around(box: Region, gravity: str, window: Window, want: Asked, view: View) -> Window:
    """How much a thumbnail shows of the picture: its subject with some room, in the ratio of the window."""
    wide, high = roomy(box, gravity, want)
    factor = min(1.0, max(wide / window[0], high / window[1]))
    return max(1.0, window[0] * factor), max(1.0, window[1] * factor)


def roomy(box: Region, gravity: str, want: Asked) -> Window:
    """The size of a box with the room that a thumbnail has around it."""
    word = gravity.partition(":")[0]
    margin = MARGINS.get(FACES.get(word, word), 1.25) / want.zoom
    return (box[2] - box[0]) * margin, (box[3] - box[1]) * margin


def union(regions: Sequence[Region]) -> Region:
    lefts, tops, rights, bottoms = zip(*regions, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _corner(gravity: str, window: Window, want: Asked, view: View) -> tuple[float, float]:
    free = view.size[0] - window[0], view.size[1] - window[1]
    if gravity in ANCHORS:
        across, down, right, below = ANCHORS[gravity]
        return free[0] * across + right * (want.x or 0), free[1] * down + below * (want.y or 0)
    if gravity == "xy_center":
        return (want.x or 0) - window[0] / 2, (want.y or 0) - window[1] / 2
    if is_automatic(gravity):
        return _automatic(gravity.split(":")[1:], window, view)
    box = subject(gravity, view)
    if box:
        return (box[0] + box[2] - window[0]) / 2, (box[1] + box[3] - window[1]) / 2
    words = gravity.split(":")
    if "auto" in words or not {"face", "faces", "custom", "center", "none"} & {FACES.get(word, word) for word in words}:
        return _automatic([], window, view)
    return free[0] / 2, free[1] / 2


def _automatic(words: Sequence[str], window: Window, view: View) -> tuple[float, float]:
    """The window that holds most of what draws the eye, of faces and of the things named, and least of the avoided."""
    heat = saliency(view.image)
    for word, share in SUBJECTS.items():
        for box in view.found(word):
            _add(heat, box, share * _part(box, view.size) ** 0.5, view)
    for word in words:
        weighted = WEIGHTED.fullmatch(word)
        name, weight = (
            (weighted[1], weighted[2]) if weighted else (word.removeprefix("no_"), "avoid" if word.startswith("no_") else "90")
        )
        if name in MODES_OF_AUTO and name != "custom":
            continue
        share = -2.0 if weight == "avoid" else min(int(weight), 100) / 20
        for box in _regions(name, view):
            _add(heat, box, share, view)
    return best(heat, window, view.size)


def _regions(word: str, view: View) -> Sequence[Region]:
    return view.found(FACES.get(word, word))


def _part(box: Region, size: Size) -> float:
    """The share of the picture that a box takes."""
    return (box[2] - box[0]) * (box[3] - box[1]) / (size[0] * size[1])


def _add(heat: Floats, box: Region, share: float, view: View) -> None:
    """Spread that much (1: as much as the whole picture has) over the box."""
    rows, columns = heat.shape
    left, right = (round(side * columns / view.size[0]) for side in (box[0], box[2]))
    top, bottom = (round(side * rows / view.size[1]) for side in (box[1], box[3]))
    part = heat[max(0, top) : max(top + 1, bottom), max(0, left) : max(left + 1, right)]
    if part.size:
        part += np.float32(share / part.size)
