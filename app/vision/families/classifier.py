"""Image classifiers: a score a class for the whole picture, which is the box of every finding.

Reference: softmax over the logits, as torchvision, timm and Keras do at the end; or the graph's own probabilities.
"""

from typing import Any

import numpy as np

from app.ports import Graph
from app.vision.families.frames import IMAGENET, Frame
from app.vision.families.graphs import Match
from app.vision.families.looking import Answers, Boxes, expect, sigmoid, softmax, surest
from app.vision.registry import Detector

DEFAULTS = {"size": [224, 224], "fit": "stretch", "colours": "rgb", "scale": 1 / 255, "most": 5} | IMAGENET


def recognise(graph: Graph, size: tuple[int, int]) -> list[Match]:
    """One output [1, C], perhaps with sides of 1 after it."""
    if len(graph.outputs) != 1:
        return []
    only = graph.outputs[0]
    if (
        len(only.shape) not in (2, 4)
        or only.shape[1] is None
        or any(side != 1 for side in only.shape[2:])
        or only.shape[0] not in (1, None)
    ):
        return []
    plain = {"mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0]} if graph.metadata.get("task") == "classify" else {}
    note = "pixels go in as 0..1" if plain else "pixels go in with ImageNet's mean and std"
    return [Match("classifier", DEFAULTS | plain | {"outputs": {"scores": only.name}}, only.shape[1], (note,))]


def decode(answers: Answers, frame: Frame, detector: Detector) -> Boxes:
    """Options: `activation`: softmax or sigmoid for logits, none for probabilities."""
    scores = answers["scores"].ravel()
    expect(len(scores), detector)
    activation = detector.options.get("activation", "none")
    scores = softmax(scores) if activation == "softmax" else sigmoid(scores) if activation == "sigmoid" else scores
    return surest(np.arange(len(scores)), scores, np.tile(frame.whole(), (len(scores), 1)), detector)


def settle(answers: Answers, frame: Frame, labels: int) -> dict[str, Any]:
    """Whether the scores still need a softmax: they do unless they are shares of one."""
    scores = answers["scores"].ravel()
    logits = scores.min() < 0 or scores.max() > 1 or abs(scores.sum() - 1) > 0.01
    return {"activation": "softmax" if logits else "none"}
