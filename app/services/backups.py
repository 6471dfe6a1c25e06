"""Kept versions of assets: shown, brought back, deleted. An asset that went leaves a placeholder as long as a version is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.db import analyses, assets, folders, tags, versions
from app.db.assets import Asset
from app.db.engine import Database, now
from app.db.tags import Tag
from app.db.versions import Version
from app.errors import BadRequest, NotFound
from app.params.admin import RestoreParams
from app.ports import Storage
from app.services import files
from app.services.accounts import Caller
from app.services.library import Library

MOST = 100
COLUMNS = tuple(name for name in Asset._fields if name in {column.name for column in assets.COLUMNS})


@dataclass(frozen=True, slots=True)
class Backups:
    db: Database
    storage: Storage
    library: Library

    def get(self, caller: Caller, resource_type: str, type: str, public_id: str) -> Asset:
        """The asset of a name, or what a kept version tells of one that went. Raises NotFound."""
        try:
            return self.library.get(caller, resource_type, type, public_id)
        except NotFound:
            with self.db.read() as c:
                kept = versions.latest(c, caller.cloud_id, resource_type, type, public_id)
                if kept is None or assets.by_asset_id(c, caller.cloud_id, kept.asset_id):
                    raise
            return _placeholder(kept)

    def get_by_asset_id(self, caller: Caller, asset_id: str) -> Asset:
        try:
            return self.library.get_by_asset_id(caller, asset_id)
        except NotFound:
            with self.db.read() as c:
                kept = versions.of(c, caller.cloud_id, asset_id)
            if not kept:
                raise
            return _placeholder(kept[0])

    def versions(self, caller: Caller, asset_id: str) -> Sequence[Version]:
        with self.db.read() as c:
            return versions.of(c, caller.cloud_id, asset_id)

    def version(self, caller: Caller, asset_id: str, version_id: str) -> Version:
        """One kept version, for its download. Raises NotFound."""
        for kept in self.versions(caller, asset_id):
            if kept.version_id == version_id:
                return kept
        raise NotFound(f"Resource not found - {asset_id[:100]} version {version_id[:100]}")

    def restore(self, caller: Caller, raw: Mapping[str, object], place: tuple[str, str] | None = None) -> dict[str, Asset | str]:
        """Bring kept versions back, each in its own transaction: ID -> the asset, or why not.

        `place` is the resource type and delivery type of public IDs; without it the IDs are asset IDs.
        """
        params = RestoreParams.read(raw)
        name = "public_ids" if place else "asset_ids"
        ids, wanted = getattr(params, name) or [], params.versions or []
        if not ids:
            raise BadRequest(f"{name} parameter is required")
        if len(ids) > MOST:
            raise BadRequest(f"Too many {name}: at most {MOST} a call")
        if wanted and len(wanted) != len(ids):
            raise BadRequest("versions count must match ids count")
        return {id: self._restore(caller, id, place, wanted[number] if wanted else "") for number, id in enumerate(ids)}

    def remove(self, caller: Caller, asset_id: str, version_ids: Sequence[str]) -> Sequence[str]:
        """Delete kept versions; those there were. What the asset shows today stays."""
        if not version_ids:
            raise BadRequest.missing("version_ids")
        with self.db.begin() as tx:
            if not versions.of(tx, caller.cloud_id, asset_id):
                raise NotFound.asset(asset_id)
            gone = versions.remove(tx, caller.cloud_id, asset_id, version_ids)
            unnamed = set(gone.values()) - assets.named_blobs(tx, list(gone.values()))
        files.forget(self.storage, *unnamed)
        return list(gone)

    def _restore(self, caller: Caller, id: str, place: tuple[str, str] | None, version: str) -> Asset | str:
        with self.db.begin() as tx:
            kept = _chosen(tx, caller, id, place, version)
            if kept is None or not versions.lock(tx, kept):  # what removes it waits, and then finds the file in use
                return "no_backup"
            values = {name: kept.values[name] for name in COLUMNS if name in kept.values and name not in ("id", "cloud_id")}
            name = (values["resource_type"], values["type"], values["public_id"])
            live = assets.find(tx, caller.cloud_id, *name, lock=True)
            moment = now()
            fresh = max(moment // 1_000_000, kept.version + 1, live.version + 1 if live else 0)
            values |= {"version": fresh, "updated_at": moment, "backup": True, "facts": None}
            stale: Sequence[str] = ()
            if live:
                stale = assets.release(tx, live.id)
                held = ("asset_id", "created_at")
                assets.change(tx, live.id, {name: value for name, value in values.items() if name not in held})
                tags.clear(tx, live)
                analyses.clear(tx, live.id)
                asset = assets.by_id(tx, live.id)
            else:
                made = assets.create(tx, values | {"cloud_id": caller.cloud_id})
                if made is None:  # the asset lives on under another name
                    return "failed"
                asset = made
            folders.ensure(tx, caller.cloud_id, asset.asset_folder)
            tags.add(tx, asset, [Tag(item, "key", caller.key) for item in kept.values.get("tags", ())], bare=live is None)
            restored = analyses.whole(tx, asset)
        files.forget(self.storage, *(key for key in stale if key != asset.blob_key))
        return restored


def _chosen(c: Connection, caller: Caller, id: str, place: tuple[str, str] | None, version: str) -> Version | None:
    """The version that is asked for by its ID or number, or the newest kept one."""
    newest = versions.latest(c, caller.cloud_id, *place, id) if place else None
    found = versions.of(c, caller.cloud_id, newest.asset_id if newest else "" if place else id)
    return next((kept for kept in found if version in ("", kept.version_id, str(kept.version))), None)


def _placeholder(kept: Version) -> Asset:
    values: dict[str, Any] = {name: kept.values[name] for name in COLUMNS if name in kept.values}
    asset = Asset(**values, tags=tuple(kept.values.get("tags", ())))
    return asset._replace(bytes=0, placeholder=True)
