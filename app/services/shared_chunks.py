"""Large files in slices where several nodes receive them: the slices lie in the bucket, and a lease says who joins them.

The keys are chunks/<digest of cloud, key and upload ID>/ with a slice's place, `total-<bytes or parts>`, or `asset-<asset ID>`.
"""

import uuid
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from app.db import rendering
from app.db.engine import Database
from app.errors import BadRequest
from app.ports import Storage
from app.services.chunks import ASSET, TOTAL, Slice, digest, is_whole
from app.services.files import forget
from app.services.intake import Incoming, Spool

PREFIX = "chunks/"
LEASE_SECONDS = 1800.0  # for joining and storing; after it whoever sends the last slice again may join


@dataclass(frozen=True, slots=True)
class SharedChunks:
    """As `Chunks`, for any node. `folder`: where a joined file is written, on this machine."""

    db: Database
    storage: Storage
    folder: Path
    limit: int

    def add(self, owner: str, part: Slice, file: Incoming) -> Incoming | int | str:
        name = digest(owner, part)
        place = f"{PREFIX}{name}/"
        if asset_id := self._asset(place):
            file.path.unlink(missing_ok=True)
            return asset_id
        if part.size is not None and file.size != part.size:
            raise BadRequest(f"Content-Range tells {part.size} bytes, but {file.size} came")
        if part.total is not None:
            self._mark(place, TOTAL, str(part.total))
        self.storage.put(f"{place}{part.start:020d}", file.path)
        slices, total = self._there(place)
        received = sum(size for _, size in slices)
        if received > self.limit:
            self.give_up(owner, part)
            raise BadRequest(f"File size too large. Got {received}. Maximum is {self.limit}.")
        numbered = part.size is None
        if not is_whole(slices, total, numbered):
            return received
        with self.db.begin() as tx:
            mine = rendering.claim(tx, name, LEASE_SECONDS)
        if not mine:
            return received
        slices, total = self._there(place)  # somebody may have been done with it just now
        if not is_whole(slices, total, numbered):
            self._release(name)
            return self._asset(place) or received
        return self._join(place, name, slices, file.filename)

    def finish(self, owner: str, part: Slice, asset_id: str) -> None:
        """Remember what the upload became, so that a repeated last slice gets the same answer."""
        name = digest(owner, part)
        place = f"{PREFIX}{name}/"
        self._mark(place, ASSET, asset_id)
        forget(self.storage, *(stat.key for stat in self.storage.list(place) if f"/{ASSET}-" not in stat.key))
        self._release(name)

    def give_up(self, owner: str, part: Slice) -> None:
        """The joined file was refused: forget the upload."""
        name = digest(owner, part)
        forget(self.storage, *(stat.key for stat in self.storage.list(f"{PREFIX}{name}/")))
        self._release(name)

    def leave(self, owner: str, part: Slice) -> None:
        """The joined file could not be stored, which is no fault of the caller's: the last slice may be sent again."""
        self._release(digest(owner, part))

    def sweep(self, before: float) -> int:
        """Forget uploads that nobody went on with since `before` (seconds since 1970); how many there were."""
        uploads: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for stat in self.storage.list(PREFIX):
            uploads[stat.key.split("/")[1]].append((stat.key, stat.modified))
        stale = [found for found in uploads.values() if max(modified for _, modified in found) < before]
        for found in stale:
            forget(self.storage, *(key for key, _ in found))
        return len(stale)

    def _there(self, place: str) -> tuple[list[tuple[int, int]], int | None]:
        """Starts (or part numbers) and sizes of what is there, in order, and the whole's size if it is known."""
        found = {stat.key.removeprefix(place): stat.size for stat in self.storage.list(place)}
        totals = [int(name.removeprefix(f"{TOTAL}-")) for name in found if name.startswith(f"{TOTAL}-")]
        return sorted((int(name), size) for name, size in found.items() if name.isdigit()), max(totals, default=None)

    def _asset(self, place: str) -> str:
        marks = (stat.key for stat in self.storage.list(f"{place}{ASSET}-"))
        return next(marks, "").rpartition("-")[2]

    def _mark(self, place: str, what: str, value: str) -> None:
        empty = self.folder / uuid.uuid4().hex
        empty.touch()
        try:
            self.storage.put(f"{place}{what}-{value}", empty)
        finally:
            empty.unlink(missing_ok=True)

    def _join(self, place: str, name: str, slices: list[tuple[int, int]], filename: str) -> Incoming:
        """One file of all slices, hashed on the way. They stay until it is stored."""
        spool = Spool(self.folder, self.limit)
        try:
            for start, _ in slices:
                for piece in self.storage.get(f"{place}{start:020d}").chunks:
                    spool.write(piece)
        except BaseException:
            spool.drop()
            self._release(name)
            raise
        return spool.finish(filename)

    def _release(self, name: str) -> None:
        with self.db.begin() as tx:
            rendering.release(tx, name)
