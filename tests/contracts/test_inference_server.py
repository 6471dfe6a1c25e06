"""What `tagsight inference` answers to clients that are not ours, and to bodies and paths that are wrong."""

import httpx
import numpy as np
import pytest

from app.errors import Failure
from app.inference import protocol
from app.inference.remote import RemoteInference

NET, VERSION = "nanodet-g", "1"
PIXELS = {"image": np.full((1, 3, 416, 416), 114, np.float32)}


@pytest.mark.parametrize("model", ["../models/nanodet-g", "..", ".", "", "a b", "nanodet-g/1/.."])
def test_names_do_not_lead_out_of_the_model_folder(address: str, model: str) -> None:
    remote = RemoteInference(address)
    assert not remote.ready(model, VERSION)
    with pytest.raises(Failure, match="404"):
        remote.infer(model, VERSION, PIXELS)
    remote.close()


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
