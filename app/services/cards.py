"""What is known of each detector, for people: its card, licence, size, labels and measured quality."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.vision.labels import NOBODY
from app.vision.registry import Detector, Registry

ROW = re.compile(r"^\|\s*([^|]+?)\s*\|\s*(.+?)\s*\|\s*$", re.MULTILINE)
PART = re.compile(r"^## (\S+) on (.+)$", re.MULTILINE)
LONGEST_CARD = 100_000


@dataclass(frozen=True, slots=True)
class Quality:
    """One measured figure of a detector on a set of pictures."""

    set: str
    metric: str
    value: str


@dataclass(frozen=True, slots=True)
class Card:
    """A detector as it is shown. `detector` is None for one that cannot be used, `reason` says why."""

    name: str
    version: int
    detector: Detector | None = None
    labels: Sequence[str] = ()
    size: int = 0
    licence: str = ""
    source: str = ""
    text: str = ""
    quality: Sequence[Quality] = ()
    reason: str = ""
    builtin: bool = True
    newest: bool = False


@dataclass(frozen=True, slots=True)
class Cards:
    """`folders` as the registry reads them, the later over the earlier; `own` is the data folder's, whose packs may be removed.

    `figures` is the page that `make eval` writes; without it there are none.
    """

    registry: Registry
    folders: Sequence[Path]
    own: Path
    figures: Path

    def all(self) -> list[Card]:
        """Every detector that callers may name, and those that cannot be used."""
        measured, added = self._measured(), self._added()
        known = [item for item in self.registry.all() if not item.internal]
        newest = {item.name: max(other.version for other in known if other.name == item.name) for item in known}
        cards = [self._card(item, measured, added, item.version == newest[item.name]) for item in known]
        for name, reason in self.registry.broken.items():
            match = re.fullmatch(r"(.+)_v(\d{1,9})", name)
            broken = (match[1], int(match[2])) if match else (name, 0)
            cards.append(Card(*broken, reason=reason, builtin=broken not in added))
        return cards

    def _card(
        self, detector: Detector, measured: Mapping[str, Sequence[Quality]], added: set[tuple[str, int]], newest: bool
    ) -> Card:
        packs = list(dict.fromkeys(model.partition("/")[0] for model in detector.models))
        texts = [text for pack in packs if (text := self._readme(pack))]
        facts = dict(ROW.findall(texts[0])) if texts else {}
        name = f"{detector.name}_v{detector.version}"
        return Card(
            name=detector.name,
            version=detector.version,
            detector=detector,
            labels=[label for label in detector.labels if label != NOBODY],
            size=sum(self._bytes(model) for model in detector.models),
            licence=facts.get("licence", ""),
            source=facts.get("source", ""),
            text="\n\n".join(texts)[:LONGEST_CARD],
            quality=measured.get(name, ()),
            builtin=(detector.name, detector.version) not in added,
            newest=newest,
        )

    def _readme(self, pack: str) -> str:
        return next((file.read_text("utf-8", "replace") for file in self._files(f"{pack}/README.md")), "")

    def _bytes(self, model: str) -> int:
        return next((file.stat().st_size for file in self._files(f"{model}/model.onnx")), 0)

    def _files(self, path: str) -> list[Path]:
        """The one that counts first."""
        return [file for folder in reversed(self.folders) if (file := folder / path).is_file()]

    def _added(self) -> set[tuple[str, int]]:
        file = self.own / "registry.toml"
        tables = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
        return {(name, int(version)) for name, versions in tables.get("detectors", {}).items() for version in versions}

    def _measured(self) -> dict[str, list[Quality]]:
        """Detector -> figures, read off the page: a heading a detector and set, its first table name and value."""
        text = self.figures.read_text("utf-8") if self.figures.is_file() else ""
        found: dict[str, list[Quality]] = {}
        parts = PART.split(text)[1:]
        for name, pictures, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            table = body.lstrip().split("\n\n", 1)[0]
            rows = [row for row in ROW.findall(table) if row != ("figure", "value") and not row[0].startswith("---")]
            found.setdefault(name, []).extend(Quality(pictures, metric, value) for metric, value in rows)
        return found
