"""How an answer tells what was said of an asset: access, moderation, coordinates, media."""

from datetime import UTC, datetime
from typing import Any

from app.db.assets import Asset
from app.services.accounts import Caller


def of_upload(asset: Asset) -> dict[str, Any]:
    """In the answer to an upload; without a top-level moderation_status, as the original has it."""
    body: dict[str, Any] = {"access_mode": asset.access_mode}
    if asset.access_control:
        body["access_control"] = asset.access_control
    if asset.moderation_kind:
        body["moderation"] = [{"kind": asset.moderation_kind, "status": asset.moderation_status}]
    return body | media(asset) | coordinates(asset) | regions(asset)


def of_details(asset: Asset) -> dict[str, Any]:
    """In the details: with the moment of the last decision. Coordinates are told where they are asked for."""
    body: dict[str, Any] = {"access_control": asset.access_control} if asset.access_control else {}
    if asset.moderation_kind:
        moment = datetime.fromtimestamp((asset.moderated_at or asset.created_at) // 1_000_000, UTC)
        state = {"kind": asset.moderation_kind, "status": asset.moderation_status}
        body["moderation"] = [state | {"updated_at": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}]
        body |= {"moderation_kind": asset.moderation_kind, "moderation_status": asset.moderation_status}
    return body | media(asset) | regions(asset)


def media(asset: Asset) -> dict[str, Any]:
    """What the container of a video or sound tells."""
    length = {"duration": asset.duration} if asset.duration is not None else {}
    return {**length, **(asset.media or {})}


def coordinates(asset: Asset) -> dict[str, Any]:
    boxes = {name: found for name, found in (asset.coordinates or {}).items() if name != "regions"}
    return {"coordinates": boxes} if boxes else {}


def regions(asset: Asset) -> dict[str, Any]:
    named = (asset.coordinates or {}).get("regions")
    return {"regions": named} if named else {}


def filed(caller: Caller, asset: Asset) -> dict[str, Any]:
    """Where it is filed and what it is shown as; in the fixed mode both are in the public ID."""
    if caller.fixed_folders:
        return {"folder": asset.asset_folder} if asset.asset_folder else {}
    return {"asset_folder": asset.asset_folder, "display_name": asset.display_name}
