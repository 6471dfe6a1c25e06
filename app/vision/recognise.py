"""A graph -> the family it was exported by, and the options its registry entry needs; or a sentence why that cannot be told."""

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.errors import BadRequest
from app.ports import Graph, Slot
from app.vision.families.graphs import Match, named
from app.vision.families.table import FAMILIES

PIXELS = ("float32", "float16", "uint8")
ROLES = {"end2end": "rows", "classifier": "scores"}  # of a single output that a family was named for; `raw` in the others
OTHER_INPUTS = {"pixel_mask": "mask", "orig_target_sizes": "size"}
MOST_TEXT = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Recognised:
    """The kind of a registry entry and its options, and what was assumed on the way."""

    kind: str
    options: dict[str, Any]
    notes: tuple[str, ...]


def recognise(graph: Graph, labels: int, wanted: Mapping[str, Any], family: str | None = None) -> Recognised:
    """How to read a graph whose labels file names so many classes. `wanted` are options given by hand; they win.

    Raises BadRequest with what to do next, where the graph is of no known family, of several, or of another number of classes.
    """
    if family is not None and family not in FAMILIES:
        raise BadRequest(f"There is no family {family}; choose from {', '.join(FAMILIES)}")
    if graph.metadata.get("task", "detect") not in ("detect", "segment", "classify"):
        raise BadRequest(f"The graph is made for {graph.metadata['task'][:40]}, which no family here reads")
    image = _image(graph)
    match = _chosen(_matches(graph, _size(image, graph, wanted), family, wanted), labels, graph)
    options = dict(match.options) | _input(image, graph, match) | dict(wanted)
    if "size" not in wanted:
        options["size"] = list(_size(image, graph, wanted, tuple(match.options["size"])))
    if None not in _sides(image) and options.get("fit") == "inside":
        options["fit"] = "stretch"
    return Recognised(match.family, options, match.notes)


def _matches(graph: Graph, size: tuple[int, int], family: str | None, wanted: Mapping[str, Any]) -> list[Match]:
    if family and "outputs" in wanted:
        return [Match(family, FAMILIES[family].defaults)]
    found: list[Match] = []
    for name, row in FAMILIES.items():
        if family in (None, name):
            found += [match for match in row.recognise(graph, size) if match.family == name]
    if family and not found and len(graph.outputs) == 1:
        return [Match(family, dict(FAMILIES[family].defaults) | {"outputs": {ROLES.get(family, "raw"): graph.outputs[0].name}})]
    return found


def _chosen(matches: Sequence[Match], labels: int, graph: Graph) -> Match:
    if not matches:
        raise BadRequest(
            f"No family is known that answers {shown(graph.outputs)}; name one with --family, and its outputs with --set"
        )
    fitting = [match for match in matches if match.classes in (None, labels)]
    if not fitting:
        counts = " or ".join(f"{match.classes} classes as {match.family}" for match in matches)
        raise BadRequest(f"The graph answers {shown(graph.outputs)}, which is {counts}; the labels file names {labels}")
    if len({match.family for match in fitting}) > 1:
        names = " or ".join(sorted({match.family for match in fitting}))
        raise BadRequest(f"The graph answers {shown(graph.outputs)}, which could be {names}; say which with --family")
    return fitting[0]


def _image(graph: Graph) -> Slot:
    found = [slot for slot in graph.inputs if len(slot.shape) == 4 and 3 in (slot.shape[1] or 3, slot.shape[3] or 3)]
    if len(found) != 1:
        raise BadRequest(f"The graph takes {shown(graph.inputs)}; one input of three colours is wanted")
    image = found[0]
    if image.dtype not in PIXELS:
        raise BadRequest(f"The graph takes pixels as {image.dtype}; {', '.join(PIXELS)} can be given")
    if image.shape[0] not in (None, 1):
        raise BadRequest(f"The graph takes {image.shape[0]} pictures at once; export it for one")
    return image


def _layout(image: Slot) -> str:
    if image.shape[1] is None and image.shape[3] is None:
        return "nhwc" if image.dtype == "uint8" else "nchw"
    return "nchw" if image.shape[1] == 3 else "nhwc"


def _sides(image: Slot) -> tuple[int | None, int | None]:
    """Width and height."""
    down, across = image.shape[2:] if _layout(image) == "nchw" else image.shape[1:3]
    return across, down


def _size(image: Slot, graph: Graph, wanted: Mapping[str, Any], otherwise: tuple[int, int] = (640, 640)) -> tuple[int, int]:
    """Width and height of the input: fixed by the graph, else as wanted, else as its exporter noted, else the family's."""
    fixed = _sides(image)
    noted = [int(number) for number in re.findall(r"\d{1,5}", graph.metadata.get("imgsz", "")[:40])]
    free = tuple(wanted["size"]) if "size" in wanted else (noted[-1], noted[0]) if noted else otherwise
    size = fixed[0] or free[0], fixed[1] or free[1]
    if "size" in wanted and size != free:
        raise BadRequest(f"The graph's input is fixed at {size[0]}x{size[1]}; leave --size out or export it anew")
    return size


def _input(image: Slot, graph: Graph, match: Match) -> dict[str, Any]:
    """The options that follow from the inputs alone."""
    also = {}
    for name, slot in named(graph.inputs).items():
        if slot is image:
            continue
        if name not in OTHER_INPUTS:
            raise BadRequest(f"The graph wants an input {slot.name} beside the picture, and nothing here knows what to give it")
        also[slot.name] = [OTHER_INPUTS[name], slot.dtype]
    options: dict[str, Any] = {"input": image.name, "layout": _layout(image), "dtype": image.dtype}
    return options | ({"also": also} if also else {})


def names(graph: Graph) -> list[str]:
    """The labels an exporter left in the metadata (Ultralytics: `names`), in the order of the classes; none if it left none."""
    text = graph.metadata.get("names", "")
    try:
        found = ast.literal_eval(text) if 0 < len(text) <= MOST_TEXT else []
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return []
    if isinstance(found, dict):
        found = [found[key] for key in sorted(found)] if set(found) == set(range(len(found))) else []
    return [str(name) for name in found] if isinstance(found, list | tuple) else []


def shown(slots: Sequence[Slot]) -> str:
    """`scores [1, 8400, 80] and boxes [1, 8400, 4]`, as a sentence needs it."""
    texts = [f"{slot.name} [{', '.join('?' if side is None else str(side) for side in slot.shape)}]" for slot in slots]
    return " and ".join(texts[:6]) + (f" and {len(texts) - 6} more" if len(texts) > 6 else "") if texts else "nothing"
