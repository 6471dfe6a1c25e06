"""Which components belong to a condition: where its else stands, and where it ends."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.errors import BadRequest
from app.transform.grammar import Step


@dataclass(slots=True)
class Branch:
    """Places among the steps. A condition that shares its component with what it decides may have no end."""

    start: int
    bare: bool
    chained: bool = False  # stands right behind an else, which the same end closes
    otherwise: int | None = None
    end: int | None = None


def branches(steps: Sequence[Step]) -> Mapping[int, Branch]:
    """The place of every condition and else -> its branch. Raises BadRequest for an else or a block without its other half."""
    found: dict[int, Branch] = {}
    open: list[Branch] = []
    for place, step in enumerate(steps):
        if step.condition == "end":
            _close(open, place)
        elif step.condition == "else":
            if not open:
                raise BadRequest("Invalid condition in transformation: if_else without if")
            open[-1].otherwise = place
            found[place] = open[-1]
        elif step.condition:
            behind_else = bool(open) and open[-1].otherwise == place - 1 and steps[place - 1].is_bare
            found[place] = Branch(place, step.is_bare, behind_else)
            open.append(found[place])
    if any(branch.bare for branch in open):
        raise BadRequest("Invalid condition in transformation: if without if_end")
    return found


def _close(open: list[Branch], place: int) -> None:
    """The innermost block ends here; one too many is no harm."""
    if any(branch.bare for branch in open):
        while not open[-1].bare and not open[-1].chained:
            open.pop()  # it stood in a single component
    while open:
        branch = open.pop()
        branch.end = place
        if not branch.chained:
            return
