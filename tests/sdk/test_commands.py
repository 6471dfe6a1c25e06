"""The same page's CLI and curl snippets, as real commands against a live server."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import cloudinary.utils

from tests.live import Live

PICTURES = Path(__file__).parent.parent / "pictures"
HOPPER, CHELSEA = str(PICTURES / "grace_hopper.jpg"), str(PICTURES / "chelsea.jpg")


def run(live: Live, *command: str) -> Any:
    """A command's JSON answer."""
    done = subprocess.run(command, env=live.env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout[done.stdout.index("{") :])


def cld(live: Live, *arguments: str) -> Any:
    return run(live, str(Path(sys.executable).parent / "cld"), *arguments)


def curl(live: Live, *arguments: str) -> Any:
    program = shutil.which("curl")
    assert program, "curl is needed: it is one of the clients that must work"
    return run(live, program, "-sS", *arguments)


def test_the_cli_uploads_updates_and_lists(live: Live) -> None:
    result = cld(live, "uploader", "upload", HOPPER, "detection=cld-fashion")
    assert "cld-fashion" in result["info"]["detection"]["object_detection"]["data"]
    result = cld(live, "uploader", "upload", CHELSEA, "detection=lvis", "auto_tagging=0.5", "public_id=cli_cat")
    assert "cat" in result["tags"]
    result = cld(live, "admin", "update", "cli_cat", "detection=lvis", "auto_tagging=0.4")
    assert "cat" in result["tags"]
    listed = cld(live, "admin", "resources_by_tag", "cat")
    assert "cli_cat" in [item["public_id"] for item in listed["resources"]]


def test_curl_uploads_with_a_signature(live: Live) -> None:
    form = {"detection": "lvis", "auto_tagging": "0.4", "timestamp": str(int(time.time()))}
    signature = cloudinary.utils.api_sign_request(dict(form), "secret")
    fields = [part for name, value in form.items() for part in ("-F", f"{name}={value}")]
    more = ["-F", "api_key=key", "-F", f"signature={signature}", "-F", f"file=@{HOPPER}"]
    result = curl(live, f"{live.address}/v1_1/demo/image/upload", "-X", "POST", *fields, *more)
    assert "person" in result["tags"]
    listed = curl(live, f"http://key:secret@{live.address.removeprefix('http://')}/v1_1/demo/resources/image/tags/person")
    assert result["public_id"] in [item["public_id"] for item in listed["resources"]]
