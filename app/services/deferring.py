"""What calls with `async` leave to jobs. Each job runs the service method that a waiting call would have run."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection

from app.db import analyses, assets, tags
from app.db.assets import Asset
from app.db.engine import Database
from app.errors import Failure, NotFound
from app.imaging.reading import Limits, read
from app.params.admin import UpdateParams
from app.params.upload import TRANSPORT, refuse_not_served
from app.ports import Storage
from app.services import eager, files
from app.services.accounts import Accounts, Caller
from app.services.describing import Describing
from app.services.intake import Intake
from app.services.library import Library
from app.services.notices import Notices, Wish
from app.services.rendering import Renderer
from app.services.tagging import ON_UPDATE, Look, Tagging, auto_tags
from app.services.uploads import Shape, Stored, Uploads
from app.work import Queue

log = structlog.get_logger()

GONE = "The asset was deleted or replaced meanwhile"
OURS = 500  # failures from here on are not the caller's: the job tries again


def batch() -> str:
    """A random batch ID."""
    return secrets.token_hex(32)


@dataclass(frozen=True, slots=True)
class Deferring:
    db: Database
    storage: Storage
    queue: Queue
    accounts: Accounts
    tagging: Tagging
    describing: Describing
    limits: Limits
    uploads: Uploads
    intake: Intake
    library: Library
    renderer: Renderer
    notices: Notices
    shape: Shape

    def fetch_later(self, caller: Caller, raw: Mapping[str, object], url: str, wanted: str, wish: Wish) -> None:
        """Promise the upload of a remote file, whose parameters are checked by now."""
        kept = {name: value for name, value in raw.items() if name not in TRANSPORT}
        version = secrets.token_hex(16)
        said: dict[str, Any] = {"caller": caller.written(), "raw": kept, "url": url, "wanted": wanted, "wish": wish.written()}
        with self.db.begin() as tx:
            self.queue.enqueue(tx, "fetch", key=f"fetch:{version}", priority=wish.priority, version_id=version, **said)

    def fetch(
        self, caller: dict[str, Any], raw: dict[str, object], url: str, wanted: str, wish: dict[str, Any], version_id: str
    ) -> None:
        """The job: read the file and store it; its detectors are a job of their own."""
        who, told = self.accounts.again(**caller), Wish.read(wish)
        with self.db.read() as c:
            if assets.is_stored(c, files.of_version(version_id)):
                return  # it ran before, up to its end
        try:
            params = self.uploads.prepare(who, raw)
            file = self.intake.resolve(self.intake.note(url))
            try:
                self.uploads.create(who, params, file, wanted, told, later=True, version_id=version_id)
            finally:
                file.path.unlink(missing_ok=True)
        except Failure as failure:
            self._failed(who, failure, raw.get("public_id"), told)

    def look(
        self,
        caller: dict[str, Any],
        asset: int,
        version_id: str,
        detection: list[str],
        threshold: float | str | None,
        facts: list[str],
        wish: dict[str, Any],
    ) -> None:
        """The job: run the detectors over the stored picture and tell what they found, once, if it is still the same picture."""
        who = self.accounts.again(**caller)
        with self.db.read() as c:
            found = _still(assets.some(c, asset), version_id)
            if found and not any(item.status == "pending" for item in analyses.of(c, asset)):
                return  # it ran before, up to its end
        if found is None:
            self._failed(who, NotFound(GONE), None, Wish.read(wish))
            return
        looks, told = self._looks(found, detection), self.describing.of_asset(found, frozenset(facts))
        with self.db.begin() as tx:
            current = _still(assets.some(tx, asset, lock=True), version_id)
            if current is None:
                body = {"error": {"message": GONE}, "public_id": found.public_id}
                self.notices.announce(tx, who, "error", body, Wish.read(wish))
                return
            if not any(item.status == "pending" for item in analyses.of(tx, asset)):
                return
            analyses.put(tx, asset, [look.analysis() for look in looks])
            tags.add(tx, current, auto_tags(looks, threshold))
            whole = analyses.whole(tx, current)
            body = self.shape(who, Stored(whole, facts=told), wish["base"])
            self.notices.announce(tx, who, "upload", body, Wish.read(wish))

    def render_later(self, caller: Caller, asset: Asset, texts: list[str], wish: Wish) -> None:
        """Promise eager transformations of a stored asset."""
        said: dict[str, Any] = {"caller": caller.written(), "asset": asset.id, "version_id": asset.version_id}
        with self.db.begin() as tx:
            self.queue.enqueue(tx, "render", priority=wish.priority, **said, texts=texts, wish=wish.written())

    def render(self, caller: dict[str, Any], asset: int, version_id: str, texts: list[str], wish: dict[str, Any]) -> None:
        """The job: render eager transformations and tell of them, if it is still the same picture."""
        who, told = self.accounts.again(**caller), Wish.read(wish)
        with self.db.read() as c:
            found = _still(assets.some(c, asset), version_id)
        if found is None:
            self._failed(who, NotFound(GONE), None, told)
            return
        made = eager.rendered(self.renderer, found, texts)
        body = self.shape(who, Stored(found, eager=made), told.base)
        names = ("eager", "asset_id", "public_id", "resource_type", "type")
        with self.db.begin() as tx:
            self.notices.announce(tx, who, "eager", {name: body[name] for name in names if name in body}, told)

    def _looks(self, asset: Asset, detection: list[str]) -> list[Look]:
        """Detectors that cannot run are told as failed, as in a waiting call."""
        detectors = self.tagging.detectors(detection)
        with self.storage.get(asset.blob_key).local() as path:
            return self.tagging.look(read(path, self.limits, self.tagging.side(detectors)), detectors)

    def change_later(self, caller: Caller, asset: Asset, raw: Mapping[str, object], event: str, wish: Wish) -> None:
        """Promise a change of a stored asset. Raises at once for parameters that are wrong."""
        refuse_not_served(raw, on_update=True)
        self.tagging.detectors(UpdateParams.read(raw).detection, ON_UPDATE)
        kept = {name: value for name, value in raw.items() if name not in TRANSPORT}
        said: dict[str, Any] = {"caller": caller.written(), "asset": asset.id, "version_id": asset.version_id, "event": event}
        with self.db.begin() as tx:
            self.queue.enqueue(tx, "change", priority=wish.priority, **said, raw=kept, wish=wish.written())

    def change(
        self, caller: dict[str, Any], asset: int, version_id: str, raw: dict[str, object], event: str, wish: dict[str, Any]
    ) -> None:
        """The job: change the asset as `explicit` and `update` do."""
        who, told = self.accounts.again(**caller), Wish.read(wish)
        with self.db.read() as c:
            found = _still(assets.some(c, asset), version_id)
        if found is None:
            self._failed(who, NotFound(GONE), raw.get("public_id"), told)
            return
        try:
            self.library.update(who, found, raw, partial(self.tell, who, event, told))
        except Failure as failure:
            self._failed(who, failure, found.public_id, told)

    def tell(self, caller: Caller, event: str, wish: Wish, tx: Connection, asset: Asset) -> None:
        """What an asset is now, to those the call names and to the triggers of the event."""
        self.notices.announce(tx, caller, event, self.shape(caller, Stored(asset), wish.base), wish)

    def _failed(self, caller: Caller, failure: Failure, public_id: object, wish: Wish) -> None:
        """Tell a caller whose call cannot be done; what is ours to mend is tried again instead."""
        if failure.status >= OURS:
            raise failure
        body = {"error": {"message": failure.message}} | ({"public_id": str(public_id)} if public_id else {})
        with self.db.begin() as tx:
            self.notices.announce(tx, caller, "error", body, wish)


def _still(asset: Asset | None, version_id: str) -> Asset | None:
    return asset if asset and asset.version_id == version_id else None
