"""Every error we answer with: its name, its status and its sentence.

    Failure                     500  something of ours broke
    ├── Unavailable             500  a machine we rely on does not answer; later it may
    │   ├── Full                500  no room is left on a disk
    │   └── InDoubt             500  a change was sent to the database, and whether it was made is not known
    ├── BadRequest              400  a missing, malformed or illegal parameter
    │   ├── InvalidPicture      400  the bytes are no picture we can read
    │   └── StaleRequest        400  a signed timestamp outside its window
    ├── Unauthorized            401  who is asking could not be proven
    ├── Forbidden               403  known, but not allowed to
    ├── NotFound                404  no such asset, preset, folder
    │   └── UnknownRoute        404  nothing answers at this path, or not by this method
    ├── AlreadyExists           409  the name is taken
    └── Limited                 420  too much at once
        └── Unsubscribed        420  an add-on that is not installed

Services raise them; `web/answers` renders them once. A message says what to do next. The statuses are those every official
Cloudinary SDK can read; 420 stands in for 429 and 503, and 500 for 507, because most of them lose the message of those.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Failure(Exception):
    """Base of all answers that are not a success."""

    status = 500

    def __init__(self, message: str = "General Error", *, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after


class Unavailable(Failure):
    pass


class Full(Unavailable):
    def __init__(self) -> None:
        super().__init__("The server's disk is full, try again when there is room", retry_after=60)


class InDoubt(Unavailable):
    def __init__(self) -> None:
        told = "The database did not confirm the change: it may have been made or not; look before you ask again"
        super().__init__(told, retry_after=5)


class BadRequest(Failure):
    status = 400

    @classmethod
    def missing(cls, name: str) -> "BadRequest":
        return cls(f"Missing required parameter - {name}")

    @classmethod
    def invalid(cls, name: str, value: object, hint: str = "") -> "BadRequest":
        return cls(f"Invalid value {str(value)[:100]} for parameter {name}" + (f": {hint}" if hint else ""))

    @classmethod
    def unsupported(cls, name: str) -> "BadRequest":
        return cls(f"{humanised(name)} is not supported by this server; leave it out")


class InvalidPicture(BadRequest):
    pass


class StaleRequest(BadRequest):
    pass


class Unauthorized(Failure):
    status = 401


class Forbidden(Failure):
    status = 403


class NotFound(Failure):
    status = 404

    @classmethod
    def asset(cls, public_id: str) -> "NotFound":
        return cls(f"Resource not found - {public_id}")


class UnknownRoute(NotFound):
    @classmethod
    def of(cls, method: str, path: str) -> "UnknownRoute":
        return cls(f"Unknown route {method} {path[:200]}")


class AlreadyExists(Failure):
    status = 409


class Limited(Failure):
    status = 420


class Unsubscribed(Limited):
    def __init__(self, addon: str) -> None:
        super().__init__(f"You don't have an active subscription for {addon}")


def humanised(name: str) -> str:
    """`auto_tagging` -> `Auto tagging`, as the original words its messages."""
    return name.replace("_", " ").capitalize()


def of_disk(error: OSError) -> Full | None:
    """The answer to an error of the file system, if it says that there is no room; None for any other."""
    return Full() if error.errno in NO_ROOM else None


@contextmanager
def room() -> Iterator[None]:
    """Around what writes to a disk: one that is full is told as such."""
    try:
        yield
    except OSError as error:
        full = of_disk(error)
        if full is None:
            raise
        raise full from error
