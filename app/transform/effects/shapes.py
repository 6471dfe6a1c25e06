"""Effects on the outline and the geometry: shadows, outlines, trimming, distortion."""

from math import cos, pi, radians, sin, tan

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from app.errors import BadRequest
from app.transform.colours import BLACK, GRAY, RGBA
from app.transform.effects.arguments import NUMBER, invalid
from app.transform.effects.pixels import Around, Floats, Moved, opaque, plain, shifted
from app.transform.effects.tints import edge_colour

OFFSET = 10.0  # pixels of a shadow without x and y
FURTHEST = 10_000.0  # pixels that a corner may be pulled away
SLICES = 48  # of a picture that is bent
STEEPEST = 80.0  # degrees of a shear


def trim(image: Image.Image, around: Around, tolerance: float, unwanted: RGBA | None) -> Moved:
    """Cuts off edges of one colour (default: that of the edges) or without opacity."""
    if image.mode == "RGBA" and not unwanted and image.getchannel("A").getextrema()[0] == 0:
        box = image.getchannel("A").getbbox()
    else:
        ground = Image.new("RGB", image.size, (unwanted or edge_colour(image))[:3])
        red, green, blue = ImageChops.difference(plain(image), ground).split()
        far = ImageChops.lighter(ImageChops.lighter(red, green), blue)
        box = far.point([255 if level > tolerance * 2.55 else 0 for level in range(256)]).getbbox()
    if not box:
        return Moved(image)
    return shifted(image.crop(box), -box[0], -box[1])


def shadow(image: Image.Image, around: Around, strength: float) -> Moved:
    """A soft shadow in the colour of co_ (default gray), moved by x and y; the picture grows by it."""
    x, y = (_pixels(value, side) for value, side in ((around.x, image.width), (around.y, image.height)))
    return _cast(image, x, y, strength / 100 * 20, around.colour or GRAY, around.most_pixels)


def dropshadow(image: Image.Image, around: Around, azimuth: float, elevation: float, spread: float) -> Moved:
    """The shadow of a light at that azimuth (0 is north, 90 east) and height; an approximation: it lies flat behind the picture."""
    length = min(image.size) * 0.12 / tan(radians(min(max(elevation, 15), 89)))
    direction = radians(azimuth + 180)
    x, y = round(length * sin(direction)), round(-length * cos(direction))
    return _cast(image, x, y, 1 + spread / 100 * min(image.size) * 0.08, around.colour or (*BLACK[:3], 160), around.most_pixels)


def _pixels(value: float | None, side: int) -> int:
    reach = OFFSET if value is None else value * side if abs(value) < 1 else value
    return round(min(max(reach, -side), side))


def _cast(image: Image.Image, x: int, y: int, sigma: float, colour: RGBA, most: int) -> Moved:
    reach = round(sigma * 2.5)
    left, top = max(0, reach - x), max(0, reach - y)
    size = left + image.width + max(0, reach + x), top + image.height + max(0, reach + y)
    _bounded(size, most)
    silhouette = Image.new("L", size)
    silhouette.paste(
        opaque(image).getchannel("A").point([round(level * colour[3] / 255) for level in range(256)]), (left + x, top + y)
    )
    result = Image.new("RGBA", size, (*colour[:3], 0))
    result.putalpha(silhouette.filter(ImageFilter.GaussianBlur(sigma)))
    result.alpha_composite(opaque(image), (left, top))
    return shifted(result, left, top)


def outline(image: Image.Image, around: Around, mode: str, width: float, blur: float) -> Moved:
    """A line in the colour of co_ (default black) around what is opaque, or inside it; `fill` fills it."""
    outer = mode == "outer"
    margin = round(width + blur * 0.03) if outer else 0
    size = image.width + 2 * margin, image.height + 2 * margin
    _bounded(size, around.most_pixels)
    whole = Image.new("RGBA", size)
    whole.paste(opaque(image), (margin, margin))
    shape = whole.getchannel("A")
    solid = shape.point([255 if level > 8 else 0 for level in range(256)])
    ink = shape
    if mode != "fill":
        source = solid if outer else ImageChops.invert(_framed(solid))
        grown = source.filter(ImageFilter.GaussianBlur(width / 1.64)).point(
            [min(255, max(0, (level - 9) * 32)) for level in range(256)]
        )
        if outer:  # not behind what shows through
            ink = ImageChops.multiply(grown, ImageChops.invert(solid.filter(ImageFilter.MinFilter(3))))
        else:
            ink = ImageChops.multiply(grown.crop((1, 1, grown.width - 1, grown.height - 1)), shape)
    if blur:
        ink = ink.filter(ImageFilter.GaussianBlur(blur * 0.015))
        ink = ink if outer else ImageChops.multiply(ink, shape)
    colour = around.colour or BLACK
    line = Image.new("RGBA", size, (*colour[:3], 0))
    line.putalpha(ink.point([round(level * colour[3] / 255) for level in range(256)]))
    if outer:
        line.alpha_composite(whole)
        return shifted(line, margin, margin)
    if mode == "inner_fill":
        return Moved(line)
    whole.alpha_composite(line)
    return Moved(whole)


def _framed(shape: Image.Image) -> Image.Image:
    """With a transparent pixel around, so that the picture's own edge is an edge of the shape."""
    framed = Image.new("L", (shape.width + 2, shape.height + 2))
    framed.paste(shape, (1, 1))
    return framed


