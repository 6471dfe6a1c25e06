"""Labels files as other programs write them."""

from pathlib import Path

import pytest

from app.errors import BadRequest
from app.vision.labels import read

FILES = {
    "a.txt": ("cat\n\n traffic  light\r\n\n\n", ["cat", "N/A", "traffic light"]),
    "b.names": ("cat\ndog", ["cat", "dog"]),
    "c.json": ('["cat", "dog"]', ["cat", "dog"]),
    "d.json": ('{"id2label": {"0": "cat", "2": "dog"}}', ["cat", "N/A", "dog"]),
    "e.json": ('{"1": "dog", "0": "cat"}', ["cat", "dog"]),
    "f.pbtxt": ("item { name: 'n1' id: 1 display_name: \"cat\" }\nitem {\n id: 3\n name: 'dog'\n}", ["cat", "N/A", "dog"]),
}


@pytest.mark.parametrize("name", FILES)
def test_labels_in_the_order_of_the_classes(name: str, tmp_path: Path) -> None:
    text, expected = FILES[name]
    (tmp_path / name).write_text(text, "utf-8")
    assert read(tmp_path / name) == expected


EMPTY = {"a.txt": "\n\n", "b.json": "{", "c.json": '{"x": 1}', "d.json": "7", "e.pbtxt": ""}


@pytest.mark.parametrize("name", EMPTY)
def test_a_file_without_labels_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(EMPTY[name], "utf-8")
    with pytest.raises(BadRequest, match=f"The labels file {name}"):
        read(tmp_path / name)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="is missing"):
        read(tmp_path / "none.txt")
