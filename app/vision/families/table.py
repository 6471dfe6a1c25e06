"""The families by name: `kind` in the registry, `--family` on the command line."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PIL import Image

from app.ports import Graph
from app.vision.boxes import Run
from app.vision.families import classifier, detr, end2end, nanodet, ssd, yolo, yolox
from app.vision.families.frames import Frame, Options
from app.vision.families.graphs import Match
from app.vision.families.looking import Answers, Decode, look
from app.vision.findings import Finding
from app.vision.registry import Detector


def nothing(_answers: Answers, _frame: Frame, _labels: int) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Family:
    """How a graph of the family is known, how its answers become boxes, how a picture goes in unless told otherwise, and what
    only a first answer tells (options that were not given by hand).
    """

    recognise: Callable[[Graph, tuple[int, int]], list[Match]]
    decode: Decode
    defaults: Options
    settle: Callable[[Answers, Frame, int], dict[str, Any]] = nothing

    def detect(self, image: Image.Image, detector: Detector, run: Run) -> list[Finding]:
        return look(image, detector, run, self.decode)


FAMILIES: dict[str, Family] = {
    "yolo": Family(yolo.recognise, yolo.decode, yolo.DEFAULTS),
    "yolox": Family(yolox.recognise, yolox.decode, yolox.DEFAULTS, yolox.settle),
    "yolov5": Family(yolox.recognise, yolox.decode, yolox.DEFAULTS_V5),
    "end2end": Family(end2end.recognise, end2end.decode, end2end.DEFAULTS),
    "detr": Family(detr.recognise, detr.decode, detr.DEFAULTS),
    "ssd": Family(ssd.recognise, ssd.decode, ssd.DEFAULTS),
    "nanodet": Family(nanodet.recognise, nanodet.decode, nanodet.DEFAULTS, nanodet.settle),
    "classifier": Family(classifier.recognise, classifier.decode, classifier.DEFAULTS, classifier.settle),
}
