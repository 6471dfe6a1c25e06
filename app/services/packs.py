"""Packs an operator brings: a graph is looked at, tried on a picture and written into the data folder; or checked, or removed."""

import hashlib
import os
import re
import shutil
import tempfile
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from PIL import Image, ImageDraw

from app.errors import BadRequest, Failure, NotFound, Unavailable
from app.ports import Graph, Inference
from app.services.tagging import Tagging
from app.vision import labels
from app.vision.entries import configuration, entry, without
from app.vision.families.looking import answered
from app.vision.families.table import FAMILIES
from app.vision.findings import Finding
from app.vision.recognise import Recognised, names, recognise
from app.vision.registry import Detector, Registry

log = structlog.get_logger()

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
REGISTRY = "registry.toml"
EMPTY = "# Packs added to this data folder. See docs/models.md.\n"


@dataclass(frozen=True, slots=True)
class Wish:
    """What an operator says of a graph. `options` win over what is recognised."""

    name: str
    labels: Path | None = None
    family: str | None = None
    threshold: float = 0.5
    floor: float = 0.25
    options: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """A pack in its place, what was assumed about it, and what it found in the trial picture."""

    detector: Detector
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Packs:
    """`folder` is the data folder's model folder; `describe` and `engine` are of the runtime that reads and runs model files."""

    folder: Path
    tagging: Tagging
    describe: Callable[[Path], Graph]
    engine: Callable[[tuple[Path, ...], Mapping[str, str]], Inference]
    most_bytes: int

    def add(self, file: Path, wish: Wish, picture: Image.Image) -> Added:
        """Recognise the graph, try it, and write it as the next version of its name. Nothing is written if anything is wrong."""
        if not NAME.fullmatch(wish.name) or re.search(r"_v\d+$", wish.name):
            raise BadRequest(
                f"{wish.name[:80]} is no name for a detector: small letters, digits, - and _, and no version at the end"
            )
        if not 0 < wish.floor <= wish.threshold <= 1:
            raise BadRequest("The floor and the threshold lie between 0 and 1, the floor not above the threshold")
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="adding-", dir=self.folder.parent) as folder:
            stage, version = Path(folder), self._next(wish.name)
            pack = f"{wish.name}-v{version}"
            model, sha256 = f"{pack}/1", self._copy(file, stage / pack / "1" / "model.onnx")
            graph = self.describe(stage / model / "model.onnx")
            known = labels.read(wish.labels) if wish.labels else names(graph)
            if not known:
                raise BadRequest("The graph does not name its classes; give them with --labels")
            run = Tagging(Registry(()), self.engine((stage,), {model: sha256})).run
            recognised = recognise(graph, len(known), wish.options or {}, wish.family)
            answers, frame = answered(picture, model, recognised.options, run)
            settled = FAMILIES[recognised.kind].settle(answers, frame, len(known)) | recognised.options
            (stage / pack / "labels.txt").write_text("\n".join(known) + "\n", "utf-8")
            (stage / pack / "config.pbtxt").write_text(configuration(pack, graph), "utf-8")
            text = entry(model, sha256, wish.name, version, _table(wish, pack, recognised, settled))
            (stage / REGISTRY).write_text(text, "utf-8")
            detector, findings = self._tried(stage, wish.name, picture)
            os.replace(stage / pack, self.folder / pack)
        self._write(f"{self._text().rstrip()}\n\n{text}")
        return Added(detector, recognised.notes, findings)

    def remove(self, wanted: str) -> str:
        """Take a pack of the data folder away, by `name_v2`, or by name if it has one version there. Returns what was removed."""
        match = re.fullmatch(r"(.+?)(?:_v(\d{1,9}))?", wanted)
        tables = tomllib.loads(self._text())
        versions = tables.get("detectors", {}).get(match[1], {}) if match else {}
        chosen = [match[2]] if match and match[2] else list(versions)
        if not match or len(chosen) != 1 or chosen[0] not in versions:
            more = f"; say which of {', '.join(f'{wanted}_v{version}' for version in versions)}" if len(versions) > 1 else ""
            raise NotFound(f"{wanted} is no pack of this data folder{more}")
        gone = (match[1], chosen[0])
        used = {
            model
            for name, rows in tables["detectors"].items()
            for key, row in rows.items()
            if (name, key) != gone
            for model in row["models"]
        }
        models = [tuple(model.split("/")) for model in versions[chosen[0]]["models"] if model not in used]
        self._write(without(self._text(), ("detectors", *gone), *(("models", *model) for model in models)))
        for pack in {model[0] for model in models} - {model.split("/")[0] for model in used}:
            if NAME.fullmatch(pack):
                shutil.rmtree(self.folder / pack, ignore_errors=True)
        return f"{gone[0]}_v{gone[1]}"

    def check(self, detector: Detector) -> float:
        """Load its models, run the trial picture through, and say how many seconds that took. Raises Failure with the reason."""
        started = time.perf_counter()
        self.tagging.find(trial(), detector)
        return time.perf_counter() - started

    def check_all(self) -> None:
        """Take every detector that cannot be used out of service; `/health` names it."""
        for detector in self.tagging.registry.all():
            try:
                self.check(detector)
            except Unavailable as failure:
                log.warning("pack not checked", model=detector.name, version=detector.version, reason=failure.message)
            except Failure as failure:
                log.error("pack refused", model=detector.name, version=detector.version, reason=failure.message)
                self.tagging.registry.refuse(detector, failure.message)

    def _next(self, name: str) -> int:
        known = [item.version for item in self.tagging.registry.all() if item.name == name]
        names = [*self.tagging.registry.broken, *(path.name.replace("-v", "_v") for path in self.folder.glob(f"{name}-v*"))]
        known += [int(match[1]) for match in (re.fullmatch(rf"{re.escape(name)}_v(\d{{1,9}})", other) for other in names) if match]
        return max(known, default=0) + 1

    def _copy(self, file: Path, target: Path) -> str:
        """The file's SHA-256, once it lies at the target."""
        if not file.is_file():
            raise BadRequest(f"There is no file {file}")
        if file.stat().st_size > self.most_bytes:
            raise BadRequest(f"{file.name} has {file.stat().st_size} bytes; MAX_MODEL_BYTES allows {self.most_bytes}")
        target.parent.mkdir(parents=True)
        shutil.copyfile(file, target)
        with target.open("rb") as copy:
            return hashlib.file_digest(copy, "sha256").hexdigest()

    def _tried(self, stage: Path, name: str, picture: Image.Image) -> tuple[Detector, tuple[Finding, ...]]:
        """The staged pack as the service will read it, and what it finds."""
        registry = Registry((stage,))
        detector = registry.find(name)
        if detector is None:
            raise BadRequest(f"The entry cannot be read back: {'; '.join(registry.broken.values())}")
        return detector, tuple(Tagging(registry, self.engine((stage,), registry.pinned)).find(picture, detector))

    def _text(self) -> str:
        file = self.folder / REGISTRY
        return file.read_text("utf-8") if file.is_file() else EMPTY

    def _write(self, text: str) -> None:
        """All of the registry or none of it."""
        tomllib.loads(text)
        beside = self.folder / f".{REGISTRY}"
        beside.write_text(text, "utf-8")
        os.replace(beside, self.folder / REGISTRY)


def trial(width: int = 640, height: int = 480) -> Image.Image:
    """A made-up picture with edges and gradients: enough to see whether a graph runs and answers with numbers."""
    picture = Image.merge("RGB", [Image.linear_gradient("L").resize((width, height)).rotate(turn) for turn in (0, 90, 180)])
    pen = ImageDraw.Draw(picture)
    pen.ellipse((width // 8, height // 8, width // 2, height // 2), fill="firebrick")
    pen.rectangle((width // 2, height // 3, 7 * width // 8, 7 * height // 8), fill="teal", outline="white", width=8)
    return picture


def _table(wish: Wish, pack: str, recognised: Recognised, options: Mapping[str, Any]) -> dict[str, Any]:
    own: Sequence[tuple[str, Any]] = [
        ("kind", recognised.kind),
        ("models", [f"{pack}/1"]),
        ("labels", f"{pack}/labels.txt"),
        ("threshold", wish.threshold),
        ("floor", wish.floor),
    ]
    return dict(own) | {key: value for key, value in options.items() if key not in dict(own)}
