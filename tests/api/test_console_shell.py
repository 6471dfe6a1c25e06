"""The console's page: its policy, its files, and what is said where it was not built."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from app.__main__ import cli
from app.house import House
from app.web.console import Shell
from tests.api.visitor import browser

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def client(house: House, tmp_path: Path) -> TestClient:
    """A built console of three files."""
    assets = tmp_path / "dist" / "assets"
    assets.mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text("<!doctype html><title>built</title>")
    (assets / "index-a1.js").write_text("plain")
    (assets / "index-a1.js.br").write_bytes(b"brotli")
    (assets / "index-a1.js.gz").write_bytes(b"gzip")
    (assets / "page.html").write_text("no kind of ours")
    (tmp_path / "secret.js").write_text("outside")
    client = browser(house)
    client.app.state.shell = Shell(tmp_path / "dist")  # type: ignore[attr-defined]
    return client


def test_browsers_are_sent_to_the_console_and_programs_are_not(client: TestClient) -> None:
    answer = client.get("/", headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (303, "/console")
    assert client.get("/").json()["name"] == "Tagsight"


@pytest.mark.parametrize("path", ["/console", "/console/", "/console/library", "/console/asset/0123456789abcdef"])
def test_every_page_is_the_built_one_under_a_strict_policy(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.text) == (200, "<!doctype html><title>built</title>")
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' blob: data:",
        "connect-src": "'self'",
        "font-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert client.head(path).status_code == 200


@pytest.mark.parametrize("path", ["/console/api/nothing", "/console/favicon.ico", "/console/../secret.js", "/console/asset/a.b"])
def test_what_is_no_page_is_an_error_of_the_apis(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("accepted", "coding", "body"),
    [("br, gzip", "br", b"brotli"), ("gzip", "gzip", b"gzip"), ("identity", None, b"plain"), ("br;q=0", None, b"plain")],
)
def test_scripts_are_sent_as_they_were_packed_and_kept(client: TestClient, accepted: str, coding: str | None, body: bytes) -> None:
    with client.stream("GET", "/console/assets/index-a1.js", headers={"Accept-Encoding": accepted}) as answer:
        assert answer.status_code == 200
        assert b"".join(answer.iter_raw()) == body
        assert answer.headers.get("content-encoding") == coding
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("name", ["nothing.js", "page.html", "..%2f..%2fsecret.js", ".js", "%00.js", "a" * 300 + ".js", "é.js"])
def test_no_other_file_is_sent(client: TestClient, name: str) -> None:
    assert client.get(f"/console/assets/{name}").status_code == 404


def test_a_checkout_says_how_to_build(house: House, tmp_path: Path) -> None:
    client = browser(house)
    client.app.state.shell = Shell(tmp_path / "nowhere")  # type: ignore[attr-defined]
    answer = client.get("/console")
    assert answer.status_code == 503
    assert "make console" in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]


def test_the_demo_listens_to_this_machine_alone(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["serve", "--demo", "--host", "0.0.0.0", "--data", str(tmp_path)])
    assert done.exit_code == 2
    assert "needs no sign-in" in done.output
