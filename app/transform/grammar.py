"""A transformation's text <-> its components: `if_w_gt_300,c_fill,w_300/e_sepia` is two steps."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.errors import BadRequest
from app.params.transformations import LONGEST, WORDS, canonical

MOST_STEPS = 100
PART = re.compile(rf"(?:({'|'.join(sorted(WORDS, key=len, reverse=True))}|bl)_|(\$[A-Za-z][A-Za-z0-9]*)_)(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Step:
    """One component. `params` has its values by their prefix, as they were written; flags, condition and variables stand apart."""

    params: Mapping[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    condition: str = ""
    variables: tuple[tuple[str, str], ...] = ()

    @property
    def is_bare(self) -> bool:
        """Whether nothing but a condition stands here."""
        return not (self.params or self.flags or self.variables)


def parse(text: str) -> tuple[Step, ...]:
    """The components of a transformation; empty ones are left out. Raises BadRequest that names the part it cannot read."""
    if len(text) > LONGEST:
        raise BadRequest(f"Transformation is longer than {LONGEST} characters")
    steps = tuple(_step(component) for component in text.split("/") if component.strip(","))
    if len(steps) > MOST_STEPS:
        raise BadRequest(f"Transformation has more than {MOST_STEPS} components")
    return steps


def written(steps: Sequence[Step]) -> str:
    """The one spelling of these components: conditions first, then variables, then the rest by prefix."""
    return "/".join(canonical(",".join(_parts(step))) for step in steps)


def _step(component: str) -> Step:
    params: dict[str, str] = {}
    flags: list[str] = []
    condition, variables = "", list[tuple[str, str]]()
    for part in component.split(","):
        if not part:
            continue
        found = PART.fullmatch(part)
        if not found:
            raise BadRequest(f"Invalid transformation component - {component[:200]}")
        key, variable, value = found.groups()
        if variable:
            variables.append((variable[1:], value))
        elif key == "fl":
            flags += [flag for flag in value.split(".") if flag]
        elif key == "if":
            condition = value
        else:
            params["t" if key == "bl" else key] = value  # a baseline is a named transformation that is kept rendered
    return Step(params, tuple(dict.fromkeys(flags)), condition, tuple(variables))


def _parts(step: Step) -> list[str]:
    return [
        *([f"if_{step.condition}"] if step.condition else []),
        *(f"${name}_{value}" for name, value in step.variables),
        *(f"{key}_{value}" for key, value in step.params.items()),
        *([f"fl_{'.'.join(sorted(step.flags))}"] if step.flags else []),
    ]
