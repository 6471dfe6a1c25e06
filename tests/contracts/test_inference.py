"""One suite on both twins of the inference port: in this process, and over HTTP against a real server of the v2 protocol."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest

from app.errors import Failure, Unavailable
from app.imaging.reading import Limits, read
from app.inference.onnx import OnnxInference
from app.inference.remote import RemoteInference
from app.main import build, inference_of
from app.ports import Inference, Tensors
from app.services.tagging import Tagging
from app.settings import Settings
from app.vision.registry import Registry

PICTURES = Path(__file__).parent.parent / "pictures"
LIMITS = Limits(50_000_000, 2**28, ("jpg",))
NET, VERSION = "nanodet-g", "1"
PIXELS = {"image": np.full((1, 3, 416, 416), 114, np.float32)}


@pytest.fixture(scope="module", params=["local", "ours auto", "ours never", "triton auto", "triton never"])
def twin(request: pytest.FixtureRequest) -> Iterator[Inference]:
    """In this process; over HTTP with bytes (as the server's metadata offers) or JSON alone, from our server and from a Triton."""
    server, _, binary = request.param.partition(" ")
    if server == "local":
        yield request.getfixturevalue("inference")
        return
    remote = RemoteInference(request.getfixturevalue("address" if server == "ours" else "triton"), binary)
    yield remote
    remote.close()


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry(Settings.model_validate({}).model_folders)


@pytest.mark.parametrize("picture", ["chelsea.jpg", "grace_hopper.jpg"])
def test_every_pack_finds_the_same(twin: Inference, inference: Inference, registry: Registry, picture: str) -> None:
    detectors = registry.all()
    looks = []
    for one in (inference, twin):
        tagging = Tagging(registry, one)
        looks.append(tagging.look(read(PICTURES / picture, LIMITS, tagging.side(detectors)), detectors))
    assert any(look.findings for look in looks[0])
    for expected, found in zip(*looks, strict=True):
        assert found.status == expected.status == "complete"
        assert [item.label for item in found.findings] == [item.label for item in expected.findings]
        for one, other in zip(found.findings, expected.findings, strict=True):
            assert (one.score, *one.box) == pytest.approx((other.score, *other.box), abs=1e-4)


def test_outputs_by_name_in_their_types_and_shapes(twin: Inference) -> None:
    outputs = twin.infer(NET, VERSION, PIXELS)
    assert {name: value.shape for name, value in outputs.items()} == {"scores": (1, 3549, 80), "boxes": (1, 3549, 4)}
    assert {value.dtype.name for value in outputs.values()} == {"float32"}
    outputs["scores"] += 1  # it is the caller's own


def test_many_callers_at_once(twin: Inference) -> None:
    expected = twin.infer(NET, VERSION, PIXELS)["scores"]
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(twin.infer(NET, VERSION, PIXELS)["scores"])) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert all(np.array_equal(expected, one) for one in found)  # type: ignore[arg-type]


def test_ready(twin: Inference) -> None:
    assert twin.ready(NET, VERSION)
    assert not twin.ready(NET, "99")
    assert not twin.ready("nobody", VERSION)


WRONG = [
    ("nobody", "1", PIXELS),
    (NET, "99", PIXELS),
    (NET, "1", {"image": PIXELS["image"][:, :2]}),
    (NET, "1", {"image": PIXELS["image"][0]}),
    (NET, "1", {"image": PIXELS["image"].astype(np.int64)}),
    (NET, "1", {"picture": PIXELS["image"]}),
    (NET, "1", {}),
]


@pytest.mark.parametrize(("model", "version", "inputs"), WRONG)
def test_what_cannot_run_is_a_failure(twin: Inference, model: str, version: str, inputs: Tensors) -> None:
    with pytest.raises(Failure, match="Model ") as caught:
        twin.infer(model, version, inputs)
    assert type(caught.value) is Failure
    assert "\n" not in caught.value.message
    assert twin.infer(NET, VERSION, PIXELS), "the next one runs"


def test_a_server_that_is_down_is_a_failure() -> None:
    with socket.socket() as taken:  # bound but not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        remote = RemoteInference(f"http://127.0.0.1:{taken.getsockname()[1]}")
        assert not remote.ready(NET, VERSION)
        with pytest.raises(Unavailable, match="Inference server cannot be reached: ConnectError"):
            remote.infer(NET, VERSION, PIXELS)
        remote.close()


def test_a_server_that_is_slow_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        remote = RemoteInference(f"http://127.0.0.1:{silent.getsockname()[1]}", "never", seconds=0.2)
        with pytest.raises(Unavailable, match="Inference server did not answer in time: ReadTimeout"):
            remote.infer(NET, VERSION, PIXELS)
        remote.close()


def test_a_server_that_is_down_costs_no_detector(tmp_path: Path) -> None:
    """The API may start before the inference server: its packs stay in service, and answer as soon as the server does."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        house = build(Settings.model_validate({"data_dir": tmp_path, "inference_url": url}))
        before = house.registry.all()
        house.packs.check_all()
        house.close()
    assert house.registry.all() == before
    assert not house.registry.broken


def test_connections_are_kept(address: str) -> None:
    opened = []

    class Counting(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            request.extensions["trace"] = lambda name, _info: opened.append(name) if name.endswith("connect_tcp.started") else None
            return super().handle_request(request)

    remote = RemoteInference(address, transport=Counting())
    for _ in range(4):
        remote.infer(NET, VERSION, PIXELS)
    remote.close()
    assert len(opened) == 1


def test_the_setting_chooses_the_twin(address: str, tmp_path: Path) -> None:
    for url, kind in (
        (address, RemoteInference),
        (address.upper(), RemoteInference),
        ("onnx:", OnnxInference),
        ("", OnnxInference),
    ):
        settings = Settings.model_validate({"data_dir": tmp_path, "inference_url": url, "inference_binary": "never"})
        twin = inference_of(settings, Registry(settings.model_folders))
        assert type(twin) is kind
        assert twin.ready(NET, VERSION)
        if isinstance(twin, RemoteInference):
            twin.close()
    with pytest.raises(ValueError, match="expected onnx: or http"):
        Settings.model_validate({"inference_url": "grpc://there:8001"})
