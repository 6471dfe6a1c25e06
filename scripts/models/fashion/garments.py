"""Train the `garments` pack: which kind of garment fills a picture, told from EfficientNet-Lite2's features.

    python -m scripts.models.fashion.garments --ccp DIR --garments DIR

One linear layer (softmax regression) over the 1280 pooled features that the efficientnet-lite2 pack answers with. Its classes are
the garment groups of the CC0 single-garment photos, and `worn` for a photo of a clothed person (the street photos), of which the
layer is not to speak. Only the train splits are used; the figures printed are of the val splits. Seeded; takes a few minutes.
"""

import argparse
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from scripts.quality.pictures import spellings

ROOT = Path(__file__).parents[3]
SIDE = 224
WORN = "worn"
LABELS = ["hat", "outerwear", "dress", "top", "pants", "shorts", "skirt", "shoe", WORN]
ROUNDS, RATE, DECAY = 600, 0.5, 3e-4
Array = npt.NDArray[Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--ccp", type=Path, required=True)
    parser.add_argument("--garments", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=ROOT / "models" / "garments" / "1" / "model.onnx")
    options = parser.parse_args()
    train, held = (features(list(pictures(options.ccp, options.garments, split))) for split in ("train", "val"))
    mean, spread = train[0].mean(0), train[0].std(0) + 1e-3
    weights, bias = fit((train[0] - mean) / spread, train[1])
    weights, bias = weights / spread[:, None], bias - (mean / spread) @ weights
    report(held[0] @ weights + bias, held[1])
    write(options.output, weights.astype(np.float32), bias.astype(np.float32))


def pictures(ccp: Path, garments: Path, split: str) -> Iterator[tuple[Path, int]]:
    """Files and the place of their label in LABELS."""
    names = spellings("garments")
    for row in json.loads((garments / "labels.json").read_text()):
        if row["split"] == split and row["label"] in names:
            yield garments / "images" / row["file_name"], LABELS.index(names[row["label"]])
    for row in json.loads((ccp / "annotations.json").read_text())["images"]:
        if row["split"] == split:
            yield ccp / "images" / row["file_name"], LABELS.index(WORN)


def features(rows: list[tuple[Path, int]]) -> tuple[Array, Array]:
    """Pooled features [n, 1280] of the whole pictures and of their mirror images, and labels [n]."""
    session = onnxruntime.InferenceSession(str(ROOT / "models/efficientnet-lite2/1/model.onnx"))
    found, labels = [], []
    for place, (path, label) in enumerate(rows):
        image = Image.open(path).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BILINEAR, reducing_gap=2.0)
        pixels = np.asarray(image, np.float32).transpose(2, 0, 1)
        found.append(session.run(["features"], {"image": np.stack([pixels, pixels[..., ::-1]])})[0])
        labels += [label, label]
        if place % 500 == 0:
            print(f"{place} of {len(rows)}", flush=True)
    return np.concatenate(found), np.array(labels)


def fit(x: Array, y: Array) -> tuple[Array, Array]:
    """Softmax regression by plain gradient descent with weight decay; classes weigh alike however many pictures they have."""
    weights, bias = np.zeros((x.shape[1], len(LABELS))), np.zeros(len(LABELS))
    target = np.eye(len(LABELS))[y]
    share = (1 / np.bincount(y, minlength=len(LABELS)))[y][:, None] ** 0.5
    share /= share.sum()
    for turn in range(ROUNDS):
        error = (softmax(x @ weights + bias) - target) * share
        rate = RATE * (1 - turn / ROUNDS)
        weights -= rate * (x.T @ error + DECAY * weights)
        bias -= rate * error.sum(0)
    return weights, bias


def softmax(logits: Array) -> Array:
    powers = np.exp(logits - logits.max(1, keepdims=True))
    shares: Array = powers / powers.sum(1, keepdims=True)
    return shares


def report(logits: Array, y: Array) -> None:
    shares = softmax(logits)
    right = shares.argmax(1) == y
    print(f"held out: {right.mean():.3f} right of {len(y) // 2} pictures and their mirror images")
    for place, label in enumerate(LABELS):
        print(f"  {label}: {right[y == place].mean():.3f} of {(y == place).sum() // 2}")
    for low in np.arange(0.3, 1.0, 0.1):
        inside = (shares.max(1) >= low) & (shares.max(1) < low + 0.1)
        if inside.any():
            print(f"  said {shares.max(1)[inside].mean():.2f}, was {right[inside].mean():.2f} ({inside.sum() // 2})")


def write(path: Path, weights: Array, bias: Array) -> None:
    """The layer as a graph: `features` [N, 1280] in, `probabilities` [N, 9] out."""
    nodes = [
        helper.make_node("Gemm", ["features", "weights", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "garments",
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["N", weights.shape[0]])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["N", weights.shape[1]])],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8, producer_name="tagsight")
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, str(path))
    (path.parents[1] / "labels.txt").write_text("\n".join(LABELS) + "\n")
    print(f"{path}: sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