def distort(image: Image.Image, around: Around, values: tuple[str, ...]) -> Moved:
    """Pulls the corners to x1:y1 … x4:y4, clockwise from the top left, or bends the picture along an arc (`arc:<degrees>`)."""
    whole = "distort:" + ":".join(values)
    if values[:1] == ("arc",):
        if len(values) != 2 or not NUMBER.fullmatch(values[1]):
            raise invalid(whole)
        return _arc(image, min(max(float(values[1]), -360), 360), around.most_pixels)
    if len(values) != 8 or not all(NUMBER.fullmatch(value) for value in values):
        raise invalid(whole)
    numbers = np.clip(np.array(values, np.float64), -FURTHEST, FURTHEST)
    corners = numbers.reshape(4, 2) - numbers.reshape(4, 2).min(axis=0)
    width, height = (max(1, round(side)) for side in corners.max(axis=0))
    _bounded((width, height), around.most_pixels)
    source = np.array([(0, 0), (image.width, 0), (image.width, image.height), (0, image.height)], np.float64)
    try:
        terms = _perspective(corners, source)
    except np.linalg.LinAlgError:
        raise invalid(whole) from None
    bent = opaque(image).transform((width, height), Image.Transform.PERSPECTIVE, terms, Image.Resampling.BICUBIC)
    return Moved(bent, (width / image.width, 0, 0, 0, height / image.height, 0))


def _perspective(new: Floats, old: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> tuple[float, ...]:
    """The eight terms that lead from a place in the new picture to its place in the old one."""
    rows, wanted = [], []
    for (x, y), (u, v) in zip(new, old, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        wanted += [u, v]
    return tuple(np.linalg.solve(np.array(rows), np.array(wanted)).tolist())


def _arc(image: Image.Image, degrees: float, most: int) -> Moved:
    """Slices of the picture stand as spokes of a wheel whose rim, halfway up, is as long as the picture is wide."""
    if abs(degrees) < 1:
        return Moved(image)
    angle, up = radians(abs(degrees)), degrees > 0
    middle = max(image.width / angle, image.height / 2 + 1)
    outer, inner = middle + image.height / 2, middle - image.height / 2
    half = min(angle / 2, pi)
    width = 2 * (outer * sin(min(half, pi / 2)))
    bottom = inner * cos(half) if half < pi / 2 else outer * cos(half)
    size = max(1, round(width)), max(1, round(outer - bottom))
    _bounded(size, most)

    def place(share: float, radius: float) -> tuple[float, float]:
        turn = (share - 0.5) * angle
        return width / 2 + radius * sin(turn), outer - radius * cos(turn)

    source = opaque(image) if up else opaque(image).rotate(180)
    result = Image.new("RGBA", size)
    for slice in range(SLICES):
        shares = slice / SLICES, (slice + 1) / SLICES
        corners = np.array([place(shares[0], outer), place(shares[1], outer), place(shares[1], inner), place(shares[0], inner)])
        left, top = np.floor(corners.min(axis=0)).astype(int).tolist()
        right, low = (np.ceil(corners.max(axis=0)).astype(int) + 1).tolist()
        old = np.array(
            [
                (share * image.width, down)
                for share, down in ((shares[0], 0), (shares[1], 0), (shares[1], image.height), (shares[0], image.height))
            ]
        )
        terms = _perspective(corners - (left, top), old)
        piece = source.transform((right - left, low - top), Image.Transform.PERSPECTIVE, terms, Image.Resampling.BILINEAR)
        mask = Image.new("L", (image.width, 1))
        mask.paste(255, (int(shares[0] * image.width), 0, int(shares[1] * image.width) + 1, 1))
        spoke = mask.resize(image.size).transform(piece.size, Image.Transform.PERSPECTIVE, terms)
        result.paste(piece, (left, top), spoke)
    return Moved(result if up else result.rotate(180))


def shear(image: Image.Image, around: Around, across: float, down: float) -> Moved:
    """Slants the picture by degrees along x and along y; the picture grows by it."""
    slope, drop = (tan(radians(min(max(value, -STEEPEST), STEEPEST))) for value in (across, down))
    if abs(1 - slope * drop) < 0.05:
        raise invalid(f"shear:{across:g}:{down:g}")
    corners = np.array([(x + slope * y, y + drop * x) for x in (0, image.width) for y in (0, image.height)])
    left, top = corners.min(axis=0).tolist()
    size = tuple(max(1, round(side)) for side in (corners.max(axis=0) - corners.min(axis=0)).tolist())
    _bounded((size[0], size[1]), around.most_pixels)
    scale = 1 / (1 - slope * drop)
    terms = (scale, -slope * scale, scale * (left - slope * top), -drop * scale, scale, scale * (top - drop * left))
    slanted = opaque(image).transform((size[0], size[1]), Image.Transform.AFFINE, terms, Image.Resampling.BICUBIC)
    return Moved(slanted, (1, slope, -left, drop, 1, -top))


def _bounded(size: tuple[int, int], most: int) -> None:
    if size[0] * size[1] > most:
        raise BadRequest(f"Invalid effect in transformation: {size[0]} x {size[1]} pixels are more than {most / 1e6:g} megapixels")
