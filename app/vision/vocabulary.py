"""The words that gravity may use for what detectors know: `sportsball`, `traffic_light`, `aeroplane`, `animal`."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from app.vision.registry import Detector

# Names of an older list of things, which SDKs still write, by the newer ones.
OLD = {"aeroplane": "airplane", "motorbike": "motorcycle", "sofa": "couch", "tvmonitor": "tv", "pottedplant": "potted plant"}
# The super-categories of the COCO things, which no label file of ours names.
GROUPS: Mapping[str, str] = {
    "person": "person",
    "vehicle": "bicycle car motorcycle airplane bus train truck boat",
    "outdoor": "trafficlight firehydrant stopsign parkingmeter bench",
    "animal": "bird cat dog horse sheep cow elephant bear zebra giraffe",
    "accessory": "backpack umbrella handbag tie suitcase",
    "food": "banana apple sandwich orange broccoli carrot hotdog pizza donut cake",
    "furniture": "chair couch pottedplant bed diningtable toilet",
    "electronic": "tv laptop mouse remote keyboard cellphone",
    "appliance": "microwave oven toaster sink refrigerator",
    "kitchen": "bottle wineglass cup fork knife spoon bowl",
    "indoor": "book clock vase scissors teddybear hairdrier toothbrush",
}


def spelled(word: str) -> str:
    """A word without blanks, marks and case, in its newer name."""
    plain = "".join(letter for letter in word.lower() if letter.isalnum())
    return "".join(OLD.get(plain, plain).split())


def known(word: str, detectors: Sequence[Detector]) -> list[tuple[Detector, frozenset[str]]]:
    """The detectors that know a word, and which of their labels it stands for: a label, a category, or `<model>_<label>`."""
    found = []
    for detector in detectors:
        own = word.removeprefix(f"{detector.name}_v{detector.version}_").removeprefix(f"{detector.name}_")
        labels = _labels(detector).get(spelled(own))
        if labels:
            found.append((detector, labels))
    named = [item for item in found if word.startswith(f"{item[0].name}_")]
    return named or found


@lru_cache(maxsize=64)
def _labels(detector: Detector) -> Mapping[str, frozenset[str]]:
    """Every word of a detector -> the labels behind it."""
    words: dict[str, set[str]] = {}
    for word, label in _pairs(detector):
        words.setdefault(word, set()).add(label)
    for group, members in GROUPS.items():
        for member in members.split():
            if member in words:
                words.setdefault(group, set()).update(words[member])
    return {word: frozenset(labels) for word, labels in words.items()}


def _pairs(detector: Detector) -> Iterator[tuple[str, str]]:
    for place, label in enumerate(detector.labels):
        yield spelled(label), label
        for part in label.replace("(", ",").split(","):  # `car_(automobile)` is also a car
            if spelled(part):
                yield spelled(part), label
        for category in detector.categories[place] if place < len(detector.categories) else ():
            yield spelled(category), label
