"""What a rendering may know of its asset: other assets for layers, faces, things seen, tags and metadata."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.db import analyses, assets, tags
from app.db.assets import Asset
from app.db.engine import Database
from app.errors import NotFound, Unauthorized
from app.imaging.reading import Picture, read
from app.ports import Storage
from app.services import attributes
from app.services.describing import Describing
from app.services.intake import Intake
from app.services.tagging import Look, Tagging
from app.transform.scene import Box
from app.vision.registry import Detector
from app.vision.vocabulary import known

MOST_THINGS = 10  # that weigh in automatic gravity
SEEN = "seen"  # where the asset's facts keep what was looked for only to crop
MODELS = ("coco", "lvis", "cld-fashion")  # asked in this order for a word that several know; then all others


@dataclass(frozen=True, slots=True)
class Trust:
    """What a caller may put into a picture. `signed`: whoever holds the secret asked for it; `hosts` may be fetched by anybody."""

    signed: bool = True
    hosts: Sequence[str] = ()

    def reaches(self, url: str) -> bool:
        """Whether a remote picture may be fetched: `*.host` stands for all hosts below it."""
        host = (urlsplit(url).hostname or "").lower()
        rules = [rule.lower().strip() for rule in self.hosts]
        return self.signed or any(host.endswith(rule[1:]) if rule.startswith("*.") else host == rule for rule in rules)


@dataclass(frozen=True)
class AssetScene:
    """The scene of one asset, or of a file that is yet to become one. Whatever is looked for is looked for once."""

    db: Database
    storage: Storage
    intake: Intake
    tagging: Tagging
    describing: Describing
    cloud_id: int
    trust: Trust
    files: ExitStack  # whoever closes it is done with the files of other assets
    asset: Asset | None = None
    file: Path | None = None

    def layer(self, type: str, public_id: str) -> Path:
        found = layer_asset(self.db, self.cloud_id, type, public_id, self.trust)
        if found is None:
            raise NotFound.asset(public_id)
        return self._path(found)

    def remote(self, url: str) -> Path:
        if not self.trust.reaches(url):
            host = urlsplit(url).hostname or ""
            raise Unauthorized(f"Fetching from {host[:200]} is not allowed; sign the URL or add the host to fetch_domains")
        path = self.intake.resolve(self.intake.note(url)).path
        self.files.callback(path.unlink, missing_ok=True)
        return path

    def text_style(self, public_id: str) -> str:
        with self.db.read() as c:
            found = assets.find(c, self.cloud_id, "image", "text", public_id)
            style = assets.facts(c, found.id).get("text_style") if found else None
        if not style:
            raise NotFound.asset(public_id)
        return str(style)

    def faces(self) -> Sequence[Box]:
        return self._faces

    def custom(self) -> Sequence[Box]:
        return [_corners(box) for box in self._coordinates.get("custom", ())]

    def region(self, name: str) -> Sequence[Box]:
        points = self._coordinates.get("regions", {}).get(name, ())
        across, down = [point[0] for point in points], [point[1] for point in points]
        return [(min(across), min(down), max(across), max(down))] if points else []

    def objects(self, word: str) -> Sequence[Box] | None:
        candidates = known(word, self._detectors)
        if not candidates:
            return None
        detector, labels = next((item for item in candidates if item[0].name in self._stored), candidates[0])
        rows = self._stored[detector.name] if detector.name in self._stored else self._look(detector)
        sure = [row for row in rows if row["label"] in labels and row["score"] >= detector.floor]
        return [_corners((row["x"], row["y"], row["width"], row["height"])) for row in sorted(sure, key=lambda row: -row["score"])]

    def things(self) -> Sequence[Box]:
        quick = next((item for item in self._detectors if item.name == MODELS[0]), None)
        rows = [row for found in self._stored.values() for row in found]
        if not self._stored and quick:
            rows = [row for row in self._look(quick) if row["score"] >= quick.threshold]
        surest = sorted(rows, key=lambda row: -row["score"])[:MOST_THINGS]
        return [_corners((row["x"], row["y"], row["width"], row["height"])) for row in surest]

    def facts(self, name: str) -> str | tuple[str, ...] | None:
        if name == "tags":
            return self._tags
        kind, _, key = name.partition(":")
        if kind not in ("ctx", "md"):
            return None
        said = (self.asset.context if kind == "ctx" else self.asset.metadata) if self.asset else None
        values: Mapping[str, Any] = said or {}
        value = values.get(key.strip("!"), "")
        return tuple(map(str, value)) if isinstance(value, list) else str(value)

    @property
    def _coordinates(self) -> Mapping[str, Any]:
        return (self.asset.coordinates if self.asset else None) or {}

    @cached_property
    def _tags(self) -> tuple[str, ...]:
        if self.asset is None:
            return ()
        with self.db.read() as c:
            return tags.of(c, [self.asset.id])[self.asset.id]

    @cached_property
    def _faces(self) -> Sequence[Box]:
        wanted = frozenset({"faces"})
        if self.asset:
            told = self.describing.of_asset(self.asset, wanted).get("faces", ())
        else:
            told = self.describing.of_picture(self._picture(self.describing.side(wanted)), self._path(), wanted).get("faces", ())
        return sorted((_corners(box) for box in told), key=lambda box: (box[0] - box[2]) * (box[3] - box[1]))

    @cached_property
    def _detectors(self) -> list[Detector]:
        newest = {item.name: item for item in self.tagging.registry.all() if not item.internal}
        return [newest[name] for name in (*MODELS, *newest) if name in newest]

    @cached_property
    def _stored(self) -> dict[str, list[dict[str, Any]]]:
        """What each model saw, from the asset's findings, or from an earlier crop."""
        if self.asset is None:
            return {}
        with self.db.read() as c:
            kept = assets.facts(c, self.asset.id).get(SEEN, {})
            return {**kept, **analyses.rows(c, self.asset.id)}

    def _look(self, detector: Detector) -> list[dict[str, Any]]:
        """Look at the picture, and keep what was seen for other crops."""
        look: Look = self.tagging.look(self._picture(self.tagging.side([detector])), [detector])[0]
        found = [{key: row[key] for key in ("label", "score", "x", "y", "width", "height")} for row in look.analysis().found]
        if look.status == "complete":
            self._stored[detector.name] = found
        if look.status == "complete" and self.asset:
            with self.db.begin() as tx:
                facts = assets.facts(tx, self.asset.id)
                assets.change(tx, self.asset.id, {"facts": facts | {SEEN: facts.get(SEEN, {}) | {detector.name: found}}})
        return found

    def _picture(self, side: int) -> Picture:
        return read(self._path(), self.describing.limits, side)

    def _path(self, asset: Asset | None = None) -> Path:
        asset = asset or self.asset
        if asset is None:
            assert self.file is not None
            return self.file
        return self.files.enter_context(self.storage.get(asset.blob_key).local())


def layer_asset(db: Database, cloud_id: int, type: str, public_id: str, trust: Trust) -> Asset | None:
    """The picture a layer names, with or without its extension. Raises Unauthorized for one that strangers may not see."""
    with db.read() as c:
        found = assets.find(c, cloud_id, "image", type, public_id)
        found = found or assets.find(c, cloud_id, "image", type, public_id.rpartition(".")[0])
    if found is None or not attributes.is_delivered(found):
        return None
    if not trust.signed and (type == "authenticated" or not attributes.is_open(found, attributes.this_moment())):
        raise Unauthorized(f"The layer {public_id[:200]} is restricted; sign the URL")
    return found


def _corners(box: Sequence[float]) -> Box:
    return box[0], box[1], box[0] + box[2], box[1] + box[3]
