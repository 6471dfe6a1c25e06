"""A picture from anywhere -> what one detector sees in it. Nothing is stored."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from app.db.assets import Asset
from app.errors import BadRequest, Failure, Unsubscribed
from app.imaging.reading import Limits, read
from app.params.delivery import Place
from app.ports import Storage
from app.services.accounts import Caller
from app.services.intake import Incoming, Intake
from app.services.library import Library
from app.services.tagging import Tagging
from app.vision.findings import written
from app.vision.registry import Detector

# Names of the Analyze API alone, for what no pack here does.
ELSEWHERE = {
    "image_quality": "Cloudinary AI Content Analysis (iqa)",
    "google_tagging": "Google Auto Tagging",
    "google_logo_detection": "Google Logo Detection",
    "ai_vision_tagging": "Cloudinary AI Vision",
    "ai_vision_moderation": "Cloudinary AI Vision",
    "ai_vision_general": "Cloudinary AI Vision",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What to look at: a stored asset, or a file received for this call alone. `entity` is how the answer names it."""

    entity: str
    asset: Asset | None = None
    file: Incoming | None = None

    def drop(self) -> None:
        if self.file:
            self.file.path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Analyzer:
    tagging: Tagging
    library: Library
    intake: Intake
    storage: Storage
    limits: Limits

    def detector(self, name: str) -> Detector:
        """The detector the Analyze API calls so, underscores for hyphens. Raises BadRequest, or Unsubscribed if not installed."""
        if self.tagging.registry.find(name) is None:
            if name in ELSEWHERE:
                raise Unsubscribed(ELSEWHERE[name])
            name = re.sub(r"_(?!v\d+$)", "-", name)
        return self.tagging.detectors([name], "Invalid value {} for parameter analysis_type: no such detector")[0]

    def fetch(self, caller: Caller, source: Mapping[str, str], home: str) -> Subject:
        """Find or fetch the picture. Assets of the caller's cloud, by ID or by delivery URL under `home`, are not fetched."""
        if "asset_id" in source:
            return Subject(source["asset_id"], self.library.get_by_asset_id(caller, source["asset_id"]))
        uri = source["uri"].strip()
        if asset := self._own(caller, uri, home):
            return Subject(uri, asset)
        file = self.intake.resolve(self.intake.note(uri))
        return Subject(uri.partition(",")[0] if uri[:5].lower() == "data:" else uri, file=file)

    def analyze(self, detector: Detector, subject: Subject) -> dict[str, Any]:
        """The `analysis` of an answer. Raises InvalidPicture or BadRequest for the picture, Failure if the model fails."""
        with self._bytes(subject) as path:
            picture = read(path, self.limits, self.tagging.side([detector]))
        look = self.tagging.look(picture, [detector])[0]
        if look.status != "complete":
            raise Failure(f"Analysis by {detector.name} failed on this server; its log says why")
        said = written(detector.name, detector.version, look.findings)
        return {"tags": said["tags"], "model_version": said["model_version"]}

    def _own(self, caller: Caller, uri: str, home: str) -> Asset | None:
        """The asset a delivery URL of this server names. The caller's key opens all of its cloud, so no signature is asked for."""
        if uri[:4].lower() != "http":
            return None
        try:
            parts, base = urlsplit(uri), urlsplit(home)
        except ValueError:
            raise BadRequest(f"Unsupported source URL: {uri[:100]}") from None
        start, _, path = unquote(parts.path).removeprefix(base.path).partition("/image/")
        if parts.netloc.lower() != base.netloc.lower() or start != f"/{caller.cloud}":
            return None
        type, _, rest = path.partition("/")
        place = Place.read(rest)
        if place.steps:
            raise BadRequest(f"Transformation {'/'.join(place.steps)[:200]} is not supported here; only originals are analysed")
        return self.library.delivered(caller.cloud_id, "image", type, place.name)[0]

    @contextmanager
    def _bytes(self, subject: Subject) -> Iterator[Path]:
        """The picture as a file; one that a remote store holds is copied for as long as it is needed."""
        if subject.file:
            yield subject.file.path
            return
        with self.storage.get(subject.asset.blob_key if subject.asset else "").local() as path:
            yield path
