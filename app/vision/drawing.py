"""Findings drawn on a copy of their picture."""

from collections.abc import Sequence

from PIL import Image, ImageDraw

from app.vision.findings import Finding

COLOURS = ("#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4", "#008080", "#9a6324", "#808000")


def drawn(image: Image.Image, findings: Sequence[Finding]) -> Image.Image:
    """A box and its label for each finding, one colour a label."""
    copy = image.convert("RGB").copy()
    pen = ImageDraw.Draw(copy)
    thick, size = max(1, max(copy.size) // 320), max(10, max(copy.size) // 50)
    colours = {label: COLOURS[place % len(COLOURS)] for place, label in enumerate(dict.fromkeys(item.label for item in findings))}
    for item in sorted(findings, key=lambda item: item.score):
        x, y, width, height = item.box
        pen.rectangle((x, y, x + width, y + height), outline=colours[item.label], width=thick)
        text, at = f"{item.label} {item.score:.2f}", (x + thick, max(0.0, y - size - thick))
        pen.rectangle(pen.textbbox(at, text, font_size=size), fill=colours[item.label])
        pen.text(at, text, fill="white", font_size=size)
    return copy
