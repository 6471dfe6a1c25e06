"""What docker-compose.yml starts with `--profile scale`, run as plain processes; the manifests beside it fit their schemas."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import cloudinary
import cloudinary.api
import cloudinary.uploader
import httpx
import kubernetes_validate
import pytest
import yaml
from typer.testing import CliRunner

from app.__main__ import cli
from app.settings import Settings
from tests.live import ROOT, free_port, wait_until_ready
from tests.objects import bucket
from tests.postgres import NEAR, fresh_database
from tests.sdk.test_nginx import fronting
from tests.sdk.test_notices import CHELSEA, Sink, sink, verified

__all__ = ["sink"]

COMPOSE: Mapping[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: Mapping[str, Mapping[str, Any]] = COMPOSE["services"]
OURS = {name: item for name, item in SERVICES.items() if "build" in item}


def test_what_compose_sets_are_settings_of_ours() -> None:
    known = {name.upper() for name in Settings.model_fields}
    for name, item in OURS.items():
        assert set(item.get("environment", {})) <= known, name
    scaled = {name for name, item in SERVICES.items() if "scale" in item.get("profiles", ())}
    assert scaled == {"nginx", "web", "worker", "inference", "postgres", "store"}
    assert [OURS[name]["deploy"]["replicas"] for name in ("web", "worker")] == [2, 2]


def test_every_address_in_compose_is_a_service_of_it() -> None:
    text = str([item.get("environment") for item in OURS.values()]) + (ROOT / "deploy/nginx.conf").read_text("utf-8")
    hosts = set(re.findall(r"(?:@|http://|server )([a-z]+)[:/]", text)) - {"localhost", "tagsight"}
    assert hosts == {"postgres", "store", "inference", "web"} <= set(SERVICES)


@pytest.fixture(scope="module")
def cluster(object_store: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of nginx in front of everything that compose would start, each as a process here."""
    if not shutil.which("nginx") and not os.environ.get("CI"):
        pytest.skip("nginx is not there")
    folder = tmp_path_factory.mktemp("cluster")
    ports = {"inference": free_port(), "web": free_port(), "web2": free_port(), "nginx": free_port()}
    with ExitStack() as stack:
        places = {
            "postgresql+psycopg://tagsight:change-me@postgres/tagsight": stack.enter_context(
                fresh_database(os.environ.get("TEST_POSTGRES_URL", NEAR), "deploy")
            ),
            "s3://tagsight:change-me@store:8333/tagsight": bucket(object_store),
            "http://inference:8001": f"http://127.0.0.1:{ports['inference']}",
        }
        more = {"CLOUDINARY_URL": "cloudinary://key:secret@demo", "FETCH_ALLOW": "127.0.0.1/32", "DATA_DIR": str(folder)}
        for name, port in (("inference", ports["inference"]), ("web", ports["web"]), ("web", ports["web2"])):
            process = stack.enter_context(_running(name, folder, places, more, str(port)))
            path = "/v2/health/ready" if name == "inference" else "/readyz"
            wait_until_ready(f"http://127.0.0.1:{port}", process, path)
        for port in (free_port(), free_port()):
            process = stack.enter_context(_running("worker", folder, places, more, str(port)))
            wait_until_ready(f"http://127.0.0.1:{port}", process)
            check = [str(port) if word == "8002" else word for word in SERVICES["worker"]["healthcheck"]["test"][2:]]
            subprocess.run([sys.executable, "-m", "app", *check], cwd=ROOT, check=True)
        file = folder / "nginx.conf"
        file.write_text(fronting(folder, ports["nginx"], [f"127.0.0.1:{ports[name]}" for name in ("web", "web2")]))
        front = stack.enter_context(subprocess.Popen(["nginx", "-c", str(file)], stderr=subprocess.PIPE))
        stack.callback(front.terminate)
        wait_until_ready(f"http://127.0.0.1:{ports['nginx']}", front)
        yield f"http://127.0.0.1:{ports['nginx']}"


