"""What is promised to the services: a place for files, and something that runs models."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Tensors = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Blob:
    """A stored file: its size in bytes, and its path where it lies on this machine's disk."""

    size: int
    chunks: Iterator[bytes]
    path: Path | None = None

    @contextmanager
    def local(self) -> Iterator[Path]:
        """The file on this machine: where it lies, or a copy that is gone afterwards."""
        if self.path:
            yield self.path
            return
        with NamedTemporaryFile(prefix="tagsight-") as copy:
            for chunk in self.chunks:
                copy.write(chunk)
            copy.flush()
            yield Path(copy.name)


@dataclass(frozen=True, slots=True)
class Stat:
    """A stored file as a listing tells it: `modified` in seconds since 1970."""

    key: str
    size: int
    modified: float


@dataclass(frozen=True, slots=True)
class Slot:
    """An input or output of a model file: its numpy type, and its shape (None: a side that is free)."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """What a model file says of itself."""

    inputs: tuple[Slot, ...]
    outputs: tuple[Slot, ...]
    metadata: Mapping[str, str]


class Storage(Protocol):
    """Files by key. Keys are relative paths of letters, digits, `-`, `_` and `/`; a blob is never rewritten in place."""

    def put(self, key: str, body: Path) -> None:
        """Take over the file at `body`, durably: when this returns the bytes survive a power cut, under `key` or not at all."""

    def get(self, key: str, start: int = 0, end: int | None = None) -> Blob:
        """The bytes from `start` up to `end` (exclusive), or NotFound."""

    def delete(self, *keys: str) -> None:
        """Remove; an absent key is no error."""

    def list(self, prefix: str = "") -> Iterator[Stat]:
        """Every finished file whose key starts so."""


class Inference(Protocol):
    """Runs a model of the repository by name and version (a whole number as text)."""

    def ready(self, model: str, version: str) -> bool:
        """Whether the model is there and loads."""

    def infer(self, model: str, version: str, inputs: Tensors) -> dict[str, npt.NDArray[np.float32]]:
        """Input name -> array in, output name -> array out. Raises Failure if the model cannot run."""
