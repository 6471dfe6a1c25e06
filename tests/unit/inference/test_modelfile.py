"""What a model file says of itself, and those that are refused before anything is run."""

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from app.errors import Failure
from app.inference.modelfile import describe, refuse_outside
from app.ports import Slot
from tests.graphs import save, yolo

COLUMN = (32, 32, 16, 8, 0.9, 0.1)


def test_names_types_shapes_and_metadata(tmp_path: Path) -> None:
    file = save(tmp_path / "m.onnx", yolo(COLUMN), {"images": ["batch", 3, 64, None]}, task="detect")
    graph = describe(file)
    assert graph.inputs == (Slot("images", "float32", (None, 3, 64, None)),)
    assert graph.outputs == (Slot("output0", "float32", (1, 6, 84)),)
    assert graph.metadata == {"task": "detect"}


def outside(tensor: TensorProto, location: str = "../../secret") -> None:
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)


def in_an_initializer(model: onnx.ModelProto) -> None:
    outside(model.graph.initializer[0])


def in_a_constant(model: onnx.ModelProto) -> None:
    tensor = helper.make_tensor("t", TensorProto.FLOAT, [1], [1.0])
    outside(tensor)
    model.graph.node.append(helper.make_node("Constant", [], ["c"], value=tensor))


def in_a_branch(model: onnx.ModelProto) -> None:
    tensor = helper.make_tensor("t", TensorProto.FLOAT, [1], [1.0])
    outside(tensor, "model.bin")
    result = helper.make_tensor_value_info("t", TensorProto.FLOAT, [1])
    branch = helper.make_graph([], "branch", [], [result], [tensor])
    model.graph.node.append(helper.make_node("If", ["images"], ["c"], then_branch=branch, else_branch=branch))


def in_a_function(model: onnx.ModelProto) -> None:
    tensor = helper.make_tensor("t", TensorProto.FLOAT, [1], [1.0])
    outside(tensor)
    node = helper.make_node("Constant", [], ["c"], value=tensor)
    model.functions.append(helper.make_function("mine", "f", [], ["c"], [node], [helper.make_opsetid("", 17)]))


@pytest.mark.parametrize("hide", [in_an_initializer, in_a_constant, in_a_branch, in_a_function])
def test_weights_in_other_files_are_refused(hide: Callable[[onnx.ModelProto], None], tmp_path: Path) -> None:
    model = onnx.load(str(save(tmp_path / "m.onnx", yolo(COLUMN))))
    hide(model)
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(Failure, match="takes weights from other files"):
        refuse_outside(tmp_path / "m.onnx")


@pytest.mark.parametrize("content", [b"", b"hello, world", b"\x0a\xff\xff\xff\xff\x0f", b"\xff" * 64])
def test_other_files_are_no_graphs(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(Failure, match=r"no ONNX graph|cannot be loaded"):
        describe(tmp_path / "m.onnx")


def test_an_operator_that_the_runtime_lacks_is_named(tmp_path: Path) -> None:
    file = save(tmp_path / "m.onnx", yolo(COLUMN), domain="foreign.operators")
    with pytest.raises(Failure, match=r"foreign\.operators") as refusal:
        describe(file)
    assert "\n" not in refusal.value.message
