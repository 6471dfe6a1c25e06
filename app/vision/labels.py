"""Labels files of other programs -> the names of the classes, in their order."""

import json
import re
from pathlib import Path

from app.errors import BadRequest

NOBODY = "N/A"  # holds the place of a class without a name; it is never reported
MOST_BYTES = 4 * 1024 * 1024


def read(path: Path) -> list[str]:
    """A name a line; .json: a list, number -> name, or a configuration with `id2label`; .pbtxt: a label map, its first id is 1."""
    if not path.is_file():
        raise BadRequest(f"The labels file {path} is missing")
    if path.stat().st_size > MOST_BYTES:
        raise BadRequest(f"The labels file {path.name} is larger than {MOST_BYTES} bytes")
    try:
        text = path.read_text("utf-8-sig")
        if path.suffix == ".json":
            found = _from_json(json.loads(text))
        elif path.suffix == ".pbtxt":
            found = _from_map(text)
        else:
            found = text.rstrip().splitlines()
    except (ValueError, AttributeError, RecursionError) as error:
        raise BadRequest(f"The labels file {path.name} cannot be read: {error}") from error
    labels = [" ".join(str(name).split()) or NOBODY for name in found]
    if not any(label != NOBODY for label in labels):
        raise BadRequest(f"The labels file {path.name} names no label")
    return labels


def _from_json(value: object) -> list[str]:
    if isinstance(value, dict):
        numbered = value.get("id2label", value)
        return _listed({int(number): str(name) for number, name in numbered.items()})
    if not isinstance(value, list):
        raise ValueError("a list or an object is wanted")
    return [str(name) for name in value]


def _from_map(text: str) -> list[str]:
    names = {}
    for item in re.findall(r"item\s*\{([^}]*)\}", text):
        number = re.search(r"\bid\s*:\s*(\d{1,6})", item)
        name = re.search(r"display_name\s*:\s*[\"']([^\"']*)", item) or re.search(r"\bname\s*:\s*[\"']([^\"']*)", item)
        if number and name:
            names[int(number[1]) - 1] = name[1]
    return _listed(names)


def _listed(names: dict[int, str]) -> list[str]:
    if not names or min(names) < 0 or max(names) > 100_000:
        raise ValueError("its numbers are no classes")
    return [names.get(number, NOBODY) for number in range(max(names) + 1)]
