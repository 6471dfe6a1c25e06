"""Write a checkpoint as ONNX: normalisation, box decoding and calibration in the graph.

python export.py CHECKPOINT.pt OUT.onnx [--calibration calibration.json] [--classes hat,dress,...]
"""

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from data import CLASSES, INDEX
from network import BINS, STRIDES, Detector

KEEP_FLOAT = 256  # smaller tensors stay float32


class Deployed(nn.Module):
    def __init__(self, model, slope, offset, keep):
        super().__init__()
        self.model, self.keep = model, keep
        self.register_buffer("slope", torch.tensor(slope, dtype=torch.float32))
        self.register_buffer("offset", torch.tensor(offset, dtype=torch.float32))
        self.register_buffer("bins", torch.arange(BINS, dtype=torch.float32).reshape(BINS, 1))

    def forward(self, image):
        pyramid = self.model.pyramid((image - 127.0) / 128.0)
        scores, boxes = [], []
        for level, (stride, p) in enumerate(zip(STRIDES, pyramid, strict=True)):
            tower = self.model.towers[level](p)
            logits = self.model.score[level](tower).flatten(2).transpose(1, 2)
            sides = self.model.sides[level](tower).flatten(2).transpose(1, 2).unflatten(2, (4, BINS))
            away = (sides.softmax(-1) @ self.bins).squeeze(-1) * stride
            one = torch.ones_like(tower[:, :1])
            centre = torch.cat((one.cumsum(3), one.cumsum(2)), 1).flatten(2).transpose(1, 2)
            centre = (centre - 0.5) * stride
            scores.append(torch.sigmoid(logits[..., self.keep] * self.slope + self.offset))
            boxes.append(torch.cat((centre - away[..., :2], centre + away[..., 2:]), -1))
        return torch.cat(scores, 1), torch.cat(boxes, 1)


def fold(model):
    """Plain convolutions with bias in place of convolution + frozen batch norm."""
    with torch.no_grad():
        backbone = model.backbone
        parts = [(backbone._conv_stem, backbone._bn0)]
        for block in backbone._blocks:
            parts += [(block._expand_conv, block._bn0)] if block.expand else []
            parts += [(block._depthwise_conv, block._bn1), (block._project_conv, block._bn2)]
        for layer, norm in parts:
            scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
            layer.weight.mul_(scale[:, None, None, None])
            norm.bias.sub_(norm.running_mean * scale)
            norm.running_mean.zero_()
            norm.running_var.fill_(1.0 - norm.eps)
            norm.weight.fill_(1.0)
    return model


def halve(graph_model):
    """Store large float32 tensors as float16 followed by a Cast."""
    graph = graph_model.graph
    casts = []
    for i, tensor in enumerate(list(graph.initializer)):
        if tensor.data_type != TensorProto.FLOAT:
            continue
        value = numpy_helper.to_array(tensor)
        if value.size < KEEP_FLOAT:
            continue
        name = tensor.name
        graph.initializer[i].CopyFrom(numpy_helper.from_array(value.astype(np.float16), name + "_half"))
        casts.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    for node in reversed(casts):
        graph.node.insert(0, node)
    return graph_model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("checkpoint")
    parser.add_argument("out")
    parser.add_argument("--calibration", help="JSON: {class: [slope, offset]}; identity without it")
    parser.add_argument("--classes", default=",".join(CLASSES), help="classes to keep, in order")
    args = parser.parse_args()
    state = torch.load(args.checkpoint, map_location="cpu")
    model = Detector(len(CLASSES))
    model.load_state_dict(state["ema"])
    names = args.classes.split(",")
    table = json.loads(Path(args.calibration).read_text()) if args.calibration else {}
    slope, offset = zip(*(table.get(name, (1.0, 0.0)) for name in names), strict=True)
    deployed = Deployed(fold(model.eval()), slope, offset, [INDEX[n] for n in names]).eval()
    Path(args.out).parent.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        torch.onnx.export(
            deployed,
            (torch.zeros(1, 3, 448, 320),),
            args.out,
            opset_version=17,
            dynamo=False,
            input_names=["image"],
            output_names=["scores", "boxes"],
            do_constant_folding=True,
            dynamic_axes={"image": {2: "height", 3: "width"}, "scores": {1: "predictions"}, "boxes": {1: "predictions"}},
        )
    graph = halve(onnx.load(args.out))
    graph.producer_name, graph.producer_version = "cld-fashion", ""
    onnx.checker.check_model(graph)
    onnx.save(graph, args.out)
    raw = Path(args.out).read_bytes()
    print(f"{len(raw)} bytes sha256 {hashlib.sha256(raw).hexdigest()}")


if __name__ == "__main__":
    main()
