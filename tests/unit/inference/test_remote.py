"""How the remote twin deals with servers that differ, are busy, or break off; the contract test has a real server."""

import json
from collections.abc import Callable

import httpx
import numpy as np
import pytest

from app.errors import Failure, Unavailable
from app.inference import protocol
from app.inference.remote import RemoteInference

Answer = Callable[[httpx.Request], httpx.Response]
ONE = {"x": np.ones((1, 2), np.float32)}
INFER = "/v2/models/net/versions/1/infer"


class Server:
    """Answers `/v2` with its extensions, and everything else with the next of `answers` (the last one again and again)."""

    def __init__(self, extensions: list[str], *answers: Answer | Exception | httpx.Response) -> None:
        self.extensions, self.answers, self.seen = extensions, list(answers), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        if request.url.path == "/v2":
            return httpx.Response(200, json={"name": "any", "extensions": self.extensions})
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    def remote(self, binary: str = "auto") -> RemoteInference:
        return RemoteInference("http://there", binary, transport=httpx.MockTransport(self))


def echo(request: httpx.Request) -> httpx.Response:
    tensors, _ = protocol.read("inputs", request.content, request.headers.get(protocol.LENGTH))
    body, headers = protocol.written("outputs", tensors, (), {})
    return httpx.Response(200, content=body, headers=headers)


@pytest.mark.parametrize(
    ("extensions", "binary", "expected"),
    [
        ([protocol.EXTENSION], "auto", True),
        (["classification", protocol.EXTENSION], "auto", True),
        ([], "auto", False),
        ([], "always", True),
        ([protocol.EXTENSION], "never", False),
    ],
)
def test_bytes_are_sent_where_the_server_offers_them_or_the_operator_says_so(
    extensions: list[str], binary: str, expected: bool
) -> None:
    server = Server(extensions, echo)
    remote = server.remote(binary)
    for _ in range(2):
        assert remote.infer("net", "1", ONE)["x"].tolist() == [[1.0, 1.0]]
    assert [request.url.path for request in server.seen] == ["/v2"] * (binary == "auto") + [INFER] * 2
    assert (protocol.LENGTH in server.seen[-1].headers) is expected
    head = json.loads(server.seen[-1].content.partition(b"\0")[0][: int(server.seen[-1].headers.get(protocol.LENGTH, 9999))])
    assert head.get("parameters") == ({"binary_data_output": True} if expected else None)


def test_a_server_without_metadata_gets_json() -> None:
    def server(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if request.url.path == "/v2" else echo(request)

    remote = RemoteInference("http://there", transport=httpx.MockTransport(server))
    assert remote.infer("net", "1", ONE)["x"].shape == (1, 2)


@pytest.mark.parametrize("first", [httpx.Response(503), httpx.ConnectError("refused"), httpx.RemoteProtocolError("closed")])
def test_a_busy_or_broken_connection_is_tried_again(first: httpx.Response | Exception) -> None:
    server = Server([], first, echo)
    assert server.remote().infer("net", "1", ONE)
    assert len(server.seen) == 3


REFUSALS = [
    (httpx.Response(503, json={"error": "queue is full"}), Unavailable, "says 503 queue is full", 3),
    (httpx.Response(400, json={"error": "unexpected shape\nfor input"}), Failure, "says 400 unexpected shape$", 1),
    (httpx.Response(502, text="<html>"), Unavailable, "says 502$", 1),
    (httpx.ConnectError("refused"), Unavailable, "cannot be reached: ConnectError", 3),
    (httpx.ReadTimeout("slow"), Unavailable, "did not answer in time", 1),
    (httpx.Response(200, text="<html>"), Failure, "Model net version 1 failed", 1),
    (httpx.Response(200, json={"outputs": [{"name": "y"}]}), Failure, "malformed tensor in outputs", 1),
]


@pytest.mark.parametrize(("answer", "kind", "words", "tries"), REFUSALS)
def test_what_goes_wrong_is_one_clear_failure(
    answer: httpx.Response | Exception, kind: type[Failure], words: str, tries: int
) -> None:
    server = Server([], answer)
    with pytest.raises(kind, match=words) as caught:
        server.remote("never").infer("net", "1", ONE)
    assert isinstance(caught.value, Unavailable) is (kind is Unavailable)
    assert len(server.seen) == tries


def test_a_type_the_protocol_lacks_is_a_failure() -> None:
    with pytest.raises(Failure, match="complex64"):
        Server([], echo).remote("always").infer("net", "1", {"x": np.ones(1, np.complex64)})


def test_names_are_escaped() -> None:
    server = Server([], echo)
    server.remote("never").infer("a/b c", "1", ONE)
    assert server.seen[-1].url.raw_path == b"/v2/models/a%2Fb%20c/versions/1/infer"
