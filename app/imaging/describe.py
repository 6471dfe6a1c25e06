"""What a picture's pixels and bytes tell, by the names callers ask with: one table, and one function that computes it."""

from collections.abc import Callable, Mapping, Set
from pathlib import Path
from typing import Any

from app.imaging import accessibility, colours, hashing, metadata, motion, quality
from app.imaging.reading import Picture

Facts = dict[str, Any]

# What is asked -> the keys of the answer.
KEYS = {
    "colors": ("colors", "predominant", "grayscale", "illustration_score", "semi_transparent"),
    "faces": ("faces",),
    "phash": ("phash",),
    "image_metadata": ("image_metadata",),
    "media_metadata": ("image_metadata",),
    "exif": ("exif",),
    "quality_analysis": ("quality_analysis", "quality_score"),
    "accessibility_analysis": ("accessibility_analysis",),
    "cinemagraph_analysis": ("cinemagraph_analysis",),
}
# The longer side, in pixels, that the decoded picture must keep for it; where none is given the file is enough.
SIDES = {"colors": 1024, "faces": 1024, "phash": 256, "quality_analysis": 4096, "accessibility_analysis": 256}


def side(wanted: Set[str]) -> int:
    """How large the picture must be decoded for what is wanted."""
    return max((SIDES.get(name, 0) for name in wanted), default=0)


def describe(picture: Picture, path: Path, wanted: Set[str]) -> Facts:
    """What is wanted, by key. `path` is the file that the picture was decoded from. Faces are told by a model, not here."""
    facts: Facts = {}
    for name in sorted(wanted & PARTS.keys()):
        facts |= PARTS[name](picture, path)
    return facts


def told(facts: Mapping[str, Any], wanted: Set[str]) -> Facts:
    """Of all facts the keys of an answer; metadata is told under the newer name too where that was asked for."""
    found = {key: facts[key] for name in sorted(wanted) for key in KEYS[name] if key in facts}
    twice = "media_metadata" in wanted and "image_metadata" in found
    return found | ({"media_metadata": found["image_metadata"]} if twice else {})


def _metadata(_picture: Picture, path: Path) -> Facts:
    return {"image_metadata": metadata.read(path)[0]}


PARTS: dict[str, Callable[[Picture, Path], Facts]] = {
    "colors": lambda picture, _: colours.describe(picture.image, picture.translucent),
    "phash": lambda picture, _: {"phash": hashing.phash(picture.image)},
    "image_metadata": _metadata,
    "media_metadata": _metadata,
    "exif": lambda _, path: {"exif": metadata.read(path)[1]},
    "quality_analysis": lambda picture, path: quality.describe(picture.image, path, picture.width * picture.height),
    "accessibility_analysis": lambda picture, _: accessibility.describe(picture.image),
    "cinemagraph_analysis": lambda picture, path: motion.describe(path, picture.width, picture.height, picture.pages),
}
