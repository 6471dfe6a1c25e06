"""Registry entries as text, and text without them."""

import tomllib

from app.ports import Graph, Slot
from app.vision.entries import configuration, entry, without

TABLE = {
    "kind": "yolo", "models": ["a-v2/1"], "threshold": 0.5, "scale": 1 / 255, "grid": True, "size": [640, 480],
    "outputs": {"raw": 'odd "name"/:0', "more": ["a", "b"]},
}  # fmt: skip


def test_an_entry_is_read_back_as_it_was_meant() -> None:
    tables = tomllib.loads(entry("a-v2/1", "abc", "a", 2, TABLE))
    assert tables == {"models": {"a-v2": {"1": {"sha256": "abc"}}}, "detectors": {"a": {"2": TABLE}}}


def test_only_the_tables_named_are_cut_out() -> None:
    kept = '# mine\n[models.b.1]\nsha256 = "x" # why\n\n[detectors."a".1]\nsize = [\n  [1, 2],\n]\n'
    text = kept + entry("a-v2/1", "abc", "a", 2, TABLE)
    assert without(text, ("detectors", "a", "2"), ("models", "a-v2", "1")) == kept
    assert without(text) == text


def test_an_inference_server_learns_the_tensors() -> None:
    graph = Graph((Slot("x", "float32", (None, 3, 8, 8)),), (Slot("y", "float16", (1, 5)), Slot("z", "int64", (1,))), {})
    text = configuration("a-v2", graph)
    assert 'name: "a-v2"' in text
    assert '{ name: "x", data_type: TYPE_FP32, dims: [ -1, 3, 8, 8 ] }' in text
    assert '{ name: "y", data_type: TYPE_FP16, dims: [ 1, 5 ] },\n  { name: "z"' in text
