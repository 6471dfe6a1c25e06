"""The docs do not rot: generated pages are current, the README's examples run, its commands and links exist."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.house import House
from app.main import create_app
from scripts import compatibility, reference
from tests.live import Live

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(reference.PAGES))
def test_generated_pages_are_current(name: str) -> None:
    assert (reference.DOCS / name).read_text("utf-8") == reference.PAGES[name](), "run `make docs`"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def pointed(text: str, live: Live) -> str:
    return text.replace("http://127.0.0.1:8000", live.address)


def test_the_readmes_python_runs(live: Live, tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests/pictures/grace_hopper.jpg", tmp_path / "photo.jpg")
    for block in blocks("python"):
        done = subprocess.run(
            [sys.executable, "-c", block], cwd=tmp_path, env=live.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "'person'" in done.stdout


def test_the_readmes_commands_run(live: Live, tmp_path: Path) -> None:
    shutil.copy(ROOT / "tests/pictures/grace_hopper.jpg", tmp_path / "photo.jpg")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.startswith(("cld ", "curl "))]
    assert len(lines) == 4
    for line in lines:
        command = shlex.split(pointed(line, live))
        program = shutil.which(command[0], path=path)
        assert program
        done = subprocess.run([program, *command[1:]], cwd=tmp_path, env=live.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "public_id" in done.stdout


def test_every_make_target_the_docs_name_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"`?make ([a-z]+)\b", README + (ROOT / "CONTRIBUTING.md").read_text("utf-8")))
    assert named - {"lists"} <= targets


@pytest.mark.parametrize("page", [path.relative_to(ROOT).as_posix() for path in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]])
def test_links_inside_the_project_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for target in re.findall(r"\]\((?!http)([^)#]+)", text):
        assert (ROOT / page).parent.joinpath(target).exists(), target


def test_every_method_of_the_compatibility_page_has_its_route(house: House) -> None:
    described = create_app(house).openapi()["paths"]
    known = {f"{method.upper()} {re.sub(r':path', '', path)}" for path, methods in described.items() for method in methods}
    for name, route, state, _ in (*compatibility.UPLOAD, *compatibility.ADMIN):
        assert state in (compatibility.WORKS, compatibility.DIFFERS, compatibility.REFUSED)
        assert route in known, name
