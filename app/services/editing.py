"""Changes to stored assets by name: destroy, rename, and tags or context of many at once."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from app.db import analyses, assets, folders, listings, tags, versions
from app.db.assets import Asset
from app.db.engine import Database, now
from app.db.listings import Listing
from app.db.tags import Tag
from app.errors import BadRequest, NotFound
from app.params.methods import (
    CONTEXT_COMMANDS,
    TAG_COMMANDS,
    ContextParams,
    DestroyParams,
    RenameParams,
    TagsParams,
    TokenParams,
)
from app.params.upload import DELIVERY_TYPES
from app.ports import Storage
from app.services import files, naming
from app.services.accounts import Caller
from app.services.notices import Notices, Wish, difference, pairs_changed
from app.signing import read_delete_token

MOST_IDS = 1000
TOKEN_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Editing:
    db: Database
    storage: Storage
    notices: Notices

    def destroy(self, caller: Caller, resource_type: str, raw: Mapping[str, object]) -> bool:
        """Delete one asset by name or asset ID; whether there was one."""
        params = DestroyParams.read(raw)
        if not (params.public_id or params.asset_id):
            raise BadRequest.missing("public_id")
        wish = Wish.of(raw)
        with self.db.begin() as tx:
            if params.asset_id:
                asset = assets.by_asset_id(tx, caller.cloud_id, params.asset_id)
            else:
                asset = assets.find(tx, caller.cloud_id, resource_type, params.type or "upload", params.public_id or "")
            if asset is None:
                return False
            versions.remember(tx, [asset])
            keys = assets.remove(tx, [asset.id])
            self.notices.announce(tx, caller, "delete", {"resources": [named(asset)]}, wish)
        files.forget(self.storage, *keys)
        return True

    def destroy_by_token(self, cloud_id: int, secrets: list[str], raw: Mapping[str, object]) -> None:
        """Delete the asset a token was made for. Raises BadRequest for a token that is wrong, used or too old."""
        token = _required(TokenParams.read(raw).token, "token")
        found = read_delete_token(token, secrets)
        if found is None:
            raise BadRequest("Invalid token")
        asset_id, expires = found
        if time.time() > expires:
            moment = datetime.fromtimestamp(expires - TOKEN_SECONDS, UTC).strftime("%Y-%m-%d %H:%M:%S +0000")
            raise BadRequest(f"Stale request - reported time is {moment} which is more than 10 minutes ago")
        with self.db.begin() as tx:
            asset = assets.by_asset_id(tx, cloud_id, asset_id)
            if asset is None:
                raise BadRequest("Invalid token")
            versions.remember(tx, [asset])
            keys = assets.remove(tx, [asset.id])
        files.forget(self.storage, *keys)

    def rename(self, caller: Caller, resource_type: str, raw: Mapping[str, object]) -> Asset:
        """Give an asset another name or delivery type. Its asset ID, version and bytes stay."""
        params = RenameParams.read(raw)
        old, new = _required(params.from_public_id, "from_public_id"), _required(params.to_public_id, "to_public_id")
        type, to_type = params.type or "upload", params.to_type or params.type or "upload"
        if to_type not in DELIVERY_TYPES:
            raise BadRequest.invalid("to_type", to_type, f"expected one of {', '.join(DELIVERY_TYPES)}")
        name, wish = naming.checked_id(new), Wish.of(raw)
        try:
            return self._rename(caller, resource_type, (type, old), (to_type, name), wish, overwrite=bool(params.overwrite))
        except IntegrityError:  # another call took the name at the same moment
            raise BadRequest(f"to_public_id({name}) already exists") from None

    def _rename(
        self, caller: Caller, resource_type: str, old: tuple[str, str], new: tuple[str, str], wish: Wish, *, overwrite: bool
    ) -> Asset:
        stale: Sequence[str] = ()
        with self.db.begin() as tx:
            places = sorted({old, new})  # locked in one order, so that renames that cross do not wait for each other
            found = {place: assets.find(tx, caller.cloud_id, resource_type, *place, lock=True) for place in places}
            asset, rival = found[old], found[new]
            if asset is None:
                raise NotFound.asset(old[1])
            if rival and rival.id != asset.id:
                if not overwrite:
                    raise BadRequest(f"to_public_id({new[1]}) already exists")
                versions.remember(tx, [rival])
                stale = assets.remove(tx, [rival.id])
            values = {"public_id": new[1], "type": new[0], "updated_at": now()}
            if caller.fixed_folders:
                values["asset_folder"] = new[1].rpartition("/")[0]
                folders.ensure(tx, caller.cloud_id, str(values["asset_folder"]))
            assets.change(tx, asset.id, values)
            changed = analyses.whole(tx, assets.by_id(tx, asset.id))
            body = {"resource_type": resource_type, "type": new[0], "from_public_id": old[1], "to_public_id": new[1]}
            self.notices.announce(tx, caller, "rename", {"asset_id": asset.asset_id} | body, wish)
        files.forget(self.storage, *stale)
        return changed

    def tag(self, caller: Caller, resource_type: str, raw: Mapping[str, object]) -> list[str]:
        """Add, remove or replace tags of many assets; the names of those there are."""
        params = TagsParams.read(raw)
        if params.command not in TAG_COMMANDS:
            raise BadRequest.invalid("command", params.command, f"expected one of {', '.join(TAG_COMMANDS)}")
        names, wish = params.tag or [], Wish.of(raw)
        if not names and params.command not in ("remove_all", "replace"):
            raise BadRequest.missing("tag")
        with self.db.begin() as tx:
            found = self._chosen(tx, caller, resource_type, params.type, params.public_ids)
            if params.command == "set_exclusive":
                self._take_from_others(tx, caller, resource_type, names, found)
            before = tags.of(tx, [asset.id for asset in found])
            for asset in found:
                self._tag_one(tx, caller, asset, params.command, names)
            after = tags.of(tx, [asset.id for asset in found])
            told = [named(asset) | difference(before[asset.id], after[asset.id]) for asset in found]
            self._tell(tx, caller, "resource_tags_changed", [item for item in told if {"added", "removed"} & item.keys()], wish)
        return [asset.public_id for asset in found]

    def context(self, caller: Caller, resource_type: str, raw: Mapping[str, object]) -> list[str]:
        """Add to or clear the contextual metadata of many assets; the names of those there are."""
        params = ContextParams.read(raw)
        if params.command not in CONTEXT_COMMANDS:
            raise BadRequest.invalid("command", params.command, f"expected one of {', '.join(CONTEXT_COMMANDS)}")
        if params.command == "add" and not params.context:
            raise BadRequest.missing("context")
        wish = Wish.of(raw)
        with self.db.begin() as tx:
            found = self._chosen(tx, caller, resource_type, params.type, params.public_ids)
            told: dict[str, object] = {}
            for asset in found:
                old = asset.context or {}
                fresh = old | (params.context or {}) if params.command == "add" else {}
                assets.change(tx, asset.id, {"context": fresh or None, "updated_at": now()})
                if changes := pairs_changed(old, fresh):
                    told[asset.public_id] = {"resource_type": asset.resource_type, "type": asset.type} | changes
            if told:
                body = {"source": "api", "resources": told}
                self.notices.announce(tx, caller, "resource_context_changed", body, wish)
        return [asset.public_id for asset in found]

    def _tell(self, tx: Connection, caller: Caller, event: str, resources: list[dict[str, object]], wish: Wish) -> None:
        if resources:
            self.notices.announce(tx, caller, event, {"source": "api", "resources": resources}, wish)

    def _chosen(
        self, tx: Connection, caller: Caller, resource_type: str, type: str | None, public_ids: Sequence[str] | None
    ) -> list[Asset]:
        """The assets of these names, in the order they were named."""
        if not public_ids:
            raise BadRequest.missing("public_ids")
        if len(public_ids) > MOST_IDS:
            raise BadRequest(f"Too many public_ids: at most {MOST_IDS} a call")
        listing = Listing(caller.cloud_id, resource_type, type=type or "upload", public_ids=public_ids)
        assets.lock(tx, [asset.id for asset in listings.page(tx, listing, MOST_IDS)[0]])
        found = {asset.public_id: asset for asset in listings.page(tx, listing, MOST_IDS)[0]}  # as the last writer left them
        return [found[name] for name in public_ids if name in found]

    def _tag_one(self, tx: Connection, caller: Caller, asset: Asset, command: str, names: Sequence[str]) -> None:
        present = tags.of(tx, [asset.id])[asset.id]
        gone = {
            "add": (),
            "set_exclusive": (),
            "remove": tuple(name for name in present if name in names),
            "remove_all": present,
            "replace": present,
        }[command]
        tags.take_off(tx, asset.id, gone)
        tags.remember_removed(tx, asset.id, [name for name in gone if command != "replace" or name not in names], caller.key)
        if command in ("add", "replace", "set_exclusive"):
            tags.add(tx, asset, [Tag(name, "key", caller.key) for name in names])
        assets.change(tx, asset.id, {"updated_at": now()})

    def _take_from_others(
        self, tx: Connection, caller: Caller, resource_type: str, names: Sequence[str], kept: Sequence[Asset]
    ) -> None:
        """Take the tags off every asset but the kept ones."""
        for name in names:
            for id in tags.holders(tx, caller.cloud_id, resource_type, name) - {asset.id for asset in kept}:
                tags.take_off(tx, id, [name])
                tags.remember_removed(tx, id, [name], caller.key)


def _required(value: str | None, name: str) -> str:
    if not value:
        raise BadRequest.missing(name)
    return value


def named(asset: Asset) -> dict[str, object]:
    """An asset in a notice's list."""
    names = {"resource_type": asset.resource_type, "type": asset.type, "public_id": asset.public_id}
    return {"asset_id": asset.asset_id, "version": asset.version} | names
