"""The house keeps its own rules: small files, a sentence at each door, imports at the top, no printing, no careless comparison."""

import ast
from pathlib import Path

import pytest

from app import signing

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "app").rglob("*.py"))
LONGEST = 250
# Lines of an import that must wait, each with its reason. None does today.
LATE_IMPORTS: set[str] = set()


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


every_file = pytest.mark.parametrize("path", FILES, ids=name)


def test_there_is_a_house() -> None:
    assert len(FILES) > 30


@every_file
def test_a_file_is_one_room(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= LONGEST, "find the second reason it exists and give that its own room"


@every_file
def test_a_file_opens_with_one_sentence(path: Path) -> None:
    said = ast.get_docstring(tree(path))
    assert said, "say what this room is for"
    first = said.split("\n\n")[0].rstrip()
    assert " " in first
    assert first[-1] in ".:", "a sentence ends"


@every_file
def test_imports_stand_at_the_top(path: Path) -> None:
    module = tree(path)
    top = {id(item) for item in module.body} | {
        id(item) for part in module.body if isinstance(part, ast.Try | ast.If) for item in part.body
    }
    late = [item for item in ast.walk(module) if isinstance(item, ast.Import | ast.ImportFrom) and id(item) not in top]
    assert [ast.unparse(item) for item in late if ast.unparse(item) not in LATE_IMPORTS] == []


@every_file
def test_nothing_is_printed(path: Path) -> None:
    calls = [item for item in ast.walk(tree(path)) if isinstance(item, ast.Call) and getattr(item.func, "id", "") == "print"]
    assert calls == []


@every_file
def test_no_secret_is_compared_with_an_equals_sign(path: Path) -> None:
    words = {"secret", "signature", "password", "expected"}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            sides = [node.left, *node.comparators]
            said = {getattr(side, "attr", getattr(side, "id", "")) for side in sides}
            assert not said & words, f"line {node.lineno}: use signing.same"


def test_digests_are_compared_in_constant_time_only() -> None:
    """The one comparison is `same`; `==` is for versions, lengths and names of hashes."""
    functions = {node.name: node for node in ast.walk(tree(Path(signing.__file__))) if isinstance(node, ast.FunctionDef)}
    assert "hmac.compare_digest" in ast.unparse(functions["same"])
    for using in ("request_is_signed", "delivery_is_signed"):
        assert "same(" in ast.unparse(functions[using])
    compared = {ast.unparse(node) for item in functions.values() for node in ast.walk(item) if isinstance(node, ast.Compare)}
    assert {text for text in compared if "==" in text or "!=" in text} <= {"version == 2", "length == 32", "len(signature) == 8"}


def test_no_folder_is_called_by_an_empty_word() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "handler"}
    assert not {path.stem for path in FILES} & empty
    assert not {path.parent.name for path in FILES} & empty
