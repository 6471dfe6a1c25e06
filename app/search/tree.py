"""What an expression becomes: comparisons, joined by And, Or and Not. Places count characters from 0. Shapes are joined alike."""

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

How: TypeAlias = Literal[":", "=", ">", ">=", "<", "<=", "range"]


@dataclass(frozen=True, slots=True)
class Value:
    """A value as it was meant, without quotes and backslashes. `prefix`: a star ended it, which `text` leaves out."""

    text: str
    place: int = 0
    prefix: bool = False

    @property
    def anything(self) -> bool:
        return self.prefix and not self.text


@dataclass(frozen=True, slots=True)
class Match:
    """One comparison of a field, or of everything (an empty field). A range has two values, and may leave its ends out."""

    field: str
    how: How
    values: tuple[Value, ...]
    place: int = 0
    label: Value | None = None  # detected.count:<label>>=3
    open: tuple[bool, bool] = (False, False)
    weight: int = 0  # how much a hit of free text counts in this field


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Any


Node: TypeAlias = And | Or | Not | Match
EVERYTHING = And(())
