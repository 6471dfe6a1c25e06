"""The filters of e_art, by name: a table of moods, each a change of colour, tone and corners; approximations of the original's."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from app.transform.effects.focus import vignette
from app.transform.effects.pixels import Around, curve, matrix, mixed, plain

Shade = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Mood:
    """Saturation and contrast as factors; tints of the shadows and of the lights; black lifted to `fade`; dark corners; blur."""

    saturation: float = 1.0
    contrast: float = 1.0
    shadows: Shade = (0, 0, 0)
    lights: Shade = (1, 1, 1)
    fade: float = 0.0
    corners: float = 0.0
    mixer: tuple[Shade, Shade, Shade] | None = None
    soft: float = 0.0


SEPIA = ((0.45, 0.75, 0.15), (0.35, 0.65, 0.13), (0.25, 0.5, 0.1))
MOODS: dict[str, Mood] = {
    "al_dente": Mood(1.2, 1.25, (0.06, 0.0, 0.0), (1.0, 0.97, 0.82), corners=12),
    "athena": Mood(0.9, 1.1, (0.0, 0.03, 0.12), (1.0, 0.94, 0.84), 0.05),
    "audrey": Mood(0.0, 1.25, (0.02, 0.02, 0.03), (1.0, 0.99, 0.95)),
    "aurora": Mood(0.8, 0.95, (0.08, 0.02, 0.16), (1.0, 0.92, 0.95), 0.06),
    "daguerre": Mood(0.0, 1.15, (0.08, 0.06, 0.05), (0.95, 0.9, 0.82), corners=30),
    "eucalyptus": Mood(0.75, 1.0, (0.0, 0.1, 0.07), (0.93, 1.0, 0.9), 0.04),
    "fes": Mood(1.1, 1.05, (0.12, 0.03, 0.0), (1.0, 0.93, 0.75), 0.03),
    "frost": Mood(0.55, 1.1, (0.0, 0.05, 0.14), (0.92, 0.98, 1.0)),
    "hairspray": Mood(1.3, 1.05, (0.1, 0.0, 0.1), (1.0, 0.9, 0.95), soft=1.2),
    "hokusai": Mood(0.7, 1.2, (0.0, 0.08, 0.25), (1.0, 0.97, 0.88)),
    "incognito": Mood(0.0, 1.4, corners=35),
    "linen": Mood(0.6, 0.9, (0.1, 0.08, 0.06), (1.0, 0.97, 0.9), 0.1),
    "peacock": Mood(1.35, 1.15, (0.0, 0.05, 0.2), (1.0, 0.95, 0.8)),
    "primavera": Mood(1.15, 0.95, (0.04, 0.06, 0.02), (1.0, 1.0, 0.88), 0.06),
    "quartz": Mood(0.85, 1.05, (0.1, 0.04, 0.08), (1.0, 0.95, 0.97), 0.05),
    "red_rock": Mood(1.05, 1.15, (0.15, 0.02, 0.0), (1.0, 0.88, 0.75)),
    "refresh": Mood(1.25, 1.08, (0.0, 0.02, 0.03), (1.0, 1.0, 0.98)),
    "sizzle": Mood(1.4, 1.2, (0.12, 0.0, 0.02), (1.0, 0.95, 0.7), corners=10),
    "sonnet": Mood(0.0, 0.9, (0.12, 0.1, 0.09), (0.98, 0.95, 0.9), 0.08, mixer=SEPIA),
    "ukulele": Mood(0.95, 0.98, (0.1, 0.06, 0.0), (1.0, 0.95, 0.78), 0.08, corners=15),
    "zorro": Mood(0.0, 1.6, corners=20),
}


def art(image: Image.Image, around: Around, filter: str | None) -> Image.Image:
    """A mood of colours, by name; an approximation of the original's."""
    mood = MOODS[filter or "al_dente"]
    changed = ImageEnhance.Color(plain(image)).enhance(mood.saturation)
    if mood.mixer:
        changed = matrix(changed, mood.mixer)
    if mood.soft:
        changed = mixed(changed, changed.filter(ImageFilter.GaussianBlur(mood.soft)), 50)
    low, span = np.array(mood.shadows) * 0.6 + mood.fade, np.array(mood.lights) - np.array(mood.shadows) * 0.6 - mood.fade
    bend = mood.contrast
    tones = [
        lambda value, low=low[place], span=span[place]: low + span * np.clip(0.5 + (value - 0.5) * bend, 0, 1) for place in range(3)
    ]
    changed = curve(changed, *tones)
    if mood.corners:
        changed = vignette(changed, around, mood.corners)
    return mixed(image, changed, 100)
