"""Effects on colours: grayscale, sepia, tints, replaced and mixed channels."""

from typing import Any

import numpy as np
from PIL import Image, ImageOps

from app.imaging.colours import main_colours
from app.imaging.spaces import small
from app.transform.colours import GRAY, RGBA, colour
from app.transform.effects.arguments import NUMBER, invalid
from app.transform.effects.pixels import Around, Floats, bands, coloured, curve, faded, like, matrix, mixed, opaque, plain

SEPIA = ((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131))
FURTHEST = 441.7  # between black and white
STRONGEST = 16.0  # number in a matrix


def grayscale(image: Image.Image, around: Around) -> Image.Image:
    """Shades of gray."""
    return like(image, image.convert("L"))


def negate(image: Image.Image, around: Around) -> Image.Image:
    """The negative."""
    return curve(image, lambda value: 1 - value)


def sepia(image: Image.Image, around: Around, level: float) -> Image.Image:
    """Brown as an old photograph."""
    return mixed(image, matrix(plain(image), SEPIA), level)


def blackwhite(image: Image.Image, around: Around, threshold: float) -> Image.Image:
    """Black and white, with nothing between."""
    edge = threshold * 2.55
    return like(image, image.convert("L").point([255 if level >= edge else 0 for level in range(256)]))


def colorize(image: Image.Image, around: Around, level: float) -> Image.Image:
    """Lays a colour (co_, default gray) over the picture; at 100 only the shape is left."""
    return mixed(image, Image.new("RGB", image.size, (around.colour or GRAY)[:3]), level)


def tint(image: Image.Image, around: Around, equalize: str | None, amount: float, stops: tuple[str, ...]) -> Image.Image:
    """Shades become a gradient of colours, each with its place in percent (`50p`) or evenly spread."""
    places, colours = _stops(stops)
    levels = image.convert("L")
    if equalize:
        levels = ImageOps.equalize(levels)
    table = [
        np.interp(np.linspace(0, 1, 256), places, [stop[channel] for stop in colours]).round().astype(int).tolist()
        for channel in range(3)
    ]
    return mixed(image, Image.merge("RGB", [levels.point(channel) for channel in table]), amount)


def _stops(texts: tuple[str, ...]) -> tuple[list[float], list[RGBA]]:
    colours: list[RGBA] = []
    given: dict[int, float] = {}
    for text in texts or ("red",):
        if colours and NUMBER.fullmatch(text.removesuffix("p")):
            given[len(colours) - 1] = min(max(float(text.removesuffix("p")) / 100, 0.0), 1.0)
        else:
            colours.append(colour(text, "effect"))
    if len(colours) == 1:
        return [0.0, given.get(0, 0.5), 1.0], [(0, 0, 0, 255), colours[0], (255, 255, 255, 255)]
    places = [given.get(place, place / (len(colours) - 1)) for place in range(len(colours))]
    return [float(place) for place in np.maximum.accumulate(places)], colours


def replace_color(image: Image.Image, around: Around, to: RGBA | None, tolerance: float, origin: RGBA | None) -> Image.Image:
    """Another colour in place of one (default: the most frequent) and those near it, with their shades."""
    if to is None:
        raise invalid("replace_color")
    source = origin or colour(main_colours(small(plain(image), 128))[0][0])
    old, new = (np.array(value[:3], np.float32) / 255 for value in (source, to))
    reach = max(tolerance / 100, 0.005)

    def replaced(pixels: Floats, _: int) -> Any:
        far = np.sqrt(((pixels - old) ** 2).mean(axis=2, keepdims=True))
        share = np.clip((reach - far) / (reach * 0.3), 0, 1)
        return pixels + share * (new - old)

    return coloured(image, replaced)


