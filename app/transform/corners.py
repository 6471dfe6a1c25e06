"""r_ and bo_: rounded corners, and a border that follows them."""

import re
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageChops

from app.errors import BadRequest
from app.transform.colours import RGBA, colour
from app.transform.effects.pixels import Floats, Moved, bands, opaque

PIXELS = re.compile(r"\d{1,6}(?:\.\d{0,6})?", re.ASCII)
BORDER = re.compile(r"(\d{1,6})px_solid_(.+)", re.ASCII)
# Which of one to four values rounds which corner: top left, top right, bottom right, bottom left.
ORDERS = {1: (0, 0, 0, 0), 2: (0, 1, 0, 1), 3: (0, 1, 2, 1), 4: (0, 1, 2, 3)}
Radii = tuple[float, float, float, float] | None  # None is an ellipse


def radii(value: str) -> Radii:
    """The four radii of `20`, `20:0:10` or `max` (None). Raises BadRequest."""
    if value == "max":
        return None
    given = value.split(":")
    if len(given) not in ORDERS or not all(PIXELS.fullmatch(item) or item == "max" for item in given):
        raise BadRequest(f"Invalid radius in transformation: {value[:100]}")
    numbers = [float("inf") if item == "max" else float(item) for item in given]
    first, second, third, fourth = (numbers[place] for place in ORDERS[len(given)])
    return first, second, third, fourth


def border(value: str) -> tuple[int, RGBA]:
    """Width and colour of `4px_solid_red`. Raises BadRequest."""
    found = BORDER.fullmatch(value)
    if not found:
        raise BadRequest(f"Invalid border in transformation: {value[:100]}")
    return int(found[1]), colour(found[2], "border")


def rounded(image: Image.Image, round: Radii) -> Image.Image:
    """The picture with transparent corners."""
    whole = opaque(image).copy()
    whole.putalpha(ImageChops.multiply(whole.getchannel("A"), shape(image.size, round)))
    return whole


def bordered(image: Image.Image, width: int, ink: RGBA, round: Radii | None = None, *, is_round: bool = False, most: int) -> Moved:
    """The picture in a frame, outside it; the frame is rounded as the picture is."""
    size = image.width + 2 * width, image.height + 2 * width
    if size[0] * size[1] > most:
        raise BadRequest(f"Invalid border in transformation: {width}px")
    outer: Radii = None if round is None else tuple(side + width if side else 0.0 for side in round)  # type: ignore[assignment]
    frame = Image.new("RGBA" if is_round or image.mode == "RGBA" or ink[3] < 255 else "RGB", size, ink)
    if is_round:
        frame = rounded(frame, outer)
        frame.paste(opaque(image), (width, width), shape(image.size, round))
    else:
        frame.paste(image, (width, width))
    return Moved(frame, (1, 0, width, 0, 1, width))


def shape(size: tuple[int, int], round: Radii) -> Image.Image:
    """255 inside a rectangle with these corners or inside the ellipse, smooth at the edge."""
    return _ellipse(size) if round is None else _rectangle(size, round)


def _ellipse(size: tuple[int, int]) -> Image.Image:
    across, down = size[0] / 2, size[1] / 2
    columns = (np.arange(size[0], dtype=np.float32) + 0.5 - across) / across

    def inside(pixels: Floats, top: int) -> Floats:
        rows = ((np.arange(pixels.shape[0], dtype=np.float32) + top + 0.5 - down) / down)[:, None]
        far = np.sqrt(columns**2 + rows**2)
        slope = np.sqrt((columns / across) ** 2 + (rows / down) ** 2) / np.maximum(far, 1e-6)
        result: Floats = np.clip((1 - far) / np.maximum(slope, 1e-6) + 0.5, 0, 1)
        return result

    return bands(Image.new("L", size), inside)


def _rectangle(size: tuple[int, int], round: Sequence[float]) -> Image.Image:
    mask = Image.new("L", size, 255)
    most = min(size) / 2
    for place, radius in enumerate(min(side, most) for side in round):
        side = int(np.ceil(radius))
        if not side:
            continue
        steps = radius - np.arange(side, dtype=np.float32) - 0.5
        inside = np.clip(radius - np.hypot(np.maximum(steps, 0)[None], np.maximum(steps, 0)[:, None]) + 0.5, 0, 1)
        corner = Image.fromarray((inside * 255 + 0.5).astype(np.uint8)).rotate(-90 * place)
        left, top = (0, size[0] - side, size[0] - side, 0)[place], (0, 0, size[1] - side, size[1] - side)[place]
        mask.paste(ImageChops.darker(corner, mask.crop((left, top, left + side, top + side))), (left, top))
    return mask
