"""Pixels into a model's input: fitted into its size, as numbers in the order and range it was trained on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from app.vision.boxes import GREY, Array

Options = Mapping[str, Any]
Size = tuple[int, int]  # width, height

FITS = ("stretch", "letterbox", "corner", "inside", "fill")

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a picture lies in a model's input of `size`: drawn as large as `drawn`, its corner at `offset`."""

    picture: Size
    size: Size
    drawn: Size
    offset: tuple[int, int] = (0, 0)

    def back(self, boxes: Array) -> Array:
        """Boxes x1 y1 x2 y2 of the input, in pixels of the picture."""
        scale = np.array([self.drawn[0] / self.picture[0], self.drawn[1] / self.picture[1]] * 2)
        return np.asarray((boxes - np.array(self.offset * 2)) / scale)

    def whole(self) -> Array:
        """The picture itself as a box of the input."""
        (left, top), (width, height) = self.offset, self.drawn
        return np.array([left, top, left + width, top + height], dtype=np.float64)


def fitted(picture: Size, size: Size, fit: str) -> Frame:
    """How a picture goes into an input of `size`.

    stretch: each side by itself. letterbox: whole and centred, the rest grey. corner: whole, at the top left, the rest grey.
    inside: whole, and the input is no larger than the picture drawn (for graphs with free sides). fill: centred, the rest cut off.
    """
    if fit == "stretch":
        return Frame(picture, size, size)
    ratios = size[0] / picture[0], size[1] / picture[1]
    ratio = max(ratios) if fit == "fill" else min(ratios)
    drawn = max(1, round(picture[0] * ratio)), max(1, round(picture[1] * ratio))
    if fit == "inside":
        return Frame(picture, drawn, drawn)
    if fit == "corner":
        return Frame(picture, size, drawn)
    return Frame(picture, size, drawn, ((size[0] - drawn[0]) // 2, (size[1] - drawn[1]) // 2))


def prepare(image: Image.Image, options: Options) -> tuple[Array, Frame]:
    """The input tensor, with a batch of one. A sample becomes (value * scale - mean) / std; uint8 inputs take it as it is."""
    width, height = options["size"]
    frame = fitted(image.size, (width, height), options.get("fit", "letterbox"))
    pixels = _drawn(image, frame)
    if options.get("colours", "rgb") == "bgr":
        pixels = pixels[..., ::-1]
    dtype = options.get("dtype", "float32")
    if dtype != "uint8":
        mean = np.array(options.get("mean", [0, 0, 0]), dtype=np.float32)
        std = np.array(options.get("std", [1, 1, 1]), dtype=np.float32)
        pixels = (pixels * np.float32(options.get("scale", 1.0)) - mean) / std
    if options.get("layout", "nchw") == "nchw":
        pixels = pixels.transpose(2, 0, 1)
    return np.ascontiguousarray(pixels[None], dtype=dtype), frame


def _drawn(image: Image.Image, frame: Frame) -> Array:
    resized = image.resize(frame.drawn, Image.Resampling.BILINEAR, reducing_gap=2.0)
    if frame.drawn == frame.size:
        return np.asarray(resized)
    canvas = Image.new("RGB", frame.size, GREY)
    canvas.paste(resized, frame.offset)
    return np.asarray(canvas)
