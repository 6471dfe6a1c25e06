"""Small video and sound files, written byte by byte: no encoder is needed to run the tests."""

import io
import struct
import wave


def wav(seconds: float = 1.0, rate: int = 8000, channels: int = 1) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(b"\0\0" * int(rate * seconds) * channels)
    return file.getvalue()


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", len(body) + 8, kind) + body


def full(kind: bytes, *parts: bytes) -> bytes:
    return box(kind, b"\0\0\0\0", *parts)


UPRIGHT = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
QUARTER = (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)


def mp4(width: int = 64, height: int = 36, frames: int = 50, *, turned: bool = False, brand: bytes = b"isom") -> bytes:
    """A movie of 25 frames a second: every table is there, the frames themselves are zeros."""
    length, size = frames * 40, 10
    matrix = struct.pack(">9i", *(QUARTER if turned else UPRIGHT))
    mvhd = full(
        b"mvhd", struct.pack(">4I", 0, 0, 1000, length), struct.pack(">IH10x", 0x10000, 0x100), matrix, bytes(24), b"\0\0\0\2"
    )
    tkhd = box(
        b"tkhd",
        b"\0\0\0\7",
        struct.pack(">5I", 0, 0, 1, 0, length),
        bytes(16),
        matrix,
        struct.pack(">2I", width << 16, height << 16),
    )
    mdhd = full(b"mdhd", struct.pack(">4I", 0, 0, 1000, length), b"\x55\xc4\0\0")
    hdlr = full(b"hdlr", bytes(4), b"vide", bytes(12), b"video\0")
    entry = box(
        b"avc1",
        bytes(6),
        b"\0\1",
        bytes(16),
        struct.pack(">2H", width, height),
        b"\0\x48\0\0" * 2,
        bytes(4),
        b"\0\1",
        bytes(32),
        b"\0\x18\xff\xff",
    )
    ftyp = box(b"ftyp", brand, bytes(4), brand)
    tables = (
        full(b"stsd", struct.pack(">I", 1), entry),
        full(b"stts", struct.pack(">3I", 1, frames, 40)),
        full(b"stsc", struct.pack(">4I", 1, 1, frames, 1)),
        full(b"stsz", struct.pack(">2I", size, frames)),
        full(b"stco", struct.pack(">2I", 1, len(ftyp) + 8)),
    )
    dinf = box(b"dinf", full(b"dref", struct.pack(">I", 1), box(b"url ", b"\0\0\0\1")))
    minf = box(b"minf", box(b"vmhd", b"\0\0\0\1", bytes(8)), dinf, box(b"stbl", *tables))
    moov = box(b"moov", mvhd, box(b"trak", tkhd, box(b"mdia", mdhd, hdlr, minf)))
    return ftyp + box(b"mdat", bytes(size * frames)) + moov


def element(id: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return id + struct.pack(">Q", len(body) | 1 << 56) + body


def webm(width: int = 64, height: int = 36, seconds: float = 2.0) -> bytes:
    """A header, one VP8 track and an empty cluster."""
    head = element(b"\x1aE\xdf\xa3", element(b"\x42\x82", b"webm"), element(b"\x42\x87", b"\x02"), element(b"\x42\x85", b"\x02"))
    times = (element(b"\x2a\xd7\xb1", struct.pack(">I", 1_000_000)), element(b"\x44\x89", struct.pack(">d", seconds * 1000)))
    size = element(b"\xe0", element(b"\xb0", struct.pack(">H", width)), element(b"\xba", struct.pack(">H", height)))
    track = element(b"\xae", element(b"\xd7", b"\1"), element(b"\x83", b"\1"), element(b"\x86", b"V_VP8"), size)
    cluster = element(b"\x1f\x43\xb6\x75", element(b"\xe7", b"\0"), element(b"\xa3", b"\x81\0\0\x80", bytes(20)))
    return head + element(b"\x18\x53\x80\x67", element(b"\x15\x49\xa9\x66", *times), element(b"\x16\x54\xae\x6b", track), cluster)
