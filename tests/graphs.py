"""Tiny ONNX graphs, written by hand: constant answers to any picture."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

IMAGE = {"images": [1, 3, 64, 64]}


def save(
    file: Path, outputs: Mapping[str, Any], inputs: Mapping[str, Sequence[Any]] = IMAGE, *, domain: str = "", **metadata: str
) -> Path:
    """A graph that answers `outputs`, whatever the picture. With a `domain` its operators are foreign ones."""
    arrays = {name: np.asarray(value, np.float32) for name, value in outputs.items()}
    graph = helper.make_graph(
        [helper.make_node("Identity", [f"{name}_is"], [name], domain=domain) for name in arrays],
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, array.shape) for name, array in arrays.items()],
        [numpy_helper.from_array(array, f"{name}_is") for name, array in arrays.items()],
    )
    opsets = [helper.make_opsetid("", 17)] + ([helper.make_opsetid(domain, 1)] if domain else [])
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    helper.set_model_props(model, metadata)
    onnx.save(model, str(file))
    return file


def yolo(*columns: Sequence[float], rows: int = 84) -> dict[str, Any]:
    """The answer of a YOLO head over 64 x 64: these columns of box and class scores, and nothing in the others."""
    answer = np.zeros((1, len(columns[0]), rows))
    answer[0, :, : len(columns)] = np.transpose(columns)
    return {"output0": answer}
