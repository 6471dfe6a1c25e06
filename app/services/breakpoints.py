"""Responsive breakpoints: the widths of a picture that are worth keeping, each so many bytes larger than the last.

The size of an encoded picture grows with a power of its width; two renderings tell which, and the widths between them follow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

from app.db.assets import Asset
from app.db.rendering import Rendering
from app.errors import BadRequest
from app.params.rendering import Breakpoints
from app.services.rendering import Renderer
from app.transform.scene import Wish


@dataclass(frozen=True, slots=True)
class Found:
    """What one item of the request came to: its transformation, and the renderings from the widest to the narrowest."""

    transformation: str
    ending: str
    renderings: Sequence[tuple[str, Rendering]]


def found(renderer: Renderer, asset: Asset, wanted: Sequence[Breakpoints]) -> list[Found]:
    """Render the picture at each width that is worth it. Raises BadRequest."""
    return [_found(renderer, asset, item) for item in wanted]


def _found(renderer: Renderer, asset: Asset, item: Breakpoints) -> Found:
    ending = item.format or ""

    def at(width: int | None) -> tuple[str, Rendering]:
        scaled = f"c_scale,w_{width}" if width else ""
        text = "/".join(filter(None, (item.transformation, scaled)))
        if not text and not ending:
            text = "c_scale,w_1.0"
        return text, renderer.render(renderer.order(asset, text, Wish(extension=ending)))

    natural = at(None)[1].width
    widest = min(natural, item.max_width or item.most)
    narrowest = min(item.min_width or 50, widest)
    first, last = at(widest), at(narrowest)
    widths = between((narrowest, last[1].bytes), (widest, first[1].bytes), item.bytes_step or 20_000, item.max_images or 20)
    made = [first, *(at(width) for width in widths), *([last] if narrowest < widest else [])]
    return Found(item.transformation or "", ending, made)


def between(low: tuple[int, int], high: tuple[int, int], step: int, most: int) -> list[int]:
    """Widths between two, widest first, that are about `step` bytes apart; with the two there are at most `most`."""
    (narrow, small), (wide, large) = low, high
    count = min(most - 2, (large - small) // max(step, 1) - 1)
    if count < 1 or narrow >= wide or small <= 0:
        return []
    power = max(0.2, log(large / small) / log(wide / narrow))
    sizes = [small + (large - small) * place / (count + 1) for place in range(count, 0, -1)]
    widths = [round(narrow * (size / small) ** (1 / power)) for size in sizes]
    return [width for width in dict.fromkeys(widths) if narrow < width < wide]


def widths(asset: Asset, renderer: Renderer, value: str) -> list[int]:
    """What `w_auto:breakpoints_50_1000_20_20:json` asks: least and greatest width, kilobytes a step, most pictures."""
    numbers = value.split(":")[1].split("_")[1:]
    if not all(number.isascii() and number.isdecimal() and len(number) < 6 for number in numbers) or len(numbers) > 4:
        raise BadRequest(f"Invalid width in transformation: {value[:100]}")
    given: Mapping[str, Any] = dict(zip(("min_width", "max_width", "bytes_step", "max_images"), map(int, numbers), strict=False))
    scaled = {name: number * 1024 if name == "bytes_step" else number for name, number in given.items()}
    made = _found(renderer, asset, Breakpoints.read({name: number for name, number in scaled.items() if number}))
    return sorted({item.width for _, item in made.renderings}, reverse=True)
