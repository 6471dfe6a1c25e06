"""One picture laid on another: where it lies, how the two mix, and how far the result reaches."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageChops

from app.errors import BadRequest
from app.transform.effects.pixels import BAND, Moved, opaque, plain

# Shares of the free room left of and above the layer, and which way x and y push: inward, for the centre to the right and down.
ANCHORS: Mapping[str, tuple[float, float, int, int]] = {
    "north_west": (0, 0, 1, 1), "north": (0.5, 0, 1, 1), "north_east": (1, 0, -1, 1),
    "west": (0, 0.5, 1, 1), "center": (0.5, 0.5, 1, 1), "east": (1, 0.5, -1, 1),
    "south_west": (0, 1, 1, -1), "south": (0.5, 1, 1, -1), "south_east": (1, 1, -1, -1),
}  # fmt: skip
MOST_TILES = 10_000
GRAIN = 8  # side of the noise that a layer against removal carries, in pixels


@dataclass(frozen=True, slots=True)
class Placing:
    """How a layer is laid. `x` and `y` are pixels; `mixing` names a blend of BLENDS, with its amount."""

    anchor: str = "center"
    x: int = 0
    y: int = 0
    under: bool = False
    tiled: bool = False
    grows: bool = True
    mixing: str = ""
    amount: float = 50
    most: int = 50_000_000


def position(base: tuple[int, int], layer: tuple[int, int], placing: Placing) -> tuple[int, int]:
    """Where the layer's top left corner lies on the base."""
    across, down, right, below = ANCHORS[placing.anchor]
    return (
        round((base[0] - layer[0]) * across) + right * placing.x,
        round((base[1] - layer[1]) * down) + below * placing.y,
    )


def laid(base: Image.Image, layer: Image.Image, placing: Placing) -> Moved:
    """The two as one. Where the layer reaches beyond the base the picture grows, unless a blend or `grows` says otherwise."""
    if placing.tiled:
        layer, left, top = _tiles(base.size, layer, placing)
    else:
        at = replace(placing, x=0, y=0) if placing.mixing == "displace" else placing
        left, top = position(base.size, layer.size, at)
    box = (0, 0, *base.size)
    if placing.grows and not placing.mixing and not placing.tiled:
        box = min(0, left), min(0, top), max(base.width, left + layer.width), max(base.height, top + layer.height)
    size = box[2] - box[0], box[3] - box[1]
    if size[0] * size[1] > placing.most:
        raise BadRequest(f"Invalid layer in transformation: {size[0]} x {size[1]} pixels are too many")
    wide = base if size == base.size else Image.new("RGBA", size)
    if wide is not base:
        wide.paste(base, (-box[0], -box[1]))
    over = Image.new("RGBA", size)
    over.paste(opaque(layer), (left - box[0], top - box[1]))
    moved = (1.0, 0.0, float(-box[0]), 0.0, 1.0, float(-box[1]))
    if placing.mixing:
        return Moved(BLENDS[placing.mixing](wide, over, placing), moved)
    if placing.under:
        over.alpha_composite(opaque(wide))
        return Moved(over if wide.mode == "RGBA" else over.convert("RGB"), moved)
    return Moved(_over(wide, over), moved)


def _over(base: Image.Image, layer: Image.Image) -> Image.Image:
    if base.mode == "RGB":
        result = base.copy()
        result.paste(layer, (0, 0), layer)
        return result
    return Image.alpha_composite(base, layer)


