"""Files in a bucket of any S3-compatible store, by obstore. What is being received waits on this machine's disk."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import obstore
import structlog
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import S3Store

from app.errors import Failure, NotFound, Unavailable
from app.ports import Blob, Stat
from app.storage.local import KEY, clear

log = structlog.get_logger()

PART = 8 * 1024 * 1024  # of a file that is sent in several
PIECE = 1 << 18
SILENCE = 15.0  # seconds in which the store may say nothing; with its tries a request ends after three times as long
SLOWEST = 60.0  # for one part of PART bytes


@dataclass(frozen=True)
class S3Storage:
    """The storage port on a bucket. Passing failures of the store are tried again; what stays is told as unavailable."""

    store: S3Store
    incoming: Path

    @classmethod
    def at(cls, url: str, incoming: Path) -> "S3Storage":
        """`s3://key:secret@host:port/bucket?region=us-east-1&tls=true`; without tls the store is spoken to by http.

        `silence=15`: seconds it may say nothing before a try is given up.

        Raises ValueError for a URL that is none.
        """
        parts = urlsplit(url)
        bucket, options = parts.path.strip("/"), {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if parts.scheme != "s3" or not parts.hostname or not bucket or "/" in bucket:
            raise ValueError("expected s3://key:secret@host:port/bucket")
        clear(incoming)
        silence = float(options.get("silence", SILENCE))
        secure = options.get("tls", "false").lower() in ("true", "1")
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
        store = S3Store(
            bucket,
            endpoint=f"{'https' if secure else 'http'}://{host}",
            access_key_id=unquote(parts.username or ""),
            secret_access_key=unquote(parts.password or ""),
            region=options.get("region", "us-east-1"),
            virtual_hosted_style_request=False,
            client_options={
                "allow_http": not secure,
                "connect_timeout": timedelta(seconds=min(silence, 5.0)),
                "read_timeout": timedelta(seconds=silence),
                "timeout": timedelta(seconds=SLOWEST),
            },
            retry_config={
                "max_retries": 4,
                "retry_timeout": timedelta(seconds=2 * silence),
                "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=5), "base": 2},
            },
        )
        return cls(store, incoming)

    def put(self, key: str, body: Path) -> None:
        self._checked(key)
        try:
            obstore.put(self.store, key, body, chunk_size=PART)
        except (BaseError, OSError) as error:
            raise self._failed("put", key, error) from error
        body.unlink()

    def get(self, key: str, start: int = 0, end: int | None = None) -> Blob:
        self._checked(key)
        try:
            size = int(obstore.head(self.store, key)["size"])
        except (NotFoundError, FileNotFoundError):
            raise NotFound(f"Resource not found - {key}") from None
        except BaseError as error:
            raise self._failed("head", key, error) from error
        return Blob(size, self._read(key, start, size if end is None else min(end, size)))

    def delete(self, *keys: str) -> None:
        for key in keys:
            self._checked(key)
        try:
            if keys:
                obstore.delete(self.store, list(keys))
        except (NotFoundError, FileNotFoundError):
            return
        except BaseError as error:
            raise self._failed("delete", keys[0], error) from error

    def list(self, prefix: str = "") -> Iterator[Stat]:
        folder, _, start = prefix.rpartition("/")
        try:
            for page in obstore.list(self.store, prefix=folder or None):
                for item in page:
                    if item["path"].startswith(prefix):
                        yield Stat(item["path"], int(item["size"]), item["last_modified"].timestamp())
        except BaseError as error:
            raise self._failed("list", prefix or start, error) from error

    def _read(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """A range in pieces; each is asked for when the one before was taken, so memory stays flat."""
        while start < end:
            stop = min(start + PART, end)
            try:
                piece = bytes(obstore.get_range(self.store, key, start=start, end=stop))
            except (NotFoundError, FileNotFoundError):
                raise NotFound(f"Resource not found - {key}") from None
            except BaseError as error:
                raise self._failed("get", key, error) from error
            for place in range(0, len(piece), PIECE):
                yield piece[place : place + PIECE]
            start = stop

    def _checked(self, key: str) -> None:
        if not KEY.fullmatch(key):
            raise Failure(f"Illegal storage key {key!r}")

    def _failed(self, what: str, key: str, error: Exception) -> Unavailable:
        log.error("the object store failed", what=what, key=key, reason=str(error)[:500])
        return Unavailable("Storage is not available, try again in a moment", retry_after=5)
