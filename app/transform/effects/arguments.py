"""How an effect's arguments are written, their ranges and defaults. Numbers out of range are clamped; garbage is refused."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.errors import BadRequest
from app.transform.colours import RGBA, colour

NUMBER = re.compile(r"[+-]?(?:\d{1,20}(?:\.\d{0,20})?|\.\d{1,20})", re.ASCII)
MOST_PIECES = 64


class Argument(Protocol):
    """`take` gives the value of a piece of text, or None where the piece must belong to another argument."""

    @property
    def name(self) -> str: ...
    @property
    def default(self) -> Any: ...
    def take(self, piece: str) -> Any: ...
    def shown(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Number:
    """A number; `labels` are the words that may stand before it, as in `azimuth_215`."""

    name: str
    low: float
    high: float
    default: float | None
    labels: tuple[str, ...] = ()
    bare: bool = True

    def take(self, piece: str) -> float | None:
        for label in self.labels:
            if piece.startswith(f"{label}_"):
                return self._number(piece[len(label) + 1 :])
        return self._number(piece) if self.bare else None

    def _number(self, text: str) -> float | None:
        return min(max(float(text), self.low), self.high) if NUMBER.fullmatch(text) else None

    def shown(self) -> str:
        usual = "" if self.default is None else f", default {self.default:g}"
        label = "" if self.bare else f"{self.labels[0]}_"
        return f"{self.name}: {label}{self.low:g} to {self.high:g}{usual}"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some words."""

    name: str
    choices: tuple[str, ...]
    default: str | None
    label: str = ""

    def take(self, piece: str) -> str | None:
        word = piece.removeprefix(f"{self.label}_") if self.label else piece
        return word if word in self.choices else None

    def shown(self) -> str:
        return f"{self.name}: {', '.join(self.choices)}" + (f"; default {self.default}" if self.default else "")


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour; `rgb:` is put together again before the pieces are told apart."""

    name: str
    default: RGBA | None = None

    def take(self, piece: str) -> RGBA | None:
        try:
            return colour(piece)
        except BadRequest:
            return None

    def shown(self) -> str:
        return f"{self.name}: a colour"


@dataclass(frozen=True, slots=True)
class Rest:
    """Every piece that is left, as the effect itself reads them."""

    name: str
    meaning: str
    default: tuple[str, ...] = ()

    def take(self, piece: str) -> str:
        return piece

    def shown(self) -> str:
        return f"{self.name}: {self.meaning}"


def invalid(value: str) -> BadRequest:
    return BadRequest(f"Invalid effect in transformation: {value[:100]}")


def read(arguments: Sequence[Argument], text: str, whole: str) -> Mapping[str, Any]:
    """The values of `a:b;c`. A piece is the next argument that it can be; an empty piece leaves the default."""
    values: dict[str, Any] = {argument.name: argument.default for argument in arguments}
    pieces = re.split("[:;]", re.sub(r"rgb:(?=[0-9a-fA-F]{3})", "#", text)) if text else []
    if len(pieces) > MOST_PIECES:
        raise invalid(whole)
    waiting = list(arguments)
    for piece in pieces:
        if waiting and isinstance(waiting[0], Rest):
            values[waiting[0].name] = (*values[waiting[0].name], piece)
            continue
        if not piece and waiting:
            waiting.pop(0)
            continue
        while waiting and (value := waiting[0].take(piece)) is None:
            waiting.pop(0)
        if not waiting:
            raise invalid(whole)
        argument = waiting[0] if isinstance(waiting[0], Rest) else waiting.pop(0)
        values[argument.name] = (value,) if isinstance(argument, Rest) else value
    return values
