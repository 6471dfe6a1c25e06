"""Fetch a pinned package with the registry's own client and unpack it, without installing it."""

import hashlib
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path


def from_npm(package: str, version: str) -> Path:
    """The unpacked folder of an npm package."""
    folder = Path(tempfile.mkdtemp(prefix="npm-"))
    subprocess.run(["npm", "pack", "--silent", f"{package}@{version}"], cwd=folder, check=True)
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def from_pypi(package: str, version: str) -> Path:
    """The folder with the unpacked wheel of a PyPI package."""
    folder = Path(tempfile.mkdtemp(prefix="pypi-"))
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    subprocess.run([*pip, "--dest", str(folder), f"{package}=={version}"], check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        archive.extractall(folder)
    return folder


def sha256(path: Path) -> str:
    """The checksum that registry.toml and the model cards quote."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def require(path: Path, checksum: str) -> Path:
    """Return `path` if its content is the pinned one, else stop."""
    if sha256(path) != checksum:
        raise SystemExit(f"{path.name} is not the pinned file: {sha256(path)} instead of {checksum}")
    return path
