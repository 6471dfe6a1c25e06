"""How many pages a file has, told by walking its structure up to a bound: no page is decoded, no metadata is parsed."""

import mmap
from collections.abc import Callable
from pathlib import Path
from typing import Literal

MOST_PAGES = 10_000
MOST_STEPS = 1_000_000  # of a walk; a hundred megabytes of one-byte blocks must not hold a core


def count(path: Path, format: str) -> int | None:
    """Pages of a GIF or TIFF, or None for a format whose header tells them. A broken structure ends the count, not the upload."""
    walk = WALKS.get(format)
    if walk is None:
        return None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return max(1, walk(data))


def gif_frames(data: mmap.mmap) -> int:
    """Image blocks behind the logical screen. Source: GIF89a, sections 15 to 27."""
    place, frames, steps = 13 + _colours(data, 10), 0, 0
    while place < len(data) and frames < MOST_PAGES and steps < MOST_STEPS:
        kind = data[place]
        if kind == 0x2C and place + 10 < len(data):
            frames += 1
            place += 11 + _colours(data, place + 9)
        elif kind == 0x21:
            place += 2
        else:
            break
        while place < len(data) and data[place] and steps < MOST_STEPS:
            place += data[place] + 1
            steps += 1
        place += 1
        steps += 1
    return frames


def _colours(data: mmap.mmap, flags: int) -> int:
    """Bytes of the colour table that the flags at this place announce."""
    return 3 << (data[flags] & 7) + 1 if flags < len(data) and data[flags] & 0x80 else 0


def tiff_directories(data: mmap.mmap) -> int:
    """Directories of the chain that the header starts. Source: TIFF 6.0, section 2; BigTIFF has wider numbers."""
    order: Literal["big", "little"] = "big" if data[:2] == b"MM" else "little"

    def number(place: int, width: int) -> int:
        return int.from_bytes(data[place : place + width], order)

    wide = number(2, 2) == 43
    step, entry, tally = (8, 20, 8) if wide else (4, 12, 2)
    place = number(8 if wide else 4, step)
    seen: set[int] = set()
    while 0 < place < len(data) and place not in seen and len(seen) < MOST_PAGES:
        seen.add(place)
        place = number(place + tally + entry * number(place, tally), step)
    return len(seen)


WALKS: dict[str, Callable[[mmap.mmap], int]] = {"gif": gif_frames, "tiff": tiff_directories}