def _tiles(size: tuple[int, int], layer: Image.Image, placing: Placing) -> tuple[Image.Image, int, int]:
    """The layer side by side over the whole base, in step with the one at the placing's own position; x and y are gaps."""
    step = layer.width + max(placing.x, 0), layer.height + max(placing.y, 0)
    left, top = position(size, layer.size, Placing(placing.anchor))
    left, top = left % step[0] - step[0], top % step[1] - step[1]
    tile = opaque(layer)
    count = (size[0] // step[0] + 3) * (size[1] // step[1] + 3)
    if count > MOST_TILES:
        raise BadRequest("Invalid layer in transformation: too many tiles")
    sheet = Image.new("RGBA", size)
    for y in range(top, size[1], step[1]):
        for x in range(left, size[0], step[0]):
            sheet.paste(tile, (x, y))
    return sheet, 0, 0


def _multiply(base: Image.Image, layer: Image.Image, placing: Placing) -> Image.Image:
    """Darkens the picture by the layer's colours."""
    return _mixed(base, layer, ImageChops.multiply(plain(base), plain(layer)))


def _screen(base: Image.Image, layer: Image.Image, placing: Placing) -> Image.Image:
    """Lightens the picture by the layer's colours."""
    return _mixed(base, layer, ImageChops.screen(plain(base), plain(layer)))


def _overlay(base: Image.Image, layer: Image.Image, placing: Placing) -> Image.Image:
    """Darkens what is dark and lightens what is light."""
    return _mixed(base, layer, ImageChops.overlay(plain(base), plain(layer)))


def _mixed(base: Image.Image, layer: Image.Image, colours: Image.Image) -> Image.Image:
    """The mixed colours where the layer is, on the opacity of the base."""
    result = Image.composite(colours, plain(base), layer.getchannel("A"))
    if base.mode == "RGBA":
        result = result.convert("RGBA")
        result.putalpha(base.getchannel("A"))
    return result


def _mask(base: Image.Image, layer: Image.Image, placing: Placing) -> Image.Image:
    """The base shows where the layer is opaque and light."""
    return _clipped(base, ImageChops.multiply(plain(layer).convert("L"), layer.getchannel("A")))


def _cutter(base: Image.Image, layer: Image.Image, placing: Placing) -> Image.Image:
    """The base shows where the layer is opaque."""
    return _clipped(base, layer.getchannel("A"))


def _cut_out(base: Image.Image, layer: Image.Image, placing: Placing) -> Image.Image:
    """The base shows where the layer is not."""
    return _clipped(base, ImageChops.invert(layer.getchannel("A")))


def _clipped(base: Image.Image, mask: Image.Image) -> Image.Image:
    result = opaque(base).copy()
    result.putalpha(ImageChops.multiply(result.getchannel("A"), mask))
    return result


def _anti_removal(base: Image.Image, layer: Image.Image, placing: Placing) -> Image.Image:
    """The layer with an uneven opacity, so that its exact pixels cannot be subtracted again."""
    small = max(1, layer.width // GRAIN), max(1, layer.height // GRAIN)
    noise = np.random.default_rng(small[0] * 65_537 + small[1]).uniform(1 - placing.amount / 100 * 0.6, 1, small[::-1])
    grain = Image.fromarray((noise * 255).astype(np.uint8)).resize(layer.size, Image.Resampling.BICUBIC)
    uneven = layer.copy()
    uneven.putalpha(ImageChops.multiply(layer.getchannel("A"), grain))
    return _over(base, uneven)


def _displace(base: Image.Image, layer: Image.Image, placing: Placing) -> Image.Image:
    """Pixels moved by the layer's red across and green down: by x and y at full light, back in the dark, not at gray."""
    pixels = np.asarray(base)
    result = np.empty_like(pixels)
    columns = np.arange(base.width)
    height = max(1, BAND // base.width)
    for top in range(0, base.height, height):
        bottom = min(top + height, base.height)
        part = np.asarray(layer.crop((0, top, base.width, bottom)), np.float32)
        push = (part[..., :2] - 127.5) / 127.5 * (part[..., 3:] / 255)
        across = np.clip(columns + np.rint(push[..., 0] * placing.x).astype(int), 0, base.width - 1)
        down = np.clip(np.arange(top, bottom)[:, None] + np.rint(push[..., 1] * placing.y).astype(int), 0, base.height - 1)
        result[top:bottom] = pixels[down, across]
    return Image.fromarray(result)


BLENDS: Mapping[str, Callable[[Image.Image, Image.Image, Placing], Image.Image]] = {
    "multiply": _multiply,
    "screen": _screen,
    "overlay": _overlay,
    "mask": _mask,
    "cut_out": _cut_out,
    "anti_removal": _anti_removal,
    "cutter": _cutter,
    "displace": _displace,
}
