"""Deleting in the console: what went may come back for an hour, with its tags, findings and bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.db import assets as rows
from app.db import listings, transformations, trash, versions
from app.db.assets import Asset
from app.db.engine import Database, now
from app.db.listings import Listing
from app.db.trash import Gone
from app.errors import BadRequest, NotFound
from app.ports import Storage
from app.services import files
from app.services.accounts import Caller
from app.services.editing import named
from app.services.notices import Notices, Wish
from app.work import Queue

KEPT = 3600  # seconds
SECOND = 1_000_000
MOST = 1000  # of one call
TAKEN = "its name is taken by another asset"


@dataclass(frozen=True, slots=True)
class Undoing:
    db: Database
    storage: Storage
    queue: Queue
    notices: Notices

    def delete(self, caller: Caller, asset_ids: Sequence[str] | None) -> Mapping[str, bool]:
        """Delete assets: ID -> whether there was one. Until the hour is over nobody but `undo` knows of them."""
        ids = _few(asset_ids)
        with self.db.begin() as tx:
            found, _ = listings.page(tx, Listing(caller.cloud_id, asset_ids=ids), MOST)
            rows.lock(tx, [asset.id for asset in found])
            found, _ = listings.page(tx, Listing(caller.cloud_id, asset_ids=ids), MOST)  # as the last writer left them
            trash.keep(tx, found, now())
            versions.remember(tx, found)
            _, keys = transformations.remove_of(tx, [asset.id for asset in found], None)
            rows.remove(tx, [asset.id for asset in found])
            if found:
                self.notices.announce(tx, caller, "delete", {"resources": [named(asset) for asset in found]}, Wish())
                self.queue.enqueue(tx, "empty", after=KEPT + 1, cloud_id=caller.cloud_id)
        files.forget(self.storage, *keys)
        there = {asset.asset_id for asset in found}
        return {id: id in there for id in ids}

    def undo(self, caller: Caller, asset_ids: Sequence[str] | None) -> Mapping[str, Asset | str]:
        """Bring assets back, each by itself: ID -> the asset, or why not."""
        return {id: self._undo(caller, id) for id in _few(asset_ids)}

    def _undo(self, caller: Caller, asset_id: str) -> Asset | str:
        try:
            with self.db.begin() as tx:
                gone = trash.take(tx, caller.cloud_id, asset_id)
                if gone is None:
                    return "it cannot come back any more"
                asset = trash.bring_back(tx, caller.cloud_id, gone)
                if asset is None:
                    raise NotFound(TAKEN)  # and it stays where it was
            return asset
        except NotFound as failure:
            return failure.message

    def gone(self, caller: Caller) -> Sequence[Gone]:
        """What may come back, the latest first."""
        with self.db.read() as c:
            return trash.page(c, caller.cloud_id, MOST)

    def empty(self, cloud_id: int) -> None:
        """The job: forget what went more than an hour ago, bytes and all."""
        with self.db.begin() as tx:
            keys = trash.empty(tx, now() - KEPT * SECOND)
        if keys:
            files.forget(self.storage, *keys)


def _few(ids: Sequence[str] | None) -> list[str]:
    if not ids:
        raise BadRequest.missing("asset_ids")
    if len(ids) > MOST:
        raise BadRequest(f"Too many asset_ids: at most {MOST} a call")
    return list(dict.fromkeys(ids))
