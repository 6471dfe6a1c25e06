"""How families know a graph: the outputs by name and shape, and what a match says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.ports import Slot

Strides = tuple[int, ...]
LEVELS: tuple[Strides, ...] = ((8, 16, 32), (8, 16, 32, 64))


@dataclass(frozen=True, slots=True)
class Match:
    """A way to read a graph: the options it takes, and how many classes it would tell apart (None: the graph does not say)."""

    family: str
    options: Mapping[str, Any]
    classes: int | None = None
    notes: tuple[str, ...] = field(default=())


def named(slots: Iterable[Slot]) -> dict[str, Slot]:
    """Slots by the plain part of their names: `Prefix/Detection_Boxes:0` is detection_boxes."""
    return {slot.name.split(":")[0].rpartition("/")[2].lower(): slot for slot in slots}


def one_of(slots: Mapping[str, Slot], *names: str) -> Slot | None:
    """The first of these names that is there."""
    return next((slots[name] for name in names if name in slots), None)


def strides_of(rows: int | None, size: tuple[int, int], anchors: int = 1) -> Strides | None:
    """The levels whose cells make so many rows; an unknown number is taken for three levels."""
    if rows is None:
        return LEVELS[0]
    return next((levels for levels in LEVELS if anchors * cell_count(size, levels) == rows), None)


def cell_count(size: tuple[int, int], strides: Strides) -> int:
    return sum(-(-size[0] // stride) * -(-size[1] // stride) for stride in strides)


def only(slots: Iterable[Slot], rank: int) -> Slot | None:
    """The one slot of that rank; None if there are none or several."""
    found = [slot for slot in slots if len(slot.shape) == rank]
    return found[0] if len(found) == 1 else None
