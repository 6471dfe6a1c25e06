"""What is told of a picture on request: computed in one decode, kept beside the asset, so that it is not computed twice."""

from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from app.db import assets
from app.db.assets import Asset
from app.db.engine import Database
from app.errors import BadRequest
from app.imaging.describe import KEYS, Facts, describe, side, told
from app.imaging.reading import Limits, Picture, read
from app.ports import Storage
from app.services import attributes
from app.services.tagging import Tagging
from app.vision.registry import Detector

FACES = "faces"


@dataclass(frozen=True, slots=True)
class Describing:
    db: Database
    storage: Storage
    tagging: Tagging
    limits: Limits

    def check(self, wanted: Set[str]) -> None:
        """Raise BadRequest for what this installation cannot tell."""
        if FACES in wanted and self._faces_detector() is None:
            raise BadRequest.unsupported(FACES)

    def side(self, wanted: Set[str]) -> int:
        """The longer side, in pixels, that the decoded picture should keep for what is wanted."""
        return side(wanted)

    def of_picture(self, picture: Picture, path: Path, wanted: Set[str]) -> Facts:
        """Every fact that is wanted, of a picture and the file it was decoded from."""
        facts = describe(picture, path, wanted)
        detector = self._faces_detector() if FACES in wanted else None
        return facts | (self._faces(picture, detector) if detector else {})

    def of_asset(self, asset: Asset, wanted: Set[str]) -> Facts:
        """The answer's keys for a stored asset: what was kept at its upload, the rest from its file. Only pictures have any."""
        given = self.given(asset, wanted)
        wanted = wanted - given.keys()
        if asset.resource_type != "image" or not wanted:
            return given
        self.check(wanted)
        with self.db.read() as c:
            kept = assets.facts(c, asset.id)
        missing = {name for name in wanted if not kept.keys() >= set(KEYS[name])}
        if missing:
            with self.storage.get(asset.blob_key).local() as path:
                kept = kept | self.of_picture(read(path, self.limits, side(missing)), path, missing)
        return told(kept, wanted) | given

    def kept(self, asset: Asset) -> Facts:
        """Everything that is kept of an asset's picture."""
        with self.db.read() as c:
            return assets.facts(c, asset.id)

    def given(self, asset: Asset, wanted: Set[str]) -> Facts:
        """What a caller said in place of what a model would find: the faces."""
        return attributes.faces_of(asset) if FACES in wanted else {}

    def _faces_detector(self) -> Detector | None:
        return self.tagging.registry.find(FACES, internal=True)

    def _faces(self, picture: Picture, detector: Detector) -> Facts:
        """Boxes in whole pixels of the upright source, surest first; nothing where the model fails, which the log tells."""
        (look,) = self.tagging.look(picture, [detector])
        if look.status != "complete":
            return {}
        boxes = []
        for item in look.findings:
            x, y, width, height = item.box
            left, top = max(0, round(x)), max(0, round(y))
            boxes.append([left, top, min(round(width), picture.width - left), min(round(height), picture.height - top)])
        return {FACES: boxes}
