"""Related assets: relate and unrelate, each pair for itself, and list what is related."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from app.db import assets, relations
from app.db.assets import Asset
from app.db.engine import Database
from app.errors import BadRequest, NotFound
from app.services.accounts import Caller

MOST = 10
Place = tuple[str, ...]  # resource type, delivery type, public ID; or an asset ID alone

# Outcome -> its code, the status of the pair, and the sentence.
OUTCOMES = {
    "done": ("success_ids", 200, "success"),
    "malformed": ("invalid_ids", 400, "expected resource_type/type/public_id"),
    "self": ("invalid_relate_to_self_id", 400, "an asset cannot be related to itself"),
    "missing": ("non_existing_ids", 404, "asset not found"),
    "already": ("already_exists_ids", 409, "the assets are related already"),
    "apart": ("relation_does_not_exist_ids", 404, "the assets are not related"),
}


@dataclass(frozen=True, slots=True)
class Relations:
    db: Database

    def change(self, caller: Caller, source: Place, wanted: Sequence[str], together: bool) -> dict[str, str]:
        """Relate or unrelate: ID as it was given -> outcome. Raises NotFound where the source itself is missing."""
        if not wanted:
            raise BadRequest.missing("assets_to_relate" if together else "assets_to_unrelate")
        if len(wanted) > MOST:
            raise BadRequest(f"Too many assets: at most {MOST} a call")
        with self.db.begin() as tx:
            own = _find(tx, caller, source)
            if own is None:
                raise NotFound.asset(source[-1])
            return {id: self._one(tx, caller, own, id, len(source) == 1, together) for id in wanted}

    def page(self, caller: Caller, asset: Asset, size: int, after: str | None) -> tuple[list[Asset], str | None]:
        with self.db.read() as c:
            return relations.page(c, asset.id, size, after)

    def _one(self, tx: Connection, caller: Caller, own: Asset, id: str, by_asset_id: bool, together: bool) -> str:
        place = (id,) if by_asset_id else tuple(id.split("/", 2))
        if len(place) not in (1, 3) or (len(place) == 1 and not by_asset_id):
            return "malformed"
        other = _find(tx, caller, place)
        if other is None:
            return "missing"
        if other.id == own.id:
            return "self"
        change, failed = (relations.relate, "already") if together else (relations.unrelate, "apart")
        return "done" if change(tx, own.id, other.id) else failed


def _find(c: Connection, caller: Caller, place: Place) -> Asset | None:
    if len(place) == 1:
        return assets.by_asset_id(c, caller.cloud_id, place[0])
    return assets.find(c, caller.cloud_id, place[0], place[1], place[2])
