"""Models from files: the right file runs, any other one is a Failure of ours and never a crash."""

import hashlib
import threading
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from app.errors import Failure
from app.inference.onnx import OnnxInference


def doubling(factor: float = 2.0) -> bytes:
    """A model of one node: y = factor * x."""
    shape = ["n"]
    node = helper.make_node("Mul", ["x", "factor"], ["y"])
    graph = helper.make_graph(
        [node],
        "doubling",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [helper.make_tensor("factor", TensorProto.FLOAT, [1], [factor])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def placed(folder: Path, content: bytes, key: str = "net/1") -> Path:
    file = folder / key / "model.onnx"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return folder


def answer(inference: OnnxInference, value: float = 3.0) -> float:
    return float(inference.infer("net", "1", {"x": np.array([value], dtype=np.float32)})["y"][0])


def test_outputs_come_back_by_name(tmp_path: Path) -> None:
    content = doubling()
    inference = OnnxInference((placed(tmp_path, content),), {"net/1": hashlib.sha256(content).hexdigest()})
    assert inference.ready("net", "1")
    assert answer(inference) == 6.0


def test_a_later_folder_wins(tmp_path: Path) -> None:
    folders = (placed(tmp_path / "a", doubling(2)), placed(tmp_path / "b", doubling(5)))
    assert answer(OnnxInference(folders, {}), 1.0) == 5.0


def test_a_file_that_differs_from_its_pin_is_never_run(tmp_path: Path) -> None:
    inference = OnnxInference((placed(tmp_path, doubling(3)),), {"net/1": hashlib.sha256(doubling(2)).hexdigest()})
    assert not inference.ready("net", "1")
    with pytest.raises(Failure, match=r"^Model net/1 is not the file its registry names: sha256 differs$"):
        answer(inference)


@pytest.mark.parametrize("content", [b"", b"not a model", doubling()[:40], doubling()[:-1], b"\x00" * 1000], ids=range(5))
def test_a_broken_file_cannot_be_loaded(tmp_path: Path, content: bytes) -> None:
    inference = OnnxInference((placed(tmp_path, content),), {})
    assert not inference.ready("net", "1")
    with pytest.raises(Failure, match=r"^Model net/1\b"):
        answer(inference)


def test_a_missing_file_is_said_and_found_once_it_is_there(tmp_path: Path) -> None:
    inference = OnnxInference((tmp_path,), {})
    assert not inference.ready("net", "1")
    with pytest.raises(Failure, match=r"^Model net/1 has no model\.onnx$"):
        answer(inference)
    placed(tmp_path, doubling())
    assert inference.ready("net", "1")


@pytest.mark.parametrize(
    "tensors", [{}, {"x": np.zeros((2, 2), dtype=np.float32)}, {"x": np.zeros(1, dtype=np.int64)}, {"z": np.zeros(1)}]
)
def test_tensors_that_do_not_fit_are_a_failure(tmp_path: Path, tensors: dict[str, np.ndarray]) -> None:
    inference = OnnxInference((placed(tmp_path, doubling()),), {})
    with pytest.raises(Failure, match=r"^Model net version 1 failed: ") as caught:
        inference.infer("net", "1", tensors)
    assert "\n" not in caught.value.message


def test_a_model_is_loaded_once_however_many_ask_together(tmp_path: Path) -> None:
    inference = OnnxInference((placed(tmp_path, doubling()),), {})
    together, answers = threading.Barrier(8), []

    def ask() -> None:
        together.wait()
        answers.append(answer(inference))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [6.0] * 8
    placed(tmp_path, b"rubbish")
    assert answer(inference) == 6.0, "the loaded model is kept"


def test_a_model_that_is_another_file_by_its_digest_is_loaded_anew(tmp_path: Path) -> None:
    pinned = {"net/1": hashlib.sha256(doubling()).hexdigest()}
    inference = OnnxInference((placed(tmp_path, doubling()),), pinned)
    assert answer(inference) == 6.0
    placed(tmp_path, doubling(5.0))
    assert answer(inference) == 6.0
    pinned["net/1"] = hashlib.sha256(doubling(5.0)).hexdigest()
    assert answer(inference) == 15.0
