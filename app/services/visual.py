"""Visual search: pictures that look like one, by the features that a network sees in them; nothing leaves this machine.

A picture is looked at when it is searched for the first time; what is left over by a call is looked at by jobs.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog

from app.db import assets, embeddings, tags
from app.db.assets import Asset
from app.db.engine import Database
from app.errors import BadRequest, NotFound
from app.imaging.reading import Limits, read
from app.params.search import SearchParams
from app.params.visual import VisualParams
from app.ports import Storage
from app.services.accounts import Caller
from app.services.intake import Intake
from app.services.searching import Searching
from app.services.tagging import Tagging
from app.vision.boxes import Array
from app.vision.embedding import LENGTH, SIDE, embedding
from app.work import Queue

log = structlog.get_logger()
AT_ONCE = 100  # pictures that a call looks at itself
A_JOB = 200
MOST_FOUND = 1000


@dataclass(frozen=True, slots=True)
class Visual:
    db: Database
    storage: Storage
    intake: Intake
    tagging: Tagging
    searching: Searching
    limits: Limits
    queue: Queue

    def search(self, caller: Caller, params: VisualParams, file: Path | None = None) -> tuple[list[Asset], int]:
        """The pictures that are most alike, and how many reach the threshold. Raises BadRequest or NotFound."""
        params.check(file is not None)
        if params.text:
            words = " ".join(f'"{word}"' for word in params.text.replace('"', " ").replace("*", " ").split()[:20])
            found = self.searching.search(caller, SearchParams.read({"expression": words, "max_results": params.size}))
            return list(found.assets), found.total
        wanted = self._wanted(caller, params, file)
        self.look(caller.cloud_id, AT_ONCE)
        ranked = self._ranked(caller, wanted, params.least)
        with self.db.read() as c:
            chosen = embeddings.some(c, [id for id, _ in ranked[: params.size]])
            names = tags.of(c, list(chosen))
        return [chosen[id]._replace(tags=names[id]) for id, _ in ranked[: params.size] if id in chosen], len(ranked)

    def look(self, cloud_id: int, most: int = A_JOB) -> None:
        """Look at pictures that nobody has looked at; also a job, which promises the next one while some are left."""
        with self.db.read() as c:
            waiting = embeddings.missing(c, cloud_id, most + 1)
        for asset in waiting[:most]:
            vector = self._vector(asset)
            with self.db.begin() as tx:
                current = assets.some(tx, asset.id, lock=True)
                if current and current.version_id == asset.version_id:
                    embeddings.keep(tx, asset, vector.astype(np.float16).tobytes())
        if len(waiting) > most:
            with self.db.begin() as tx:
                self.queue.enqueue(tx, "embed", key=f"embed:{cloud_id}", priority=-1, cloud_id=cloud_id)

    def _wanted(self, caller: Caller, params: VisualParams, file: Path | None) -> Array:
        if file:
            return self._of(file)
        if params.image_url:
            fetched = self.intake.resolve(self.intake.note(params.image_url))
            try:
                return self._of(fetched.path)
            finally:
                fetched.path.unlink(missing_ok=True)
        with self.db.read() as c:
            asset = assets.by_asset_id(c, caller.cloud_id, params.image_asset_id or "")
        if asset is None or asset.resource_type != "image":
            raise NotFound.asset(params.image_asset_id or "")
        return self._vector(asset)

    def _vector(self, asset: Asset) -> Array:
        """Nothing at all for a picture that cannot be looked at, so that it is not tried for ever."""
        with self.db.read() as c:
            kept = embeddings.find(c, asset)
        if kept:
            return np.frombuffer(kept, np.float16).astype(np.float32)
        try:
            with self.storage.get(asset.blob_key).local() as path:
                return self._of(path)
        except (BadRequest, NotFound) as failure:
            log.warning("a picture cannot be looked at", public_id=asset.public_id, reason=failure.message)
            return np.zeros(LENGTH, np.float32)

    def _of(self, path: Path) -> Array:
        return embedding(read(path, self.limits, SIDE).image, self.tagging.run)

    def _ranked(self, caller: Caller, wanted: Array, least: float) -> list[tuple[int, float]]:
        """Row ids and likeness of all that reach the threshold, most alike first; a thousand at most."""
        found: list[tuple[int, float]] = []
        with self.db.read() as c:
            for rows in embeddings.pieces(c, caller.cloud_id):
                ids = [id for id, _ in rows]
                table = np.frombuffer(b"".join(vector for _, vector in rows), np.float16).reshape(len(rows), LENGTH)
                alike = table.astype(np.float32) @ wanted
                found += [(ids[place], float(alike[place])) for place in np.flatnonzero(alike >= max(least, 1e-6))]
                found = sorted(found, key=lambda item: (-item[1], item[0]))[:MOST_FOUND]
        return found
