"""models/registry.toml -> detectors, by the public name callers write, each with its version.

    [models.small-net.1]            # models/small-net/1/model.onnx
    sha256 = "…"

    [detectors.everyday.2]          # detection=everyday or detection=everyday_v2
    kind = "boxes"                  # how pixels go in and findings come out: vision/kinds.py
    models = ["small-net/1"]
    labels = "small-net/labels.txt" # one label a line; of a .tsv with a header line, its `label_column`
    category_column = "parents"     # of the same .tsv, joined by |; or `category`, the same for every label
    threshold = 0.5                 # what auto_tagging=default means
    floor = 0.25                    # what is reported at all
    internal = true                 # asked for by another parameter (faces), not to be named in detection
    size = [416, 416]               # this and all else: the kind's own options

Folders lie over each other: a later one may add versions. A pack that cannot be used is named in `broken`; the rest works.
A registry.toml that changes is read again within the second, so that what was added is known to every running process.
"""

import hashlib
import json
import re
import threading
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LABEL = "label"
AGAIN = 1.0  # seconds between two looks at the files

Rows = Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True, eq=False)  # one object a version, so that what is derived from it can be kept by it
class Detector:
    """One version of a detector as the registry declares it. `tables` are its other TSV files by option name, as rows by column."""

    name: str
    version: int
    kind: str
    models: tuple[str, ...]
    labels: tuple[str, ...]
    categories: tuple[tuple[str, ...], ...]
    threshold: float
    floor: float
    hash: str
    options: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, Rows] = field(default_factory=dict)
    internal: bool = False


class Registry:
    """All detectors of some model folders, and the SHA-256 each model file must have."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self.pinned: dict[str, str] = {}
        self.broken: dict[str, str] = {}
        self.addons: dict[str, str] = {}
        self.elsewhere: dict[str, list[int]] = {}
        self._detectors: dict[tuple[str, int], Detector] = {}
        self._refused: dict[tuple[str, int], tuple[str, str]] = {}  # hash and reason
        self._folders, self._lock, self._looked = tuple(folders), threading.Lock(), time.monotonic()
        self._marks = self._mark()
        for folder in (folder for folder in self._folders if (folder / "registry.toml").is_file()):
            try:
                self._read(folder)
            except (OSError, ValueError, AttributeError, TypeError) as error:
                self.broken[str(folder / "registry.toml")] = f"{type(error).__name__}: {error}"

    def refresh(self) -> None:
        """Read the files again if any has changed. Detectors that are as they were stay the same objects."""
        with self._lock:
            marks = self._mark()
            if marks == self._marks:
                return
            fresh = Registry(self._folders)
            for key, (digest, reason) in self._refused.items():
                if (kept := fresh._detectors.get(key)) and kept.hash == digest:
                    fresh.refuse(kept, reason)
            known = {key: self._detectors.get(key) for key in fresh._detectors}
            self.pinned.update(fresh.pinned)  # first, so that no model is without its digest meanwhile
            self._detectors = {
                key: old if (old := known[key]) and old.hash == new.hash else new for key, new in fresh._detectors.items()
            }
            self.broken, self.addons, self.elsewhere = fresh.broken, fresh.addons, fresh.elsewhere
            for model in set(self.pinned) - set(fresh.pinned):
                del self.pinned[model]
            self._marks = marks

    def _mark(self) -> list[tuple[int, int, int] | None]:
        """What tells a file that was written anew."""
        found: list[tuple[int, int, int] | None] = []
        for folder in self._folders:
            try:
                told = (folder / "registry.toml").stat()
            except OSError:
                found.append(None)
            else:
                found.append((told.st_mtime_ns, told.st_size, told.st_ino))
        return found

    def _look(self) -> None:
        moment = time.monotonic()
        if moment - self._looked >= AGAIN:
            self._looked = moment
            self.refresh()

    def find(self, wanted: str, *, internal: bool = False) -> Detector | None:
        """`lvis` is the newest version, `lvis_v1` that one; None if there is none, or none that callers may name.

        A version that only the original has, as the registry lists them, is the newest one here.
        """
        self._look()
        match = re.fullmatch(r"(.+?)(?:_v(\d{1,9}))?", wanted)
        name, version = (match[1], match[2]) if match else (wanted, None)
        number = int(version) if version else 0
        versions = {item.version: item for item in self._detectors.values() if item.name == name and item.internal == internal}
        newest = not version or (number not in versions and number in self.elsewhere.get(name, ()))
        return versions.get(max(versions, default=0) if newest else number)

    def all(self) -> list[Detector]:
        self._look()
        return [self._detectors[key] for key in sorted(self._detectors)]

    def refuse(self, detector: Detector, reason: str) -> None:
        """Take a detector that turned out unusable out of service: `broken` says why, the plain name is the version before it."""
        self._refused[detector.name, detector.version] = (detector.hash, reason)
        self.broken = self.broken | {f"{detector.name}_v{detector.version}": reason}
        self._detectors = {key: kept for key, kept in self._detectors.items() if kept != detector}

    def _read(self, folder: Path) -> None:
        tables = tomllib.loads((folder / "registry.toml").read_text("utf-8"))
        for name, versions in tables.get("models", {}).items():
            self.pinned |= {f"{name}/{version}": table["sha256"] for version, table in versions.items() if "sha256" in table}
        self.addons |= tables.get("addons", {})
        self.elsewhere |= tables.get("elsewhere", {})
        for name, versions in tables.get("detectors", {}).items():
            for version, table in versions.items():
                try:
                    self._detectors[name, int(version)] = self._detector(folder, name, int(version), dict(table))
                except (OSError, KeyError, ValueError, TypeError) as error:
                    self.broken[f"{name}_v{version}"] = _sentence(error)

    def _detector(self, folder: Path, name: str, version: int, table: dict[str, Any]) -> Detector:
        text = json.dumps(table, sort_keys=True)
        models = tuple(table.pop("models"))
        files = {key: table.pop(key) for key in [key for key, value in table.items() if str(value).endswith((".txt", ".tsv"))]}
        tables = {key: _rows(folder / file) for key, file in files.items()}
        content = json.dumps([text, [self.pinned[model] for model in models], tables], sort_keys=True)
        labels, category = tables.pop("labels", []), table.pop("category", "")
        label_column, category_column = table.pop("label_column", LABEL), table.pop("category_column", "")
        if "labels" in files and not labels:
            raise ValueError(f"{files['labels']} names no label")
        return Detector(
            name=name,
            version=version,
            kind=table.pop("kind"),
            models=models,
            labels=tuple(row[label_column] for row in labels),
            categories=tuple(tuple(filter(None, row.get(category_column, category).split("|"))) for row in labels),
            threshold=float(table.pop("threshold")),
            floor=float(table.pop("floor")),
            hash=hashlib.sha256(content.encode()).hexdigest(),
            internal=table.pop("internal", False) is True,
            options=table | ({"category": category} if category else {}),
            tables=tables,
        )


def _sentence(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{Path(error.filename).name} is missing"
    return f"its entry, or the one of its model, lacks {error}" if isinstance(error, KeyError) else str(error)


def _rows(path: Path) -> list[dict[str, str]]:
    """A .tsv file by its header line, or the lines of a plain one under the column `label`."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line]
    header = lines.pop(0).split("\t") if path.suffix == ".tsv" else [LABEL]
    return [dict(zip(header, line.split("\t"), strict=False)) for line in lines]
