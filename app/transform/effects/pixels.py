"""What effects are made of: curves, matrices and bands of rows, so that memory stays small; and what an effect may know."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from app.transform.colours import RGBA

Floats = npt.NDArray[Any]  # mostly of 0 to 1
Region = tuple[int, int, int, int]  # left, top, right, bottom
Affine = tuple[float, float, float, float, float, float]
STILL: Affine = (1, 0, 0, 0, 1, 0)
BAND = 1 << 20  # pixels that are held as fractions at a time
MOST_PIXELS = 50_000_000
LUMA = (0.299, 0.587, 0.114)


def _nothing() -> Sequence[Region]:
    return ()


@dataclass(frozen=True, slots=True)
class Around:
    """What an effect may know besides its picture and arguments: qualifiers of the component, and regions found when asked for."""

    colour: RGBA | None = None
    x: float | None = None
    y: float | None = None
    faces: Callable[[], Sequence[Region]] = _nothing
    regions: Callable[[], Sequence[Region]] = _nothing
    most_pixels: int = MOST_PIXELS


@dataclass(frozen=True, slots=True)
class Moved:
    """A picture and where its pixels came from: x' = a x + b y + c and y' = d x + e y + f, from old places to new ones."""

    image: Image.Image
    affine: Affine = STILL

    @property
    def left(self) -> float:
        return self.affine[2]

    @property
    def top(self) -> float:
        return self.affine[5]

    def then(self, later: "Moved") -> "Moved":
        """The later picture, with both moves as one."""
        return Moved(later.image, followed(self.affine, later.affine))


def followed(first: Affine, second: Affine) -> Affine:
    """One move after the other as one."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return (p * a + q * d, p * b + q * e, p * c + q * f + r, s * a + t * d, s * b + t * e, s * c + t * f + u)


def shifted(image: Image.Image, left: float, top: float) -> Moved:
    """A picture whose old top left corner now lies there."""
    return Moved(image, (1, 0, left, 0, 1, top))


def plain(image: Image.Image) -> Image.Image:
    return image if image.mode == "RGB" else image.convert("RGB")


def like(image: Image.Image, changed: Image.Image) -> Image.Image:
    """The changed colours with the opacity of the picture they come from."""
    if image.mode != "RGBA":
        return plain(changed)
    whole = changed.convert("RGBA")
    whole.putalpha(image.getchannel("A"))
    return whole


def mixed(image: Image.Image, changed: Image.Image, share: float) -> Image.Image:
    """`share` percent of the change, on the opacity of the picture."""
    return like(image, Image.blend(plain(image), plain(changed), min(max(share / 100, 0.0), 1.0)))


def curve(image: Image.Image, *functions: Callable[[Floats], Any]) -> Image.Image:
    """Each channel through a function of 0 to 1: one for all three, or one each."""
    levels = np.linspace(0, 1, 256, dtype=np.float32)
    tables = [np.clip(np.nan_to_num(function(levels)) * 255 + 0.5, 0, 255).astype(np.uint8).tolist() for function in functions]
    return like(image, plain(image).point([level for table in (tables * 3)[:3] for level in table]))


def matrix(image: Image.Image, rows: Sequence[Sequence[float]]) -> Image.Image:
    """Colours through a matrix of three rows, of three or four columns (the last is added, in levels)."""
    flat = tuple(float(value) for row in rows for value in (*row[:3], row[3] if len(row) > 3 else 0.0))
    return like(image, plain(image).convert("RGB", flat))


def bands(image: Image.Image, function: Callable[[Floats, int], Any]) -> Image.Image:
    """Pixels as fractions through a function, some rows at a time; it also gets the number of its first row."""
    height = max(1, BAND // image.width)
    result = image.copy()
    for top in range(0, image.height, height):
        box = (0, top, image.width, min(top + height, image.height))
        pixels = np.asarray(image.crop(box), np.float32) / 255
        changed = np.clip(np.nan_to_num(function(pixels, top)) * 255 + 0.5, 0, 255).astype(np.uint8)
        result.paste(Image.fromarray(changed), box)
    return result


def coloured(image: Image.Image, function: Callable[[Floats, int], Any]) -> Image.Image:
    """As bands, on the three colours alone."""
    return like(image, bands(plain(image), function))


def gray(pixels: Floats) -> Floats:
    return pixels[..., :3] @ np.array(LUMA, np.float32)


def opaque(image: Image.Image) -> Image.Image:
    """The picture with an opacity channel, which is full where it had none."""
    return image if image.mode == "RGBA" else image.convert("RGBA")


def faded(image: Image.Image, table: Sequence[int]) -> Image.Image:
    """The picture with its opacity through a table of 256 levels."""
    whole = opaque(image).copy()
    whole.putalpha(whole.getchannel("A").point(list(table)))
    return whole
