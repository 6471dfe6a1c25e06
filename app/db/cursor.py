"""Opaque page cursors: the place of the last row, not its number, so that inserts do not move a page."""

import base64
import binascii

import orjson

from app.errors import BadRequest


def write(*place: int | str) -> str:
    """The sort values of a page's last row as one URL-safe text."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def read(text: str | None, *kinds: type) -> list[int | str] | None:
    """The sort values again, or None for the first page. Raises BadRequest for a text we did not write."""
    if not text:
        return None
    try:
        place = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        place = None
    if not isinstance(place, list) or [type(part) for part in place] != list(kinds):
        raise BadRequest.invalid("next_cursor", text)
    return place
