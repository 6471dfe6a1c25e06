"""What a file says of itself: container, EXIF, IPTC and XMP as one flat map of texts, bounded; the pixels are not decoded.

Blocks are read by Pillow, XMP by `xmp.py`. A broken block says nothing; it never fails a call. Where several blocks name the
same thing the first of container, EXIF, IPTC, XMP is kept.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageFile, IptcImagePlugin
from PIL.TiffImagePlugin import IFDRational

from app.imaging import xmp
from app.imaging.reading import PLUGINS

MOST_ENTRIES = 300
LONGEST_NAME, LONGEST_VALUE = 80, 1000  # characters
LARGEST_BLOCK = 1 << 20  # bytes of an EXIF block that is parsed
BLOCKS = (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo, ExifTags.IFD.Interop)
POINTERS = frozenset({0x8769, 0x8825, 0xA005, 0x927C, 0x014A, 0x02BC, 0x83BB, 0x8649, 0x8773, 0x0111, 0x0117, 0x0144, 0x0145})
SPACES = {"1": "Gray", "L": "Gray", "LA": "Gray", "I": "Gray", "F": "Gray", "CMYK": "CMYK", "YCbCr": "YCbCr", "LAB": "Lab"}
IPTC_NAMES = {
    (2, 5): "ObjectName", (2, 15): "Category", (2, 25): "Keywords", (2, 40): "SpecialInstructions", (2, 55): "DateCreated",
    (2, 60): "TimeCreated", (2, 80): "By-line", (2, 85): "By-lineTitle", (2, 90): "City", (2, 92): "Sub-location",
    (2, 95): "Province-State", (2, 100): "Country-PrimaryLocationCode", (2, 101): "Country-PrimaryLocationName",
    (2, 105): "Headline", (2, 110): "Credit", (2, 115): "Source", (2, 116): "CopyrightNotice", (2, 118): "Contact",
    (2, 120): "Caption-Abstract", (2, 122): "Writer-Editor",
}  # fmt: skip

Texts = dict[str, str]


def read(path: Path) -> tuple[Texts, Texts]:
    """All there is, and the EXIF part alone. The file's header must have been weighed before (`reading.read`)."""
    with suppress(Exception), Image.open(path, formats=PLUGINS) as image:
        exif = _calm(_exif, image)
        parts = (_calm(_container, image), exif, _calm(_iptc, image), _calm(_xmp, image))
        return _bounded(pair for part in parts for pair in part.items()), _bounded(exif.items())
    return {}, {}


def _calm(block: Callable[[Image.Image], Texts], image: Image.Image) -> Texts:
    try:
        return block(image)
    except Exception:  # broken blocks make Pillow's parsers raise nearly every class there is
        return {}


def _bounded(pairs: Iterable[tuple[str, str]]) -> Texts:
    found: Texts = {}
    for name, value in pairs:
        key, text = _plain(name[:LONGEST_NAME]), _plain(value[:LONGEST_VALUE])
        if key and text and len(found) < MOST_ENTRIES:
            found.setdefault(key, text)
    return found


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()


def _container(image: Image.Image) -> Texts:
    """Size, colours and resolution as the header has them; the size is that of the stored picture, before it is turned upright."""
    info, mode = image.info, image.mode
    found = {"ImageWidth": str(image.width), "ImageHeight": str(image.height), "FileType": image.format or ""}
    found["Colorspace"] = SPACES.get(mode.partition(";")[0], "RGB")
    if "jfif_version" in info:
        major, minor = info["jfif_version"]
        found["JFIFVersion"] = f"{major}.{minor:02d}"
        found["ResolutionUnit"] = {1: "inches", 2: "cm"}.get(info.get("jfif_unit", 0), "None")
    if dpi := info.get("dpi"):
        across, down = (f"{float(side):g}" for side in dpi)
        found |= {"DPI": across, "XResolution": across, "YResolution": down}
    if image.format in ("JPEG", "MPO"):
        found["EncodingProcess"] = "Progressive DCT" if info.get("progressive") else "Baseline DCT"
    if gamma := info.get("gamma"):
        found["Gamma"] = f"{gamma:g}"
    profile = info.get("icc_profile") or b""
    if len(profile) >= 128:
        found |= {"ProfileVersion": f"{profile[8]}.{profile[9] >> 4}", "ColorSpaceData": profile[16:20].decode("ascii", "replace")}
    comment = info.get("comment")
    return found | ({"Comment": _text(comment)} if comment else {}) | (_png_texts(info) if image.format == "PNG" else {})


