"""What the components of a chain say of the whole result: format, quality, density, delay, colours and flags; the last word counts.

Source: transformation reference, the parameters that act on delivery wherever they stand.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from PIL import Image

from app.errors import BadRequest
from app.imaging.opening import Source
from app.params.transformations import WORDS
from app.transform import background, keeping, output
from app.transform.colours import colour
from app.transform.grammar import Step
from app.transform.output import Output
from app.transform.scene import Wish

HEARD = ("f", "q", "dn", "dl", "b", "cs")
REFUSED = ("fn",)  # custom functions run somebody's code
SLOWEST = 655_350  # milliseconds: a GIF counts a frame's hundredths in two bytes
DENSEST = 4800


def _number(key: str, value: str) -> None:
    if not (value.isascii() and value.isdecimal() and len(value) < 10):
        raise BadRequest(f"Invalid {WORDS[key]} in transformation: {value[:100]}")


CHECKS: Mapping[str, Callable[[str], object]] = {
    "q": output.check_quality,
    "cs": keeping.check_space,
    "b": background.check,
    "co": colour,
    "dn": lambda value: _number("dn", value),
    "dl": lambda value: _number("dl", value),
}


def check(params: Mapping[str, str]) -> None:
    """Raise BadRequest for a value that is none, whether this component would use it or not, and for what is not done here."""
    for key in REFUSED:
        if key in params:
            raise BadRequest(f"Unsupported {WORDS[key]} in transformation: {params[key][:100]}")
    for key, test in CHECKS.items():
        if key in params:
            test(params[key])


def last(steps: Sequence[Step], key: str) -> str:
    """The last word on something that must be known before anything is decoded."""
    return next((step.params[key] for step in reversed(steps) if key in step.params), "")


@dataclass(slots=True)
class Said:
    words: dict[str, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)

    def take(self, params: Mapping[str, str], flags: Iterable[str]) -> None:
        self.words |= {key: params[key] for key in HEARD if key in params}
        self.flags |= set(flags)

    def delay(self, source: Source) -> int:
        """How long the current frame is shown, in milliseconds."""
        return min(int(self.words["dl"]), SLOWEST) if "dl" in self.words else source.delay()

    def output(self, source: Source, frames: Sequence[Image.Image], wish: Wish, space: str) -> Output:
        """How the frames are written. Raises BadRequest for a format that nobody can write."""
        first = frames[0]
        clear = first.mode == "RGBA" and first.getchannel("A").getextrema() != (255, 255)
        keeps = clear or ("preserve_transparency" in self.flags and first.mode == "RGBA")
        format, varies = output.format_of(self.words.get("f", ""), wish, clear=keeps, moving=len(frames) > 1, size=first.size)
        density = self.words.get("dn")
        return Output(
            format=format,
            quality=self.words.get("q", ""),
            flags=frozenset(self.flags),
            density=min(max(int(density), 1), DENSEST) if density else None,
            loop=source.loop,
            ground=self.words.get("b", "white"),
            varies=varies,
            kept=keeping.kept(source, self.flags, space),
            ink=keeping.ink(source, space),
        )
