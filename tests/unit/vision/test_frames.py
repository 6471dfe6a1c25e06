"""How pictures go into a model's input, and boxes come back."""

import numpy as np
import pytest
from PIL import Image

from app.vision.families.frames import FITS, fitted, prepare

PLACES = {
    "stretch": ((64, 64), (64, 64), (0, 0)),
    "letterbox": ((64, 64), (64, 32), (0, 16)),
    "corner": ((64, 64), (64, 32), (0, 0)),
    "inside": ((64, 32), (64, 32), (0, 0)),
    "fill": ((64, 64), (128, 64), (-32, 0)),
}


@pytest.mark.parametrize("fit", FITS)
def test_a_picture_is_placed(fit: str) -> None:
    frame = fitted((200, 100), (64, 64), fit)
    assert (frame.size, frame.drawn, frame.offset) == PLACES[fit]


@pytest.mark.parametrize("fit", FITS)
def test_boxes_come_back_to_where_they_were(fit: str) -> None:
    frame = fitted((200, 100), (64, 64), fit)
    box = np.array([[20.0, 10.0, 120.0, 90.0]])
    scale = np.array([frame.drawn[0] / 200, frame.drawn[1] / 100] * 2)
    assert frame.back(box * scale + np.array(frame.offset * 2)) == pytest.approx(box)
    assert frame.back(frame.whole()[None]) == pytest.approx(np.array([[0, 0, 200, 100]]))


def test_thin_pictures_keep_a_pixel() -> None:
    assert fitted((1, 20000), (64, 64), "letterbox").drawn == (1, 64)


def test_samples_are_scaled_and_normalised() -> None:
    image = Image.new("RGB", (8, 8), (255, 102, 0))
    options = {"size": [4, 4], "scale": 1 / 255, "mean": [0.5, 0.4, 0.3], "std": [0.5, 0.2, 0.1]}
    pixels, _ = prepare(image, options)
    assert pixels.shape == (1, 3, 4, 4)
    assert pixels.dtype == np.float32
    assert pixels[0, :, 0, 0] == pytest.approx([1.0, 0.0, -3.0], abs=1e-6)


def test_colours_may_be_turned_and_layouts_exchanged() -> None:
    image = Image.new("RGB", (8, 8), (255, 102, 0))
    pixels, _ = prepare(image, {"size": [4, 2], "fit": "stretch", "colours": "bgr", "layout": "nhwc", "dtype": "float16"})
    assert pixels.shape == (1, 2, 4, 3)
    assert pixels.dtype == np.float16
    assert pixels[0, 0, 0].tolist() == [0, 102, 255]


def test_bytes_go_in_as_they_are() -> None:
    pixels, _ = prepare(Image.new("RGB", (8, 8), (255, 102, 0)), {"size": [4, 4], "dtype": "uint8", "layout": "nhwc", "scale": 0.5})
    assert pixels.dtype == np.uint8
    assert pixels[0, 0, 0].tolist() == [255, 102, 0]


def test_what_the_picture_leaves_is_grey() -> None:
    pixels, _ = prepare(Image.new("RGB", (200, 100), "white"), {"size": [64, 64], "dtype": "uint8", "layout": "nhwc"})
    assert pixels[0, 0, 0].tolist() == [114, 114, 114]
    assert pixels[0, 32, 32].tolist() == [255, 255, 255]
