"""The detector: EfficientNet-Lite0, a light feature pyramid, an anchor-free head.

Layer names follow the published state dict of EfficientNet-Lite0, so its
ImageNet weights load with every key used (the classifier excepted).
"""

import torch
import torch.nn.functional as F
from torch import nn

STRIDES = (8, 16, 32)
BINS = 16  # each box side is a distribution over BINS distances, in strides
# kernel, stride, expansion, channels, repeats
STAGES = (
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)
TAPS = {4: 40, 10: 112, 15: 320}  # block index -> channels, strides 8, 16, 32


def conv(cin, cout, kernel, stride=1, groups=1):
    return nn.Conv2d(cin, cout, kernel, stride, (kernel - 1) // 2, groups=groups, bias=False)


class Depthwise5(torch.autograd.Function):
    """5x5 depthwise convolution, stride 1, whose bfloat16 weight gradient is fast on AMX processors.

    The library's 5x5 weight gradient is many times slower than its 3x3 one there, so the
    gradient is put together from four overlapping 3x3 windows.
    """

    @staticmethod
    def forward(ctx, x, weight):
        ctx.save_for_backward(x, weight)
        return F.conv2d(x, weight, None, 1, 2, 1, x.shape[1])

    @staticmethod
    def backward(ctx, grad):
        x, weight = ctx.saved_tensors
        channels, (h, w) = x.shape[1], x.shape[2:]
        grad = grad.contiguous(memory_format=torch.channels_last)
        back = torch.ops.aten.convolution_backward
        to_x = back(grad, x, weight, None, [1, 1], [2, 2], [1, 1], False, [0, 0], channels, [True, False, False])[0]
        padded, small = F.pad(x, (2, 2, 2, 2)), weight[:, :, :3, :3].contiguous()
        to_weight = torch.empty_like(weight)
        for i in (0, 2):
            for j in (0, 2):
                window = padded[:, :, i : i + h + 2, j : j + w + 2].contiguous(memory_format=torch.channels_last)
                to_weight[:, :, i : i + 3, j : j + 3] = back(
                    grad, window, small, None, [1, 1], [0, 0], [1, 1], False, [0, 0], channels, [False, True, False]
                )[1]
        return to_x, to_weight


def convolve(x, layer, weight, bias=None):
    """A convolution; under autocast, large or strided depthwise ones take a faster way."""
    training = torch.is_grad_enabled() and torch.is_autocast_enabled("cpu") and weight.requires_grad
    if training and layer.groups > 1 and layer.stride[0] == 2:
        with torch.autocast("cpu", enabled=False):
            y = F.conv2d(x.float(), weight, bias, layer.stride, layer.padding, 1, layer.groups)
        return y.to(x.dtype)
    if training and layer.kernel_size[0] == 5:
        y = Depthwise5.apply(x, weight.to(x.dtype))
        return y if bias is None else y + bias.to(x.dtype)[:, None, None]
    return F.conv2d(x, weight, bias, layer.stride, layer.padding, 1, layer.groups)


def frozen(x, layer, norm):
    """Convolution with the (frozen) statistics of its batch norm folded in."""
    scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
    weight = layer.weight * scale[:, None, None, None]
    return convolve(x, layer, weight, norm.bias - norm.running_mean * scale)


class Block(nn.Module):
    """Inverted residual block without squeeze-and-excitation."""

    def __init__(self, cin, cout, kernel, stride, expand):
        super().__init__()
        mid = cin * expand
        self.expand = expand > 1
        self.skip = stride == 1 and cin == cout
        if self.expand:
            self._expand_conv = conv(cin, mid, 1)
            self._bn0 = nn.BatchNorm2d(mid, eps=1e-3)
        self._depthwise_conv = conv(mid, mid, kernel, stride, mid)
        self._bn1 = nn.BatchNorm2d(mid, eps=1e-3)
        self._project_conv = conv(mid, cout, 1)
        self._bn2 = nn.BatchNorm2d(cout, eps=1e-3)

    def forward(self, x):
        y = F.relu6(frozen(x, self._expand_conv, self._bn0)) if self.expand else x
        y = F.relu6(frozen(y, self._depthwise_conv, self._bn1))
        y = frozen(y, self._project_conv, self._bn2)
        return x + y if self.skip else y


class Backbone(nn.Module):
    """Batch-norm statistics and the first `fixed` blocks are not trained."""

    def __init__(self, fixed=3):
        super().__init__()
        self._conv_stem = conv(3, 32, 3, 2)
        self._bn0 = nn.BatchNorm2d(32, eps=1e-3)
        blocks, cin = [], 32
        for kernel, stride, expand, cout, repeats in STAGES:
            for i in range(repeats):
                blocks.append(Block(cin, cout, kernel, stride if i == 0 else 1, expand))
                cin = cout
        self._blocks = nn.ModuleList(blocks)
        for part in [self._conv_stem, self._bn0, *blocks[:fixed]]:
            part.requires_grad_(False)

    def forward(self, x):
        x = F.relu6(frozen(x, self._conv_stem, self._bn0))
        taps = []
        for i, block in enumerate(self._blocks):
            x = block(x)
            if i in TAPS:
                taps.append(x)
        return taps

    def load_imagenet(self, path):
        state = torch.load(path, map_location="cpu")
        mine = {k: v for k, v in state.items() if not k.startswith(("_conv_head", "_bn1", "_fc"))}
        self.load_state_dict(mine)


class Unit(nn.Module):
    """Depthwise 5x5, pointwise, each with normalisation; keeps the size unless stride is 2."""

    def __init__(self, cin, cout, kernel=5, stride=1):
        super().__init__()
        self.depthwise = conv(cin, cin, kernel, stride, cin)
        self.norm1 = nn.BatchNorm2d(cin)
        self.pointwise = conv(cin, cout, 1)
        self.norm2 = nn.BatchNorm2d(cout)

    def forward(self, x):
        x = F.relu6(self.norm1(convolve(x, self.depthwise, self.depthwise.weight)))
        return F.relu6(self.norm2(self.pointwise(x)))


class Detector(nn.Module):
    def __init__(self, classes, width=96):
        super().__init__()
        self.classes = classes
        self.backbone = Backbone()
        self.lateral = nn.ModuleList(nn.Sequential(conv(c, width, 1), nn.BatchNorm2d(width)) for c in TAPS.values())
        self.down_path = nn.ModuleList(Unit(width, width) for _ in range(2))
        self.up_path = nn.ModuleList(Unit(width, width) for _ in range(2))
        self.pull = nn.ModuleList(Unit(width, width, 5, 2) for _ in range(2))
        self.towers = nn.ModuleList(nn.Sequential(Unit(width, width), Unit(width, width)) for _ in STRIDES)
        self.score = nn.ModuleList(nn.Conv2d(width, classes, 1) for _ in STRIDES)
        self.sides = nn.ModuleList(nn.Conv2d(width, 4 * BINS, 1) for _ in STRIDES)
        for head in self.score:
            nn.init.normal_(head.weight, std=0.01)
            nn.init.constant_(head.bias, -4.6)

    def forward(self, x):
        """Normalised image -> class logits [B,N,C], side distributions [B,N,4,BINS]."""
        logits, sides = [], []
        for level, p in enumerate(self.pyramid(x)):
            t = self.towers[level](p)
            logits.append(self.score[level](t).flatten(2).transpose(1, 2))
            d = self.sides[level](t).flatten(2).transpose(1, 2)
            sides.append(d.reshape(d.shape[0], -1, 4, BINS))
        return torch.cat(logits, 1), torch.cat(sides, 1)

    def pyramid(self, x):
        """Normalised image -> features at strides 8, 16, 32."""
        c3, c4, c5 = (lat(t) for lat, t in zip(self.lateral, self.backbone(x), strict=True))
        p4 = self.down_path[0](c4 + F.interpolate(c5, scale_factor=2.0, mode="nearest"))
        p3 = self.down_path[1](c3 + F.interpolate(p4, scale_factor=2.0, mode="nearest"))
        n4 = self.up_path[0](p4 + self.pull[0](p3))
        n5 = self.up_path[1](c5 + self.pull[1](n4))
        return p3, n4, n5


def grid(height, width):
    """Centres [N,2] (x, y) and strides [N] of all predictions for one input size."""
    points, strides = [], []
    for s in STRIDES:
        y, x = torch.meshgrid(torch.arange(height // s), torch.arange(width // s), indexing="ij")
        points.append((torch.stack((x, y), -1).reshape(-1, 2).float() + 0.5) * s)
        strides.append(torch.full((points[-1].shape[0],), float(s)))
    return torch.cat(points), torch.cat(strides)


def decode(sides, points, strides):
    """Side distributions -> boxes x1, y1, x2, y2 in input pixels."""
    bins = torch.arange(BINS, dtype=sides.dtype, device=sides.device)
    d = (sides.softmax(-1) * bins).sum(-1) * strides[:, None]
    return torch.cat((points - d[..., :2], points + d[..., 2:]), -1)


def normalise(images):
    """uint8 or 0..255 float RGB, NCHW."""
    return (images.float() - 127.0) / 128.0
