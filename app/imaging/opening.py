"""A file as a picture to work on: upright, in sRGB, with its transparency, as small as its use allows, any page of it."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms

from app.errors import BadRequest
from app.imaging.reading import NAMES, ORIENTATION, TURNS, Limits, eight_bits, plugins_of, refusals
from app.imaging.shrinking import shrunk

SRGB = ImageCms.createProfile("sRGB")
DRAWN = ("jpg", "pdf")  # decoded at the size that is asked for
POINTS = 72  # of an inch
KEPT = ("icc_profile", "exif", "xmp", "dpi", "photoshop")  # what an output may be asked to keep


@dataclass(frozen=True, slots=True)
class Source:
    """A file that is open. `width` and `height` are those of the upright picture."""

    image: Image.Image
    format: str
    width: int
    height: int
    pages: int
    turn: int = 1
    kept: dict[str, object] = field(default_factory=dict)

    def frame(self, number: int = 0, side: int = 0, *, upright: bool = True, to_srgb: bool = True) -> Image.Image:
        """A page from 0 as RGB or RGBA, bare of all that is said about it.

        Its longer side keeps at least `side` pixels (0: all of them): JPEG is decoded and PDF drawn that large, others are shrunk.
        """
        with refusals():
            if number != self.image.tell():
                self.image.seek(number)
            if self.format in DRAWN and (side or self.format == "pdf"):
                scale = (side or max(self.width, self.height)) / max(self.image.size)
                self.image.draft("RGB", (max(1, int(self.image.width * scale)), max(1, int(self.image.height * scale))))
            self.image.load()
            plain = shrunk(self.image, side) if side and self.format not in DRAWN else self.image
            self._leave(plain)
            plain = coloured(plain, to_srgb=to_srgb)
            self._leave(plain)
        if plain is self.image and self.pages > 1:
            plain = plain.copy()  # the next page is decoded into the same memory
        plain.info = {}  # encoders would write comments and profiles that they find there
        return plain.transpose(TURNS[self.turn]) if upright and self.turn in TURNS else plain

    def _leave(self, plain: Image.Image) -> None:
        """Give the source's pixels back where there are others by now, and no page to come."""
        if plain is not self.image and self.pages == 1:
            self.image.close()

    def at(self, number: int, density: int = 0) -> "Source":
        """The same file, counted as large as its page (from 0). `density`: of a PDF, in pixels an inch."""
        with refusals():
            if number != self.image.tell():
                self.image.seek(number)
        size = self.image.size[::-1] if self.turn in range(5, 9) else self.image.size
        scale = density / POINTS if density and self.format == "pdf" else 1
        return replace(self, width=max(1, round(size[0] * scale)), height=max(1, round(size[1] * scale)))

    @property
    def frames(self) -> int:
        """Pages that are shown one after another; those of a document are not."""
        return 1 if self.format in ("pdf", "tiff") else self.pages

    @property
    def loop(self) -> int | None:
        """How often an animation runs: 0 is without end, None once."""
        found = self.image.info.get("loop", None if self.format == "gif" else 0)
        return int(found) if found is not None else None

    def delay(self) -> int:
        """How long the current frame is shown, in milliseconds."""
        return int(self.image.info.get("duration", 100) or 100)


@contextmanager
def opened(path: Path, limits: Limits, frames: int = 1000) -> Iterator[Source]:
    """Weigh a file by its header and open it. Raises InvalidPicture or BadRequest."""
    with refusals(), Image.open(path, formats=plugins_of(limits)) as image:
        format = NAMES[image.format or ""]
        if image.width * image.height > limits.pixels:
            raise BadRequest(
                f"Maximum image size is {limits.pixels / 1e6:g} Megapixels. "
                f"Requested {image.width * image.height / 1e6:.2f} Megapixels ({image.width} x {image.height})"
            )
        pages = 1 if format == "jpg" else min(int(getattr(image, "n_frames", 1)), frames)
        turn = image.getexif().get(ORIENTATION, 1)
        size = image.size[::-1] if turn in range(5, 9) else image.size
        kept = {name: image.info[name] for name in KEPT if name in image.info}
        yield Source(image, format, *size, pages, turn, kept)


def coloured(image: Image.Image, *, to_srgb: bool = True) -> Image.Image:
    """Any mode as RGB or RGBA. Colours of another profile become sRGB ones; deep samples become 8 bits."""
    profile = image.info.get("icc_profile")
    if image.mode[0] in "IF":
        image = Image.fromarray(eight_bits(np.asarray(image)), "L")
    clear = "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La")
    wanted = "RGBA" if clear else "RGB"
    if profile and to_srgb and image.mode in ("RGB", "RGBA", "CMYK", "L"):
        converted = _in_srgb(image, profile, wanted)
        if converted:
            return converted
    return image if image.mode == wanted else image.convert(wanted)


def _in_srgb(image: Image.Image, profile: bytes, wanted: str) -> Image.Image | None:
    """The picture in sRGB; None where the profile is broken, does not belong to the mode, or is sRGB's already."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in (ImageCms.getProfileDescription(source) or "") and image.mode != "CMYK":
            return None
        opacity = image.getchannel("A") if image.mode == "RGBA" else None
        base = image.convert("RGB") if opacity else image
        found = ImageCms.profileToProfile(base, source, SRGB, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    if found is None:
        return None
    if opacity:
        found.putalpha(opacity)
    return found if found.mode == wanted else found.convert(wanted)
