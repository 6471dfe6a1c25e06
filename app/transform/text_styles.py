"""How a text style is written: as the words of a layer (`Arial_80_bold_underline`), or as parameters of the Upload API's `text`."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from app.errors import BadRequest
from app.transform.colours import colour
from app.transform.fonts import WEIGHTS
from app.transform.text import MOST_SIZE, Align, TextStyle

NUMBER = re.compile(r"-?\d{1,6}(?:\.\d{1,6})?", re.ASCII)
WORDS: Mapping[str, Mapping[str, Any]] = {
    "italic": {"italic": True},
    "underline": {"underline": True},
    "strikethrough": {"strikethrough": True},
    "start": {"align": "left"},
    "end": {"align": "right"},
    "stroke": {"stroke": 2},  # until bo_ says how thick
    **{name: {"align": name} for name in get_args(Align)},
    **{name: {"weight": weight} for name, weight in WEIGHTS.items()},
}
NUMBERS = ("letter_spacing", "line_spacing")
SMOOTHINGS = {"none": False}
PARAMETERS = (
    "font_family", "font_size", "font_color", "font_weight", "font_style", "text_align", "text_decoration", "background",
    "opacity", "letter_spacing", "line_spacing", "stroke", "font_antialias", "font_hinting",
)  # fmt: skip


def from_words(text: str) -> TextStyle:
    """`<family>_<size>[_<word>…]`; words in any order. Raises BadRequest for a word that is none."""
    words = text.split("_")
    place = next((place for place, word in enumerate(words) if place and NUMBER.fullmatch(word)), 0)
    if not place:
        raise _invalid(text)
    style = TextStyle(family="_".join(words[:place]), size=_size(words[place]))
    rest = iter(words[place + 1 :])
    for word in rest:
        if word in WORDS:
            style = replace(style, **WORDS[word])
        elif word in ("letter", "line"):
            name, value = f"{word}_{next(rest, '')}", next(rest, "")
            if name not in NUMBERS or not NUMBER.fullmatch(value):
                raise _invalid(text)
            style = _spaced(style, name, float(value))
        elif word == "antialias":
            style = replace(style, smooth=SMOOTHINGS.get(next(rest, ""), True))
        elif word == "hinting":
            next(rest, "")  # FreeType decides
        elif word not in ("none", ""):
            raise _invalid(text)
    return style


def from_parameters(values: Mapping[str, Any]) -> TextStyle:
    """The style of a `text` call; parameters that are absent or empty have their defaults. Raises BadRequest."""
    given = {name: str(value) for name in PARAMETERS if (value := values.get(name)) not in (None, "")}
    style = TextStyle(family=given.get("font_family", "Arial"), size=_size(given.get("font_size", "12")))
    for name in ("font_weight", "font_style", "text_align", "text_decoration", "stroke"):
        word = given.get(name, "none").lower()
        if word in ("none", "normal"):
            continue
        if word not in WORDS:
            raise BadRequest.invalid(name, word)
        style = replace(style, **WORDS[word])
    for name in (*NUMBERS, "opacity"):
        if name in given:
            if not NUMBER.fullmatch(given[name]):
                raise BadRequest.invalid(name, given[name])
            style = _spaced(style, name, float(given[name]))
    smooth = SMOOTHINGS.get(given.get("font_antialias", ""), True)
    ground = colour(given["background"], "background") if "background" in given else None
    return replace(style, smooth=smooth, colour=colour(given.get("font_color", "black")), background=ground)


def words(values: Mapping[str, Any]) -> str:
    """The same style as a layer writes it: `Arial_12_bold_underline`. Its colours are the layer's own."""
    given = {name: str(value) for name in PARAMETERS if (value := values.get(name)) not in (None, "")}
    found = [given.get("font_family", "Arial"), given.get("font_size", "12")]
    for name in ("font_weight", "font_style", "text_align", "text_decoration", "stroke"):
        word = given.get(name, "none").lower()
        found += [word] if word not in ("none", "normal") else []
    return "_".join(found + [f"{name}_{given[name]}" for name in NUMBERS if name in given])


def _spaced(style: TextStyle, name: str, value: float) -> TextStyle:
    changes: dict[str, Any] = {name: round(value) if name == "opacity" else value}
    return replace(style, **changes)


def _size(text: str) -> int:
    if not NUMBER.fullmatch(text) or float(text) < 1:
        raise _invalid(text)
    return min(round(float(text)), MOST_SIZE)


def _invalid(text: str) -> BadRequest:
    return BadRequest(f"Invalid text style in transformation: {text[:100]}")
