"""A delivery path -> the asset, whether the caller may have it, and what is to be made of it.

Source: access control, delivery URL signatures, token authentication.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.db.assets import Asset
from app.db.rendering import Rendering
from app.errors import BadRequest, NotFound, Unauthorized
from app.imaging.facts import format_named
from app.params.delivery import Address, Place
from app.services import attributes
from app.services.accounts import Accounts, CloudKeys
from app.services.library import Library
from app.services.remote import Far, Remote
from app.services.rendering import Order, Renderer
from app.services.scenes import Trust
from app.signing import delivery_is_signed, token_opens
from app.transform.output import named
from app.transform.scene import Wish

ATTACHED = re.compile(r"attachment(?::(.*))?")
WIDTHS = re.compile(r"w_auto:breakpoints(_\d+)*:json")
TYPES = ("upload", "private", "authenticated", "fetch", "text", "multi", "sprite")


@dataclass(frozen=True, slots=True)
class Visit:
    """What a request says beside its path; `fetched`: what was far has been tried."""

    wish: Wish
    path: str = ""
    tokens: tuple[str, ...] = ()
    ip: str = ""
    fetched: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be delivered: the asset's own bytes, or an order to render. `missing` is the sentence of a default picture."""

    asset: Asset
    order: Order | None = None
    rendering: Rendering | None = None
    versioned: bool = False
    restricted: bool = False
    attachment: str | None = None
    info: bool = False
    widths: str = ""  # the text that asks which widths are worth keeping
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Delivering:
    accounts: Accounts
    library: Library
    renderer: Renderer
    remote: Remote

    def find(self, address: Address, visit: Visit) -> Found | Far:
        """What a path asks for, or what is to be fetched before it can be told. Raises NotFound, Unauthorized or BadRequest."""
        keys = self.accounts.keys_of(address.cloud)
        if keys is None:
            raise NotFound(f"Unknown customer {address.cloud[:100]}" if address.cloud else "Unknown customer")
        if address.type not in TYPES:
            raise NotFound(f"Resource not found - {address.rest[:300]}")
        place = Place.read(
            address.rest,
            steps=address.resource_type != "raw" or "fl_attachment" in address.rest,
            raw=address.raw,
            has_suffix=address.has_suffix,
            is_url=address.type == "fetch",
        )
        trust = Trust(self._is_signed(place, keys), keys.settings.fetch_domains or ())
        found = self._asset(keys, address, place, trust, visit.fetched)
        if isinstance(found, Far):
            return found
        asset, ending, place, missing = found
        if missing:
            address = replace(address, resource_type="image", type=asset.type)
        steps, attachment = _without_attachment(place.steps)
        steps = _without(steps, "d")
        restricted = self._check_access(address, visit, asset, trust.signed, keys, bool(steps))
        if address.resource_type == "video":
            _check_video(asset, steps, ending)
        if address.resource_type != "image":
            return Found(asset, versioned=place.versioned, restricted=restricted, attachment=attachment)
        widths = next((part[2:] for step in steps for part in step.split(",") if WIDTHS.fullmatch(part)), "")
        if widths and keys.settings.strict_transformations and not trust.signed:
            raise Unauthorized(f"Transformation {widths[:200]} is not allowed: sign the URL")
        if widths:
            return Found(asset, versioned=place.versioned, restricted=restricted, widths=widths)
        order = self._order(asset, steps, ending, visit, trust)
        kept = self.renderer.find(order) if order else None
        if order and keys.settings.strict_transformations and not trust.signed and kept is None:
            self._check_strict(keys, order)
        info = order is not None and any("getinfo" in step.flags for step in order.steps)
        return Found(asset, order, kept, place.versioned, restricted, attachment, info, missing=missing)

    def _asset(
        self, keys: CloudKeys, address: Address, place: Place, trust: Trust, fetched: bool
    ) -> tuple[Asset, str, Place, str] | Far:
        """The asset of a place, the extension asked with, how the place is read, and the sentence that says it is a default one."""
        kind, type = address.resource_type, address.type
        if type == "fetch":
            asset = self.remote.fetched(keys, place.name, trust)
            if isinstance(asset, Asset):
                return asset, "", place, ""
            if not fetched:
                return asset
        for read in (place, place.as_folder()) if place.steps and not place.versioned else (place,):
            try:
                return *self.library.delivered(keys.cloud_id, kind, type, read.name), read, ""
            except NotFound:
                continue
        far = self.remote.mapped(keys, kind, place.name) if type == "upload" and not fetched else None
        if far:
            return far
        default = _default(place.steps)
        if default is None:
            raise NotFound.asset(place.name)
        return *self.library.delivered(keys.cloud_id, "image", "upload", default), place, NotFound.asset(place.name).message

    def _order(self, asset: Asset, steps: Sequence[str], ending: str, visit: Visit, trust: Trust) -> Order | None:
        """What is to be rendered; None where the asset's own bytes are asked for."""
        wanted = format_named(ending) or ending.lower()
        if not steps and (not wanted or wanted == asset.format):
            return None
        if wanted:
            wanted = named(wanted)
        return self.renderer.order(asset, "/".join(steps), replace(visit.wish, extension=wanted), trust)

    def _is_signed(self, place: Place, keys: CloudKeys) -> bool:
        if place.signature is None:
            return False
        fits = [delivery_is_signed(text, place.signature, secret) for text in place.signed for secret in keys.secrets]
        if not any(fits):
            raise Unauthorized("Invalid Signature")
        return True

    def _check_access(self, address: Address, visit: Visit, asset: Asset, signed: bool, keys: CloudKeys, transformed: bool) -> bool:
        """Whether the answer is for this caller alone. Raises NotFound for a rejected asset, Unauthorized."""
        if not attributes.is_delivered(asset):
            raise NotFound.asset(asset.public_id)
        needs = address.type == "authenticated" or (address.type == "private" and not transformed)
        opened = any([token_opens(token, keys.settings.auth_token_key, visit.path, visit.ip) for token in visit.tokens])
        if needs and not (signed or opened):
            raise Unauthorized(f"Assets of type {address.type} are delivered to signed URLs only")
        moment = attributes.this_moment()
        if not (signed or opened or attributes.is_open(asset, moment)):
            raise Unauthorized("This asset is restricted by its access_control; ask with a signed URL or a token")
        return needs or opened or not attributes.is_open(asset, moment)

    def _check_strict(self, keys: CloudKeys, order: Order) -> None:
        if not self.renderer.allowed(keys.cloud_id, order):
            raise Unauthorized(f"Transformation {order.told[:200]} is not allowed: sign the URL")


