"""Picture -> findings -> tags: runs the detectors a call names and turns what reaches the threshold into tags."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import structlog
from PIL import Image

from app.db.analyses import Analysis
from app.db.tags import Tag
from app.errors import BadRequest, Failure, Unsubscribed
from app.imaging.reading import Picture
from app.ports import Inference, Tensors
from app.vision.boxes import Array
from app.vision.findings import Finding, sure_labels, written
from app.vision.kinds import KINDS, find, wanted_side
from app.vision.registry import Detector, Registry

log = structlog.get_logger()

# The two documented wordings for a detector nobody knows.
ON_UPLOAD = "Detection invalid model '{}'"
ON_UPDATE = "Illegal value '{}' for parameter detection"


@dataclass(frozen=True, slots=True)
class Look:
    """What one detector made of a picture: its findings in source pixels, or none if it failed."""

    detector: Detector
    findings: tuple[Finding, ...] = ()
    status: str = "complete"

    def analysis(self) -> Analysis:
        """As it is stored: the answer's text, and a row a finding."""
        name, version = self.detector.name, self.detector.version
        body = orjson.dumps(written(name, version, self.findings)).decode() if self.status == "complete" else ""
        rows = [
            {"label": item.label, "score": item.score, "attributes": item.attributes or None}
            | dict(zip(("x", "y", "width", "height"), item.box, strict=True))
            for item in self.findings
        ]
        return Analysis(name, version, self.detector.hash, self.status, body, rows)


@dataclass(frozen=True, slots=True)
class Tagging:
    registry: Registry
    inference: Inference

    def detectors(self, names: Sequence[str] | None, wording: str = ON_UPLOAD) -> list[Detector]:
        """The detectors a call names, each model once. Raises BadRequest, or Unsubscribed for one not installed."""
        found: dict[str, Detector] = {}
        for name in names or ():
            detector = self.registry.find(name)
            if detector is None and name in self.registry.addons:
                raise Unsubscribed(self.registry.addons[name])
            if detector is None or detector.kind not in KINDS:
                raise BadRequest(wording.format(name[:100]))
            found[detector.name] = detector
        return list(found.values())

    def side(self, detectors: Sequence[Detector]) -> int:
        """The longer side, in pixels, that the decoded picture should keep for these detectors."""
        return max((wanted_side(detector) for detector in detectors), default=0)

    def look(self, picture: Picture, detectors: Sequence[Detector]) -> list[Look]:
        """Run every detector over the one decoded picture. A model that fails is reported as failed; the others stand."""
        across, down = picture.width / picture.image.width, picture.height / picture.image.height
        looks = []
        for detector in detectors:
            try:
                found = self.find(picture.image, detector)
            except Failure as failure:
                log.error("detection failed", model=detector.name, version=detector.version, reason=failure.message)
                looks.append(Look(detector, status="failed"))
            else:
                looks.append(Look(detector, tuple(item.scaled(across, down) for item in found)))
        return looks

    def find(self, image: Image.Image, detector: Detector) -> list[Finding]:
        """What one detector sees in a picture, in its pixels. Raises Failure."""
        return find(image, detector, self.run)

    def run(self, model: str, inputs: Tensors) -> dict[str, Array]:
        """Run "name/version" of the model repository."""
        name, _, version = model.partition("/")
        return dict(self.inference.infer(name, version, inputs))


def auto_tags(looks: Sequence[Look], threshold: float | str | None) -> list[Tag]:
    """Labels that reach the threshold, surest first; `default` is each detector's own, None makes no tags."""
    if threshold is None:
        return []
    tags = []
    for look in looks:
        least = look.detector.threshold if threshold == "default" else float(threshold)
        source = f"{look.detector.name}_v{look.detector.version}"
        tags += [Tag(label, "model", source, score) for label, score in sure_labels(look.findings, least).items()]
    return sorted(tags, key=lambda tag: -(tag.score or 0.0))
