"""One suite on both twins of the inference port: in this process, and over HTTP against a real server of the v2 protocol."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
import uvicorn

from app.errors import Failure
from app.imaging.reading import Limits, read
from app.inference import protocol
from app.inference.remote import RemoteInference
from app.main import create_inference_server
from app.ports import Inference, Tensors
from app.services.tagging import Tagging
from app.settings import Settings
from app.vision.registry import Registry

PICTURES = Path(__file__).parent.parent / "pictures"
LIMITS = Limits(50_000_000, 2**28, ("jpg",))
NET, VERSION = "nanodet-g", "1"
PIXELS = {"image": np.full((1, 3, 416, 416), 114, np.float32)}


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """`tagsight inference` in a thread with a loop of its own; its address."""
    config = uvicorn.Config(create_inference_server(settings), port=0, ws="none", log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=15)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = Settings.model_validate({"data_dir": tmp_path_factory.mktemp("inference"), "compute_threads": 2})
    with serving(settings) as address:
        yield address


@pytest.fixture(scope="module", params=["local", "auto", "never"])
def twin(request: pytest.FixtureRequest) -> Iterator[Inference]:
    """In this process; over HTTP with bytes (as the server's metadata offers); over HTTP with JSON alone."""
    if request.param == "local":
        yield request.getfixturevalue("inference")
        return
    remote = RemoteInference(request.getfixturevalue("address"), request.param)
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
        with pytest.raises(Failure, match="Inference server cannot be reached: ConnectError"):
            remote.infer(NET, VERSION, PIXELS)
        remote.close()


def test_a_server_that_is_slow_is_a_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        remote = RemoteInference(f"http://127.0.0.1:{silent.getsockname()[1]}", "never", seconds=0.2)
        with pytest.raises(Failure, match="Inference server did not answer in time: ReadTimeout"):
            remote.infer(NET, VERSION, PIXELS)
        remote.close()


@pytest.mark.parametrize("model", ["../models/nanodet-g", "..", ".", "", "a b", "nanodet-g/1/.."])
def test_names_do_not_lead_out_of_the_model_folder(address: str, model: str) -> None:
    remote = RemoteInference(address)
    assert not remote.ready(model, VERSION)
    with pytest.raises(Failure, match="404"):
        remote.infer(model, VERSION, PIXELS)
    remote.close()


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


BODIES = [
    ({}, b"{half"),
    ({}, b"[]"),
    ({}, b"{}"),
    ({}, b'{"inputs": [{"name": "image"}]}'),
    ({}, b'{"inputs": [{"name": "image", "shape": [2], "datatype": "FP32", "data": [1]}]}'),
    ({}, b'{"inputs": [{"name": "image", "shape": [-1], "datatype": "FP32", "data": [1]}]}'),
    ({}, b'{"inputs": [{"name": "image", "shape": [1], "datatype": "UINT8", "data": [300]}]}'),
    ({}, b'{"inputs": [{"name": "image", "shape": [1], "datatype": "BYTES", "data": ["a"]}]}'),
    ({}, b'{"inputs": []} trailing'),
    ({protocol.LENGTH: "x"}, b'{"inputs": []}'),
    ({protocol.LENGTH: "14"}, b'{"inputs": []}1234'),
    (
        {protocol.LENGTH: "9999999"},
        b'{"inputs": [{"name":"image","shape":[1],"datatype":"FP32","parameters":{"binary_data_size":4}}]}',
    ),
]


@pytest.mark.parametrize(("headers", "body"), BODIES)
def test_malformed_bodies_are_refused_in_a_sentence(address: str, headers: dict[str, str], body: bytes) -> None:
    answer = httpx.post(f"{address}/v2/models/{NET}/versions/1/infer", content=body, headers=headers)
    assert answer.status_code == 400
    assert isinstance(answer.json()["error"], str)


def test_the_server_names_its_extension_and_answers_only_what_was_asked(address: str) -> None:
    assert httpx.get(f"{address}/v2").json()["extensions"] == [protocol.EXTENSION]
    assert httpx.get(f"{address}/v2/health/ready").status_code == 200
    assert httpx.get(f"{address}/v2/models/{NET}/versions/1").json() == {
        "name": NET,
        "versions": ["1"],
        "platform": "onnxruntime_onnx",
        "inputs": [{"name": "image", "datatype": "FP32", "shape": [-1, 3, -1, -1]}],
        "outputs": [
            {"name": "scores", "datatype": "FP32", "shape": [-1, -1, 80]},
            {"name": "boxes", "datatype": "FP32", "shape": [-1, -1, 4]},
        ],
    }
    assert httpx.get(f"{address}/v2/models/nobody/versions/1").status_code == 404
    more = {"id": "7", "outputs": [{"name": "boxes", "parameters": {"binary_data": True}}, {"name": "scores"}]}
    body, headers = protocol.written("inputs", PIXELS, PIXELS, more)
    url = f"{address}/v2/models/{NET}/versions/1/infer"
    answer = httpx.post(url, content=body, headers=headers)
    tensors, head = protocol.read("outputs", answer.content, answer.headers[protocol.LENGTH])
    assert (head["id"], head["model_name"], list(tensors)) == ("7", NET, ["boxes", "scores"])
    assert [("data" in entry) for entry in head["outputs"]] == [False, True]
    body, headers = protocol.written("inputs", PIXELS, PIXELS, {"outputs": [{"name": "nothing"}]})
    assert "no output nothing" in httpx.post(url, content=body, headers=headers).json()["error"]
