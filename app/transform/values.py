"""Variables and the words that stand for facts of the picture, put into the values of a component."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.transform import expressions
from app.transform.expressions import Value
from app.transform.grammar import Step
from app.transform.scene import Scene
from app.transform.sizes import Size

WHOLE = ("w", "h", "x", "y", "ar", "z", "o", "a", "dpr")  # whose value is one expression
PIXELS = ("w", "h", "x", "y", "r", "bo", "a")  # whose computed numbers are whole
OPERANDS = ("w", "h", "ar", "iw", "ih", "iar", "tar", "cp", "pc", "fc", "px", "py", "du", "idu", "ils")
VARIABLE = re.compile(r"\$([A-Za-z][A-Za-z0-9]*)")


@dataclass(slots=True)
class Ledger:
    """What is known while a chain runs: the source's size, pages and page, and the variables set so far.

    A variable that was written as a number keeps its spelling, so that 0.5 stays a share; computed ones are numbers.
    """

    scene: Scene
    source: Size
    pages: int = 1
    page: int = 1
    faces: Callable[[], int] = lambda: 0
    variables: dict[str, Value] = field(default_factory=dict)

    def lookup(self, size: Size) -> Callable[[str], Value | None]:
        """The value of a word, for a picture of that size."""
        numbers: Mapping[str, Callable[[], float]] = {
            "w": lambda: size[0],
            "h": lambda: size[1],
            "ar": lambda: size[0] / size[1],
            "iw": lambda: self.source[0],
            "ih": lambda: self.source[1],
            "iar": lambda: self.source[0] / self.source[1],
            "tar": lambda: self.source[0] / self.source[1],
            "cp": lambda: self.page,
            "pc": lambda: self.pages,
            "fc": self.faces,
        }

        def found(word: str) -> Value | None:
            if word.startswith("$"):
                return self.variables.get(word[1:])
            if word in OPERANDS:
                return float(numbers[word]() if word in numbers else 0)
            return self.scene.facts(word)

        return found

    def set(self, step: Step, size: Size) -> None:
        """Take over the variables of a component. Raises BadRequest."""
        for name, text in step.variables:
            literal = expressions.NUMBER.fullmatch(text)
            self.variables[name] = text if literal or text.startswith("!") else expressions.value(text, self.lookup(size))

    def holds(self, condition: str, size: Size) -> bool:
        return expressions.holds(condition, self.lookup(size))

    def resolved(self, params: Mapping[str, str], size: Size) -> Mapping[str, str]:
        """The values with nothing left to compute. Raises BadRequest."""
        return {key: self._value(key, value, size) for key, value in params.items()}

    def texts(self) -> Mapping[str, str]:
        """The variables as a text layer shows them."""
        return {name: _text("", value) for name, value in self.variables.items()}

    def _value(self, key: str, text: str, size: Size) -> str:
        if key in WHOLE and (text in OPERANDS or expressions.is_expression(text)):
            return _text(key, expressions.value(text, self.lookup(size)))
        if ("$" not in text and not expressions.is_expression(text)) or (key in ("l", "u") and "$(" in text):
            return text
        if key in ("l", "u", "t", "if"):
            return VARIABLE.sub(lambda found: self._piece(key, found[0], size), text)
        return ":".join(self._piece(key, piece, size) for piece in text.split(":"))

    def _piece(self, key: str, piece: str, size: Size) -> str:
        if expressions.is_expression(piece):
            name, word, rest = piece.partition("_") if not piece.startswith("$") else ("", "", piece)
            known = piece.startswith("$") or name in OPERANDS
            if known and (VARIABLE.fullmatch(piece) or any(f"_{sign}_" in piece for sign in expressions.ARITHMETIC)):
                return _text(key, expressions.value(piece, self.lookup(size)))
            return VARIABLE.sub(lambda found: _text(key, expressions.value(found[0], self.lookup(size))), name + word + rest)
        return piece


def _text(key: str, found: Value) -> str:
    if isinstance(found, tuple):
        return ":".join(found)
    if isinstance(found, str):
        return found[1:-1] if len(found) > 1 and found[0] == found[-1] == "!" else found
    return str(round(found)) if key in PIXELS or found == int(found) else f"{found:.6g}"
