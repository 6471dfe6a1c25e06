"""What a detector says: findings, and how they are written into an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SCHEMA_VERSION = 1

Box = tuple[float, float, float, float]
Attributes = Mapping[str, Sequence[tuple[str, float]]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One object: its label, how sure (0..1), and its box x, y, width, height in pixels of the picture that was looked at."""

    label: str
    score: float
    box: Box
    categories: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=dict)

    def scaled(self, across: float, down: float) -> "Finding":
        """The same finding in a picture `across` times as wide and `down` times as high."""
        x, y, width, height = self.box
        box = (x * across, y * down, width * across, height * down)
        return Finding(self.label, self.score, box, self.categories, self.attributes)


def written(name: str, version: int, findings: Sequence[Finding]) -> dict[str, Any]:
    """The `data.<model>` object of an answer: label -> instances, the surest label and instance first."""
    tags: dict[str, list[dict[str, Any]]] = {}
    for finding in sorted(findings, key=lambda item: -item.score):
        instance: dict[str, Any] = {"bounding-box": list(finding.box), "categories": list(finding.categories)}
        if finding.attributes:
            instance["attributes"] = {key: [list(pair) for pair in pairs] for key, pairs in finding.attributes.items()}
        tags.setdefault(finding.label, []).append(instance | {"confidence": finding.score})
    return {"model_name": name, "model_version": version, "schema_version": SCHEMA_VERSION, "tags": tags}


def sure_labels(findings: Sequence[Finding], threshold: float) -> dict[str, float]:
    """Labels whose best score reaches the threshold, surest first. Attributes and categories are no labels."""
    best: dict[str, float] = {}
    for finding in findings:
        best[finding.label] = max(best.get(finding.label, 0.0), finding.score)
    return {label: score for label, score in sorted(best.items(), key=lambda item: -item[1]) if score >= threshold}
