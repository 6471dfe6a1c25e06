"""What is set for one cloud alone, by the command line, and what it changes."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.__main__ import cli
from app.errors import BadRequest, NotFound
from app.house import House
from app.signing import response_signature
from tests.api.caller import BASIC, Caller

GIF = "data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs="


def signature_of(api: Caller) -> tuple[str, str, str]:
    """The signature of an answer to a Basic call, and what either hash would make it."""
    body = api.client.post("/v1_1/demo/image/upload", data={"file": GIF}, auth=BASIC).json()
    made = [response_signature(body["public_id"], body["version"], "secret", name) for name in ("sha1", "sha256")]
    return body["signature"], made[0], made[1]


def test_answers_are_signed_with_the_clouds_own_hash(api: Caller, house: House) -> None:
    given, sha1, _ = signature_of(api)
    assert given == sha1
    house.accounts.set("demo", "signature_algorithm", "sha256")
    given, _, sha256 = signature_of(api)
    assert given == sha256
    assert len(api.stored()["signature"]) == 40  # a signed request is answered with the hash it was signed with
    house.accounts.set("demo", "signature_algorithm", "")
    given, sha1, _ = signature_of(api)
    assert given == sha1


def test_only_known_settings_of_known_clouds_can_be_set(house: House) -> None:
    with pytest.raises(BadRequest, match="Unknown setting colour; there are: signature_algorithm"):
        house.accounts.set("demo", "colour", "red")
    with pytest.raises(BadRequest, match="expected sha1 or sha256"):
        house.accounts.set("demo", "signature_algorithm", "md5")
    with pytest.raises(NotFound, match="Can't find cloud with name nobody"):
        house.accounts.set("nobody", "signature_algorithm", "sha1")


def test_the_command_line_lists_and_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDINARY_URL", "cloudinary://key:secret@demo")

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(cli, ["clouds", *words, "--data", str(tmp_path)])
        return done.exit_code, done.output

    assert run("list") == (0, "demo\n")
    assert run("set", "demo", "signature_algorithm", "sha256") == (0, "Set.\n")
    assert run("list") == (0, "demo  signature_algorithm=sha256\n")
    assert run("set", "demo", "signature_algorithm", "md5")[0] == 2
    assert run("set", "demo", "signature_algorithm", "") == (0, "Set.\n")
    assert run("list") == (0, "demo\n")
