"""What a rendering asks of the world, what it is asked for, and what it gives back."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels of the upright source


class Scene(Protocol):
    """The asset and its surroundings. Everything is computed only when it is asked for."""

    def layer(self, type: str, public_id: str) -> Path:
        """The file of another asset of the cloud. Raises NotFound."""

    def remote(self, url: str) -> Path:
        """The file behind an address. Raises BadRequest where fetching is not allowed."""

    def text_style(self, public_id: str) -> str:
        """The words of a stored text style. Raises NotFound."""

    def faces(self) -> Sequence[Box]:
        """Stored face coordinates, else what a detector finds; largest first."""

    def custom(self) -> Sequence[Box]:
        """Stored custom coordinates."""

    def region(self, name: str) -> Sequence[Box]:
        """A stored region by its name."""

    def objects(self, word: str) -> Sequence[Box] | None:
        """Where a thing is seen, surest first: stored findings, else a detector's. None for a word that names nothing."""

    def things(self) -> Sequence[Box]:
        """Everything that is seen, surest first: stored findings, else a quick detector's."""

    def facts(self, name: str) -> str | tuple[str, ...] | None:
        """`tags`, `ctx:!key!` and `md:!external_id!`; None where there is no such thing."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller asks for beside the steps, and what the picture was before."""

    extension: str = ""  # of the URL, as a format's name
    stored: str = "jpg"  # the format of the source
    accept: str = ""
    save_data: bool = False
    dpr: float = 1.0  # client hints
    width: int | None = None
    quality_override: str = ""

    @property
    def accepted(self) -> frozenset[str]:
        """The media types that Accept names outright, wildcards and refusals (q=0) left out."""
        items = [item.replace(" ", "").partition(";") for item in self.accept.lower().split(",")]
        return frozenset(name for name, _, more in items if not re.fullmatch(r"q=0(\.0*)?", more))


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a rendering may cost."""

    source_pixels: int = 50_000_000
    decoded_bytes: int = 256_000_000
    pixels: int = 25_000_000  # of the result and of everything on the way
    frames: int = 1000
    formats: tuple[str, ...] = ("jpg", "png", "webp", "gif", "bmp", "tiff", "avif", "ico", "pdf")


@dataclass(frozen=True, slots=True)
class Rendered:
    """The encoded picture: a file of the given folder, its format and size, and by which request headers it was chosen."""

    path: Path
    format: str
    width: int
    height: int
    source: tuple[int, int]
    pages: int = 1
    varies: tuple[str, ...] = ()
    info: Mapping[str, object] = field(default_factory=dict)  # what fl_getinfo tells beyond sizes
