"""Read a TensorFlow.js graph model, and run one with TensorFlow.js itself to compare with."""

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

TYPES = {"float16": np.dtype("<f2"), "float32": np.dtype("<f4"), "int32": np.dtype("<i4")}

RUN_IN_NODE = """
const fs = require("fs");
const tf = require("@tensorflow/tfjs-core");
require("@tensorflow/tfjs-backend-cpu");
const { loadGraphModel } = require("@tensorflow/tfjs-converter");
const [json, bin, pixels, shape, out, ...names] = process.argv.slice(1);
const floats = (path) => { const b = fs.readFileSync(path); return new Float32Array(b.buffer, b.byteOffset, b.length / 4); };
(async () => {
  const description = JSON.parse(fs.readFileSync(json));
  const weights = fs.readFileSync(bin);
  const model = await loadGraphModel({ load: async () => ({
    modelTopology: description.modelTopology,
    weightSpecs: description.weightsManifest[0].weights,
    weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.length),
  }) });
  const image = tf.tensor(floats(pixels), JSON.parse(shape));
  const answers = await model.executeAsync(image, names);
  fs.writeFileSync(out, Buffer.concat(answers.map((a) => Buffer.from(a.dataSync().buffer))));
})();
"""


class TfjsGraph:
    """The nodes of a graph model by name, and its weights as numpy arrays in their stored type."""

    def __init__(self, description: Path, weights: Path):
        model = json.loads(description.read_text())
        self.paths = (description, weights)
        self.nodes = {node["name"]: node for node in model["modelTopology"]["node"]}
        self.constants = dict(_unpack(model["weightsManifest"][0]["weights"], weights.read_bytes()))

    def inputs(self, name: str) -> list[str]:
        """The names of what a node reads; `:1` after a name means its second output."""
        return self.nodes[name].get("input", [])

    def attribute(self, name: str, key: str):
        """One attribute of a node: a list of whole numbers, a float or a flag."""
        value = self.nodes[name]["attr"][key]
        if "list" in value:
            return [int(i) for i in value["list"]["i"]]
        return next(iter(value.values()))


def _unpack(specs: list[dict], raw: bytes):
    """Yield (name, array) for each weight of the manifest, which lie one after another in `raw`."""
    start = 0
    for spec in specs:
        kind = TYPES[spec.get("quantization", spec)["dtype"]]
        count = int(np.prod(spec["shape"], dtype=np.int64))
        yield spec["name"], np.frombuffer(raw, kind, count, start).reshape(spec["shape"])
        start += count * kind.itemsize
    if start != len(raw):
        raise SystemExit(f"{len(raw) - start} bytes of the weight file are in no manifest entry")


def run_in_node(graph: TfjsGraph, tfjs: Path, image: np.ndarray, names: list[str]) -> bytes:
    """Run the source graph on `image` (float32) in node; float32 answers one after another."""
    with tempfile.TemporaryDirectory() as folder:
        pixels, answers = Path(folder, "pixels"), Path(folder, "answers")
        pixels.write_bytes(np.ascontiguousarray(image, "<f4").tobytes())
        files = [str(path.resolve()) for path in (*graph.paths, pixels)]
        shape = json.dumps(image.shape)
        command = ["node", "-e", RUN_IN_NODE, "--", *files, shape, str(answers), *names]
        subprocess.run(command, cwd=tfjs, check=True)
        return answers.read_bytes()
