"""f_, q_ and the flags that say how a picture is written: which format, how good, what goes along.

Source: transformation reference, format, quality and flags.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from app.errors import BadRequest, room
from app.transform.background import flattened
from app.transform.effects.pixels import opaque
from app.transform.keeping import Ink
from app.transform.quality import LEVELS, searched
from app.transform.scene import Wish
from app.transform.sizes import Size

# Our name of a format -> Pillow's, whether it can be transparent, and whether it can move.
FORMATS: Mapping[str, tuple[str, bool, bool]] = {
    "jpg": ("JPEG", False, False),
    "png": ("PNG", True, True),
    "webp": ("WEBP", True, True),
    "avif": ("AVIF", True, True),
    "gif": ("GIF", True, True),
    "tiff": ("TIFF", True, False),
    "bmp": ("BMP", False, False),
    "ico": ("ICO", True, False),
    "jp2": ("JPEG2000", True, False),
    "pdf": ("PDF", False, False),
}
ALIASES = {"jpeg": "jpg", "jpe": "jpg", "tif": "tiff"}
USUAL = {"jpg": 80, "webp": 80, "avif": 60, "jp2": 80}  # quality when nobody asks for another
LESS = {"webp": 5, "avif": 20}  # AVIF's and WebP's scales reach the same look at smaller numbers
THOROUGH = 2_000_000  # pixels of all frames up to which GIF's colours are chosen with the greatest care
SMALLEST_AVIF = 4_000_000  # pixels beyond which AVIF takes too long to be chosen automatically
WORDS = {"": "good", "0": "best", "1": "good", "2": "eco", "sensitive": "best"}  # behind auto and jpegmini
MOST = {"webp": 16_383, "avif": 32_768, "ico": 256}  # a side
PRINTED = ("jpg", "tiff")  # can hold CMYK
CARRIED = {
    "jpg": ("exif", "icc_profile", "xmp", "extra"),
    "png": ("exif", "icc_profile"),
    "webp": ("exif", "icc_profile", "xmp"),
    "avif": ("exif", "icc_profile", "xmp"),
    "tiff": ("exif", "icc_profile"),
}
SPEEDS = {"avif": {"speed": 8}, "webp": {"method": 4}}


@dataclass(frozen=True, slots=True)
class Output:
    """What every component of a chain says of the result; the last word counts."""

    format: str
    quality: str = ""
    flags: frozenset[str] = frozenset()
    density: int | None = None
    loop: int | None = 0  # how often an animation runs; 0 is without end, None once
    ground: str = "white"
    varies: tuple[str, ...] = ()
    kept: Mapping[str, bytes] = field(default_factory=dict)
    ink: Ink | None = None

    @property
    def is_moving(self) -> bool:
        return FORMATS[self.format][2]


def format_of(asked: str, wish: Wish, *, clear: bool, moving: bool, size: Size) -> tuple[str, tuple[str, ...]]:
    """The format a picture is written in, and the request headers that decided it. Raises BadRequest for one nobody can write."""
    word, _, hint = asked.partition(":")
    if word != "auto":
        name = named(word or wish.extension or wish.stored, asked)
        return name, ()
    pixels, side = size[0] * size[1], max(size)
    if "image/avif" in wish.accepted and pixels <= SMALLEST_AVIF and side <= MOST["avif"] and not moving:
        return "avif", ("Accept",)
    if "image/webp" in wish.accepted and side <= MOST["webp"]:
        return "webp", ("Accept",)
    if moving and hint != "image":
        return "gif", ("Accept",)
    return ("png" if clear else "jpg"), ("Accept",)


def named(word: str, asked: str = "") -> str:
    name = ALIASES.get(word.lower(), word.lower())
    if name not in FORMATS:
        raise BadRequest(f"Unsupported format in transformation: {(asked or word)[:100]}")
    return name


def write(frames: Sequence[Image.Image], delays: Sequence[int], output: Output, path: Path, wish: Wish) -> None:
    """Encode to a file. Raises BadRequest for a size the format cannot hold."""
    plugin, clear, _ = FORMATS[output.format]
    if "preserve_transparency" not in output.flags and not clear:
        frames = [_flat(frame, output.ground) for frame in frames]
    elif not clear:
        frames = [_flat(frame, "white") for frame in frames]
    if max(frames[0].size) > MOST.get(output.format, 65_500):
        if output.format != "ico":
            raise BadRequest(
                f"Invalid size in transformation: {output.format} holds at most {MOST.get(output.format, 65_500)} pixels a side"
            )
        frames = [frame.copy() for frame in frames]
        frames[0].thumbnail((MOST["ico"], MOST["ico"]))
    options = _options(frames[0], output, wish)
    if len(frames) > 1:
        frames = _alike(frames)
        options |= {"save_all": True, "append_images": list(frames[1:]), "duration": list(delays)} | _loop(output)
        options |= {"disposal": 2} if output.format == "gif" else {}
    if output.format == "gif" and len(frames) * frames[0].width * frames[0].height > THOROUGH:
        frames = [frame.quantize(256, Image.Quantize.FASTOCTREE) if frame.mode == "RGB" else frame for frame in frames]
        options |= {"append_images": frames[1:]} if len(frames) > 1 else {}
    try:
        with room():
            image, memory = _finished(frames[0], output), io.BytesIO()
            if plugin == "JPEG2000":  # its encoder never returns from a disk that is full
                image.save(memory, plugin, **options)
                path.write_bytes(memory.getbuffer())
            else:
                image.save(path, plugin, **options)
    except (OSError, ValueError) as error:
        raise BadRequest(f"Invalid size in transformation: {frames[0].width} x {frames[0].height} as {output.format}") from error


def _alike(frames: Sequence[Image.Image]) -> Sequence[Image.Image]:
    """Frames of one mode and size: what an effect trimmed differently stands in the top left corner of the largest."""
    mode = "RGBA" if any(frame.mode == "RGBA" for frame in frames) else "RGB"
    size = max(frame.width for frame in frames), max(frame.height for frame in frames)
    if all((frame.mode, frame.size) == (mode, size) for frame in frames):
        return frames
    return [opaque(frame).crop((0, 0, *size)) if frame.size != size else frame.convert(mode) for frame in frames]


def _loop(output: Output) -> dict[str, int]:
    """GIF runs once where it says nothing, the others where they say so."""
    return {"loop": output.loop} if output.loop is not None else {} if output.format == "gif" else {"loop": 1}


def _flat(image: Image.Image, ground: str) -> Image.Image:
    if image.mode != "RGBA":
        return image
    behind = flattened(image, ground)
    return behind if behind.mode == "RGB" else flattened(behind, "white").convert("RGB")


def _options(image: Image.Image, output: Output, wish: Wish) -> dict[str, Any]:
    """What Pillow's encoder is told."""
    flags, options = output.flags, dict[str, Any](SPEEDS.get(output.format, {}))
    if output.format in USUAL:
        options |= quality(image, output, wish)
    if output.format == "jpg":
        progressive = next((flag.partition(":")[2] or "steep" for flag in flags if flag.startswith("progressive")), "none")
        options |= {"optimize": True} | ({"progressive": True} if progressive != "none" else {})
    if output.format == "png":
        options |= {"optimize": False, "compress_level": 6}
    if output.format == "webp" and image.mode == "RGBA" and not flags & {"lossy", "awebp"} and output.quality == "100":
        options |= {"lossless": True}
    if output.format == "tiff":
        options |= {"compression": "tiff_lzw"}
    if output.density and output.format in ("jpg", "png", "tiff", "pdf"):
        options |= {"resolution": output.density} if output.format == "pdf" else {"dpi": (output.density, output.density)}
    options |= {name: value for name, value in output.kept.items() if name in CARRIED.get(output.format, ())}
    if output.ink and output.ink.profile and output.format in PRINTED:
        options |= {"icc_profile": output.ink.profile}
    return options


