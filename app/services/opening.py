"""Opens stored assets to everybody, or closes them: by names, by prefix or by tag."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.db import analyses, assets, selections
from app.db.assets import Asset
from app.db.engine import Database, now
from app.errors import BadRequest, Failure
from app.params.admin import OpeningParams
from app.services import choosing
from app.services.accounts import Caller
from app.services.editing import Editing

MOST = 1000
CLOSED = ("authenticated", "private")
MODES = ("public", "authenticated")


@dataclass(frozen=True, slots=True)
class Opening:
    db: Database
    editing: Editing

    def publish(
        self, caller: Caller, resource_type: str, raw: Mapping[str, object]
    ) -> tuple[Sequence[Asset], Sequence[dict[str, Any]]]:
        """Give them type upload; those whose name is taken there have failed. Raises BadRequest without a scope."""
        params = OpeningParams.read(raw)
        type = params.type or CLOSED[0]
        done, failed = [], list[dict[str, Any]]()
        for asset in self._chosen(caller, resource_type, type, params) if type in CLOSED else ():
            said = {"from_public_id": asset.public_id, "to_public_id": asset.public_id, "type": type, "to_type": "upload"}
            try:
                done.append(self.editing.rename(caller, resource_type, said | {"overwrite": params.overwrite}))
            except Failure as failure:
                failed.append({"public_id": asset.public_id, "reason": failure.message})
        return done, failed

    def set_mode(
        self, caller: Caller, resource_type: str, type: str, raw: Mapping[str, object]
    ) -> tuple[Sequence[Asset], Sequence[dict[str, Any]]]:
        """Give them an access mode, public or authenticated. Raises BadRequest."""
        params = OpeningParams.read(raw)
        if params.access_mode not in MODES:
            raise BadRequest.invalid("access_mode", params.access_mode, f"expected {' or '.join(MODES)}")
        chosen = self._chosen(caller, resource_type, type, params)
        with self.db.begin() as tx:
            assets.lock(tx, [asset.id for asset in chosen])
            for asset in chosen:
                assets.change(tx, asset.id, {"access_mode": params.access_mode, "updated_at": now()})
            return [analyses.whole(tx, found) for asset in chosen if (found := assets.some(tx, asset.id))], ()

    def _chosen(self, caller: Caller, resource_type: str, type: str, params: OpeningParams) -> Sequence[Asset]:
        """By names, prefix or tag, whichever is given; a thousand at most."""
        with self.db.read() as c:
            here = (c, caller.cloud_id, resource_type, type)
            if params.public_ids:
                return selections.named(*here, (choosing.named(c, caller.cloud_id, params.public_ids) or ())[:MOST])
            if params.tag:
                return selections.tagged(*here, params.tag, MOST)
            if params.prefix:
                return selections.below(*here, params.prefix, MOST)
        raise BadRequest("Missing required parameter - public_ids, prefix or tag")
