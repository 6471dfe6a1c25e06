"""What is said of an asset -> its columns: one place for uploads and for changes to stored assets."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from app.db import assets
from app.db.assets import Asset
from app.db.engine import now
from app.imaging.containers import Media
from app.imaging.facts import stem
from app.imaging.reading import Picture
from app.params.attributes import AttributeParams, DecisionParams
from app.params.upload import UploadParams
from app.services import naming
from app.services.accounts import Caller
from app.services.intake import Incoming

Columns = dict[str, Any]
Boxes = Sequence[Sequence[int]]


def of_upload(caller: Caller, params: UploadParams, file: Incoming, seen: Picture | Media | None, filename: str) -> Columns:
    """The columns that an upload's call and file tell."""
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
        **of_new(params, seen.width if seen else None, seen.height if seen else None),
        "original_filename": None if params.discard_original_filename else stem(filename)[: naming.LONGEST] or None,
        "context": params.context or None,
        "uploaded_by": caller.key,
        **({"backup": True} if params.backup else {}),
        "created_at": moment,
        "updated_at": moment,
    }


def of_new(params: AttributeParams, width: int | None, height: int | None) -> Columns:
    """The columns of a new version: what is not said has no value, whatever the version before had."""
    waiting = params.moderation is not None
    given = {"faces": params.face_coordinates, "custom": params.custom_coordinates}
    boxes = {name: clipped(found, width, height) for name, found in given.items() if found}
    return {
        "coordinates": boxes | ({"regions": params.regions} if params.regions else {}) or None,
        "moderation_kind": params.moderation,
        "moderation_status": "pending" if waiting else None,
        "moderated_at": now() if waiting else None,
        "access_mode": params.access_mode or "public",
        "access_control": params.access_control or None,
        "headers": params.headers or None,
        "quality_override": params.quality_override or None,
    }


def of_change(params: DecisionParams, asset: Asset) -> Columns:
    """The columns that a change of a stored asset touches; an empty value clears.

    Boxes are kept as they are given: a stored asset may be described in the pixels of a picture that is yet to come.
    """
    changes: Columns = {}
    given = {"faces": params.face_coordinates, "custom": params.custom_coordinates, "regions": params.regions}
    if said := {name: value for name, value in given.items() if value is not None}:
        changes["coordinates"] = {name: value for name, value in ((asset.coordinates or {}) | said).items() if value} or None
    status = params.moderation_status or ("pending" if params.moderation else None)
    if status:
        kind = params.moderation or asset.moderation_kind or "manual"
        changes |= {"moderation_kind": kind, "moderation_status": status, "moderated_at": now()}
    for name in ("access_mode", "access_control", "headers", "quality_override"):
        value = getattr(params, name)
        if value is not None:
            changes[name] = value or None
    return changes


def clipped(boxes: Boxes, width: int | None, height: int | None) -> list[list[int]]:
    """Boxes no wider and no higher than the picture, as the original clips them; where it has no size they stay."""
    if not (width and height):
        return [list(box) for box in boxes]
    return [[min(x, width), min(y, height), min(w, width), min(h, height)] for x, y, w, h in boxes]


def display_name(tx: Connection, cloud_id: int, folder: str, name: str, own: str) -> str:
    """The name itself, or with six random characters if another asset of the folder than the one of public ID `own` has it."""
    if not assets.is_shown_as(tx, cloud_id, folder, name, but=own):
        return name
    return f"{name[: naming.LONGEST - 7]}_{naming.random_id(6)}"


def this_moment() -> str:
    """This moment as access rules are written."""
    return datetime.fromtimestamp(now() // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_delivered(asset: Asset) -> bool:
    """Whether it may leave at all: not while its moderation says rejected."""
    return asset.moderation_status != "rejected"


def is_open(asset: Asset, moment: str) -> bool:
    """Whether anybody may fetch it at this moment (`2026-01-02T03:04:05Z`), or only those who show a signature."""
    rules = asset.access_control or ([{"access_type": "token"}] if asset.access_mode != "public" else [])
    windows = [rule for rule in rules if rule["access_type"] == "anonymous"]
    return not rules or any(rule.get("start", "") <= moment <= rule.get("end", "~") for rule in windows)


def faces_of(asset: Asset) -> dict[str, Any]:
    """The faces that a caller set, as `faces` tells them."""
    boxes = (asset.coordinates or {}).get("faces")
    return {"faces": boxes} if boxes else {}
