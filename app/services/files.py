"""Files beside rows: their keys, and the one rule of when a file may be deleted.

A file is there before the row that names it, and goes after that row went. What fails before COMMIT was sent leaves nothing;
where the answer to COMMIT was lost the file stays, since a row may name it; what cannot be deleted after a commit stays too.
`Library.sweep` finds all of these.
"""

import uuid
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path

import structlog

from app.errors import InDoubt
from app.ports import Storage
from app.threads import Threads

log = structlog.get_logger()

ORIGINALS, DERIVED = "originals/", "derived/"
PREFIXES = (ORIGINALS, DERIVED)  # every key that a row may name starts so


def of_version(version_id: str) -> str:
    """How the keys of a version's bytes begin."""
    return f"{ORIGINALS}{version_id[:2]}/{version_id}"


def original(version_id: str) -> str:
    """A key for the bytes of a version. A job that runs twice makes two, so that neither run deletes what the other one named."""
    return f"{of_version(version_id)}-{uuid.uuid4().hex[:8]}"


def derived() -> str:
    """A key for one rendering: two of the same picture never share it."""
    name = uuid.uuid4().hex
    return f"{DERIVED}{name[:2]}/{name}"


def forget(storage: Storage, *keys: str) -> None:
    """Delete files that no row names any more. The change is made by now, so this never fails."""
    try:
        storage.delete(*keys)
    except Exception as error:
        log.error("files stay until the next sweep", count=len(keys), first=keys[0], reason=str(error)[:500])


@contextmanager
def fresh(storage: Storage, key: str) -> Iterator[None]:
    """Around the writing of a file and of the row that names it."""
    try:
        yield
    except InDoubt:
        log.error("a file stays, its row may be there", key=key)
        raise
    except BaseException:
        forget(storage, key)
        raise


@contextmanager
def storing(storage: Storage, threads: Threads, key: str, path: Path) -> Iterator["Future[None]"]:
    """The same where the file is stored beside other work, whose result is to be asked for before the row is written."""
    with fresh(storage, key):
        stored = threads.disk(storage.put, key, path)
        try:
            yield stored
        except BaseException:
            stored.exception()  # it is deleted when it is there
            raise