def quality(image: Image.Image, output: Output, wish: Wish) -> dict[str, Any]:
    """q_ as the encoder's numbers: `80`, `80:420`, `auto`, `auto:eco`, `jpegmini`."""
    value = output.quality
    if value.startswith("auto") and wish.quality_override:
        value = wish.quality_override
    word, _, rest = value.partition(":")
    if word in ("auto", "jpegmini"):
        return searched(image, output.format, "eco" if value == "auto" and wish.save_data else WORDS.get(rest, rest))
    if not word:
        return {"quality": USUAL[output.format]}
    number = round(float(word))
    chosen: dict[str, Any] = {"quality": max(1, number - LESS.get(output.format, 0)) if number < 100 else 100}
    if output.format == "jpg" and rest in ("420", "444"):
        chosen["subsampling"] = {"420": 2, "444": 0}[rest]
    return chosen


def check_quality(value: str) -> None:
    """Raise BadRequest for a quality that is none, whether the format has one or not."""
    word, _, rest = value.partition(":")
    if word in ("auto", "jpegmini"):
        known = WORDS.get(rest, rest) in LEVELS
    else:
        number = word.isascii() and word.replace(".", "", 1).isdecimal() and 1 <= float(word) <= 100
        known = bool(number) and (rest in ("", "420", "444") or rest.startswith("qmax_"))
    if value and not known:
        raise BadRequest(f"Invalid quality in transformation: {value[:100]}")


def _finished(image: Image.Image, output: Output) -> Image.Image:
    """PNG of the depth that flags ask for, and CMYK where it is wanted and can be."""
    if output.ink and output.format in PRINTED:
        return output.ink.printed(_flat(image, "white"))
    if output.format != "png":
        return image
    if output.flags & {"png8", "lossy"}:
        method = Image.Quantize.FASTOCTREE if image.mode == "RGBA" else Image.Quantize.MEDIANCUT
        return image.quantize(256, method=method, dither=Image.Dither.FLOYDSTEINBERG)
    if "png24" in output.flags:
        return _flat(image, output.ground)
    return image.convert("RGBA") if "png32" in output.flags else image
