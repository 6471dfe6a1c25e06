"""Upload presets: parameters kept under a name, so that a whole team uploads alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.db import catalog
from app.db.catalog import Preset
from app.db.engine import Database
from app.errors import AlreadyExists, BadRequest, NotFound
from app.params.admin import PresetListParams, PresetParams
from app.params.rendering import RenderParams
from app.params.upload import refuse_not_served
from app.services import eager
from app.services.accounts import Caller
from app.services.naming import random_id
from app.services.tagging import Tagging

EXTRA = ("live",)  # kept with the settings beside the upload parameters


@dataclass(frozen=True, slots=True)
class Presets:
    db: Database
    tagging: Tagging

    def usable(self, caller: Caller, name: str | None) -> Mapping[str, Any]:
        """The settings to lay under a call. Raises BadRequest if there is no such preset or the caller may not use it."""
        if not name:
            if caller.unsigned:
                raise BadRequest("Upload preset must be specified when using unsigned upload")
            return {}
        with self.db.read() as c:
            preset = catalog.preset(c, caller.cloud_id, name)
        if preset is None:
            raise BadRequest("Upload preset not found")
        if caller.unsigned and not preset.unsigned:
            raise BadRequest("Upload preset must be whitelisted for unsigned uploads")
        return preset.settings

    def create(self, caller: Caller, raw: Mapping[str, object]) -> Preset:
        params, settings = self._checked(raw)
        name = params.name or random_id(8)
        with self.db.begin() as tx:
            preset = catalog.create_preset(tx, caller.cloud_id, name, bool(params.unsigned), settings)
        if preset is None:
            raise AlreadyExists(f"Upload preset {name} already exists")
        return preset

    def list(self, caller: Caller, params: PresetListParams) -> tuple[list[Preset], str | None]:
        with self.db.read() as c:
            order, ascending = params.order_by or "created_at", params.direction == "asc"
            return catalog.preset_page(c, caller.cloud_id, params.size, params.next_cursor, order, ascending=ascending)

    def get(self, caller: Caller, name: str) -> Preset:
        with self.db.read() as c:
            preset = catalog.preset(c, caller.cloud_id, name)
        if preset is None:
            raise NotFound(f"Can't find upload preset with name {name}")
        return preset

    def update(self, caller: Caller, name: str, raw: Mapping[str, object]) -> Preset:
        """Settings that are sent replace their old values; the others stay."""
        old = self.get(caller, name)
        params, fresh = self._checked(raw)
        unsigned = old.unsigned if params.unsigned is None else params.unsigned
        with self.db.begin() as tx:
            catalog.change_preset(tx, caller.cloud_id, name, unsigned, old.settings | fresh)
        return old

    def remove(self, caller: Caller, name: str) -> None:
        with self.db.begin() as tx:
            if not catalog.remove_preset(tx, caller.cloud_id, name):
                raise NotFound(f"Can't find upload preset with name {name}")

    def _checked(self, raw: Mapping[str, object]) -> tuple[PresetParams, dict[str, object]]:
        """The parsed form, and the settings as they were sent: only names a preset may hold, only values that parse."""
        refuse_not_served(raw)
        eager.check(RenderParams.read(raw))
        params = PresetParams.read(raw)
        self.tagging.detectors(params.detection)
        kept = (*PresetParams.marked("preset"), *EXTRA)
        return params, {name: raw[name] for name in kept if raw.get(name) not in (None, "")}


def parsed(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as a single preset shows them: lists as arrays, pairs as objects, flags as booleans, the rest as sent."""
    values = PresetParams.read(settings).model_dump(by_alias=True)
    return {name: values[name] if isinstance(values.get(name), list | dict | bool) else value for name, value in settings.items()}
