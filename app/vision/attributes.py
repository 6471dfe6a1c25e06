"""Attributes of clothes that can be measured rather than guessed. What cannot be measured in a picture is absent."""

from collections.abc import Sequence
from math import erf, sqrt

from app.vision.findings import Box

# Where a hem lies between the top of the head (0) and the soles (1), read off photos of standing people.
# A value holds up to its bound. Names are Fashionpedia's.
HEMS = (
    (0.555, "micro (length)"),
    (0.625, "mini (length)"),
    (0.685, "above-the-knee (length)"),
    (0.735, "knee (length)"),
    (0.785, "below the knee (length)"),
    (0.860, "midi"),
    (0.940, "maxi (length)"),
    (1.100, "floor (length)"),
)
HEMMED = frozenset({"dress", "skirt", "shorts"})
DOUBT = 0.03  # standard deviation of a measured hem
LEAST = 0.2  # the likelihood from which a value is named
INSIDE = 0.6  # the share of a garment that must lie on the person wearing it


def length(label: str, garment: Box, people: Sequence[Box], shoes: Sequence[Box]) -> list[tuple[str, float]]:
    """Length of a dress, a skirt or shorts: (value, likelihood) pairs, the likeliest first; boxes are x, y, width, height.

    Needs the person wearing it from head to soles: a person box that does not begin at the upper edge of the picture, upright,
    with a shoe at its lower end. Nothing is said otherwise.
    """
    if label not in HEMMED or not people:
        return []
    wearer = max(people, key=lambda person: share(garment, person))
    x, top, width, height = wearer
    soles = [shoe[1] + shoe[3] for shoe in shoes if share(shoe, (x, top + 0.75 * height, width, 0.35 * height)) > INSIDE]
    if share(garment, wearer) < INSIDE or top < 0.01 * height or height < 1.8 * width or not soles:
        return []
    hem = (garment[1] + garment[3] - top) / (max(soles) - top)
    if not 0.45 < hem < HEMS[-1][0]:
        return []
    values, below = [], 0.0
    for bound, name in HEMS:
        upto = 0.5 * (1 + erf((bound - hem) / (DOUBT * sqrt(2))))
        if upto - below >= LEAST:
            values.append((name, upto - below))
        below = upto
    return sorted(values, key=lambda pair: -pair[1])


def share(part: Box, whole: Box) -> float:
    """How much of a box lies inside another, 0..1."""
    across = min(part[0] + part[2], whole[0] + whole[2]) - max(part[0], whole[0])
    down = min(part[1] + part[3], whole[1] + whole[3]) - max(part[1], whole[1])
    return max(across, 0.0) * max(down, 0.0) / max(part[2] * part[3], 1e-9)