def recolor(image: Image.Image, around: Around, values: tuple[str, ...]) -> Image.Image:
    """Channels mixed by a matrix of 3 by 3 (colours) or 4 by 4 (colours and opacity) numbers, row by row."""
    if len(values) not in (9, 16) or not all(NUMBER.fullmatch(value) for value in values):
        raise invalid("recolor:" + ":".join(values))
    side = 3 if len(values) == 9 else 4
    rows = np.clip(np.array(values, np.float64).astype(np.float32), -STRONGEST, STRONGEST).reshape(side, side)
    if side == 3:
        return matrix(image, rows.tolist())
    return bands(opaque(image), lambda pixels, _: pixels @ rows.T)


def opacity_threshold(image: Image.Image, around: Around, level: float) -> Image.Image:
    """Pixels are wholly transparent below the level, and wholly opaque above."""
    return faded(image, [255 if number >= level * 2.55 else 0 for number in range(256)])


def make_transparent(image: Image.Image, around: Around, tolerance: float) -> Image.Image:
    """Takes out the colour of co_, or the one at the picture's edge, and those within the tolerance."""
    return _without(image, around.colour or edge_colour(image), tolerance)


def edge_colour(image: Image.Image) -> RGBA:
    """The median colour of the outermost pixels."""
    box = image.width - 1, image.height - 1
    sides = (
        (0, 0, image.width, 1),
        (0, box[1], image.width, image.height),
        (0, 0, 1, image.height),
        (box[0], 0, image.width, image.height),
    )
    pixels = np.concatenate([np.asarray(plain(image).crop(side)).reshape(-1, 3) for side in sides])
    red, green, blue = np.median(pixels, axis=0).astype(int).tolist()
    return red, green, blue, 255


def _without(image: Image.Image, unwanted: RGBA, tolerance: float) -> Image.Image:
    target = np.array(unwanted[:3], np.float32) / 255
    reach = max(tolerance / 100, 0.004)

    def cleared(pixels: Floats, _: int) -> Any:
        far = np.sqrt(((pixels[..., :3] - target) ** 2).mean(axis=2))
        kept = np.clip((far - reach) / (reach * 0.25) + 1, 0, 1)
        return np.dstack([pixels[..., :3], pixels[..., 3] * kept])

    return bands(opaque(image), cleared)


def ordered_dither(image: Image.Image, around: Around, type: float) -> Image.Image:
    """Few levels in a regular pattern: 0 a threshold, 1 checks, 2 to 5 dispersed dots, 6 to 18 halftones."""
    tile = _tile(int(type))

    def dots(pixels: Floats, top: int) -> Any:
        height, width = pixels.shape[:2]
        rows = (np.arange(height) + top) % tile.shape[0]
        edges = tile[rows][:, np.arange(width) % tile.shape[1]]
        return (pixels > edges[..., None]).astype(np.float32)

    return coloured(image, dots)


def _tile(type: int) -> Floats:
    if type < 6:
        side = (1, 2, 2, 3, 4, 8)[type]
        if type == 1:
            return np.array([[0.25, 0.75], [0.75, 0.25]], np.float32)
        ranks = np.array([[3, 7, 5], [8, 1, 2], [6, 4, 9]], np.float32) if side == 3 else _bayer(side)
    else:
        side = (4, 6, 8, 16, 4, 6, 8, 16, 5, 5, 6, 6, 7)[type - 6]
        row, column = np.mgrid[0:side, 0:side] + 0.5 - side / 2
        angled = type < 10
        ranks = np.cos(row * 2 * np.pi / side) * (1 if not angled else 0.5) + np.cos(column * 2 * np.pi / side)
        ranks = -ranks if type in (15, 17) else ranks
    flat = ranks.ravel().argsort(kind="stable").argsort(kind="stable")
    tile: Floats = ((flat + 0.5) / flat.size).reshape(ranks.shape).astype(np.float32)
    return tile


def _bayer(side: int) -> Floats:
    """Bayer's matrix of 1, 2, 4, 8 … rows: the order in which dots appear, as far from each other as can be."""
    if side == 1:
        return np.zeros((1, 1), np.float32)
    quarter = _bayer(side // 2) * 4
    return np.block([[quarter, quarter + 2], [quarter + 3, quarter + 1]]).astype(np.float32)
