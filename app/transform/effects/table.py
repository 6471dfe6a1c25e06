"""The table of effects: name -> function and arguments. What is not here is refused by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

from app.errors import BadRequest
from app.transform.effects import focus, shapes, sight, tints, tones
from app.transform.effects.arguments import Argument, Choice, Colour, Number, Rest, read
from app.transform.effects.art import MOODS, art
from app.transform.effects.pixels import Around, Moved

Result = Image.Image | Moved


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect's function takes the picture, what surrounds it, and its arguments by name."""

    function: Callable[..., Result]
    arguments: tuple[Argument, ...] = ()


def _level(low: float, high: float, default: float, name: str = "level") -> Number:
    return Number(name, low, high, default, (name, "level"))


STRENGTH = _level(1, 2000, 100, "strength")
SQUARE = Number("square", 1, 2000, None)
BLEND = _level(0, 100, 100, "blend")
SIGNED = _level(-100, 100, 80)
CHANNEL = _level(-100, 100, 0)

EFFECTS: Mapping[str, Effect] = {
    "art": Effect(art, (Choice("filter", tuple(MOODS), None),)),
    "assist_colorblind": Effect(sight.assist_colorblind, (Choice("xray", ("xray",), None), _level(1, 100, 10, "strength"))),
    "auto_brightness": Effect(tones.auto_brightness, (BLEND,)),
    "auto_color": Effect(tones.auto_color, (BLEND,)),
    "auto_contrast": Effect(tones.auto_contrast, (BLEND,)),
    "blackwhite": Effect(tints.blackwhite, (_level(0, 100, 50, "threshold"),)),
    "blue": Effect(tones.blue, (CHANNEL,)),
    "blur": Effect(focus.blur, (STRENGTH,)),
    "blur_faces": Effect(focus.blur_faces, (STRENGTH,)),
    "blur_region": Effect(focus.blur_region, (STRENGTH,)),
    "brightness": Effect(tones.brightness, (_level(-99, 100, 80),)),
    "brightness_hsb": Effect(tones.brightness_hsb, (_level(-99, 100, 80),)),
    "cartoonify": Effect(
        focus.cartoonify,
        (_level(0, 100, 50, "line"), Number("reduction", 0, 100, None), Choice("bw", ("bw",), None)),
    ),
    "colorize": Effect(tints.colorize, (_level(0, 100, 100),)),
    "contrast": Effect(
        tones.contrast,
        (
            Number("linear", 1, 200, None, ("linear",), bare=False),
            Number("level", -100, 100, 0, ("level", "sigmoidal")),
            Choice("type", ("sigmoidal", "linear"), "sigmoidal", "type"),
        ),
    ),
    "distort": Effect(shapes.distort, (Rest("values", "eight numbers, or arc and degrees"),)),
    "dropshadow": Effect(
        shapes.dropshadow,
        (
            Number("azimuth", 0, 360, 215, ("azimuth",)),
            Number("elevation", 0, 90, 45, ("elevation",)),
            Number("spread", 0, 100, 50, ("spread",)),
        ),
    ),
    "fill_light": Effect(tones.fill_light, (BLEND, Number("bias", -100, 100, 0, ("bias",)))),
    "gamma": Effect(tones.gamma, (_level(-50, 150, 0),)),
    "gradient_fade": Effect(
        focus.gradient_fade, (Choice("type", ("symmetric", "symmetric_pad"), None), _level(0, 100, 20, "strength"))
    ),
    "grayscale": Effect(tints.grayscale),
    "green": Effect(tones.green, (CHANNEL,)),
    "hue": Effect(tones.hue, (SIGNED,)),
    "improve": Effect(tones.improve, (Choice("mode", ("outdoor", "indoor"), "outdoor", "mode"), BLEND)),
    "make_transparent": Effect(tints.make_transparent, (_level(0, 100, 10, "tolerance"),)),
    "negate": Effect(tints.negate),
    "oil_paint": Effect(focus.oil_paint, (_level(0, 100, 30),)),
    "opacity_threshold": Effect(tints.opacity_threshold, (_level(1, 100, 50),)),
    "ordered_dither": Effect(tints.ordered_dither, (_level(0, 18, 0, "type"),)),
    "outline": Effect(
        shapes.outline,
        (
            Choice("mode", ("inner", "inner_fill", "outer", "fill"), "outer", "mode"),
            _level(1, 100, 5, "width"),
            Number("blur", 0, 2000, 0),
        ),
    ),
    "pixelate": Effect(focus.pixelate, (SQUARE,)),
    "pixelate_faces": Effect(focus.pixelate_faces, (SQUARE,)),
    "pixelate_region": Effect(focus.pixelate_region, (SQUARE,)),
    "recolor": Effect(tints.recolor, (Rest("values", "9 or 16 numbers of a matrix, row by row"),)),
    "red": Effect(tones.red, (CHANNEL,)),
    "replace_color": Effect(tints.replace_color, (Colour("to"), _level(0, 100, 50, "tolerance"), Colour("origin"))),
    "saturation": Effect(tones.saturation, (SIGNED,)),
    "sepia": Effect(tints.sepia, (_level(1, 100, 80),)),
    "shadow": Effect(shapes.shadow, (_level(0, 100, 40, "strength"),)),
    "sharpen": Effect(focus.sharpen, (STRENGTH,)),
    "shear": Effect(shapes.shear, (Number("across", -80, 80, 0), Number("down", -80, 80, 0))),
    "simulate_colorblind": Effect(sight.simulate_colorblind, (Choice("type", sight.TYPES, "deuteranopia"),)),
    "tint": Effect(
        tints.tint,
        (
            Choice("equalize", ("equalize",), None),
            _level(0, 100, 60, "amount"),
            Rest("stops", "colours, each with its place (50p)"),
        ),
    ),
    "trim": Effect(shapes.trim, (_level(0, 100, 10, "tolerance"), Colour("unwanted"))),
    "unsharp_mask": Effect(focus.unsharp_mask, (STRENGTH,)),
    "vibrance": Effect(tones.vibrance, (_level(-100, 100, 20),)),
    "viesus_correct": Effect(tones.viesus_correct, (Rest("options", "read and without effect"),)),
    "vignette": Effect(focus.vignette, (_level(0, 100, 20),)),
}


def render(image: Image.Image, value: str, around: Around) -> Moved:
    """The picture under the effect that e_'s value names. Raises BadRequest for an effect or an argument that is none."""
    name, _, text = value.partition(":")
    effect = EFFECTS.get(name)
    if effect is None:
        raise BadRequest(
            f"Unsupported effect in transformation: {name[:100]}" if name else f"Invalid effect in transformation: {value[:100]}"
        )
    arguments: Mapping[str, Any] = read(effect.arguments, text, value)
    result = effect.function(image, around, **arguments)
    return result if isinstance(result, Moved) else Moved(result)
