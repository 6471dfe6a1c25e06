"""Effects for and of colour-blind eyes."""

from typing import Any

import numpy as np
from PIL import Image

from app.transform.effects.pixels import Around, Floats, coloured, gray, matrix

# How full dichromats see (Machado, Oliveira and Fernandes, 2009), and how the eyes without any cones of use.
DICHROMATS = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
ANOMALIES = {"protanomaly": "protanopia", "deuteranomaly": "deuteranopia", "tritanomaly": "tritanopia"}
ANOMALY = 0.6  # of the way to the dichromat
MONOCHROMATS = {
    "cone_monochromacy": ((0.2126, 0.7152, 0.0722),) * 3,
    "rod_monochromacy": ((0.05, 0.6, 0.35),) * 3,
}
TYPES = (*DICHROMATS, *ANOMALIES, *MONOCHROMATS)
STRIPE = 8  # pixels


def simulate_colorblind(image: Image.Image, around: Around, type: str) -> Image.Image:
    """The picture as an eye with that deficiency sees it."""
    if type in ANOMALIES:
        rows = np.eye(3) * (1 - ANOMALY) + np.array(DICHROMATS[ANOMALIES[type]]) * ANOMALY
        return matrix(image, rows.tolist())
    return matrix(image, (DICHROMATS | MONOCHROMATS)[type])


def assist_colorblind(image: Image.Image, around: Around, xray: str | None, strength: float) -> Image.Image:
    """Makes red and green tellable: stripes over red of that strength, or, with `xray`, red and green moved apart to other hues."""
    if xray:
        return matrix(image, ((1, 0, 0), (0.3, 0.7, 0), (0.7, -0.7, 1)))

    def striped(pixels: Floats, top: int) -> Any:
        rows, columns = np.mgrid[top : top + pixels.shape[0], 0 : pixels.shape[1]]
        stripes = ((rows + columns) // STRIPE % 2).astype(np.float32)
        redness = np.clip(pixels[..., 0] - np.maximum(pixels[..., 1], pixels[..., 2]), 0, 1)
        shift = (stripes * 2 - 1) * redness * strength / 100
        return pixels + (shift * (0.5 + gray(pixels)))[..., None]

    return coloured(image, striped)
