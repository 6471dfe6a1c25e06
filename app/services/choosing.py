"""What a listing or a deletion names: IDs, transformations, a pair of context, a moment."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from sqlalchemy import Connection

from app.db import assets
from app.errors import BadRequest
from app.params.admin import ListParams
from app.params.kinds import parts
from app.params.transformations import canonical

MOST = 100


def named(c: Connection, cloud_id: int, said: Sequence[str] | str | None) -> Sequence[str] | None:
    """Public IDs of a call. A text with commas is one ID where an asset is called so, and a list else."""
    if not isinstance(said, str):
        return said
    return [said] if assets.is_named(c, cloud_id, said) else parts(said)


def few(ids: Sequence[str] | None, name: str) -> Sequence[str] | None:
    if ids is not None and len(ids) > MOST:
        raise BadRequest(f"Too many {name}: at most {MOST} a call")
    return ids


def spelled(text: str | None) -> list[str] | None:
    """How rows may write the transformations of a text that separates them by pipes; None, for all, if there is no text."""
    wanted = [part for part in re.split(r"(?<!\\)\|", text or "") if part]
    if text and not wanted:
        raise BadRequest.invalid("transformations", text, "expected transformations separated by |")
    return [spelling for part in wanted for spelling in (part, canonical(part))] or None


def pair(params: ListParams) -> tuple[str, str | None]:
    """The pair that a listing by context asks for. No stored key holds a quotation mark's path, so none is looked for."""
    if not params.key:
        raise BadRequest.missing("key")
    if '"' in params.key or "\\" in params.key:
        raise BadRequest.invalid("key", params.key, "expected a key without quotation marks and backslashes")
    return params.key, params.value or None


def moment(text: str | None) -> int | None:
    """ISO 8601 -> microseconds since 1970; without a zone it is UTC."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text) if text[:1].isdigit() else parsedate_to_datetime(text)
    except ValueError:
        raise BadRequest.invalid("start_at", text, "expected a date as in 2026-01-31T12:00:00Z") from None
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * 1_000_000)
