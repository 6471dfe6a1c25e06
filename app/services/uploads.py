"""Bytes + parameters -> a stored, analysed, recorded asset."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from app.db import analyses, assets, folders, tags, versions
from app.db.assets import Asset
from app.db.engine import Database
from app.db.tags import Tag
from app.errors import BadRequest
from app.imaging.containers import Media
from app.imaging.describe import told
from app.imaging.facts import suffix
from app.imaging.reading import Limits, Picture, read
from app.params.upload import DELIVERY_TYPES, UploadParams, laid_over, refuse_not_served, refuse_unsigned
from app.ports import Storage
from app.services import arriving, attributes, breakpoints, eager, files, metadata_values, naming
from app.services.accounts import Caller
from app.services.describing import Describing
from app.services.drafts import Draft
from app.services.eager import Eager
from app.services.intake import Incoming
from app.services.notices import Notices, Wish, addresses
from app.services.presets import Presets
from app.services.rendering import Renderer
from app.services.tagging import Look, Tagging, auto_tags
from app.threads import Threads
from app.vision.registry import Detector
from app.work import Queue


@dataclass(frozen=True, slots=True)
class Stored:
    """An upload's outcome: the asset, whether it was there before and left alone, and what was asked about its picture."""

    asset: Asset
    existing: bool = False
    overwritten: bool = False
    facts: Mapping[str, Any] = field(default_factory=dict)
    eager: Sequence[Eager] = ()
    widths: Sequence[breakpoints.Found] = ()


Shape = Callable[[Caller, Stored, str], dict[str, Any]]  # an upload's answer, its links built on an address


