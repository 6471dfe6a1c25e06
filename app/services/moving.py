"""A running installation copied to another database and storage: again and again until little has changed, then for good."""

import hashlib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from sqlalchemy import Connection

from app.db import moves
from app.db.engine import Database
from app.db.levelling import level
from app.db.migrate import upgrade
from app.db.moves import File
from app.errors import BadRequest, Failure, NotFound
from app.ports import Storage
from app.services.files import PREFIXES

SETTLED = 1000  # rows that changed during a copy: so few are left to the last one
MOST_COPIES = 5
AT_ONCE = 8  # files on their way
NOTED = 32  # files that are noted together: so many are copied again after a kill

Watch = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]  # what is done and how much of it -> one step


@dataclass(frozen=True)
class Copied:
    """What one copy did. `lost`: files that rows name and that are not, or not whole, in the old place either."""

    rows: int
    files: int
    lost: list[str]


@dataclass(frozen=True)
class Moving:
    """`to` is None where the files stay where they are; `incoming` is where a file waits on its way into `to`."""

    source: Database
    target: Database
    storage: Storage
    to: Storage | None
    incoming: Path
    watch: Watch

    def prepare(self) -> None:
        """Mark the target and build its tables. Raises BadRequest for one that holds anything else, or a source of another age."""
        if self.source.engine.url == self.target.engine.url:
            raise BadRequest("That is the database this installation has already")
        mark = moves.check(self.source, self.target)
        if self.to:  # also tells of a storage that does not answer, before anything is read
            used = any(next(iter(self.to.list(prefix)), None) for prefix in PREFIXES)
            if used and not moves.under_way(self.target):
                raise BadRequest("That storage holds files of an installation already; take an empty bucket or folder")
        moves.begin(self.target, mark)
        upgrade(self.target)
        if moves.revision(self.source) != moves.revision(self.target):
            raise BadRequest("This installation's database is older than this program; restart its servers with this version first")

    def copy(self) -> Copied:
        """Make the target what the source is at this moment: files first, rows second."""
        with moves.snapshot(self.source) as c:
            files, lost = self._files(c) if self.to else (0, [])
            total = sum(moves.counts(c).values())
            with self.watch("Rows", total) as step:
                rows = sum(level(c, self.target, table, step) for table in moves.TABLES)
        return Copied(rows, files, lost)

    def approach(self) -> list[Copied]:
        """Copy until little changes meanwhile."""
        done = [self.copy()]
        while len(done) < MOST_COPIES and (len(done) == 1 or done[-1].rows > SETTLED):
            done.append(self.copy())
        return done

    def finish(self) -> Copied:
        """Stop the source from being written, copy the rest, and see that every table has as many rows here as there."""
        moves.freeze(self.source)
        last = self.copy()
        with moves.snapshot(self.source) as here, self.target.read() as there:
            expected, found = moves.counts(here), moves.counts(there)
        if wrong := [f"{name}: {count} and {found[name]}" for name, count in expected.items() if found[name] != count]:
            raise Failure(f"The tables do not agree ({'; '.join(wrong)}); run the move again")
        if self.to:
            with self.target.read() as c:
                stale = moves.unnamed(c)
            self.to.delete(*stale)
        moves.end(self.target)
        return last

    def reopen(self) -> None:
        """Let the source be written again after all."""
        moves.freeze(self.source, frozen=False)

    def close(self) -> None:
        self.source.close()
        self.target.close()

    def _files(self, c: Connection) -> tuple[int, list[str]]:
        """Copy the files that are not there yet; how many, and the keys of those that could not be had."""
        count, lost = 0, list[str]()
        with self.target.read() as t:
            left = max(moves.size(c) - moves.moved_size(t), 0)
        with self.watch("Files", left) as step, ThreadPoolExecutor(AT_ONCE) as pool:
            for page in moves.files(c):
                with self.target.read() as t:
                    wanted = moves.unmoved(t, page)
                for start in range(0, len(wanted), NOTED):
                    some = wanted[start : start + NOTED]
                    fine = [file for file, whole in zip(some, pool.map(self._file, some), strict=True) if whole]
                    with self.target.begin() as tx:
                        moves.note(tx, fine)
                    count += len(fine)
                    lost += [file.key for file in some if file not in fine]
                    step(sum(file.bytes or 0 for file in some))
        return count, lost

    def _file(self, file: File) -> bool:
        """Copy one file and read it again from its new place; False if the old place has not what its row tells."""
        assert self.to
        with NamedTemporaryFile(dir=self.incoming, prefix="move-", delete=False) as copy:
            path = Path(copy.name)
            try:
                read = _digest(self.storage.get(file.key).chunks, copy.write)
            except NotFound:
                read = (-1, "")
        try:
            if read[0] < 0 or read != (read[0] if file.bytes is None else file.bytes, file.etag or read[1]):
                return False
            self.to.put(file.key, path)
        finally:
            path.unlink(missing_ok=True)
        if _digest(self.to.get(file.key).chunks, len) != read:
            raise Failure(f"The new storage does not give back what it was given: {file.key}")
        return True


def _digest(chunks: Iterable[bytes], each: Callable[[bytes], object]) -> tuple[int, str]:
    """Size and MD5 of a file, of which each piece is handed on."""
    size, md5 = 0, hashlib.md5(usedforsecurity=False)
    for chunk in chunks:
        each(chunk)
        md5.update(chunk)
        size += len(chunk)
    return size, md5.hexdigest()
