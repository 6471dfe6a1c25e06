"""Folders: list, create, move, delete, search. Assets are filed in them; an empty one stays until it is deleted."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.db import folders
from app.db.engine import Database
from app.db.folders import Folder
from app.errors import AlreadyExists, BadRequest, NotFound
from app.params.admin import FolderSearchParams, PageParams
from app.search.folders import condition
from app.services import naming
from app.services.accounts import Caller

SORTS = ("path", "name", "created_at")
VERSION = re.compile(r"v\d+")


@dataclass(frozen=True, slots=True)
class Folders:
    db: Database

    def list(self, caller: Caller, path: str, params: PageParams) -> tuple[Sequence[Folder], str | None, int]:
        """The folders directly below a path (empty: the root), a cursor, and how many there are. Raises NotFound."""
        with self.db.read() as c:
            if path and folders.find(c, caller.cloud_id, path) is None:
                raise absent(path)
            return folders.children(c, caller.cloud_id, path, params.size, params.next_cursor)

    def create(self, caller: Caller, path: str) -> Folder:
        """Make a folder and those above it. One that is there already is no error."""
        with self.db.begin() as tx:
            folders.ensure(tx, caller.cloud_id, proper(path))
            found = folders.find(tx, caller.cloud_id, path)
        if found is None:
            raise absent(path)
        return found

    def move(self, caller: Caller, path: str, target: str) -> None:
        """Rename or move a folder with all below it; assets are filed under the new path. Raises where the target is there."""
        if caller.fixed_folders:
            raise BadRequest("Folders cannot be renamed in the fixed folder mode: they are the start of public IDs")
        new = proper(target)
        if f"{new}/".startswith(f"{path}/"):
            raise BadRequest.invalid("to_folder", target, "a folder cannot be moved into itself")
        with self.db.begin() as tx:
            if not folders.lock(tx, caller.cloud_id, path):
                raise absent(path)
            if folders.find(tx, caller.cloud_id, new) is not None:
                raise AlreadyExists(f"Folder {new} already exists")
            if folders.longest_below(tx, caller.cloud_id, path) - len(path) + len(new) > naming.LONGEST:
                raise BadRequest.invalid("to_folder", target, f"paths have at most {naming.LONGEST} characters")
            folders.ensure(tx, caller.cloud_id, new.rpartition("/")[0])
            folders.move(tx, caller.cloud_id, path, new)

    def remove(self, caller: Caller, path: str) -> Sequence[str]:
        """Delete a folder and the empty ones below it; their paths. Raises where an asset is filed in any of them."""
        with self.db.begin() as tx:
            paths = folders.lock(tx, caller.cloud_id, path)
            if not paths:
                raise absent(path)
            if folders.holds_assets(tx, caller.cloud_id, path):
                raise AlreadyExists(f"Folder {path} is not empty")
            folders.remove(tx, caller.cloud_id, paths)
        return paths

    def search(self, caller: Caller, params: FolderSearchParams) -> tuple[Sequence[Folder], str | None, int]:
        wanted, sort = condition(params.expression or ""), _sort(params.sort_by)
        with self.db.read() as c:
            return folders.search(c, caller.cloud_id, wanted, sort, params.size, params.next_cursor)


def _sort(given: object) -> tuple[str, bool]:
    """The first column of `sort_by`, and whether it falls; by path unless told."""
    first = given[0] if isinstance(given, list) and given else given
    pairs = list(first.items()) if isinstance(first, dict) else [str(first or "path:asc").partition(":")[::2]]
    word, way = pairs[0] if pairs else ("path", "asc")
    if word not in SORTS or str(way).lower() not in ("asc", "desc", ""):
        raise BadRequest.invalid("sort_by", first, f"expected one of {', '.join(SORTS)}, each asc or desc")
    return str(word), str(way).lower() != "asc"


def proper(path: str) -> str:
    """The path itself if folders may be called so. Raises BadRequest."""
    naming.checked_id(path)
    if any(VERSION.fullmatch(part) for part in path.split("/")):
        raise BadRequest(f"Folder name ({path}) is invalid: v and digits is a version")
    return path


def absent(path: str) -> NotFound:
    return NotFound(f"Can't find folder with path {path[:255]}")
