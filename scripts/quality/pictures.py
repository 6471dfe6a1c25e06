"""Pictures whose content is known: COCO-style annotations, a folder for each class, street photos, single garments.

A folder's name is what its pictures show, an LVIS name; several right answers are joined by `+`, as in `mug+cup`. How the garment
sets spell what the fashion detector calls `hat` or `shoe` is in garments.toml.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Truth:
    """One picture: `names` that are right to say of it, and boxes (name, x1 y1 x2 y2, crowd) where they are annotated.

    `asked` are the names that were looked for in it; of others nothing is known. None: everything in it is in `names`.
    """

    path: Path
    names: frozenset[str]
    boxes: list[tuple[str, Array, bool]] = field(default_factory=list)
    asked: frozenset[str] | None = None

    @property
    def held_out(self) -> bool:
        """A fixed half, by the name of the file: nothing is tuned on it."""
        return hashlib.sha1(self.path.name.encode()).digest()[-1] % 2 == 1


Ancestors = dict[str, list[str]]


def from_coco(annotations: Path, spelled: dict[str, str], ancestors: Ancestors) -> Iterator[Truth]:
    """Pictures beside an annotation file; `spelled` gives the LVIS name of a category, which is left out without one."""
    content = json.loads(annotations.read_text())
    categories = {row["id"]: spelled.get(row["name"], "") for row in content["categories"]}
    boxes: dict[int, list[tuple[str, Array, bool]]] = {}
    for row in content["annotations"]:
        if name := categories[row["category_id"]]:
            x, y, width, height = row["bbox"]
            box = np.array([x, y, x + width, y + height])
            boxes.setdefault(row["image_id"], []).append((name, box, bool(row.get("iscrowd"))))
    asked = with_ancestors({name for name in categories.values() if name}, ancestors)
    for row in content["images"]:
        found = boxes.get(row["id"], [])
        names = with_ancestors({name for name, _, _ in found}, ancestors)
        yield Truth(annotations.parent / row["file_name"], names, found, asked)


def from_folders(folder: Path, ancestors: Ancestors, known: frozenset[str]) -> Iterator[Truth]:
    """Pictures of one object each, those of them that can be named at all."""
    for path in sorted(folder.glob("*/*.jpg")):
        names = with_ancestors(set(path.parent.name.split("+")), ancestors)
        if names & known:
            yield Truth(path, names)


def with_ancestors(names: set[str], ancestors: Ancestors) -> frozenset[str]:
    """The names and every broader one that follows from them."""
    return frozenset(names.union(*(ancestors.get(name, []) for name in names)))


def spellings(data_set: str) -> dict[str, str]:
    """A garment set's label -> the fashion detector's."""
    table = tomllib.loads(Path(__file__).with_name("garments.toml").read_text("utf-8"))[data_set]
    return {label: name for name, labels in table.items() for label in labels}


def from_street(folder: Path, known: frozenset[str], split: str = "val") -> Iterator[Truth]:
    """Street photos of clothed people (CCP): paired things such as shoes are annotated one by one."""
    content = json.loads((folder / "annotations.json").read_text())
    names = spellings("ccp")
    boxes: dict[int, list[tuple[str, Array, bool]]] = {}
    for row in content["annotations"]:
        name = names.get(row["label"], "")
        if name in known:
            for x, y, width, height in row["components"] if row["paired"] else [row["bbox"]]:
                if min(width, height) >= 3:
                    boxes.setdefault(row["image_id"], []).append((name, np.array([x, y, x + width, y + height]), False))
    for row in content["images"]:
        if row["split"] == split:
            found = boxes.get(row["id"], [])
            yield Truth(folder / "images" / row["file_name"], frozenset(name for name, _, _ in found), found)


def from_street_people(folder: Path, split: str = "val") -> Iterator[Truth]:
    """The same photos for a detector of everything: each shows a person; of all else nothing is known."""
    for row in json.loads((folder / "annotations.json").read_text())["images"]:
        if row["split"] == split:
            yield Truth(folder / "images" / row["file_name"], frozenset({"person"}), asked=frozenset({"person"}))


def from_garments(folder: Path, known: frozenset[str], split: str = "val") -> Iterator[Truth]:
    """Photos of one garment each; of what else is in them nothing is known."""
    names = spellings("garments")
    for row in json.loads((folder / "labels.json").read_text()):
        name = names.get(row["label"], "")
        if row["split"] == split and name in known:
            yield Truth(folder / "images" / row["file_name"], frozenset({name}), asked=frozenset({name}))
