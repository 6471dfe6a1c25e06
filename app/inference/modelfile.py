"""A model file before it is run: what it says of itself, and whether it keeps its weights to itself.

A graph may name other files to take weights from, by any path. Such a file could read whatever this process can, and no SHA-256
would cover it, so it is refused. Field numbers are those of onnx.proto; nothing else of the format needs to be known here.
"""

import mmap
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import onnxruntime as ort

from app.errors import BadRequest, Failure
from app.ports import Graph, Slot

# Message -> field -> the message inside. Only what leads to a tensor is walked.
PATHS: Mapping[str, Mapping[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
EXTERNAL_DATA, DATA_LOCATION = 13, 14  # of a tensor
DEEPEST = 100
TYPES = {"float": "float32", "double": "float64"}  # onnxruntime's words where numpy has others


def describe(path: Path) -> Graph:
    """Names, types and shapes of the inputs and outputs, and the metadata. Raises BadRequest for what cannot be run here."""
    refuse_outside(path)
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    try:
        session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises classes of its own without a common base worth naming
        raise BadRequest(f"The graph cannot be loaded: {first_line(error)}") from error
    return graph(session)


def graph(session: ort.InferenceSession) -> Graph:
    """What a loaded model says of itself."""
    metadata = dict(session.get_modelmeta().custom_metadata_map)
    return Graph(tuple(map(_slot, session.get_inputs())), tuple(map(_slot, session.get_outputs())), metadata)


def refuse_outside(path: Path) -> None:
    """Raise Failure if the file is no ONNX graph, or takes weights from other files."""
    try:
        with path.open("rb") as file:
            outside = any(_external(memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)), "model", 0))
    except (ValueError, IndexError) as error:
        raise Failure("The file is no ONNX graph") from error
    if outside:
        raise Failure("The graph takes weights from other files; save it as one file, without external data")


def first_line(error: Exception) -> str:
    """What onnxruntime says, without its prefaces, the path of the file and the lines below."""
    line = (str(error).splitlines() or [type(error).__name__])[0]
    return re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : |Load model from .* failed: ?|Fatal error: ", "", line)[:300]


def _external(message: memoryview, kind: str, depth: int) -> Iterator[bool]:
    if depth > DEEPEST:
        raise ValueError("nested too deep")
    for field, wire, number, body in _fields(message):
        if kind == "tensor":
            if field == EXTERNAL_DATA or (field == DATA_LOCATION and number):
                yield True
        elif wire == 2 and field in PATHS[kind]:
            yield from _external(body, PATHS[kind][field], depth + 1)


def _fields(message: memoryview) -> Iterator[tuple[int, int, int, memoryview]]:
    """Field number, wire type, number of a varint, bytes of a length-delimited one."""
    place = 0
    while place < len(message):
        tag, place = _varint(message, place)
        field, wire, number, body = tag >> 3, tag & 7, 0, message[:0]
        if wire == 0:
            number, place = _varint(message, place)
        elif wire in (1, 5):
            place += 8 if wire == 1 else 4
        elif wire == 2:
            size, place = _varint(message, place)
            body, place = message[place : place + size], place + size
        else:
            raise ValueError("no such wire type")
        if place > len(message) or field == 0:
            raise ValueError("cut short")
        yield field, wire, number, body


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:
        byte = message[place]
        value, place, shift = value | (byte & 127) << shift, place + 1, shift + 7
        if byte < 128:
            return value, place
    raise ValueError("a number without end")


def _slot(argument: ort.NodeArg) -> Slot:
    word = argument.type.partition("(")[2].rstrip(")")
    shape = tuple(side if isinstance(side, int) and side >= 0 else None for side in argument.shape or ())
    return Slot(argument.name, TYPES.get(word, word), shape)
