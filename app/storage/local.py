"""Plain files: made durable, then renamed into place, so that a name never shows half a file."""

import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from app.errors import Failure, NotFound, room
from app.ports import Blob, Stat

CHUNK = 1 << 18
STALE_SECONDS = 3600
KEY = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)*", re.ASCII)  # no segment is hidden, empty or leads upwards


class LocalStorage:
    """The storage port on one disk. Files being received wait in `incoming`, on the same filesystem."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.incoming = self.root / ".incoming"
        clear(self.incoming)

    def put(self, key: str, body: Path) -> None:
        with room():
            self._put(key, body)

    def _put(self, key: str, body: Path) -> None:
        target = self._path(key)
        folders = [target.parent, *target.parent.parents]
        changed = folders[: folders.index(self.root) + 1] if not target.parent.is_dir() else folders[:1]
        target.parent.mkdir(parents=True, exist_ok=True)
        if body.stat().st_dev == self.root.stat().st_dev:
            _sync(body)
            os.replace(body, target)
        else:
            beside = self.incoming / uuid.uuid4().hex
            try:
                shutil.copyfile(body, beside)
                _sync(beside)
                os.replace(beside, target)
            finally:
                beside.unlink(missing_ok=True)
            body.unlink()
        for folder in changed:
            _sync(folder)

    def get(self, key: str, start: int = 0, end: int | None = None) -> Blob:
        path = self._path(key)
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            raise NotFound(f"Resource not found - {key}") from None
        return Blob(size, _read(path, start, size if end is None else min(end, size)), path)

    def delete(self, *keys: str) -> None:
        for key in keys:
            self._path(key).unlink(missing_ok=True)

    def list(self, prefix: str = "") -> Iterator[Stat]:
        for path in sorted((self.root / prefix.rpartition("/")[0]).rglob("*")):
            key = path.relative_to(self.root).as_posix()
            if key.startswith(prefix) and not key.startswith(".incoming") and path.is_file():
                try:
                    stat = path.stat()
                except FileNotFoundError:
                    continue  # deleted since
                yield Stat(key, stat.st_size, stat.st_mtime)

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise Failure(f"Illegal storage key {key!r}")
        return self.root / key


def clear(incoming: Path) -> None:
    """Make the folder in which files are received, or forget what a crash left in it."""
    incoming.mkdir(parents=True, exist_ok=True)
    for left in incoming.iterdir():
        with suppress(FileNotFoundError):  # another process clears it too
            if left.name != "chunks" and left.stat().st_mtime < time.time() - STALE_SECONDS:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        left = end - start
        while left > 0 and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
