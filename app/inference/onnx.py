"""onnxruntime in this process: one session a model, loaded on first use and kept, called from the compute threads."""

import hashlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from app.errors import Failure
from app.inference import modelfile
from app.inference.modelfile import first_line, refuse_outside
from app.ports import Graph, Tensors


class OnnxInference:
    """The inference port on local files: `<folder>/<model>/<version>/model.onnx`, the last folder that has it wins.

    `pinned` maps "model/version" to the file's SHA-256; a file that differs is never run. Its owner may change it: a model that
    is another file then is loaded anew.
    """

    def __init__(self, folders: tuple[Path, ...], pinned: Mapping[str, str]) -> None:
        self._folders, self._pinned = folders, pinned
        self._sessions: dict[str, tuple[str | None, ort.InferenceSession]] = {}
        self._lock = threading.Lock()

    def ready(self, model: str, version: str) -> bool:
        try:
            self._session(model, version)
        except Failure:
            return False
        return True

    def graph(self, model: str, version: str) -> Graph:
        """Inputs and outputs of a model. Raises Failure if it cannot be loaded."""
        return modelfile.graph(self._session(model, version))

    def infer(self, model: str, version: str, inputs: Tensors) -> dict[str, npt.NDArray[np.float32]]:
        session = self._session(model, version)
        names = [output.name for output in session.get_outputs()]
        try:
            answers: list[Any] = session.run(names, dict(inputs))
        except Exception as error:  # onnxruntime raises classes of its own without a common base worth naming
            raise Failure(f"Model {model} version {version} failed: {first_line(error)}") from error
        return dict(zip(names, answers, strict=True))

    def _session(self, model: str, version: str) -> ort.InferenceSession:
        key = f"{model}/{version}"
        pinned, kept = self._pinned.get(key), self._sessions.get(key)
        if kept is None or kept[0] != pinned:
            with self._lock:
                kept = self._sessions.get(key)
                if kept is None or kept[0] != pinned:
                    kept = self._sessions[key] = (pinned, self._load(key, pinned))
        return kept[1]

    def _load(self, key: str, pinned: str | None) -> ort.InferenceSession:
        found = [folder / key / "model.onnx" for folder in self._folders if (folder / key / "model.onnx").is_file()]
        if not found:
            raise Failure(f"Model {key} has no model.onnx")
        if pinned and hashlib.sha256(found[-1].read_bytes()).hexdigest() != pinned:
            raise Failure(f"Model {key} is not the file its registry names: sha256 differs")
        try:
            refuse_outside(found[-1])
        except Failure as failure:
            raise Failure(f"Model {key}: {failure.message}") from failure
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1  # the compute threads are the parallelism; more would only spin against them
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            return ort.InferenceSession(str(found[-1]), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise Failure(f"Model {key} cannot be loaded: {first_line(error)}") from error