@contextmanager
def _running(
    name: str, folder: Path, places: Mapping[str, str], more: Mapping[str, str], port: str = ""
) -> "Iterator[subprocess.Popen[bytes]]":
    """One service of compose as a process: its command and its settings, other services' addresses put in place."""
    item = SERVICES[name]
    command = [{"0.0.0.0": "127.0.0.1", "8000": port, "8001": port, "8002": port}.get(word, word) for word in item["command"]]
    said = {key: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for key, value in item.get("environment", {}).items()}
    env = {**os.environ, **{key: places.get(value, value) for key, value in said.items()}, **more}
    program = [sys.executable, "-m", "app", *command]
    with (
        (folder / f"{name}{port}.log").open("ab") as log,
        subprocess.Popen(program, cwd=ROOT, env=env, stdout=log, stderr=log) as process,
    ):
        yield process
        process.terminate()
        process.wait(timeout=15)


def test_what_compose_starts_uploads_detects_tells_and_delivers(cluster: str, sink: Sink) -> None:
    cloudinary.reset_config()
    cloudinary.config(cloud_name="demo", api_key="key", api_secret="secret", upload_prefix=cluster)
    for number in range(4):
        later: dict[str, Any] = {"async": number > 0, "detection": "lvis_v1", "auto_tagging": 0.3, "notification_url": sink.url}
        cloudinary.uploader.upload(CHELSEA, public_id=f"cluster/{number}", **later)
    told = sink.wait_for(4)
    assert all(verified(headers, body) for headers, body in told)
    assert {item["public_id"] for item in (json.loads(body) for _, body in told)} == {f"cluster/{number}" for number in range(4)}
    assert len(cloudinary.api.resources_by_tag("cat")["resources"]) == 4
    large = cloudinary.uploader.upload_large(CHELSEA, public_id="cluster/large", resource_type="image", chunk_size=10_000)
    assert large["bytes"] == Path(CHELSEA).stat().st_size > 30_000
    url = f"{cluster}/demo/image/upload/c_fill,g_cat,h_50,w_60/v{large['version']}/cluster/large.jpg"
    answers = [httpx.get(url) for _ in range(3)]
    assert [(item.status_code, item.headers["content-type"]) for item in answers] == [(200, "image/jpeg")] * 3
    assert answers[2].headers["x-cache"] == "HIT"
    cloudinary.reset_config()


MANIFESTS = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
PARTS = [part for file in MANIFESTS for part in yaml.safe_load_all(file.read_text("utf-8")) if part["kind"] != "Kustomization"]


def test_the_manifests_are_those_that_are_applied() -> None:
    (kustomization,) = [yaml.safe_load(file.read_text("utf-8")) for file in MANIFESTS if file.stem == "kustomization"]
    assert sorted(kustomization["resources"]) == [file.name for file in MANIFESTS if file.stem != "kustomization"]


@pytest.mark.parametrize("part", PARTS, ids=lambda part: f"{part['kind']} {part['metadata']['name']}")
def test_a_manifest_fits_its_schema(part: dict[str, Any]) -> None:
    kubernetes_validate.validate(part, kubernetes_validate.latest_version(), strict=True)


@pytest.mark.parametrize(
    "part", [part for part in PARTS if part["kind"] == "Deployment"], ids=lambda part: part["metadata"]["name"]
)
def test_a_deployment_is_bounded_and_has_no_rights(part: dict[str, Any]) -> None:
    pod = part["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert {"requests", "limits"} <= set(container["resources"])
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(container)
    done = CliRunner().invoke(cli, [container["args"][0], "--help"])
    assert all(word in done.output for word in container["args"][1:] if word.startswith("--"))
    known = {name.upper() for name in Settings.model_fields}
    (settings,) = [item["data"] for item in PARTS if item["kind"] == "ConfigMap"]
    assert set(settings) <= known
