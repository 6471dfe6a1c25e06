"""What of an expression decides its statements, without its values: equal shapes are answered by the same statements, bound anew.

Building a statement takes longer than running it, so it is built once a shape. A leaf's values are bound by names that end in its
number: `leaf3_word`. A leaf knows nothing of them but how many there are.
"""

from dataclasses import dataclass
from typing import TypeAlias

from app.search.tree import And, Not, Or

# The tables that leaves read, or the asset itself; `nothing` and `everything` read none.
TAGS, WORDS, NUMBERS, SIGHTINGS, OWN, NOTHING, EVERYTHING = "tags words numbers sightings own nothing everything".split()
# How texts compare.
WHOLE, WORD, ROW, BEGINS, WHOLE_BEGINS, FOLDER, ANY, MANY = "whole word row begins whole_begins folder any many".split()


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison. `signs`: of its bounds, in the order of their values."""

    number: int
    reads: str
    form: str = ""
    signs: tuple[str, ...] = ()
    column: str = ""  # of the assets, or the measure of sightings
    row: int = 0  # how many words stand in a row
    rarest: int = 0  # and which of them is looked for first
    free: bool = False  # words of any field of free text
    model: bool = False  # sightings of one model
    weight: int = 0  # how much a hit of free text counts
    leads: bool = False  # whether an index of the asset's own columns leads to few


Shape: TypeAlias = And | Or | Not | Leaf
