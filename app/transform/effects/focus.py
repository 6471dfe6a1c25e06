"""Effects on sharpness and detail: blur, sharpen, pixelate, of the whole picture or of regions, and a painter's hand."""

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps

from app.transform.effects.pixels import Around, Floats, Region, like, mixed, opaque, plain

SIGMA = 0.015  # pixels of the Gaussian a unit of strength
MARGIN = 0.08  # of a face's side, on every side: hair and chin are telling too
LARGEST_PAINTING = 2_000_000  # pixels that are painted; more are painted smaller and enlarged
SHADES = 10  # that a painter tells apart


def blur(image: Image.Image, around: Around, strength: float) -> Image.Image:
    """Blurs the picture."""
    return _blurred(image, strength * SIGMA)


def _blurred(image: Image.Image, sigma: float) -> Image.Image:
    if image.mode != "RGBA":
        return image.filter(ImageFilter.GaussianBlur(sigma))
    return image.convert("RGBa").filter(ImageFilter.GaussianBlur(sigma)).convert("RGBA")  # so that hidden colours do not bleed


def sharpen(image: Image.Image, around: Around, strength: float) -> Image.Image:
    """Sharpens edges."""
    return like(image, plain(image).filter(ImageFilter.UnsharpMask(1, round(strength), 0)))


def unsharp_mask(image: Image.Image, around: Around, strength: float) -> Image.Image:
    """Sharpens edges with a wider brush, and leaves noise."""
    return like(image, plain(image).filter(ImageFilter.UnsharpMask(2.5, round(strength), 3)))


def pixelate(image: Image.Image, around: Around, square: float | None) -> Image.Image:
    """Squares of one colour; their side is a fortieth of the picture's where none is given."""
    return _squares(image, round(square) if square else max(2, max(image.size) // 40))


def _squares(image: Image.Image, side: int) -> Image.Image:
    if side < 2:
        return image
    reduced = image.reduce(min(side, max(image.size)))
    wide = reduced.resize((reduced.width * side, reduced.height * side), Image.Resampling.NEAREST, reducing_gap=None)
    return wide.crop((0, 0, *image.size))


def blur_region(image: Image.Image, around: Around, strength: float) -> Image.Image:
    """Blurs the region of x, y, w and h, or what gravity finds (faces, an object); the whole picture where none is named."""
    return _within(image, around.regions(), lambda part: _hidden(part, strength))


def blur_faces(image: Image.Image, around: Around, strength: float) -> Image.Image:
    """Blurs every face, the more the larger it is."""
    return _within(image, _wider(image, around.faces()), lambda part: _hidden(part, strength))


def pixelate_region(image: Image.Image, around: Around, square: float | None) -> Image.Image:
    """Pixelates the region of x, y, w and h, or what gravity finds (faces, an object); the whole picture where none is named."""
    return _within(image, around.regions(), lambda part: _squares(part, round(square) if square else _coarse(part)))


def pixelate_faces(image: Image.Image, around: Around, square: float | None) -> Image.Image:
    """Pixelates every face."""
    return _within(image, _wider(image, around.faces()), lambda part: _squares(part, round(square) if square else _coarse(part)))


def _coarse(part: Image.Image) -> int:
    return max(3, max(part.size) // 8)


def _hidden(part: Image.Image, strength: float) -> Image.Image:
    """Strength as for blur, but at least in proportion: a weak blur of a large face hides nobody."""
    return _blurred(part, max(strength * SIGMA, min(strength, 1000) / 1000 * max(part.size)))


def _wider(image: Image.Image, regions: Sequence[Region]) -> list[Region]:
    result = []
    for left, top, right, bottom in regions:
        margin = round(MARGIN * max(right - left, bottom - top))
        result.append((left - margin, top - margin, right + margin, bottom + margin))
    return result


def _within(image: Image.Image, regions: Sequence[Region], change: Callable[[Image.Image], Image.Image]) -> Image.Image:
    result = image.copy()
    for left, top, right, bottom in regions:
        box = max(0, left), max(0, top), min(image.width, right), min(image.height, bottom)
        if box[0] < box[2] and box[1] < box[3]:
            result.paste(change(result.crop(box)), box)
    return result


def oil_paint(image: Image.Image, around: Around, level: float) -> Image.Image:
    """Brush strokes: each pixel takes the mean of the most frequent shade around it."""
    radius = max(1, round(level / 12))
    canvas = _paintable(image)
    pixels = np.asarray(canvas)
    shades = np.asarray(canvas.convert("L")).astype(np.int32) * SHADES // 256
    most = np.full(shades.shape, -1, np.int32)
    painted = np.zeros_like(pixels)
    for shade in range(SHADES):
        here = shades == shade
        if not here.any():
            continue
        count = np.asarray(Image.fromarray(here.astype(np.uint8) * 255).filter(ImageFilter.BoxBlur(radius)), np.int32)
        sums = np.asarray(Image.fromarray(pixels * here[..., None]).filter(ImageFilter.BoxBlur(radius)), np.float32)
        more = count > most
        mean = np.clip(sums * 255 / np.maximum(count, 1)[..., None], 0, 255).astype(np.uint8)
        painted[more] = mean[more]
        most[more] = count[more]
    return like(image, Image.fromarray(painted).resize(image.size))


def _paintable(image: Image.Image) -> Image.Image:
    """The colours at a size that is painted in bounded time."""
    scale = min(1.0, (LARGEST_PAINTING / (image.width * image.height)) ** 0.5)
    return plain(image).resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))), reducing_gap=2)


