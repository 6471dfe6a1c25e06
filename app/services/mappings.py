"""Upload mappings of a cloud: list, create, change, delete, replace all."""

from collections.abc import Mapping as Raw
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.db import mappings
from app.db.engine import Database
from app.db.mappings import Mapping
from app.errors import AlreadyExists, BadRequest, NotFound
from app.params.mappings import MappingListParams, MappingParams, MappingsParams
from app.services.accounts import Caller

MOST = 1000


@dataclass(frozen=True, slots=True)
class Mappings:
    db: Database

    def list(self, caller: Caller, params: MappingListParams) -> tuple[list[Mapping], str | None]:
        with self.db.read() as c:
            return mappings.page(c, caller.cloud_id, params.size, params.next_cursor)

    def get(self, caller: Caller, folder: str) -> Mapping:
        with self.db.read() as c:
            found = mappings.find(c, caller.cloud_id, folder.strip("/"))
        if found is None:
            raise NotFound(f"Can't find upload mapping with folder {folder[:255]}")
        return found

    def create(self, caller: Caller, raw: Raw[str, object]) -> Mapping:
        folder, template = _checked(MappingParams.read(raw))
        with self.db.begin() as tx:
            if mappings.create(tx, caller.cloud_id, folder, template) is None:
                raise AlreadyExists(f"Upload mapping with folder {folder} already exists")
        return self.get(caller, folder)

    def update(self, caller: Caller, raw: Raw[str, object]) -> Mapping:
        folder, template = _checked(MappingParams.read(raw))
        found = self.get(caller, folder)
        with self.db.begin() as tx:
            mappings.change(tx, found.id, template)
        return found

    def remove(self, caller: Caller, raw: Raw[str, object]) -> Mapping:
        folder = MappingParams.read(raw).folder
        if not folder:
            raise BadRequest.missing("folder")
        found = self.get(caller, folder)
        with self.db.begin() as tx:
            mappings.remove(tx, caller.cloud_id, found.folder)
        return found

    def replace(self, caller: Caller, raw: Raw[str, object]) -> None:
        """All of a cloud's mappings by these."""
        given: Sequence[object] = MappingsParams.read(raw).mappings or ()
        if len(given) > MOST or not all(isinstance(item, dict) for item in given):
            raise BadRequest.invalid("mappings", "…", f"expected at most {MOST} objects with folder and template")
        pairs = dict(_checked(MappingParams.read(item)) for item in given if isinstance(item, dict))
        with self.db.begin() as tx:
            mappings.remove(tx, caller.cloud_id)
            for folder, template in pairs.items():
                mappings.create(tx, caller.cloud_id, folder, template)


def _checked(params: MappingParams) -> tuple[str, str]:
    for name in ("folder", "template"):
        if not getattr(params, name):
            raise BadRequest.missing(name)
    folder, template = (params.folder or "").strip("/"), params.template or ""
    if urlsplit(template).scheme not in ("http", "https") or not urlsplit(template).hostname or len(template) > 2048:
        raise BadRequest.invalid("template", template, "expected an http(s) address")
    if not folder or len(folder) > 255:
        raise BadRequest.invalid("folder", folder, "expected 1 to 255 characters")
    return folder, template
