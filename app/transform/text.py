"""Text -> a picture of it: wrapped, aligned, decorated, outlined, on a transparent or coloured ground."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageChops, ImageDraw, ImageFont

from app.errors import BadRequest
from app.transform.colours import BLACK, RGBA
from app.transform.fonts import FAMILY, Fonts

MOST_LETTERS = 4000
MOST_SIZE = 1000  # pixels of the type
MOST_PIXELS = 25_000_000
MOST_STROKE = 100
Align = Literal["left", "center", "right", "justify"]


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How text looks. Lengths are pixels; `width` wraps, `height` cuts off what lies below it."""

    family: str = FAMILY
    size: int = 12
    weight: int = 400
    italic: bool = False
    underline: bool = False
    strikethrough: bool = False
    align: Align = "left"
    letter_spacing: float = 0
    line_spacing: float = 0
    smooth: bool = True
    colour: RGBA = BLACK
    background: RGBA | None = None
    stroke: int = 0
    stroke_colour: RGBA = BLACK
    opacity: int = 100
    width: int | None = None
    height: int | None = None
    trim: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """Pieces of text at their places from the left, and how far the line reaches."""

    pieces: Sequence[tuple[float, str]]
    length: float


def draw(text: str, style: TextStyle, fonts: Fonts | None = None) -> Image.Image:
    """An RGBA picture, by default no larger than its ink. Raises BadRequest for text that is too long or too large."""
    if len(text) > MOST_LETTERS:
        raise BadRequest(f"Invalid text in transformation: at most {MOST_LETTERS} characters")
    size = min(max(style.size, 1), MOST_SIZE)
    font = (fonts or Fonts()).open(style.family, size, style.weight, style.italic)
    ascent, descent = font.getmetrics()
    step = max(1.0, ascent + descent + min(max(style.line_spacing, -MOST_SIZE), MOST_SIZE))
    lines = [_line(words, font, style, last) for words, last in _wrapped(printable(text), font, style)]
    length = max((line.length for line in lines), default=0.0)
    if style.align == "justify" and style.width and len(lines) > 1:
        length = max(length, float(style.width))
    stroke = min(max(style.stroke, 0), MOST_STROKE)
    margin = stroke + size // 2  # ink may reach beyond the measured line; what stays empty is trimmed
    width, height = int(length) + 1 + 2 * margin, int(step * max(len(lines) - 1, 0)) + ascent + descent + 2 * margin
    if width * height > MOST_PIXELS:
        raise BadRequest(f"Invalid text in transformation: larger than {MOST_PIXELS // 1_000_000} megapixels")
    inks = [
        _ink((width, height), lines, font, style, length, step, margin, outline) for outline in ([0, stroke] if stroke else [0])
    ]
    box = _extent(inks[-1] if style.trim else None, margin, (width, height))
    if style.height:
        box = (*box[:3], min(box[3], box[1] + style.height))
    layers = [_coloured(inks[0].crop(box), style.colour)]
    if stroke:
        layers.insert(0, _coloured(inks[1].crop(box), style.stroke_colour))
    picture = Image.new("RGBA", layers[0].size, style.background or (*style.colour[:3], 0))
    for layer in layers:
        picture.alpha_composite(layer)
    if style.opacity < 100:
        picture.putalpha(picture.getchannel("A").point([round(level * max(style.opacity, 0) / 100) for level in range(256)]))
    return picture


def printable(text: str) -> str:
    """The text without what no font can draw: control characters and halves of surrogate pairs."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(
        letter
        for letter in plain
        if letter == "\n" or not (ord(letter) < 32 or 0x7F <= ord(letter) < 0xA0 or 0xD800 <= ord(letter) < 0xE000)
    )


def _wrapped(text: str, font: ImageFont.FreeTypeFont, style: TextStyle) -> Iterator[tuple[list[str], bool]]:
    """The words of each line, and whether the line ends its paragraph. A word wider than the line is cut."""
    for paragraph in text.split("\n"):
        words: list[str] = []
        for word in paragraph.split(" "):
            for part in _cut(word, font, style):
                if style.width and words and _length(" ".join([*words, part]), font, style) > style.width:
                    yield words, False
                    words = []
                words.append(part)
        yield words, True


def _cut(word: str, font: ImageFont.FreeTypeFont, style: TextStyle) -> Iterator[str]:
    while style.width and len(word) > 1 and _length(word, font, style) > style.width:
        low, high = 1, len(word) - 1
        while low < high:  # the longest beginning that fits
            middle = (low + high + 1) // 2
            low, high = (middle, high) if _length(word[:middle], font, style) <= style.width else (low, middle - 1)
        yield word[:low]
        word = word[low:]
    yield word


def _line(words: list[str], font: ImageFont.FreeTypeFont, style: TextStyle, last: bool) -> Line:
    whole = " ".join(words)
    length = _length(whole, font, style)
    if style.align == "justify" and style.width and not last and len(words) > 1:
        lengths = [_length(word, font, style) for word in words]
        gap = (style.width - sum(lengths)) / (len(words) - 1)
        starts = [sum(lengths[:place]) + gap * place for place in range(len(words))]
        return Line(list(zip(starts, words, strict=True)), float(style.width))
    if style.letter_spacing:
        starts = [_length(whole[:place], font, style) for place in range(len(whole))]
        return Line(list(zip(starts, whole, strict=True)), length)
    return Line([(0.0, whole)], length)


def _length(text: str, font: ImageFont.FreeTypeFont, style: TextStyle) -> float:
    spacing = min(max(style.letter_spacing, -MOST_SIZE), MOST_SIZE)
    return max(0.0, float(font.getlength(text)) + spacing * len(text)) if text else 0.0


def _ink(
    size: tuple[int, int],
    lines: Sequence[Line],
    font: ImageFont.FreeTypeFont,
    style: TextStyle,
    length: float,
    step: float,
    margin: int,
    stroke: int,
) -> Image.Image:
    """Where there is ink: of the letters, or with a stroke of their outlines too."""
    mask = Image.new("L", size)
    pen = ImageDraw.Draw(mask)
    pen.fontmode = "L" if style.smooth else "1"
    ascent, _ = font.getmetrics()
    thick = max(1, font.size // 14)
    for number, line in enumerate(lines):
        free = {"right": length - line.length, "center": (length - line.length) / 2}.get(style.align, 0.0)
        left, top = margin + free, margin + number * step
        for start, piece in line.pieces:
            pen.text((left + start, top), piece, fill=255, font=font, stroke_width=stroke)
        for wanted, height in ((style.underline, ascent * 1.12), (style.strikethrough, ascent * 0.72)):
            if wanted and line.length:
                bar = (left - stroke, top + height - stroke, left + line.length + stroke, top + height + thick - 1 + stroke)
                pen.rectangle(bar, fill=255)
    return mask


def _extent(ink: Image.Image | None, margin: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The box of the ink, or of the lines where nothing is trimmed; never empty."""
    lines = (margin, margin, size[0] - margin, size[1] - margin)
    return (ink.getbbox() if ink else None) or lines


def _coloured(ink: Image.Image, colour: RGBA) -> Image.Image:
    layer = Image.new("RGBA", ink.size, (*colour[:3], 0))
    opacity = Image.new("L", ink.size, colour[3])
    layer.putalpha(ImageChops.multiply(ink, opacity))
    return layer
