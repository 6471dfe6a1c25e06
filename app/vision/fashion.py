"""Clothes by a detector trained for them, checked by what else is known of the picture.

A picture without people and without clothes has no findings. Where one garment fills the picture, a classifier trained on single
garments says which. Shoes are not believed where the wearer's legs are not seen. A hem's length is told where it can be measured.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from app.vision import boxes
from app.vision.apparel import square
from app.vision.attributes import HEMMED, length, share
from app.vision.boxes import Array, Run
from app.vision.findings import Box, Finding
from app.vision.registry import Detector, Rows

FEET = frozenset({"shoe", "sock"})
UPRIGHT = 1.6  # times as high as wide: a person seen with legs
KNEES = 0.6  # the share of a standing person's height above which there are no feet
PORTRAIT = 0.35  # of the picture's area: a person without legs who takes so much of it sits for a portrait
EDGE = 0.97  # of the picture's height: a person box that ends below it is cut off


def detect(image: Image.Image, detector: Detector, run: Run) -> list[Finding]:
    """Models: clothes, people, an image classifier, and single garments from the classifier's features.

    Options: those of boxes.detect, with a `portrait_size` beside `size`; `people_size`, `person` and `people_floor` of the second
    model, and `clear_person`, the score from which a person wears what is seen, so that the last model is not asked; `crop`, the
    side of the classifier's input, and `dressed`, the least share of its apparel classes (table `apparel`) that makes clothes
    likely. The table `garments` names the last model's labels; its last one, a worn outfit, leaves the word to the first model.
    """
    seen = find_people(image, detector, run)
    people = [person.box for person in seen]
    whole = (0.0, 0.0, float(image.width), float(image.height))
    answer = run(detector.models[2], {"image": square(image, whole, detector.options["crop"])[None]})
    if not people and apparel_share(answer["probabilities"][0], detector.tables["apparel"]) < detector.options["dressed"]:
        return []
    at_scale = replace(detector, options={**detector.options, "size": _size(seen, image.size, detector)})
    found = [item for item in boxes.detect(image, at_scale, run) if _believed(item, people, image.height)]
    shares = run(detector.models[3], {"features": answer["features"]})["probabilities"][0]
    names = [row["label"] for row in detector.tables["garments"]]
    if shares[-1] < 0.5 and (not seen or seen[0].score < detector.options["clear_person"]):
        found = single_garment(found, names[:-1], shares[:-1], whole, detector)
    shoes = [item.box for item in found if item.label == "shoe"]
    return [_measured(item, people, shoes) for item in found]


def _size(seen: Sequence[Finding], picture: tuple[int, int], detector: Detector) -> Sequence[int]:
    """The input's size: smaller for a portrait, whose clothes would otherwise look larger than any the model was trained on."""
    _, _, width, height = seen[0].box if seen else (0.0, 0.0, 0.0, 1.0)
    portrait = height < UPRIGHT * width and width * height > PORTRAIT * picture[0] * picture[1]
    size: Sequence[int] = detector.options["portrait_size" if portrait else "size"]
    return size


def find_people(image: Image.Image, detector: Detector, run: Run) -> list[Finding]:
    """The people in a picture, the surest first."""
    width, height = detector.options["people_size"]
    pixels, scale = boxes.letterbox(image, width, height)
    answer = run(detector.models[1], {"image": pixels})
    row = detector.options["person"]
    scores, corners = answer["scores"][0][:, row : row + 1], np.clip(answer["boxes"][0] / scale, 0, [*image.size, *image.size])
    kept = boxes.suppress(scores, corners, detector.options["people_floor"], 0.6, 10)
    found = ((float(scores[place, 0]), [float(value) for value in corners[place]]) for place, _ in kept)
    return [Finding("person", score, (x1, y1, x2 - x1, y2 - y1)) for score, (x1, y1, x2, y2) in found]


def apparel_share(probabilities: Array, apparel: Rows) -> float:
    """How much of the classifier's probability falls on things that are worn."""
    return float(sum(probabilities[int(row["index"])] for row in apparel))


def single_garment(found: Sequence[Finding], names: Sequence[str], shares: Array, whole: Box, detector: Detector) -> list[Finding]:
    """The classifier's word on the garment groups it knows, each on the detector's surest box or the whole picture."""
    surest: dict[str, Box] = {}
    for item in found:
        surest.setdefault(item.label, item.box)
    kept = [item for item in found if item.label not in names]
    told = [(name, float(score)) for name, score in zip(names, shares, strict=True) if score >= detector.floor]
    return [Finding(name, score, surest.get(name, whole), (detector.options["category"],)) for name, score in told] + kept


def _believed(item: Finding, people: Sequence[Box], bottom: int) -> bool:
    """Whether feet are where the person they lie on can have them."""
    if item.label not in FEET or not people:
        return True
    wearer = max(people, key=lambda person: share(item.box, person))
    if share(item.box, wearer) < 0.6:
        return True
    _, top, width, height = wearer
    standing = height >= UPRIGHT * width
    middle = item.box[1] + item.box[3] / 2
    return middle > top + KNEES * height if standing else top + height < EDGE * bottom


def _measured(item: Finding, people: Sequence[Box], shoes: Sequence[Box]) -> Finding:
    values = length(item.label, item.box, people, shoes) if item.label in HEMMED else []
    return replace(item, attributes={"length": values}) if values else item
