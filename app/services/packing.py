"""Files into one zip or tgz, piece by piece: whoever reads the pieces sets the pace, and memory holds one of them."""

import io
import re
import tarfile
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath

from app.ports import Blob

UNSAFE = re.compile(r'[<>:"|?*\\\x00-\x1f\x7f]')  # what some system or other does not take in a file name
LONGEST = 240  # bytes of one segment; file systems end at 255, and a suffix may follow
BLOCK = 512  # bytes: tar's unit
LEVEL = 1  # pictures are packed already


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of an archive: its wished name, its time in microseconds since 1970, and how to open its bytes."""

    name: str
    moment: int
    open: Callable[[], Blob]


class Pieces(io.RawIOBase):
    """An unseekable file that holds what was written until it is taken."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(memoryview(data))  # type: ignore[arg-type]
        self._held.append(piece)
        return len(piece)

    def take(self) -> bytes:
        held, self._held = b"".join(self._held), []
        return held


def zipped(entries: Iterable[Entry]) -> Iterator[bytes]:
    """A zip archive. Every entry is deflated, because readers of streams cannot tell where a stored one ends."""
    pieces = Pieces()
    with zipfile.ZipFile(pieces, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        for entry in entries:
            blob = entry.open()
            head = zipfile.ZipInfo(entry.name, datetime.fromtimestamp(entry.moment // 1_000_000, UTC).timetuple()[:6])
            head.compress_type, head.external_attr, head.file_size = zipfile.ZIP_DEFLATED, 0o100644 << 16, blob.size
            with archive.open(head, "w") as file:
                for chunk in blob.chunks:
                    file.write(chunk)
                    yield pieces.take()
            yield pieces.take()
    yield pieces.take()


def tarred(entries: Iterable[Entry]) -> Iterator[bytes]:
    """A gzipped tar archive."""
    gzip = zlib.compressobj(LEVEL, wbits=31)
    for entry in entries:
        blob = entry.open()
        head = tarfile.TarInfo(entry.name)
        head.size, head.mtime, head.mode = blob.size, entry.moment // 1_000_000, 0o644
        yield gzip.compress(head.tobuf(tarfile.PAX_FORMAT))
        for chunk in blob.chunks:
            yield gzip.compress(chunk)
        yield gzip.compress(bytes(-blob.size % BLOCK))
    yield gzip.compress(bytes(2 * BLOCK))
    yield gzip.flush()


FORMATS = {"zip": (zipped, "application/zip"), "tgz": (tarred, "application/gzip")}


def safe_names(names: Sequence[str]) -> list[str]:
    """Names that unpack everywhere: relative, no way upwards, none twice (also where case does not count), none also a folder."""
    plain = [_plain(name) for name in names]
    taken = {_folded(str(folder)) for name in plain for folder in PurePosixPath(name).parents}
    found = []
    for name in plain:
        path, free, number = PurePosixPath(name), name, 0
        while _folded(free) in taken:
            number += 1
            free = str(path.with_name(f"{path.stem}_{number}{path.suffix}"))
        taken.add(_folded(free))
        found.append(free)
    return found


def _plain(name: str) -> str:
    segments = [_short(UNSAFE.sub("_", part).strip(". ")) for part in name.replace("\\", "/").split("/") if part.strip(". ")]
    return "/".join(segments) or "file"


def _short(segment: str) -> str:
    """A segment of at most LONGEST bytes; its extension stays."""
    if len(segment.encode()) <= LONGEST:
        return segment
    path = PurePosixPath(segment)
    ending = path.suffix.encode()[:20]
    return (path.stem.encode()[: LONGEST - len(ending)] + ending).decode("utf-8", "ignore")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
