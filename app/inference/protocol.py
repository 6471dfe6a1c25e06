"""Tensors as the Open Inference Protocol v2 writes them: JSON, or JSON with raw bytes behind it (the binary tensor extension)."""

import math
from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from app.ports import Tensors

EXTENSION = "binary_tensor_data"  # how `/v2` names it
LENGTH = "Inference-Header-Content-Length"  # where the JSON ends and the bytes begin

DATATYPES = {
    "BOOL": "bool",
    "UINT8": "uint8",
    "INT8": "int8",
    "INT32": "int32",
    "INT64": "int64",
    "FP16": "float16",
    "FP32": "float32",
    "FP64": "float64",
}
NAMES = {name: datatype for datatype, name in DATATYPES.items()}  # by numpy's name, whatever the byte order

Array = npt.NDArray[Any]


def written(kind: str, tensors: Tensors, binary: Collection[str], more: Mapping[str, object]) -> tuple[bytes, dict[str, str]]:
    """A body with its tensors under `kind` ("inputs", "outputs"), those named in `binary` as bytes; and its headers.

    Raises ValueError for a type the protocol has no name for.
    """
    entries, blobs = [], []
    for name, value in tensors.items():
        if value.dtype.name not in NAMES:
            raise ValueError(f"tensor {name} has type {value.dtype}, which is not one of {', '.join(DATATYPES)}")
        entry: dict[str, object] = {"name": name, "shape": list(value.shape), "datatype": NAMES[value.dtype.name]}
        if name in binary:
            blobs.append(np.ascontiguousarray(value, value.dtype.newbyteorder("<")).tobytes())
            entry["parameters"] = {"binary_data_size": len(blobs[-1])}
        else:
            entry["data"] = np.ascontiguousarray(value).ravel()
        entries.append(entry)
    head = orjson.dumps({**more, kind: entries}, option=orjson.OPT_SERIALIZE_NUMPY)
    headers = (
        {"Content-Type": "application/octet-stream", LENGTH: str(len(head))} if binary else {"Content-Type": "application/json"}
    )
    return b"".join([head, *blobs]), headers


def read(kind: str, body: bytes, length: str | None) -> tuple[dict[str, Array], dict[str, Any]]:
    """The tensors of a body and its other fields; `length` is the header's text. Raises ValueError for what is malformed."""
    if length is not None and not length.isdigit():
        raise ValueError(f"{LENGTH} is no number")
    split = int(length) if length else len(body)
    head = orjson.loads(body[:split])
    if not isinstance(head, dict) or not isinstance(head.get(kind), list):
        raise ValueError(f"expected an object with a list of {kind}")
    rest, tensors = memoryview(body)[split:], {}
    for entry in head[kind]:
        try:
            taken = entry.get("parameters", {}).get("binary_data_size", 0)
            tensors[str(entry["name"])] = _tensor(entry, rest[:taken])
        except (KeyError, TypeError, AttributeError, OverflowError) as error:
            raise ValueError(f"malformed tensor in {kind}: {error!r}") from None
        rest = rest[taken:]
    if rest:
        raise ValueError(f"{len(rest)} bytes are left behind the last tensor")
    return tensors, head


def _tensor(entry: Mapping[str, Any], raw: memoryview) -> Array:
    """One tensor, from its own values or from the bytes behind the JSON; the array owns its memory."""
    name, shape = entry["name"], entry["shape"]
    if entry["datatype"] not in DATATYPES:
        raise ValueError(f"tensor {name} has datatype {entry['datatype']}, which is not one of {', '.join(DATATYPES)}")
    if not all(isinstance(side, int) and side >= 0 for side in shape):
        raise ValueError(f"tensor {name} has shape {shape}")
    dtype = np.dtype(DATATYPES[entry["datatype"]])
    values = np.array(entry["data"], dtype) if "data" in entry else np.frombuffer(raw, dtype.newbyteorder("<")).astype(dtype)
    if values.size != math.prod(shape):
        raise ValueError(f"tensor {name} has {values.size} values, its shape {shape} needs {math.prod(shape)}")
    return values.reshape(shape)
