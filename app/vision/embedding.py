"""What a picture looks like as 1280 numbers: the last features of EfficientNet-Lite2, of length 1.

Two pictures look alike as far as their numbers point the same way: 1 is the same picture, around 0.3 nothing in common.
"""

import numpy as np
from PIL import Image

from app.errors import Failure
from app.vision.boxes import Array, Run
from app.vision.cascade import crop

MODEL, SIDE, LENGTH = "efficientnet-lite2/1", 224, 1280


def embedding(image: Image.Image, run: Run) -> Array:
    """A vector of 1280 float32 of length 1. Raises Failure if the model cannot run."""
    frame = np.array([[0, 0, image.width, image.height]], np.float32)
    features = run(MODEL, {"image": crop(image, frame, SIDE)})["features"][0].astype(np.float32)
    length = float(np.linalg.norm(features))
    if features.shape != (LENGTH,) or not np.isfinite(length) or length == 0:
        raise Failure("The features of a picture cannot be read")
    return np.asarray(features / length, np.float32)
