"""What the console's build leaves: few bytes, no inline script, and all of it in the wheel without its sources."""

import gzip
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from app.web.console import DIST

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "app/console/src").rglob("*.ts*")) + sorted((ROOT / "app/console/src").rglob("*.css"))


@pytest.fixture
def dist() -> Path:
    if not (DIST / "index.html").is_file():
        assert not os.environ.get("CI"), "make console"
        pytest.skip("the console is not built")
    return DIST


def test_the_scripts_are_small(dist: Path) -> None:
    scripts = list((dist / "assets").glob("*.js"))
    assert scripts
    assert sum(len(gzip.compress(script.read_bytes())) for script in scripts) <= 200 * 1024


def test_the_page_loads_nothing_inline_and_nothing_from_elsewhere(dist: Path) -> None:
    text = (dist / "index.html").read_text("utf-8")
    assert re.findall(r"<script(?![^>]*src=)", text) == []
    assert "style=" not in text
    addresses = re.findall(r'(?:src|href)="([^"]*)"', text)
    assert addresses
    assert all(address.startswith("/console/assets/") for address in addresses)


def test_the_wheel_brings_the_built_console_and_not_its_sources(dist: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    names = {name for name in zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist() if name.startswith("app/console/")}
    built = {f"app/console/dist/{path.relative_to(dist).as_posix()}" for path in dist.rglob("*") if path.is_file()}
    assert names == built


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_a_source_is_one_room_that_opens_with_a_sentence(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    assert re.match(r"(//|/\*) .+[.:]( \*/)?$", lines[0]), "say what this room is for"
    assert len(lines) <= 250, "find the second reason it exists and give that its own room"
