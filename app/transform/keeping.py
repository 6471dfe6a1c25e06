"""What goes along with the pixels of a result: a colour profile, EXIF, IPTC and XMP, where cs_ or a flag asks for it.

Source: transformation reference, color space and flags; IPTC IIM 4.2 and Adobe's image resource blocks for the layout of IPTC.
"""

import io
import re
import struct
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from PIL import Image, ImageCms

from app.errors import BadRequest
from app.imaging.opening import SRGB, Source
from app.imaging.reading import ORIENTATION

SPACES = ("srgb", "srgb:truecolor", "tinysrgb", "no_cmyk", "cmyk", "keep_cmyk", "copy")
ARTIST, COPYRIGHT = 0x013B, 0x8298  # EXIF
ATTRIBUTING = {80, 85, 110, 115, 116}  # IPTC's by-line and its title, credit, source and copyright
IPTC, MARK, DATASET = 0x0404, b"Photoshop 3.0\0", 0x1C
UPRIGHT = re.compile(rb"(tiff:Orientation(?:=[\"']|>))[2-8]")
LONGEST = 65_000  # bytes of one segment of a JPEG


@dataclass(frozen=True, slots=True)
class Ink:
    """Pixels are written as CMYK: by a profile that goes along, or by arithmetic where there is none."""

    profile: bytes | None = None
    transform: ImageCms.ImageCmsTransform | None = None

    def printed(self, image: Image.Image) -> Image.Image:
        """An RGB picture in these inks."""
        found = ImageCms.applyTransform(image, self.transform) if self.transform else None
        return found or image.convert("CMYK")


def check_space(value: str) -> None:
    if value.startswith("icc:"):
        raise BadRequest(f"Unsupported color_space in transformation: {value[:100]}")
    if value not in SPACES:
        raise BadRequest(f"Invalid color_space in transformation: {value[:100]}")


def copies(source: Source, space: str) -> bool:
    """Whether the numbers of the pixels stay as they are and the source's profile goes along: cs_copy of an RGB picture."""
    return space == "copy" and _belongs(source.kept.get("icc_profile"), "RGB")


def ink(source: Source, space: str) -> Ink | None:
    """The inks of the result, if it has any: where CMYK is asked for, or kept of a source that is so."""
    if space == "cmyk" or (space in ("keep_cmyk", "copy") and source.image.mode == "CMYK"):
        return _inks(source.kept.get("icc_profile"))
    return None


def _inks(profile: object) -> Ink:
    """Those of a profile that leads to CMYK, else plain ones."""
    if not isinstance(profile, bytes) or not _belongs(profile, "CMYK"):
        return Ink()
    try:
        target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return Ink(profile, ImageCms.buildTransform(SRGB, target, "RGB", "CMYK"))  # fails where it only leads from CMYK
    except (ImageCms.PyCMSError, OSError, ValueError):
        return Ink()


def kept(source: Source, flags: Collection[str], space: str) -> Mapping[str, bytes]:
    """Bytes by the name of the encoder's option. The orientation is not among them: it is in the pixels by now."""
    found: dict[str, bytes] = {}
    if copies(source, space):
        found["icc_profile"] = bytes(source.kept["icc_profile"])  # type: ignore[call-overload]
    elif "force_icc" in flags or space == "tinysrgb":
        found["icc_profile"] = ImageCms.ImageCmsProfile(SRGB).tobytes()
    whole = "keep_iptc" in flags
    if "force_strip" in flags or not (whole or "keep_attribution" in flags):
        return found
    parts: Mapping[str, Callable[[], bytes]] = {
        "exif": lambda: _exif(source, whole),
        "extra": lambda: _iptc(source, whole),
        "xmp": lambda: _xmp(source) if whole else b"",
    }
    return found | {name: data for name, make in parts.items() if (data := make())}


def _belongs(profile: object, colours: str) -> bool:
    """Whether a profile is readable and of this colour space."""
    if not isinstance(profile, bytes):
        return False
    try:
        return str(ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.xcolor_space).strip() == colours
    except OSError:
        return False


def _exif(source: Source, whole: bool) -> bytes:
    found = Image.Exif()
    data = source.kept.get("exif")
    if isinstance(data, bytes):
        found.load(data)
    wanted = {tag: value for tag, value in found.items() if tag != ORIENTATION and (whole or tag in (ARTIST, COPYRIGHT))}
    if not wanted:
        return b""
    if whole:
        found.pop(ORIENTATION, None)
        return found.tobytes()
    few = Image.Exif()
    few.update(wanted)
    return few.tobytes()


def _xmp(source: Source) -> bytes:
    data = source.kept.get("xmp")
    return UPRIGHT.sub(rb"\g<1>1", data) if isinstance(data, bytes) and len(data) < LONGEST else b""


def _iptc(source: Source, whole: bool) -> bytes:
    """The segment of a JPEG that carries IPTC."""
    blocks = source.kept.get("photoshop")
    data = blocks.get(IPTC) if isinstance(blocks, Mapping) else None
    if not isinstance(data, bytes):
        return b""
    if not whole:
        data = b"".join(record for number, record in _records(data) if number in ATTRIBUTING)
    if not data or len(data) > LONGEST:
        return b""
    block = b"8BIM" + struct.pack(">HHI", IPTC, 0, len(data)) + data + b"\0" * (len(data) % 2)
    body = MARK + block
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The data sets of IPTC's application record: number, and the bytes it takes as a whole."""
    place = 0
    while place + 5 <= len(data) and data[place] == DATASET:
        length = int.from_bytes(data[place + 3 : place + 5], "big")
        if length >= 0x8000:  # an extended data set: none that attributes is so long
            return
        end = place + 5 + length
        if data[place + 1] == 2:
            yield data[place + 2], data[place:end]
        place = end
