"""Every pair of colours that text is made of has the contrast that WCAG AA asks for, dark and light."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

GROUND = Path(__file__).parent.parent / "app/console/src/styles/ground.css"
LIGHT, _, DARK = GROUND.read_text("utf-8").partition("@media (prefers-color-scheme: dark)")
SCHEMES = {"light": LIGHT, "dark by the system": DARK.split("@media")[0].split(":root[data-theme")[0], "dark by choice": DARK}
TEXTS = [
    *[("ink", under) for under in ("ground", "sheet", "sunk", "accent-wash", "bad-wash")],
    *[("soft", under) for under in ("ground", "sheet", "sunk")],
    *[("accent", under) for under in ("ground", "sheet")],
    ("accent-strong", "accent-wash"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    *[(tone, f"{tone}-wash") for tone in ("bad", "good", "busy")],
    *[(tone, under) for tone in ("bad", "busy") for under in ("ground", "sheet")],
]
EDGES = [("edge", under) for under in ("ground", "sheet")]  # borders of what can be pressed


def colours(scheme: str) -> dict[str, str]:
    text = SCHEMES[scheme]
    if scheme == "dark by choice":
        text = text.rpartition(':root[data-theme="dark"]')[2]
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", text))


def luminance(colour: str) -> float:
    parts = [int(colour[place:end], 16) / 255 for place, end in pairwise((1, 3, 5, 7))]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_can_be_read(scheme: str) -> None:
    known = colours(scheme)
    found = {pair: round(contrast(known[pair[0]], known[pair[1]]), 2) for pair in TEXTS}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_borders_can_be_seen(scheme: str) -> None:
    known = colours(scheme)
    found = {pair: round(contrast(known[pair[0]], known[pair[1]]), 2) for pair in EDGES}
    assert {pair: ratio for pair, ratio in found.items() if ratio < 3} == {}
