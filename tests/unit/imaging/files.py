"""Pictures made for tests: small ones of every format, and small files that promise enormous ones."""

import io
import struct
import zlib
from pathlib import Path

from PIL import Image

PICTURES = Path(__file__).parents[2] / "pictures"
PILLOW = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP", "tiff": "TIFF", "avif": "AVIF"}


def encoded(image: Image.Image, format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, PILLOW[format], **options)
    return out.getvalue()


def photo(width: int = 64, height: int = 48) -> Image.Image:
    with Image.open(PICTURES / "chelsea.jpg") as image:
        return image.convert("RGB").resize((width, height))


def seeds() -> dict[str, bytes]:
    """One small photograph in every format that is taken."""
    return {format: encoded(photo(), format) for format in PILLOW}


def frames(count: int) -> list[Image.Image]:
    return [Image.new("RGB", (8, 6), (index * 40 % 256, 255 - index * 30 % 256, 0)) for index in range(count)]


def png_bomb(width: int = 13_000, height: int = 13_000) -> bytes:
    """One bit a pixel, all of them there: 20 KB that decode to 169 megapixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(height * (1 + (width + 7) // 8)), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def png_sealed(data: bytes) -> bytes:
    """The file with every checksum made right, so that a change in it reaches the code behind them."""
    place = 8
    while place + 12 <= len(data):
        end = place + 8 + int.from_bytes(data[place : place + 4], "big")
        data = data[:end] + struct.pack(">I", zlib.crc32(data[place + 4 : end])) + data[end + 4 :]
        place = end + 4
    return data


def overwritten(data: bytes, place: int, fresh: bytes) -> bytes:
    return data[:place] + fresh + data[place + len(fresh) :]


def bombs() -> dict[str, bytes]:
    """A small file of every format whose header promises at least 200 megapixels."""
    seed = seeds()
    frame = seed["jpg"].index(b"\xff\xc0") + 5
    lossless = encoded(photo(), "webp", lossless=True)
    size = lossless.index(b"VP8L") + 9
    extent = seed["avif"].index(b"ispe") + 8
    huge = 60_000
    return {
        "jpg": overwritten(seed["jpg"], frame, struct.pack(">HH", huge, huge)),
        "png": png_bomb(20_000, 20_000),
        "webp": overwritten(lossless, size, struct.pack("<I", 16_382 | 16_382 << 14)),
        "gif": overwritten(seed["gif"], 6, struct.pack("<HH", huge, huge)),
        "bmp": overwritten(seed["bmp"], 18, struct.pack("<ii", huge, huge)),
        "tiff": tiff_pages(1, huge),
        "avif": overwritten(seed["avif"], extent, struct.pack(">II", huge, huge)),
    }


def gif_frames(count: int) -> bytes:
    """One pixel, many times."""
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return head + (b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00") * count + b"\x3b"


def gif_of_small_blocks(count: int) -> bytes:
    """One frame, whose data comes in blocks of a single byte."""
    start = gif_frames(1)
    return start[:-4] + b"\x01\x00" * count + b"\x00\x3b"


def tiff_pages(count: int, side: int = 1) -> bytes:
    """Grey pages of side x side pixels, all of which share one byte of data."""
    out = bytearray(b"II*\0" + struct.pack("<I", 10) + b"\x80\0")
    for page in range(count):
        fields = [(256, side), (257, side), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, side), (279, 1)]
        out += struct.pack("<H", len(fields))
        for tag, value in fields:
            out += struct.pack("<HHII", tag, 4, 1, value)
        out += struct.pack("<I", len(out) + 4 if page < count - 1 else 0)
    return bytes(out)
