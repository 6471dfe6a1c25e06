"""Typefaces: the bundled family, and those of an operator's folder. A family nobody has falls back to the bundled one."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import fontpkg_noto_sans
from PIL import ImageFont

BUNDLED = {
    False: fontpkg_noto_sans.ROOT / "files" / "NotoSans[wdth,wght].ttf",
    True: fontpkg_noto_sans.ROOT / "files" / "NotoSans-Italic[wdth,wght].ttf",
}
FAMILY = "Noto Sans"
SUFFIXES = (".ttf", ".otf", ".ttc")
MOST_FILES = 2000  # of an operator's folder
WEIGHTS: Mapping[str, int] = {
    "thin": 100, "hairline": 100, "extralight": 200, "ultralight": 200, "light": 300, "normal": 400, "regular": 400,
    "medium": 500, "semibold": 600, "demibold": 600, "bold": 700, "extrabold": 800, "ultrabold": 800, "black": 900, "heavy": 900,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Face:
    """One file of a family, as its own name table tells."""

    path: Path
    family: str
    weight: int
    italic: bool


@dataclass(frozen=True, slots=True)
class Fonts:
    """Where typefaces are looked for. The folder is read once in a process."""

    folder: Path | None = None

    def open(self, family: str, size: int, weight: int = 400, italic: bool = False) -> ImageFont.FreeTypeFont:
        wanted = _plain(family)
        faces = _index(self.folder).get(wanted, ()) if self.folder else ()
        if faces:
            nearest = min(faces, key=lambda face: (face.italic != italic, abs(face.weight - weight)))
            return _weighed(ImageFont.truetype(nearest.path, size), weight)
        return _weighed(ImageFont.truetype(BUNDLED[italic], size), weight)


def _weighed(font: ImageFont.FreeTypeFont, weight: int) -> ImageFont.FreeTypeFont:
    """A variable font at that weight; others are left as they are."""
    try:
        axes = font.get_variation_axes()
    except OSError:
        return font
    values = [weight if axis["name"] in (b"Weight", "Weight") else axis["default"] for axis in axes]
    limits = [(axis["minimum"] or 0, axis["maximum"] or 0) for axis in axes]
    font.set_variation_by_axes([float(min(max(value or 0, low), high)) for value, (low, high) in zip(values, limits, strict=True)])
    return font


@lru_cache(maxsize=8)
def _index(folder: Path) -> Mapping[str, tuple[Face, ...]]:
    """The faces of a folder by family and by file name; files that are no fonts are passed over."""
    found: dict[str, tuple[Face, ...]] = {}
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES) if folder.is_dir() else []
    for path in files[:MOST_FILES]:
        try:
            family, style = ImageFont.truetype(path, 10).getname()
        except OSError:
            continue
        words = _plain(style or "")
        weight = max((value for name, value in WEIGHTS.items() if name in words and name != "normal"), default=400)
        face = Face(path, family or path.stem, weight, "italic" in words or "oblique" in words)
        for name in {_plain(face.family), _plain(path.name), _plain(path.stem)}:
            found[name] = (*found.get(name, ()), face)
    return found


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
