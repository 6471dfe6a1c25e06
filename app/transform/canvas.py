"""The picture a chain works on, and how it is cut, resized and padded; places of the source stay known through all of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PIL import Image

from app.errors import BadRequest
from app.transform import geometry, gravity
from app.transform.background import ground
from app.transform.blending import ANCHORS, Placing, position
from app.transform.effects.pixels import STILL, Affine, Moved, Region, followed, opaque
from app.transform.gravity import View
from app.transform.scene import Box
from app.transform.sizes import Asked, Size


@dataclass(frozen=True, slots=True)
class Canvas:
    """`size` is what the picture counts as: a JPEG may have been decoded smaller. `affine` leads from the source's places here."""

    image: Image.Image
    size: Size
    affine: Affine = STILL
    boxes: Callable[[str], Sequence[Box]] | None = None  # in the source; None for a picture nobody has looked at

    @classmethod
    def of(cls, image: Image.Image) -> "Canvas":
        return cls(image, image.size)

    def then(self, moved: Moved) -> "Canvas":
        """What an effect made of the picture."""
        return Canvas(moved.image, moved.image.size, followed(self.affine, moved.affine), self.boxes)

    def found(self, word: str) -> Sequence[Region]:
        """Where something is in the picture as it is now; what was cut away is not found."""
        boxes = self.boxes(word) if self.boxes else ()
        regions = [region for box in boxes if (region := self._now(box))]
        return sorted(regions, key=_area, reverse=True) if word in ("face", "faces") else regions

    def _now(self, box: Box) -> Region | None:
        a, b, c, d, e, f = self.affine
        corners = [(a * x + b * y + c, d * x + e * y + f) for x in (box[0], box[2]) for y in (box[1], box[3])]
        across, down = [item[0] for item in corners], [item[1] for item in corners]
        left, right = max(0, round(min(across))), min(self.size[0], round(max(across)))
        top, bottom = max(0, round(min(down))), min(self.size[1], round(max(down)))
        return (left, top, right, bottom) if right > left and bottom > top else None


def _area(region: Region) -> int:
    return (region[2] - region[0]) * (region[3] - region[1])


def cropped(canvas: Canvas, mode: str, pull: str, want: Asked, *, distort: bool, behind: str, most: int) -> Canvas:
    """The picture after its crop mode. `pull` is its gravity, `behind` its background. Raises BadRequest."""
    view = View(canvas.image, canvas.size, canvas.found)
    pull = pull or ("auto" if mode in ("auto", "auto_pad") else "")
    if pull:
        gravity.check(pull, mode)
    if want.is_empty and mode in ("crop", "thumb") and pull and not gravity.is_automatic(pull):
        box = gravity.subject(pull, view)
        return _around(canvas, box, pull, mode, want, view) if box else canvas
    plan = geometry.plan(mode, canvas.size, want, distort=distort, is_auto=gravity.is_automatic(pull))
    if plan is None:
        return canvas
    for width, height in (plan.size, plan.padded or (1, 1)):
        if width * height > most:
            raise BadRequest(f"Maximum image size is {most / 1e6:g} Megapixels. Requested {width * height / 1e6:.2f} Megapixels")
    window = plan.window
    box = gravity.subject(pull, view) if plan.regional and pull and not gravity.is_automatic(pull) else None
    if box:
        window = gravity.around(box, pull, window, want, view)
    elif plan.regional and want.zoom > 1:
        window = max(1.0, window[0] / want.zoom), max(1.0, window[1] / want.zoom)
    place = _corner(mode, pull, window, want, view)
    made = shown(canvas, (*place, *window), plan.size)
    return padded(made, plan.padded, pull, want, behind) if plan.padded and plan.padded != plan.size else made


def _corner(mode: str, pull: str, window: geometry.Window, want: Asked, view: View) -> tuple[float, float]:
    if window == view.size:
        return 0.0, 0.0
    if not pull:
        pull = "north_west" if mode == "crop" and (want.x is not None or want.y is not None) else "center"
    return gravity.corner(pull, window, want, view)


def _around(canvas: Canvas, box: Region, pull: str, mode: str, want: Asked, view: View) -> Canvas:
    """Just what gravity found; a thumbnail has its usual room around it."""
    size_of_box = (box[2] - box[0]) / want.zoom, (box[3] - box[1]) / want.zoom
    window = gravity.roomy(box, pull, want) if mode == "thumb" else size_of_box
    window = min(max(window[0], 1.0), float(view.size[0])), min(max(window[1], 1.0), float(view.size[1]))
    size = max(1, round(window[0])), max(1, round(window[1]))
    return shown(canvas, (*gravity.corner(pull, window, want, view), *window), size)


def shown(canvas: Canvas, part: tuple[float, float, float, float], size: Size) -> Canvas:
    """A part of the picture (left, top, width, height) at a size."""
    left, top, width, height = part
    scale_x, scale_y = canvas.image.width / canvas.size[0], canvas.image.height / canvas.size[1]
    affine = followed(canvas.affine, (size[0] / width, 0, -left * size[0] / width, 0, size[1] / height, -top * size[1] / height))
    if (width, height) == size and (scale_x, scale_y) == (1, 1):
        x, y = round(left), round(top)
        if (x, y, *size) == (0, 0, *canvas.image.size):
            return canvas
        return Canvas(canvas.image.crop((x, y, x + size[0], y + size[1])), size, affine, canvas.boxes)
    box = (
        min(max(left * scale_x, 0.0), canvas.image.width - 1e-3),
        min(max(top * scale_y, 0.0), canvas.image.height - 1e-3),
        min((left + width) * scale_x, float(canvas.image.width)),
        min((top + height) * scale_y, float(canvas.image.height)),
    )
    image = canvas.image.resize(size, Image.Resampling.LANCZOS, box, reducing_gap=2.0)
    return Canvas(image, size, affine, canvas.boxes)


def padded(canvas: Canvas, size: Size, pull: str, want: Asked, behind: str) -> Canvas:
    """The picture on a ground of that size: white or the asked colour, transparent under a transparent picture."""
    anchor = pull if pull in ANCHORS else "center"
    left, top = position(size, canvas.size, Placing(anchor, want.x or 0, want.y or 0))
    if behind:
        base = ground(behind, canvas.image, size)
    else:
        base = Image.new("RGBA", size) if canvas.image.mode == "RGBA" else Image.new("RGB", size, "white")
    if canvas.image.mode == "RGBA" or base.mode == "RGBA":
        over = Image.new("RGBA", size)
        over.paste(canvas.image, (left, top))
        base = Image.alpha_composite(opaque(base), over) if base.mode == "RGBA" else _pasted(base, over)
    else:
        base.paste(canvas.image, (left, top))
    return Canvas(base, size, followed(canvas.affine, (1, 0, left, 0, 1, top)), canvas.boxes)


def _pasted(base: Image.Image, over: Image.Image) -> Image.Image:
    base.paste(over, (0, 0), over)
    return base