def _check_video(asset: Asset, steps: Sequence[str], ending: str) -> None:
    if steps:
        raise BadRequest(
            f"Transformation {'/'.join(steps)[:200]} is not supported by this server; videos are delivered as they are"
        )
    if ending and ending.lower() != asset.format:
        raise BadRequest(
            f"Conversion from {asset.format} to {ending[:16]} is not supported by this server; ask for .{asset.format}"
        )


def _without_attachment(steps: Sequence[str]) -> tuple[list[str], str | None]:
    """The steps without fl_attachment, and the name it gave the file (None where it does not stand)."""
    found: str | None = None
    kept = []
    for step in steps:
        parts = []
        for part in step.split(","):
            flags = part.removeprefix("fl_").split(".") if part.startswith("fl_") else []
            for flag in flags:
                match = ATTACHED.fullmatch(flag)
                found = (match[1] or "") if match else found
            rest = [flag for flag in flags if not ATTACHED.fullmatch(flag)]
            parts += [part] if not flags else [f"fl_{'.'.join(rest)}"] if rest else []
        if parts:
            kept.append(",".join(parts))
    return kept, found


def _without(steps: Sequence[str], key: str) -> list[str]:
    kept = [",".join(part for part in step.split(",") if not part.startswith(f"{key}_")) for step in steps]
    return [step for step in kept if step]


def _default(steps: Sequence[str]) -> str | None:
    """The public ID of the picture that is shown in place of a missing one."""
    parts = [part for step in steps for part in step.split(",") if part.startswith("d_")]
    return parts[-1].removeprefix("d_").replace(":", "/") if parts else None
