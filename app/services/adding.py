"""A pack that is sent to a running server: unpacked within bounds, then tried and added by a process of its own.

That process is `tagsight models add`: the same checks, and a graph that brings its runtime down does not bring the server down.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from app.errors import BadRequest
from app.params.console import PackParams
from app.services.packs import Packs
from app.vision.registry import Registry

MOST_ENTRIES = 100
MOST_TEXT = 5 * 1024 * 1024  # bytes of labels
MOST_CARD = 100_000
PIECE = 1 << 20
PATIENCE = 300.0  # seconds
LABELS = (".txt", ".json", ".pbtxt")
ADDED = re.compile(r"^(\S+)_v(\d+)  kind=", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a pack consists of, as files in a folder of its own."""

    model: Path
    labels: Path | None = None
    card: Path | None = None


@dataclass(frozen=True, slots=True)
class Adding:
    packs: Packs
    registry: Registry
    data_dir: Path
    most_bytes: int
    _one: threading.Lock = field(default_factory=threading.Lock)  # at a time

    def add(self, file: Path, params: PackParams) -> tuple[str, int, Sequence[str]]:
        """Name and version of the pack, known at once, and what was assumed about it. Raises BadRequest with the reason."""
        if not params.name:
            raise BadRequest.missing("name")
        with self._one, tempfile.TemporaryDirectory(prefix="pack-", dir=self.data_dir) as folder:
            parts = self._parts(file, Path(folder))
            if params.labels:
                parts = Parts(parts.model, Path(folder) / "labels.txt", parts.card)
                (Path(folder) / "labels.txt").write_text(params.labels, "utf-8")
            said = self._tried(parts, params, Path(folder))
            match = ADDED.search(said)
            if match is None:
                raise BadRequest("The pack was tried and nothing was said of it; see the log")
            name, version = match[1], int(match[2])
            if parts.card:
                shutil.copyfile(parts.card, self.packs.folder / f"{name}-v{version}" / "README.md")
        self.registry.refresh()
        return name, version, [line.strip() for line in said.splitlines()[1:] if line.startswith("  ")]

    def remove(self, name: str, version: int) -> str:
        """Take an added pack away. Raises NotFound for one that came with the program."""
        with self._one:
            gone = self.packs.remove(f"{name}_v{version}")
        self.registry.refresh()
        return gone

    def _parts(self, file: Path, folder: Path) -> Parts:
        """No name inside a zip is ever a path here: each part gets a name of ours."""
        model = folder / "model.onnx"
        if not zipfile.is_zipfile(file):
            with file.open("rb") as source:
                _copied(source, model, self.most_bytes, "MAX_MODEL_BYTES")
            return Parts(model)
        try:
            with zipfile.ZipFile(file) as pack:
                return self._unpacked(pack, folder)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
            raise BadRequest(f"The zip cannot be read: {str(error)[:200] or type(error).__name__}") from None

    def _unpacked(self, pack: zipfile.ZipFile, folder: Path) -> Parts:
        entries = [entry for entry in pack.infolist() if not entry.is_dir()]
        if len(entries) > MOST_ENTRIES:
            raise BadRequest(f"The zip has {len(entries)} files; a pack has a graph, its labels and a README.md")
        named = {entry.filename.replace("\\", "/").rpartition("/")[2].lower(): entry for entry in entries}
        graphs = [entry for name, entry in named.items() if name.endswith(".onnx")]
        lists = {
            name: entry
            for name, entry in named.items()
            if name.endswith(LABELS) and not name.startswith((".", "readme", "license"))
        }
        if len(graphs) != 1 or len(lists) > 1:
            raise BadRequest(
                f"The zip has {len(graphs)} .onnx files and {len(lists)} lists of labels ({', '.join(LABELS)}); "
                "a pack has one graph and at most one list"
            )
        parts = {"model.onnx": (graphs[0], self.most_bytes, "MAX_MODEL_BYTES")}
        parts |= {f"labels.{name.rpartition('.')[2]}": (entry, MOST_TEXT, "labels") for name, entry in lists.items()}
        parts |= {"card.md": (named["readme.md"], MOST_CARD, "README.md")} if "readme.md" in named else {}
        for name, (entry, most, what) in parts.items():
            with pack.open(entry) as source:
                _copied(source, folder / name, most, what)
        labels = next((folder / name for name in parts if name.startswith("labels.")), None)
        return Parts(folder / "model.onnx", labels, folder / "card.md" if "card.md" in parts else None)

    def _tried(self, parts: Parts, params: PackParams, folder: Path) -> str:
        given = {
            "name": params.name,
            "labels": parts.labels,
            "family": params.family,
            "size": params.size,
            "fit": params.fit,
            "colours": params.colours,
            "threshold": params.threshold,
            "floor": params.floor,
            "data": self.data_dir.absolute(),
        }
        options = [f"--{name}={value}" for name, value in given.items() if value not in (None, "")]
        command = [sys.executable, "-m", "app", "models", "add", str(parts.model.absolute()), *options]
        home = Path(__file__).parent.parent.parent  # where `app` is, whatever lies about in the folder
        env = {**os.environ, "PYTHONPATH": str(home), "TERM": "dumb", "COLUMNS": "1000"}
        try:
            done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            raise BadRequest(f"The graph was tried for {PATIENCE:g} seconds and had not ended; it was not added") from None
        if done.returncode == 0:
            return done.stdout
        if done.returncode == 1 and done.stderr.strip() and "Traceback" not in done.stderr:
            raise BadRequest(done.stderr.strip().splitlines()[-1][:1000])
        raise BadRequest("The graph stopped the process that tried it; it was not added")


def _copied(source: IO[bytes], target: Path, most: int, what: str) -> None:
    """What a zip says of its sizes is not believed: bytes are counted as they come."""
    size = 0
    with target.open("wb") as out:
        while piece := source.read(PIECE):
            size += len(piece)
            if size > most:
                raise BadRequest(f"The pack is larger than allowed: {what} may have {most} bytes")
            out.write(piece)
