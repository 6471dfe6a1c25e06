"""The official Node.js SDK against a live server; tests/sdk/node.js is the program."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.live import Live

SDK = "cloudinary@2.11.0"
HERE = Path(__file__).parent
PICTURES = HERE.parent / "pictures"


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The SDK from npm. Without node or the registry a laptop skips; CI fails."""
    folder = tmp_path_factory.mktemp("node")
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), SDK]
    there = bool(shutil.which("node") and shutil.which("npm"))
    done = there and subprocess.run(command, capture_output=True, timeout=300).returncode == 0
    if not done and not os.environ.get("CI"):
        pytest.skip("node and its registry are not there")
    assert done, "npm could not install the SDK"
    return folder / "node_modules"


def test_a_node_program_runs_unchanged(live: Live, modules: Path) -> None:
    program = ["node", str(HERE / "node.js"), str(PICTURES / "chelsea.jpg"), str(PICTURES / "coffee.jpg")]
    env = live.env | {"NODE_PATH": str(modules), "TAGSIGHT": live.address}
    done = subprocess.run(program, env=env, capture_output=True, text=True, timeout=120)
    assert "FAILED" not in done.stdout, done.stdout + done.stderr
    assert done.stdout.count("held ") == 12
    assert done.returncode == 0
