"""Entries of registry.toml and config.pbtxt as text: written for a new pack, cut out for one that goes."""

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from app.ports import Graph, Slot

TYPES = {
    "float32": "TYPE_FP32", "float16": "TYPE_FP16", "float64": "TYPE_FP64", "uint8": "TYPE_UINT8", "int8": "TYPE_INT8",
    "int32": "TYPE_INT32", "int64": "TYPE_INT64", "bool": "TYPE_BOOL", "string": "TYPE_STRING",
}  # fmt: skip


def entry(model: str, sha256: str, name: str, version: int, table: Mapping[str, Any]) -> str:
    """The two tables of a pack: its model file, and the detector that runs it."""
    pack, _, number = model.partition("/")
    lines = [f"[models.{pack}.{number}]", f"sha256 = {written(sha256)}", "", f"[detectors.{name}.{version}]"]
    return "\n".join(lines + [f"{key} = {written(value)}" for key, value in table.items()]) + "\n"


def written(value: object) -> str:
    """A value as TOML has it, on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(written, value))}]"
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{json.dumps(str(key), ensure_ascii=False)} = {written(item)}' for key, item in value.items())} }}"
    return repr(value)


def without(text: str, *tables: tuple[str, ...]) -> str:
    """The registry's text without these tables, all else as it was written."""
    kept, leaving = [], False
    for line in text.splitlines(keepends=True):
        header = _header(line)
        leaving = header in tables if header else leaving
        if not leaving:
            kept.append(line)
    return "".join(kept)


def _header(line: str) -> tuple[str, ...] | None:
    """`[detectors.small.2]` as its three names; None for any other line."""
    if not re.match(r"\s*\[[^\[]", line):
        return None
    try:
        table = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None
    names: list[str] = []
    while table:
        name, table = next(iter(table.items()))
        names.append(name)
    return tuple(names)


def configuration(pack: str, graph: Graph) -> str:
    """What an inference server asks to know of a pack."""
    parts = [f'name: "{pack}"', 'platform: "onnxruntime_onnx"', "max_batch_size: 0"]
    for side, slots in (("input", graph.inputs), ("output", graph.outputs)):
        parts += [f"{side} [", ",\n".join(map(_tensor, slots)), "]"]
    return "\n".join(parts) + "\n"


def _tensor(slot: Slot) -> str:
    dims = ", ".join(str(-1 if side is None else side) for side in slot.shape)
    return f"  {{ name: {json.dumps(slot.name)}, data_type: {TYPES.get(slot.dtype, 'TYPE_INVALID')}, dims: [ {dims} ] }}"