def _png_texts(info: Mapping[Any, Any]) -> Texts:
    """Text chunks before the pixels, `Creation Time` as CreationTime; those behind would need the picture decoded."""
    texts = {key: value for key, value in info.items() if isinstance(key, str) and isinstance(value, str) and ":" not in key}
    return {"".join(word[:1].upper() + word[1:] for word in key.split()): str(value) for key, value in texts.items()}


def _exif(image: Image.Image) -> Texts:
    if len(image.info.get("exif") or b"") > LARGEST_BLOCK:
        return {}
    block = Image.Image.getexif(image)  # not PNG's own, which would decode the picture to look behind it
    found = _named(block, ExifTags.TAGS)
    for number in BLOCKS:
        with suppress(Exception):
            part = block.get_ifd(number)
            gps = number == ExifTags.IFD.GPSInfo
            found |= _named(part, ExifTags.GPSTAGS if gps else ExifTags.TAGS)
            found |= _position(part) if gps else {}
    return found


def _named(block: Mapping[int, Any], names: Mapping[int, str]) -> Texts:
    found = {}
    for tag, value in block.items():
        if tag in names and (tag not in POINTERS or names is ExifTags.GPSTAGS):
            found[names[tag]] = _text(value)
    return {name: text for name, text in found.items() if text}


def _position(block: Mapping[int, Any]) -> Texts:
    """Latitude and longitude as `59 deg 21' 4.50" N`, and the two as decimal degrees."""
    found, plain = {}, []
    for name, tag in (("GPSLatitude", 2), ("GPSLongitude", 4)):
        if tag in block and tag - 1 in block:
            degrees, minutes, seconds = (float(part) for part in block[tag])
            side = str(block[tag - 1])[:1]
            found[name] = f"{degrees:g} deg {minutes:g}' {seconds:.2f}\" {side}"
            plain.append((degrees + minutes / 60 + seconds / 3600) * (-1 if side in "SW" else 1))
    return found | ({"GPSPosition": f"{plain[0]:.6f}, {plain[1]:.6f}"} if len(plain) == 2 else {})


def _iptc(image: Image.Image) -> Texts:
    block = (IptcImagePlugin.getiptcinfo(image) if isinstance(image, ImageFile.ImageFile) else None) or {}
    found = {}
    for key, value in block.items():
        if key in IPTC_NAMES:
            found[IPTC_NAMES[key]] = ", ".join(_text(item) for item in (value if isinstance(value, list) else [value])[:100])
    return found


def _xmp(image: Image.Image) -> Texts:
    packet = image.info.get("xmp") or b""
    return xmp.read(packet.encode() if isinstance(packet, str) else packet)


def _text(value: object) -> str:
    """A value of any block as text; what is no text and no number says nothing."""
    if isinstance(value, bytes):
        head = value.removeprefix(b"ASCII\0\0\0").removeprefix(b"UNICODE\0")[: 4 * LONGEST_VALUE].strip(b"\0 ")
        text = head.decode("utf-8", "replace")
        return text if text.isprintable() and "\ufffd" not in text else ""
    if isinstance(value, IFDRational):
        return _fraction(value)
    if isinstance(value, tuple | list):
        return " ".join(_text(item) for item in value[:32])
    return f"{value:g}" if isinstance(value, float) else str(value)[: 4 * LONGEST_VALUE]


def _fraction(value: IFDRational) -> str:
    """An exposure under a second stays a fraction (`1/500`), anything else is a decimal number."""
    top, bottom = int(value.numerator), int(value.denominator)
    if not bottom:
        return ""
    return f"{top}/{bottom}" if 0 < top < bottom and bottom % top == 0 else f"{top / bottom:.6g}"
