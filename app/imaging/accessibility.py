"""What people with colour blindness can tell apart in a picture: each kind is simulated and compared with full colour vision."""

from itertools import combinations
from typing import Any

import numpy as np
from PIL import Image

from app.imaging.colours import main_colours
from app.imaging.spaces import Array, linear, oklab, rgb, samples, small

SIDE = 192  # pixels of the copy that is simulated
COLOURS = 16  # of the palette whose pairs are compared
EDGE = 0.06  # distance of neighbouring pixels, in Oklab, from which there is an edge
APART = 0.12  # distance from which two colours are told apart at a glance
# Machado, Oliveira, Fernandes (2009), full severity, on amounts of light: no red cones, no green cones, no blue cones.
SIMULATIONS = np.array(
    [
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    ],
    np.float32,
)


def describe(image: Image.Image) -> dict[str, Any]:
    """`accessibility_analysis`: the worst kind of colour blindness counts; the score is the mean of the two shares."""
    copy = small(image, SIDE)
    edges, (colours, pair) = (
        distinct_edges(linear(samples(copy))),
        distinct_colours([code for code, _ in main_colours(copy, COLOURS)]),
    )
    analysis = {"distinct_edges": round(edges, 3), "distinct_colors": round(colours, 3), "most_indistinct_pair": pair}
    score = round((edges + colours) / 2, 3)
    return {
        "accessibility_analysis": {
            "colorblind_accessibility_analysis": analysis,
            "colorblind_accessibility_score": score,
        }
    }


def distinct_edges(light: Array) -> float:
    """The share of edges between neighbouring pixels of which at least half the step is left; 1 without any edge."""
    steps = _steps(oklab(light))
    edges = steps >= EDGE
    if not edges.any():
        return 1.0
    return min(float((_steps(oklab(light @ matrix.T))[edges] >= steps[edges] / 2).mean()) for matrix in SIMULATIONS)


def distinct_colours(codes: list[str]) -> tuple[float, list[str]]:
    """The share of clearly different pairs of the main colours that keep half their distance, and the pair that loses most."""
    if len(codes) < 2:
        return 1.0, [codes[0], codes[0]] if codes else []
    light = linear(np.stack([rgb(code) for code in codes]))
    pairs = np.array(list(combinations(range(len(codes)), 2)))
    seen = _distances(oklab(light), pairs)
    left = np.min([_distances(oklab(light @ matrix.T), pairs) for matrix in SIMULATIONS], axis=0)
    clear = seen >= APART
    worst = pairs[np.where(clear, left / seen, np.inf).argmin() if clear.any() else left.argmin()]
    share = float((left[clear] >= seen[clear] / 2).mean()) if clear.any() else 1.0
    return share, [codes[index] for index in worst]


def _steps(lab: Array) -> Array:
    """Distances to the right and to the lower neighbour, in one row."""
    across, down = np.linalg.norm(np.diff(lab, axis=1), axis=2), np.linalg.norm(np.diff(lab, axis=0), axis=2)
    return np.concatenate([across.ravel(), down.ravel()])


def _distances(lab: Array, pairs: Array) -> Array:
    apart: Array = np.linalg.norm(lab[pairs[:, 0]] - lab[pairs[:, 1]], axis=1)
    return apart