def vignette(image: Image.Image, around: Around, level: float) -> Image.Image:
    """The corners fade to black."""
    down, across = np.mgrid[-1:1:256j, -1:1:256j]
    begin = 1.3 - level / 100 * 1.1
    shade = 1 - np.clip((np.hypot(across, down) - begin) / (2**0.5 - begin + 0.25), 0, 1) ** 1.2
    mask = Image.fromarray((shade * 255).astype(np.uint8)).resize(image.size, Image.Resampling.BICUBIC)
    return like(image, Image.composite(plain(image), Image.new("RGB", image.size), mask))


def cartoonify(image: Image.Image, around: Around, line: float, reduction: float | None, bw: str | None) -> Image.Image:
    """Flat colours with black lines, or the lines alone (`bw`); an approximation of the original's."""
    smooth = _paintable(image).filter(ImageFilter.MedianFilter(5)).filter(ImageFilter.SMOOTH_MORE)
    shades = smooth.convert("L")
    edges = ImageChops.subtract(shades.filter(ImageFilter.GaussianBlur(3)), shades, 1, 0).point(
        [min(255, int(level * line / 6)) for level in range(256)]
    )
    lines = ImageOps.invert(edges.filter(ImageFilter.SMOOTH))
    if bw:
        return like(image, lines.point([255 if level > 128 else 0 for level in range(256)]).resize(image.size))
    colours = max(4, round(48 - (reduction if reduction is not None else 60) * 0.44))
    flat = smooth.quantize(colours, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    return like(image, ImageChops.multiply(mixed(flat, smooth, 20), lines.convert("RGB")).resize(image.size))


def gradient_fade(image: Image.Image, around: Around, type: str | None, strength: float) -> Image.Image:
    """Fades to transparent from an edge: x and y say which and how far (default the upper half); `symmetric` from both.

    `symmetric_pad` fades as `symmetric` does.
    """
    x, y = around.x, around.y
    across = _ramp(image.width, x or 0.0, bool(type))
    down = _ramp(image.height, (0.5 if x is None else 0.0) if y is None else y, bool(type))
    power = 0.5 + strength / 40
    ramp = (np.outer(down, across) ** power * 255 + 0.5).astype(np.uint8)
    whole = opaque(image).copy()
    whole.putalpha(ImageChops.multiply(whole.getchannel("A"), Image.fromarray(ramp)))
    return whole


def _ramp(length: int, reach: float, both: bool) -> Floats:
    """0 at the edge, 1 where the fade ends; reach is a share of the length below 1, pixels from there on."""
    pixels = abs(reach) * length if abs(reach) <= 1 else abs(reach)
    if pixels < 1:
        return np.ones(length, np.float32)
    ramp = np.clip((np.arange(length, dtype=np.float32) + 0.5) / pixels, 0, 1)
    ramp = ramp[::-1] if reach < 0 else ramp
    faded: Floats = np.minimum(ramp, ramp[::-1]) if both else ramp
    return faded
