"""Bytes + parameters -> a stored, analysed, recorded asset."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from app.db import analyses, assets, folders, tags, versions
from app.db.assets import Asset
from app.db.engine import Database, now
from app.db.tags import Tag
from app.errors import BadRequest, InvalidPicture
from app.imaging import containers
from app.imaging.containers import Media
from app.imaging.describe import told
from app.imaging.facts import format_named, stem, suffix
from app.imaging.reading import Limits, Picture, is_picture, read
from app.params.upload import DELIVERY_TYPES, UploadParams, laid_over, refuse_not_served, refuse_unsigned
from app.ports import Storage
from app.services import attributes, metadata_values, naming
from app.services.accounts import Caller
from app.services.describing import Describing
from app.services.intake import Incoming
from app.services.notices import Notices, Wish
from app.services.presets import Presets
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
        a job, and until then the findings are pending.
        """
        filename = params.filename_override or file.filename
        kind, media = self._recognised(file.path, wanted)
        name, type = naming.public_id(params, filename, raw=kind == "raw"), params.type or "upload"
        keep_old = caller.unsigned or params.overwrite is False
        if keep_old and (old := self._find(caller, kind, type, name)):
            return self._kept(caller, Stored(old, existing=True, facts=self.describing.of_asset(old, params.facts)), wish)
        detectors = self.tagging.detectors(params.detection)
        side = max(self.tagging.side(detectors), self.describing.side(params.facts))
        picture = read(file.path, self.limits, side) if kind == "image" else None
        if picture is None and detectors:
            raise BadRequest(f"Detection looks at images only; leave it out for {kind} files")
        seen = picture or media
        _check_format(seen.format if seen else suffix(filename), params)
        given = {"faces"} if params.face_coordinates else set()
        facts = self.describing.of_picture(picture, file.path, params.facts - given) if picture else {}
        version_id = version_id or uuid.uuid4().hex
        key = f"originals/{version_id[:2]}/{version_id}"
        storing = self.threads.disk(self.storage.put, key, file.path)  # the disk's sync overlaps the detectors
        try:
            looks = [Look(item, status="pending") for item in detectors] if later else self._looks(picture, detectors)
            storing.result()
            values = _described(caller, params, file, seen, filename) | {
                "resource_type": kind,
                "public_id": name,
                "type": type,
                "version_id": version_id,
                "blob_key": key,
                "facts": facts or None,
                "display_name": naming.display_name(params, name, filename),
            }
            with self.db.begin() as tx:
                if params.unique_display_name:
                    place = (values["asset_folder"], values["display_name"], name)
                    values["display_name"] = attributes.display_name(tx, caller.cloud_id, *place)
                values["metadata"] = metadata_values.filled(tx, caller.cloud_id, params.metadata or {})
                stored, stale = self._record(tx, caller, params, values, looks, keep_old)
                stored = replace(stored, facts=self.describing.given(stored.asset, params.facts) | told(facts, params.facts))
                self._promise(tx, caller, params, stored, looks if later and not stored.existing else [], wish)
        except BaseException:
            storing.exception()
            self.storage.delete(key)
            raise
        self.storage.delete(*([key] if stored.existing else [stale] if stale else []))
        return stored

    def _looks(self, picture: Picture | None, detectors: Sequence[Detector]) -> list[Look]:
        return self.tagging.look(picture, detectors) if picture else []

    def _kept(self, caller: Caller, stored: Stored, wish: Wish) -> Stored:
        """An asset that was left alone: only the call's own addresses are told."""
        if wish.urls:
            with self.db.begin() as tx:
                self._promise(tx, caller, None, stored, [], wish)
        return stored

    def _promise(
        self, tx: Connection, caller: Caller, params: UploadParams | None, stored: Stored, looks: Sequence[Look], wish: Wish
    ) -> None:
        """The job that finishes the upload, or its notice where nothing is left to do."""
        if params is None or not looks:
            self.notices.announce(tx, caller, "upload", self.shape(caller, stored, wish.base), wish)
            return
        asset = stored.asset
        self.queue.enqueue(
            tx,
            "look",
            key=f"look:{asset.version_id}",
            caller=caller.written(),
            asset=asset.id,
            version_id=asset.version_id,
            detection=[f"{look.detector.name}_v{look.detector.version}" for look in looks],
            threshold=params.auto_tagging,
            facts=sorted(params.facts),
            wish=wish.written(),
        )

    def _recognised(self, path: Path, wanted: str) -> tuple[str, Media | None]:
        """The resource type, and what the container tells where it is a video. Raises InvalidPicture for what is no video."""
        if wanted == "video":
            return wanted, containers.read(path)
        if wanted != "auto":
            return wanted, None
        if is_picture(path, self.limits):
            return "image", None
        try:
            return ("video", containers.read(path)) if containers.is_media(path) else ("raw", None)
        except InvalidPicture:
            return "raw", None

    def _record(
        self, tx: Connection, caller: Caller, params: UploadParams, values: dict[str, Any], looks: Sequence[Look], keep_old: bool
    ) -> tuple[Stored, str | None]:
        """Write the asset, its tags and findings. Returns them with the storage key nothing names any more, if any."""
        place = (caller.cloud_id, values["resource_type"], values["type"], values["public_id"])
        old = asset = None
        while not (old or asset):  # another writer may give up the name between the insert and the look
            asset = assets.create(tx, values | {"asset_id": uuid.uuid4().hex})
            old = None if asset else assets.find(tx, *place, lock=True)
        if old and keep_old:
            return Stored(analyses.whole(tx, old), existing=True), None
        if old:
            values["version"] = max(values["version"], old.version + 1)
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
        asset = replace(asset, tags=names, info=found)
        if params.backup:
            versions.keep(tx, asset)
        stale = assets.unkept(tx, [old.blob_key]) if old else []
        return Stored(asset, overwritten=old is not None), next(iter(stale), None)

    def _find(self, caller: Caller, kind: str, type: str, name: str) -> Asset | None:
        with self.db.read() as c:
            old = assets.find(c, caller.cloud_id, kind, type, name)
            return analyses.whole(c, old) if old else None


def _check_format(format: str, params: UploadParams) -> None:
    allowed = {format_named(name) or name.lower() for name in params.allowed_formats or ()}
    if allowed and format not in allowed:
        raise InvalidPicture(f"Image file format {format} not allowed" if format else "An unknown file format not allowed")


def _described(caller: Caller, params: UploadParams, file: Incoming, seen: Picture | Media | None, filename: str) -> dict[str, Any]:
    moment = now()
    return {
        "cloud_id": caller.cloud_id,
        "version": moment // 1_000_000,
        "format": seen.format if seen else None,
        "width": seen.width if seen else None,
        "height": seen.height if seen else None,
        "pages": seen.pages if isinstance(seen, Picture) else None,
        "media": dict(seen.facts) if isinstance(seen, Media) else None,
        "duration": seen.duration if isinstance(seen, Media) else None,
        "bytes": file.size,
        "etag": file.etag,
        "asset_folder": naming.folder(params),
        **attributes.of_new(params, seen.width if seen else None, seen.height if seen else None),
        "original_filename": None if params.discard_original_filename else stem(filename)[: naming.LONGEST] or None,
        "context": params.context or None,
        "uploaded_by": caller.key,
        **({"backup": True} if params.backup else {}),
        "created_at": moment,
        "updated_at": moment,
    }
