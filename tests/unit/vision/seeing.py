"""A detector of any family over constant answers: what it was given, and what it finds."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from app.vision.boxes import Array
from app.vision.families.table import FAMILIES
from app.vision.findings import Finding
from app.vision.kinds import find
from app.vision.registry import Detector


def detector(kind: str, labels: str = "cat dog", floor: float = 0.25, **options: Any) -> Detector:
    names = tuple(labels.split())
    table = dict(FAMILIES[kind].defaults) | {"input": "image", "size": [64, 64]} | options
    return Detector("mine", 1, kind, ("mine/1",), names, ((),) * len(names), 0.5, floor, "", options=table)


def see(chosen: Detector, size: tuple[int, int], **outputs: Any) -> list[Finding]:
    """The findings in a picture of that size when the graph answers so (batch of one added)."""
    return look(chosen, Image.new("RGB", size, "white"), **outputs)[0]


def look(chosen: Detector, image: Image.Image, **outputs: Any) -> tuple[list[Finding], dict[str, Array]]:
    """The findings, and the inputs that the graph was given."""
    given: dict[str, Array] = {}

    def run(_model: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
        given.update(inputs)
        return {name: np.asarray(value, np.float32)[None] for name, value in outputs.items()}

    return find(image, chosen, run), given


def rounded(findings: list[Finding]) -> list[tuple[str, float, tuple[int, ...]]]:
    """Label, score and whole box of each, as expectations write them."""
    return [(item.label, round(item.score, 3), tuple(round(side) for side in item.box)) for item in findings]
