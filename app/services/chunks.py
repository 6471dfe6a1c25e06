"""Large files in slices: kept apart until all are there, in any order and however often each is sent, then joined once.

A slice lies in a file named after its place, in a folder named after a digest of cloud, key and upload ID. Whoever makes the
folder `joining` joins; everybody else gets an interim answer. Source: the chunked upload protocol of the official SDKs.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.errors import BadRequest
from app.services.intake import PIECE, Incoming, Spool

RANGE = re.compile(r"bytes (\d+)-(\d+)(?:/(-?\d+|\*))?")
JOINING = "joining"
TOTAL = "total"
ASSET = "asset"


@dataclass(frozen=True, slots=True)
class Slice:
    """Where a request's bytes belong: from `start` on, or the part `number` of `parts`; `total` bytes or parts if known."""

    upload_id: str
    start: int
    size: int | None
    total: int | None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Slice | None":
        """What the headers of a request say, or None for a file sent whole. Raises BadRequest."""
        upload_id, span = headers.get("x-unique-upload-id", ""), headers.get("content-range", "")
        number, parts = headers.get("x-upload-part-number", ""), headers.get("x-upload-total-parts", "")
        if number and upload_id:
            if not number.isdigit() or (parts and not parts.isdigit()):
                raise BadRequest.invalid("X-Upload-Part-Number", number)
            return cls(upload_id, int(number) - 1, None, int(parts) if parts else None)
        if not span:
            return None
        match = RANGE.fullmatch(span.strip())
        if not match or int(match[2]) < int(match[1]):
            raise BadRequest.invalid("Content-Range", span)
        total = int(match[3]) if match[3] and match[3].isdigit() else None
        start, size = int(match[1]), int(match[2]) - int(match[1]) + 1
        if start == 0 and total == size:
            return None
        if not upload_id:
            raise BadRequest.missing("X-Unique-Upload-Id")
        return cls(upload_id, start, size, total)


def digest(owner: str, part: Slice) -> str:
    """What an upload in slices is filed under."""
    return hashlib.sha256(f"{owner}\0{part.upload_id}".encode()).hexdigest()


def is_whole(slices: Sequence[tuple[int, int]], total: int | None, numbered: bool) -> bool:
    """Every byte (or every part) from the first to a known last is there."""
    if numbered:
        return total is not None and [start for start, _ in slices] == list(range(total))
    end = 0
    for start, size in slices:
        if start != end:
            return False
        end += size
    return end == total


@dataclass(frozen=True, slots=True)
class Chunks:
    """Slices wait under `folder`; a joined file may have `limit` bytes."""

    folder: Path
    limit: int

    def add(self, owner: str, part: Slice, file: Incoming) -> Incoming | int | str:
        """Keep a slice. Gives the joined file to the one call that completed it, the bytes received so far to the others,
        and the asset ID of an upload that was complete before (a repeated last slice)."""
        place = self._place(owner, part)
        if (place / ASSET).is_file():
            file.path.unlink(missing_ok=True)
            return (place / ASSET).read_text()
        if part.size is not None and file.size != part.size:
            raise BadRequest(f"Content-Range tells {part.size} bytes, but {file.size} came")
        place.mkdir(parents=True, exist_ok=True)
        if part.total is not None:
            (place / TOTAL).write_text(str(part.total))
        os.replace(file.path, place / f"{part.start:020d}")
        received = sum(size for _, size in self._slices(place))
        if received > self.limit:
            shutil.rmtree(place, ignore_errors=True)
            raise BadRequest(f"File size too large. Got {received}. Maximum is {self.limit}.")
        if not self._complete(place, part.size is None):
            return received
        try:
            (place / JOINING).mkdir()
        except FileExistsError:
            return received
        return self._join(place, file.filename)

    def finish(self, owner: str, part: Slice, asset_id: str) -> None:
        """Remember what the upload became, so that a repeated last slice gets the same answer."""
        place = self._place(owner, part)
        (place / ASSET).write_text(asset_id)
        for left in place.iterdir():
            if left.name.isdigit():  # a slice that was sent again while the others were joined
                left.unlink(missing_ok=True)

    def give_up(self, owner: str, part: Slice) -> None:
        """The joined file was refused: forget the upload."""
        shutil.rmtree(self._place(owner, part), ignore_errors=True)

    def leave(self, owner: str, part: Slice) -> None:
        """The joined file could not be stored. Its slices went into it one by one, so that a disk never holds them twice."""
        self.give_up(owner, part)

    def sweep(self, before: float) -> int:
        """Forget uploads that nobody went on with since `before` (seconds since 1970); how many there were."""
        stale = [place for place in self.folder.glob("*") if place.stat().st_mtime < before] if self.folder.is_dir() else []
        for place in stale:
            shutil.rmtree(place, ignore_errors=True)
        return len(stale)

    def _place(self, owner: str, part: Slice) -> Path:
        return self.folder / digest(owner, part)

    def _slices(self, place: Path) -> list[tuple[int, int]]:
        """Starts (or part numbers) and sizes of what is there, in order."""
        return sorted((int(path.name), path.stat().st_size) for path in place.iterdir() if path.name.isdigit())

    def _complete(self, place: Path, numbered: bool) -> bool:
        try:
            total = int((place / TOTAL).read_text())
        except (FileNotFoundError, ValueError):
            return False
        return is_whole(self._slices(place), total, numbered)

    def _join(self, place: Path, filename: str) -> Incoming:
        """One file of all slices, hashed on the way; each slice goes as soon as it is copied."""
        spool = Spool(self.folder.parent, self.limit)
        try:
            for start, _ in self._slices(place):
                path = place / f"{start:020d}"
                with path.open("rb") as source:
                    while piece := source.read(PIECE):
                        spool.write(piece)
                path.unlink()
        except BaseException:
            spool.drop()
            shutil.rmtree(place, ignore_errors=True)
            raise
        os.utime(place, (time.time(), time.time()))
        return spool.finish(filename)