@dataclass(frozen=True, slots=True)
class Uploads:
    db: Database
    storage: Storage
    tagging: Tagging
    presets: Presets
    threads: Threads
    limits: Limits
    describing: Describing
    renderer: Renderer
    queue: Queue
    notices: Notices
    shape: Shape

    def prepare(self, caller: Caller, raw: Mapping[str, object]) -> UploadParams:
        """Check a call before its file is looked at: rights, preset, every value. Raises BadRequest."""
        if caller.unsigned:
            refuse_unsigned(raw)
        name = raw.get("upload_preset")
        settings = self.presets.usable(caller, str(name) if name else None)
        if settings.get("disallow_public_id") and raw.get("public_id"):
            raise BadRequest("Public ID is not allowed when using this upload preset")
        merged = laid_over(raw, settings, unsigned=caller.unsigned)
        refuse_not_served(merged)
        params = UploadParams.read(merged)
        if params.type and params.type not in DELIVERY_TYPES:
            raise BadRequest.invalid("type", params.type, f"expected one of {', '.join(DELIVERY_TYPES)}")
        self.tagging.detectors(params.detection)
        self.describing.check(params.facts)
        eager.check(params)
        if params.public_id:
            naming.public_id(params, "")
        with self.db.read() as c:
            metadata_values.check(c, caller.cloud_id, params.metadata or {})
        return params

    def create(
        self,
        caller: Caller,
        params: UploadParams,
        file: Incoming,
        wanted: str = "image",
        wish: Wish = Wish(),
        later: bool = False,
        version_id: str = "",
    ) -> Stored:
        """Decode, analyse and store one picture, or store any other file as it is. A refusal leaves neither row nor file behind.

        `wanted` is image, video (also sound), raw, or auto: what the file is read as, raw otherwise. `later`: the detectors run in
        a job, and until then the findings are pending. Eager transformations are rendered before the notice, unless later.
        """
        filename = params.filename_override or file.filename
        kind, media = arriving.recognised(file.path, wanted, self.limits)
        name = naming.public_id(params, filename, raw=kind == "raw")
        if caller.unsigned or params.overwrite is False:
            old = self._find(caller, kind, params.type or "upload", name)
            if old:
                return self._kept(caller, Stored(old, existing=True, facts=self.describing.of_asset(old, params.facts)), wish)
        draft = Draft(caller, params, kind, name, filename, wish, later, version_id or uuid.uuid4().hex)
        if kind != "image":
            arriving.check_format(media.format if media else suffix(filename), params)
            return self._store(draft, file, media)
        with arriving.transformed(self.renderer, caller.cloud_id, params, file, self.limits) as picture:
            stored = self._store(draft, picture, None)
        if draft.waits and not stored.existing:
            if draft.renders:
                stored = replace(stored, eager=eager.rendered(self.renderer, stored.asset, params.eager or ()))
            stored = replace(stored, widths=breakpoints.found(self.renderer, stored.asset, params.responsive_breakpoints or ()))
            with self.db.begin() as tx:
                self._promise(tx, draft, stored, [])
        return stored

    def _store(self, draft: Draft, file: Incoming, media: Media | None) -> Stored:
        caller, params, key = draft.caller, draft.params, files.original(draft.version_id)
        detectors = self.tagging.detectors(params.detection)
        side = max(self.tagging.side([] if draft.later else detectors), self.describing.side(params.facts))
        picture = read(file.path, self.limits, side) if draft.kind == "image" else None
        if picture is None and detectors:
            raise BadRequest(f"Detection looks at images only; leave it out for {draft.kind} files")
        given = {"faces"} if params.face_coordinates else set()
        facts = self.describing.of_picture(picture, file.path, params.facts - given) if picture else {}
        with files.storing(self.storage, self.threads, key, file.path) as there:  # the disk's sync overlaps the detectors
            looks = [Look(item, status="pending") for item in detectors] if draft.later else self._looks(picture, detectors)
            there.result()
            values = attributes.of_upload(caller, params, file, picture or media, draft.filename) | {
                "resource_type": draft.kind,
                "public_id": draft.name,
                "type": params.type or "upload",
                "version_id": draft.version_id,
                "blob_key": key,
                "facts": facts or None,
                "asset_folder": naming.folder(params, draft.name, fixed=caller.fixed_folders),
                "display_name": naming.display_name(params, draft.name, draft.filename),
            }
            with self.db.begin() as tx:
                if params.unique_display_name:
                    place = (values["asset_folder"], values["display_name"], draft.name)
                    values["display_name"] = attributes.display_name(tx, caller.cloud_id, *place)
                values["metadata"] = metadata_values.filled(tx, caller.cloud_id, params.metadata or {})
                stored, stale = self._record(tx, caller, params, values, looks, draft.keep_old)
                stored = replace(stored, facts=self.describing.given(stored.asset, params.facts) | told(facts, params.facts))
                if not stored.existing and draft.kind == "image":
                    stored = replace(stored, eager=eager.promised(stored.asset, params.eager or ()))
                if not draft.waits or stored.existing:
                    self._promise(tx, draft, stored, looks if draft.later and not stored.existing else [])
        files.forget(self.storage, *([key] if stored.existing else stale))
        return stored

    def _looks(self, picture: Picture | None, detectors: Sequence[Detector]) -> list[Look]:
        return self.tagging.look(picture, detectors) if picture else []

    def _kept(self, caller: Caller, stored: Stored, wish: Wish) -> Stored:
        """An asset that was left alone: only the call's own addresses are told."""
        if wish.urls:
            with self.db.begin() as tx:
                self.notices.announce(tx, caller, "upload", self.shape(caller, stored, wish.base), wish)
        return stored

    def _promise(self, tx: Connection, draft: Draft, stored: Stored, looks: Sequence[Look]) -> None:
        """The jobs that finish the upload, or its notice where nothing is left to do."""
        caller, params, wish, asset = draft.caller, draft.params, draft.wish, stored.asset
        common: dict[str, Any] = {"caller": caller.written(), "asset": asset.id, "version_id": asset.version_id}
        if stored.eager and not draft.renders:
            told = replace(
                wish, urls=addresses(params.eager_notification_url) or wish.urls, batch_id=wish.batch_id or draft.version_id
            )
            said = common | {"texts": params.eager, "wish": told.written()}
            self.queue.enqueue(tx, "render", key=f"render:{asset.version_id}", priority=wish.priority, **said)
        if not looks:
            self.notices.announce(tx, caller, "upload", self.shape(caller, stored, wish.base), wish)
            return
        self.queue.enqueue(
            tx,
            "look",
            key=f"look:{asset.version_id}",
            priority=wish.priority,
            **common,
            detection=[f"{look.detector.name}_v{look.detector.version}" for look in looks],
            threshold=params.auto_tagging,
            facts=sorted(params.facts),
            wish=wish.written(),
        )

    def _record(
        self, tx: Connection, caller: Caller, params: UploadParams, values: dict[str, Any], looks: Sequence[Look], keep_old: bool
    ) -> tuple[Stored, list[str]]:
        """Write the asset, its tags and findings. Returns them with the storage keys that nothing names any more."""
        place = (caller.cloud_id, values["resource_type"], values["type"], values["public_id"])
        old = asset = None
        stale: list[str] = []
        while not (old or asset):  # another writer may give up the name between the insert and the look
            asset = assets.create(tx, values | {"asset_id": uuid.uuid4().hex})
            old = None if asset else assets.find(tx, *place, lock=True)
        if old and keep_old:
            return Stored(analyses.whole(tx, old), existing=True), stale
        if old:
            values["version"] = max(values["version"], old.version + 1)
            stale = assets.release(tx, old.id)
            assets.change(tx, old.id, {key: value for key, value in values.items() if key != "created_at"})
            tags.clear(tx, old)
            tags.forget_removed(tx, old.id)  # it is another picture now
            analyses.clear(tx, old.id)
        asset = asset or assets.by_id(tx, old.id if old else 0)
        folders.ensure(tx, asset.cloud_id, asset.asset_folder)
        found = [look.analysis() for look in looks]
        analyses.put(tx, asset.id, found, bare=True)
        given = [Tag(item, "key", caller.key) for item in params.tags or ()]
        names = tags.add(tx, asset, given + auto_tags(looks, params.auto_tagging), bare=True)
        asset = asset._replace(tags=names, info=found)
        if params.backup:
            versions.keep(tx, asset)
        return Stored(asset, overwritten=old is not None), stale

    def _find(self, caller: Caller, kind: str, type: str, name: str) -> Asset | None:
        with self.db.read() as c:
            old = assets.find(c, caller.cloud_id, kind, type, name)
            return analyses.whole(c, old) if old else None
