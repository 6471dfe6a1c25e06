"""What an uploaded asset is called: its public ID, display name and folder."""

import re
import secrets
import string

from app.errors import BadRequest
from app.imaging.facts import plain_name, stem, suffix
from app.params.upload import UploadParams

LETTERS = string.ascii_lowercase + string.digits
FORBIDDEN = re.compile(r"[?&#\\%<>+\x00-\x1f\x7f]")
LONGEST = 255
FETCHED = "fetch"  # the type of assets whose public ID is the address they came from


def random_id(length: int = 20, letters: str = LETTERS) -> str:
    number = secrets.randbelow(len(letters) ** length)  # drawn once: twenty draws cost twenty times as much
    found = []
    for _ in range(length):
        number, place = divmod(number, len(letters))
        found.append(letters[place])
    return "".join(found)


def public_id(params: UploadParams, filename: str, *, raw: bool = False) -> str:
    """The caller's name, one made from the file's, or a random one, behind its prefixes; a raw file's keeps its extension.

    Raises BadRequest.
    """
    if params.type == FETCHED:
        return params.public_id or ""
    ending = f".{suffix(filename)}" if raw and suffix(filename) else ""
    name = params.public_id or (_from_file(params, filename) or random_id()) + ending
    prefix = params.public_id_prefix or params.folder
    if not prefix and params.use_asset_folder_as_public_id_prefix:
        prefix = params.asset_folder
    prefix = (prefix or "").strip("/")
    return checked_id(f"{prefix}/{name}" if prefix else name)


def checked_id(name: str) -> str:
    """The name itself if it may be a public ID: at most 255 characters, none of ? & # \\ % < > +, no empty or dot segments."""
    segments = name.split("/")
    if len(name) > LONGEST or FORBIDDEN.search(name) or name != name.strip() or any(part in ("", ".", "..") for part in segments):
        raise BadRequest(f"public_id ({name[:LONGEST]}) is invalid")
    return name


def folder(params: UploadParams, name: str = "", *, fixed: bool = False) -> str:
    """Where a new asset is filed; `fixed`: by its public ID, whatever is said."""
    if fixed:
        return name.rpartition("/")[0]
    path = (params.asset_folder or params.folder or "").strip("/")
    return checked_id(path) if path else ""


def display_name(params: UploadParams, name: str, filename: str) -> str:
    if params.display_name:
        return params.display_name[:LONGEST]
    if params.use_filename_as_display_name and filename:
        return stem(filename)[:LONGEST]
    return name.rpartition("/")[2]


def _from_file(params: UploadParams, filename: str) -> str:
    if not (params.use_filename and filename):
        return ""
    name = plain_name(filename)
    return name if params.unique_filename is False else f"{name}_{random_id(6)}"
