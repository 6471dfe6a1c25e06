"""The order of everything: a file and its steps in, an encoded picture out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image

from app.errors import BadRequest
from app.imaging.opening import Source, opened
from app.imaging.reading import Limits
from app.transform import angles, branches, layers, output, style
from app.transform.canvas import Canvas, cropped
from app.transform.effects import surroundings
from app.transform.fonts import Fonts
from app.transform.grammar import Step
from app.transform.keeping import copies
from app.transform.layers import Studio
from app.transform.needs import side_needed
from app.transform.said import DENSEST, Said, check, last
from app.transform.scene import Bounds, Box, Rendered, Scene, Wish
from app.transform.sizes import asked, zoomed
from app.transform.values import Ledger

MOVING = {"animated", "awebp", "apng"}
Params = Mapping[str, str]


@dataclass(slots=True)
class Chain:
    """One run over the steps: what is known, and what the components said of the result."""

    scene: Scene
    wish: Wish
    bounds: Bounds
    ledger: Ledger
    studio: Studio
    ends: Mapping[int, branches.Branch]
    closings: Mapping[int, int]
    dpr: float = 1.0
    said: Said = field(default_factory=Said)

    def run(self, canvas: Canvas, steps: Sequence[Step], place: int, stop: int, *, main: bool) -> Canvas:
        """The components from one place up to another."""
        while place < stop:
            step = steps[place]
            if step.condition and step.condition != "end":
                place, chosen = self._branch(steps, place, canvas)
                if chosen is None:
                    continue
                step = chosen
            self.ledger.set(step, canvas.size)
            end = self.closings.get(place)
            if end is not None:
                canvas = self._layer(canvas, steps, place, min(end, stop - 1))
                place = end
            else:
                canvas = self.component(canvas, step.params, step.flags, main=main)
            place += 1
        return canvas

    def _branch(self, steps: Sequence[Step], place: int, canvas: Canvas) -> tuple[int, Step | None]:
        """Where to go on from a condition, and the step to do there; none if there is nothing to do but go on."""
        step, branch = steps[place], self.ends[place]
        if step.condition == "else":  # reached from above: the other half was done
            return (branch.end if branch.end is not None else place) + 1, None
        if self.ledger.holds(step.condition, canvas.size):
            return place, replace(step, condition="")
        if branch.otherwise is not None:
            return branch.otherwise, replace(steps[branch.otherwise], condition="")
        return (branch.end if branch.end is not None else place) + 1, None

    def component(self, canvas: Canvas, params: Params, flags: Sequence[str], *, main: bool) -> Canvas:
        """Within a component the order is fixed: crop, angle, effect, opacity, corners and border, background."""
        params = self.ledger.resolved(params, canvas.size)
        check(params)
        if main:
            self.said.take(params, flags)
        most = self.bounds.pixels
        canvas = self._sized(canvas, params, flags)
        if "a" in params:
            canvas = canvas.then(style.angle(canvas.image, params, most))
        if "e" in params:
            canvas = canvas.then(surroundings.apply(canvas.image, params, canvas.found, most))
        for act in (style.opacity, style.frame):
            if params.keys() & {"o", "r", "bo"}:
                canvas = canvas.then(act(canvas.image, params, most))
        return canvas.then(style.behind(canvas.image, params, most)) if "b" in params else canvas

    def _sized(self, canvas: Canvas, params: Params, flags: Sequence[str]) -> Canvas:
        """The crop mode, which is scale where only a size is named."""
        if surroundings.is_regional(params) or not params.keys() & {"c", "w", "h", "ar"}:
            return canvas
        want = asked(params, canvas.size, self.dpr, self.wish.width)
        if "a" in params:
            turned = angles.early(canvas.image, params["a"], want.ratio or _ratio(want.width, want.height))
            if turned.image is not canvas.image:
                canvas = canvas.then(turned)
                want = asked(params, canvas.size, self.dpr, self.wish.width)
        distort = "ignore_aspect_ratio" in flags
        mode, pull, behind = params.get("c", "scale"), params.get("g", ""), params.get("b", "")
        return cropped(canvas, mode, pull, want, distort=distort, behind=behind, most=self.bounds.pixels)

    def _layer(self, canvas: Canvas, steps: Sequence[Step], start: int, end: int) -> Canvas:
        """A layer, from the component that opens it to the one that lays it down."""
        studio = replace(self.studio, variables=self.ledger.texts())
        first = replace(steps[start], params=self.ledger.resolved(steps[start].params, canvas.size))
        single = start == end
        layer = Canvas.of(layers.show(first, studio))
        last = first if single else replace(steps[end], params=self.ledger.resolved(steps[end].params, canvas.size))
        found = layers.regions(last, canvas.found)
        region = (found[0][2] - found[0][0], found[0][3] - found[0][1]) if found else None
        layer = self.component(layer, layers.shaping(first, single, canvas.size, region), first.flags, main=False)
        if not single:
            layer = self.run(layer, steps, start + 1, end, main=False)
            layer = self.component(layer, layers.shaping(last, True, canvas.size, region), last.flags, main=False)
        return canvas.then(layers.lay(canvas.image, layer.image, last, studio, "u" in first.params, found))


def render(
    path: Path, steps: Sequence[Step], scene: Scene, wish: Wish, bounds: Bounds, folder: Path, fonts: Fonts | None = None
) -> Rendered:
    """Do the steps to the picture at `path` and write it into `folder`.

    Raises BadRequest that names the part of the transformation it cannot do, InvalidPicture for a source that does not decode.
    """
    limits = Limits(bounds.source_pixels, bounds.decoded_bytes, bounds.formats)
    page = page_of(steps)
    dpr, space = last(steps, "dpr") or "1", last(steps, "cs")
    with opened(path, limits, bounds.frames) as whole:
        source = turned(whole, steps, bounds)
        chain = Chain(
            scene=scene,
            wish=wish,
            bounds=bounds,
            ledger=Ledger(scene, (source.width, source.height), source.pages, page),
            studio=Studio(scene, lambda file: _whole(file, limits), fonts, most=bounds.pixels),
            ends=branches.branches(steps),
            closings=layers.closings(steps),
            dpr=wish.dpr if dpr == "auto" else zoomed(dpr),
        )
        moving = _moves(source, steps, wish, page)
        if moving and source.pages * source.width * source.height > 4 * bounds.pixels:
            raise BadRequest(f"Animation of {source.pages} frames is too large to be transformed")
        frames, delays = list[Image.Image](), list[int]()
        for number in range(source.pages) if moving else (page - 1,):
            frames.append(chain.run(_canvas(source, number, steps, chain, space), steps, 0, len(steps), main=True).image)
            delays.append(chain.said.delay(source))
            if sum(frame.width * frame.height for frame in frames) > 4 * bounds.pixels:
                raise BadRequest(f"Animation of {source.pages} frames is too large to be transformed")
        form = chain.said.output(source, frames, wish, space)
        target = folder / f"rendered.{form.format}"
        output.write(frames if form.is_moving else frames[:1], delays, form, target, wish)
    size = (source.width, source.height)
    return Rendered(target, form.format, *frames[0].size, size, len(frames) if form.is_moving else 1, form.varies + _hinted(steps))


def _canvas(source: Source, number: int, steps: Sequence[Step], chain: Chain, space: str) -> Canvas:
    """A page of the source, decoded as small as the steps allow, that knows where its places are."""
    upright = not any(step.params.get("a") == "ignore" for step in steps)
    size = (source.width, source.height) if upright or source.turn < 5 else (source.height, source.width)
    side = side_needed(steps, size, chain.dpr, chain.wish.width)
    image = source.frame(number, side, upright=upright, to_srgb=not copies(source, space))

    def boxes(word: str) -> Sequence[Box]:
        if word in ("face", "faces"):
            found = chain.scene.faces()
            return found[:1] if word == "face" else found
        if word == "things":
            return chain.scene.things()
        if word == "custom":
            return chain.scene.custom()
        if word.startswith("region_"):
            return chain.scene.region(word.removeprefix("region_"))
        things = chain.scene.objects(word)
        if things is None:
            raise BadRequest(f"Invalid gravity in transformation: {word[:100]}")
        return things

    chain.ledger.faces = lambda: len(chain.scene.faces())
    return Canvas(image, size, boxes=boxes)


def turned(source: Source, steps: Sequence[Step], bounds: Bounds) -> Source:
    """The source turned to the page that is asked for, a PDF drawn as densely as `dn_` says. Raises BadRequest."""
    page, density = page_of(steps), last(steps, "dn")
    if page > source.pages:
        raise BadRequest(f"Invalid page in transformation: {page}")
    found = source.at(page - 1, min(int(density), DENSEST) if density.isdecimal() else 0)
    if found.width * found.height > bounds.source_pixels:
        raise BadRequest(f"Invalid density in transformation: {density[:100]} makes {found.width} x {found.height} pixels")
    return found


def page_of(steps: Sequence[Step]) -> int:
    value = next((step.params["pg"] for step in steps if "pg" in step.params), "1")
    first = value.split(";")[0].split("-")[0]
    if not (first.isascii() and first.isdecimal() and 0 < int(first) < 10_000):
        raise BadRequest(f"Invalid page in transformation: {value[:100]}")
    return int(first)


def _moves(source: Source, steps: Sequence[Step], wish: Wish, page: int) -> bool:
    """Whether every frame is wanted: in the source's own format, or where a flag or f_auto says so."""
    if source.pages < 2 or source.format not in ("gif", "webp", "png", "avif") or any("pg" in step.params for step in steps):
        return False
    flags = {flag for step in steps for flag in step.flags}
    asked = next((step.params["f"] for step in reversed(steps) if "f" in step.params), wish.extension or wish.stored)
    if asked.partition(":")[0] == "auto":
        return asked != "auto:image"
    name = output.named(asked)
    return output.FORMATS[name][2] and (bool(flags & MOVING) or name == source.format)


def _hinted(steps: Sequence[Step]) -> tuple[str, ...]:
    """Request headers, beside Accept, that the steps look at."""
    found = []
    if any(step.params.get("dpr") == "auto" for step in steps):
        found.append("Sec-CH-DPR")
    if any(step.params.get("w", "").startswith("auto") for step in steps):
        found.append("Sec-CH-Width")
    if any(step.params.get("q") == "auto" for step in steps):
        found.append("Save-Data")
    return tuple(found)


def _whole(path: Path, limits: Limits) -> Image.Image:
    """The file of a layer."""
    with opened(path, limits) as source:
        return source.frame()


def _ratio(width: int | None, height: int | None) -> float | None:
    return width / height if width and height else None
