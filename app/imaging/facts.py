"""Small facts about files that callers see: names, formats, media types."""

import mimetypes
import re
import unicodedata
from pathlib import PurePosixPath

from app.imaging.reading import ALIASES, FORMATS


def media_type(format: str | None) -> str:
    """What a stored format is served as."""
    return FORMATS[format][1] if format in FORMATS else mimetypes.types_map.get(f".{format}", "application/octet-stream")


def named_media_type(filename: str) -> str:
    """What a file is served as that is known by its name alone."""
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"


def format_named(extension: str) -> str | None:
    """Our name of the format an extension stands for (`jpeg` -> `jpg`), or None for one we do not know."""
    name = ALIASES.get(extension.lower(), extension.lower())
    return name if name in FORMATS else None


def stem(filename: str) -> str:
    """A file's last path component without its extension, as `original_filename` shows it."""
    return PurePosixPath(filename.replace("\\", "/")).stem


def suffix(filename: str) -> str:
    """A file's extension in lower case, without the dot."""
    return PurePosixPath(filename.replace("\\", "/")).suffix.lower().removeprefix(".")


def plain_name(filename: str) -> str:
    """A file's stem as a public ID: letters, digits and `_ - .` kept, everything else an underscore."""
    text = unicodedata.normalize("NFC", stem(filename))
    return re.sub(r"[^\w.-]+", "_", text).strip("._-") or "file"
