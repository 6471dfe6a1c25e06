"""A scene without a database for the pipeline's own tests: four coloured quarters, and places that are known."""

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from app.errors import NotFound
from app.transform.grammar import parse
from app.transform.pipeline import render
from app.transform.scene import Bounds, Box, Rendered, Wish

RED, GREEN, BLUE, WHITE = (220, 20, 20), (20, 180, 20), (20, 20, 220), (250, 250, 250)
FACE: Box = (300, 40, 360, 100)  # in the green quarter of a picture of 400 x 300
DOG: Box = (20, 180, 120, 280)  # in the blue one


def quarters(size: tuple[int, int] = (400, 300), mode: str = "RGB") -> Image.Image:
    """Red, green above blue, white."""
    image = Image.new("RGB", size)
    half = size[0] // 2, size[1] // 2
    for place, colour in enumerate((RED, GREEN, BLUE, WHITE)):
        left, top = (place % 2) * half[0], (place // 2) * half[1]
        image.paste(colour, (left, top, size[0] if place % 2 else half[0], size[1] if place // 2 else half[1]))
    return image.convert(mode)


class Scenery:
    """Answers what a scene is asked; layers are files of a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def layer(self, type: str, public_id: str) -> Path:
        path = self.folder / f"{public_id.replace('/', '_')}.png"
        if not path.exists():
            raise NotFound.asset(public_id)
        return path

    def remote(self, url: str) -> Path:
        raise NotFound.asset(url)

    def text_style(self, public_id: str) -> str:
        raise NotFound.asset(public_id)

    def faces(self) -> Sequence[Box]:
        return [FACE]

    def custom(self) -> Sequence[Box]:
        return [(200, 150, 400, 300)]

    def region(self, name: str) -> Sequence[Box]:
        return [(0, 0, 100, 100)] if name == "logo" else []

    def objects(self, word: str) -> Sequence[Box] | None:
        return {"dog": [DOG], "cat": []}.get(word)

    def things(self) -> Sequence[Box]:
        return [DOG]

    def facts(self, name: str) -> str | tuple[str, ...] | None:
        known: dict[str, str | tuple[str, ...]] = {"tags": ("pet", "dog"), "ctx:!kind!": "tabby", "md:!stock!": "12"}
        return known.get(name, "" if name.startswith(("ctx:", "md:")) else None)


def rendered(
    text: str, folder: Path, source: Image.Image | Path | None = None, wish: Wish = Wish(), bounds: Bounds = Bounds()
) -> Rendered:
    """The transformation of a picture (the quarters unless told), as the pipeline writes it."""
    path = source if isinstance(source, Path) else folder / "source.png"
    if not isinstance(source, Path):
        (source or quarters()).save(path)
    return render(path, parse(text), Scenery(folder), wish, bounds, folder)


def picture(made: Rendered) -> Image.Image:
    image = Image.open(io.BytesIO(made.path.read_bytes()))
    image.load()
    return image
