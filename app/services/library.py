"""What is stored: list, look up, update, delete, count."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from app.db import analyses, assets, folders, listings, tags, transformations, versions
from app.db.assets import Asset
from app.db.engine import Database, now
from app.db.listings import Listing
from app.db.tags import Tag
from app.errors import BadRequest, NotFound
from app.imaging.facts import format_named
from app.imaging.reading import Limits, read
from app.params.admin import DeleteParams, ListParams, TagListParams, UpdateParams
from app.params.upload import refuse_not_served
from app.ports import Storage
from app.services import attributes, choosing, files, metadata_values, naming
from app.services.accounts import Caller
from app.services.tagging import ON_UPDATE, Look, Tagging, auto_tags

MOST_DELETED = 1000


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion did: id -> whether there was such an asset, and where a partial one goes on."""

    found: Mapping[str, bool]
    derived: Mapping[str, int]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Library:
    db: Database
    storage: Storage
    tagging: Tagging
    limits: Limits

    def list(
        self,
        caller: Caller,
        params: ListParams,
        resource_type: str | None,
        *,
        tag: str | None = None,
        moderation: tuple[str, str] | None = None,
        by_context: bool = False,
    ) -> tuple[list[Asset], str | None]:
        """One page of assets with their tags, and the next page's cursor."""
        chosen = params.public_ids is not None or params.asset_ids is not None
        size, after = (choosing.MOST, None) if chosen else (params.size, params.next_cursor)
        with self.db.read() as c:
            listing = Listing(
                caller.cloud_id,
                resource_type,
                type=params.type,
                tag=tag,
                prefix=params.prefix,
                start_at=choosing.moment(params.start_at),
                public_ids=choosing.few(choosing.named(c, caller.cloud_id, params.public_ids), "public_ids"),
                asset_ids=choosing.few(params.asset_ids, "asset_ids"),
                asset_folder=params.asset_folder,
                moderation=moderation,
                context=choosing.pair(params) if by_context else None,
                ascending=params.direction == "asc",
            )
            found, cursor = listings.page(c, listing, size, after)
            names = tags.of(c, [asset.id for asset in found])
        return [asset._replace(tags=names[asset.id]) for asset in found], cursor

    def filed(self, caller: Caller, asset_folder: str, resource_type: str | None) -> int:
        """How many assets are in a folder."""
        with self.db.read() as c:
            return listings.count(c, Listing(caller.cloud_id, resource_type, asset_folder=asset_folder))

    def get(self, caller: Caller, resource_type: str, type: str, public_id: str) -> Asset:
        with self.db.read() as c:
            asset = assets.find(c, caller.cloud_id, resource_type, type, public_id)
            if asset is None:
                raise NotFound.asset(public_id)
            return analyses.whole(c, asset)

    def delivered(self, cloud_id: int, resource_type: str, type: str, name: str) -> tuple[Asset, str]:
        """The asset a delivery path names, and the extension it was asked with: the image `a.b` is `a` as `b`, or else `a.b`."""
        stem, _, ending = name.rpartition(".")
        splits = stem and ((resource_type == "image" and format_named(ending)) or (resource_type == "video" and ending))
        with self.db.read() as c:
            asset = assets.find(c, cloud_id, resource_type, type, stem) if splits else None
            if asset:
                return asset, ending
            asset = assets.find(c, cloud_id, resource_type, type, name)
        if asset is None:
            raise NotFound.asset(name)
        return asset, ""

    def get_by_asset_id(self, caller: Caller, asset_id: str) -> Asset:
        with self.db.read() as c:
            asset = assets.by_asset_id(c, caller.cloud_id, asset_id)
            if asset is None:
                raise NotFound.asset(asset_id)
            return analyses.whole(c, asset)

    def update(
        self, caller: Caller, asset: Asset, raw: Mapping[str, object], told: Callable[[Connection, Asset], None] | None = None
    ) -> Asset:
        """Change what is said of an asset, and look at its stored picture again where detectors are named.

        `told` promises notices of the changed asset in the transaction of the change.
        """
        refuse_not_served(raw, on_update=True)
        params = UpdateParams.read(raw)
        detectors = self.tagging.detectors(params.detection, ON_UPDATE)
        looks: list[Look] = []
        if detectors and asset.resource_type != "image":
            raise BadRequest(f"Detection looks at images only; leave it out for {asset.resource_type} files")
        if detectors:
            with self.storage.get(asset.blob_key).local() as path:
                looks = self.tagging.look(read(path, self.limits, self.tagging.side(detectors)), detectors)
        if caller.fixed_folders and params.asset_folder is not None:
            raise BadRequest("asset_folder cannot be set in the fixed folder mode: rename the asset")
        folder = params.asset_folder.strip("/") if params.asset_folder is not None else None
        said: dict[str, object] = {
            "display_name": params.display_name,
            "asset_folder": naming.checked_id(folder) if folder else folder,
            "context": params.context,
        }
        values = {key: value for key, value in said.items() if value is not None}
        with self.db.begin() as tx:
            current = assets.find(tx, asset.cloud_id, asset.resource_type, asset.type, asset.public_id, lock=True)
            if current is None or current.version_id != asset.version_id:
                raise NotFound.asset(asset.public_id)  # deleted or replaced while it was looked at
            values |= attributes.of_change(params, current)
            if params.unique_display_name:
                place = str(values.get("asset_folder", current.asset_folder))
                shown = str(values.get("display_name", current.display_name))
                values["display_name"] = attributes.display_name(tx, asset.cloud_id, place, shown, asset.public_id)
            if params.metadata is not None or params.clear_invalid:
                fresh, clear = params.metadata or {}, bool(params.clear_invalid)
                values["metadata"] = metadata_values.merged(tx, asset.cloud_id, current.metadata, fresh, clear_invalid=clear)
            folders.ensure(tx, asset.cloud_id, str(values.get("asset_folder") or ""))
            assets.change(tx, asset.id, values | {"updated_at": now()})
            if params.tags is not None:
                before = tags.clear(tx, current)
                if params.auto_tagging is None:
                    tags.remember_removed(tx, asset.id, set(before) - set(params.tags), caller.key)
            analyses.put(tx, asset.id, [look.analysis() for look in looks])
            given = [Tag(name, "key", caller.key) for name in params.tags or ()]
            tags.add(tx, current, given + auto_tags(looks, params.auto_tagging))
            changed = analyses.whole(tx, assets.by_id(tx, asset.id))
            if told:
                told(tx, changed)
        return changed

    def delete(
        self, caller: Caller, params: DeleteParams, resource_type: str | None, type: str | None, tag: str | None = None
    ) -> Deleted:
        """Delete by ids, prefix, tag or all. Rows go first, in one transaction; their files follow."""
        if not (
            params.asset_ids or params.public_ids or params.prefix or tag or params.all
        ):  # an empty prefix is no scope: it would be everything
            raise BadRequest("Missing required parameter - public_ids, prefix or all")
        spelled = choosing.spelled(params.transformations)
        asset_ids = choosing.few(params.asset_ids, "asset_ids")
        with self.db.begin() as tx:
            public_ids = choosing.few(choosing.named(tx, caller.cloud_id, params.public_ids), "public_ids")
            listing = Listing(
                caller.cloud_id,
                resource_type,
                type=type,
                tag=tag,
                prefix=params.prefix,
                public_ids=public_ids,
                asset_ids=asset_ids,
            )
            found, cursor = listings.page(tx, listing, MOST_DELETED, params.next_cursor)
            counts, keys = transformations.remove_of(tx, [asset.id for asset in found], spelled)
            if not params.originals_stay:
                versions.remember(tx, found)
                keys = [*keys, *assets.remove(tx, [asset.id for asset in found])]
        files.forget(self.storage, *keys)
        name = "asset_id" if params.asset_ids is not None else "public_id"
        there = {str(getattr(asset, name)): True for asset in found}
        derived = {str(getattr(asset, name)): counts[asset.id] for asset in found if asset.id in counts}
        return Deleted({id: False for id in asset_ids or public_ids or () if id not in there} | there, derived, cursor)

    def delete_derived(self, caller: Caller, ids: Sequence[str] | None) -> dict[str, bool]:
        """Delete rendered pictures by their IDs: ID -> whether there was one."""
        if not ids:
            raise BadRequest.missing("derived_resource_ids")
        choosing.few(ids, "derived_resource_ids")
        with self.db.begin() as tx:
            there = transformations.remove_by_id(tx, caller.cloud_id, ids)
        files.forget(self.storage, *there.values())
        return {id: id in there for id in ids}

    def tag_names(self, caller: Caller, resource_type: str, params: TagListParams) -> tuple[Sequence[str], str | None]:
        with self.db.read() as c:
            return tags.page(c, caller.cloud_id, resource_type, params.prefix or "", params.size, params.next_cursor)

    def totals(self, caller: Caller) -> tuple[int, int, int]:
        """Assets, bytes and rendered pictures of the caller's cloud."""
        with self.db.read() as c:
            return assets.totals(c, caller.cloud_id)

    def sweep(self, before: float) -> int:
        """Remove stored files older than `before` (seconds since 1970) that no row names; how many there were."""
        old = [stat.key for prefix in files.PREFIXES for stat in self.storage.list(prefix) if stat.modified < before]
        removed = 0
        for start in range(0, len(old), 500):
            keys = old[start : start + 500]
            with self.db.read() as c:
                orphans = set(keys) - assets.named_blobs(c, keys)
            self.storage.delete(*orphans)
            removed += len(orphans)
        return removed
