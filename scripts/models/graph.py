"""A small writer of ONNX graphs: name what goes in, add nodes one by one, save.

Weights are stored as float16 and widened by a Cast node when the caller says so. onnxruntime
folds such a Cast into a plain float32 constant while it loads the file, so this halves the size
of the file and costs nothing per run.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
IR_VERSION = 8  # what opset 18 was published with; every onnxruntime since 1.14 reads it
BATCH = "batch"  # the name of the open first axis


class Graph:
    """Collects the nodes and constants of one network, in the order in which they run."""

    def __init__(self, name: str, half: bool = True):
        """`half`: store the big weights as float16 (made for weights that are float16 already)."""
        self.name = name
        self.half = half
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, onnx.TensorProto] = {}
        self.inputs: list[onnx.ValueInfoProto] = []
        self.outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, shape: list[int | str]) -> str:
        """A float32 input of `shape` behind an open batch axis."""
        self.inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [BATCH, *shape]))
        return name

    def output(self, name: str, shape: list[int | str], value: str) -> None:
        """Publish `value` under `name`, float32, with an open batch axis before `shape`."""
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [BATCH, *shape]))

    def node(self, op: str, *inputs: str, **attributes) -> str:
        """Add one node with one output and return the name of that output."""
        name = f"{op.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(op, list(inputs), [name], **attributes))
        return name

    def constant(self, name: str, array: np.ndarray) -> str:
        """A small constant, stored exactly as given."""
        self.constants.setdefault(name, numpy_helper.from_array(np.asarray(array), name))
        return name

    def weight(self, name: str, array: np.ndarray) -> str:
        """A trained weight: float32 for the nodes that use it, float16 in the file if so chosen."""
        if not self.half:
            return self.constant(name, array.astype(np.float32))
        return self.node("Cast", self.constant(name, array.astype(np.float16)), to=TensorProto.FLOAT)

    def convolution(self, x: str, name: str, weight: np.ndarray, bias: np.ndarray, **attributes) -> str:
        """A 2-D convolution of NCHW `x`; weight [out, in / groups, height, width], bias [out]."""
        weight_name = self.weight(f"{name}.weight", weight)
        bias_name = self.constant(f"{name}.bias", bias.astype(np.float32))
        return self.node("Conv", x, weight_name, bias_name, **attributes)

    def save(self, path: Path) -> None:
        """Check the graph and write it; the same graph gives the same bytes."""
        body = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, list(self.constants.values()))
        opset = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(body, opset_imports=opset, producer_name="tagsight")
        model.ir_version = IR_VERSION
        onnx.checker.check_model(model, full_check=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(model.SerializeToString(deterministic=True))
