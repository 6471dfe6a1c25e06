"""An inference server elsewhere, by the Open Inference Protocol v2: the same models, named alike, run on another machine.

The server must hold the model repository this service names: `<model>/<version>/`, with the same inputs and outputs.
"""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
import numpy.typing as npt
import orjson

from app.errors import Failure, Unavailable
from app.inference import protocol
from app.ports import Tensors

CONNECT_SECONDS = 5.0
PAUSES = (0.1, 0.4)  # before the second and the third try
BUSY = 503
AWAY = (502, BUSY, 504)  # said by the server, or by a gateway before it


class Unreached(Unavailable):
    """The connection broke before an answer came. Trying again does no harm: running a model changes nothing."""


class RemoteInference:
    """The inference port over HTTP, safe to call from many threads: connections are kept and shared.

    `binary` is "auto" (as the server's metadata says, asked once), "always" or "never". A server that is silent for `seconds`
    has failed; one that cannot be reached or is busy is tried three times.
    """

    def __init__(self, url: str, binary: str = "auto", seconds: float = 30.0, transport: httpx.BaseTransport | None = None) -> None:
        timeout = httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=16)
        self._client = httpx.Client(base_url=url, timeout=timeout, limits=limits, transport=transport)
        self._binary = {"always": True, "never": False}.get(binary)

    def ready(self, model: str, version: str) -> bool:
        try:
            return self._send("GET", f"{_path(model, version)}/ready").status_code == 200
        except Failure:
            return False

    def infer(self, model: str, version: str, inputs: Tensors) -> dict[str, npt.NDArray[np.float32]]:
        binary = self._speaks_binary()
        more = {"parameters": {"binary_data_output": True}} if binary else {}
        try:
            body, headers = protocol.written("inputs", inputs, inputs if binary else (), more)
            answer = self._send("POST", f"{_path(model, version)}/infer", body, headers)
            if answer.status_code != 200:
                kind = Unavailable if answer.status_code in AWAY else Failure
                raise kind(f"Model {model} version {version} failed: the inference server says {_reason(answer)}")
            return protocol.read("outputs", answer.content, answer.headers.get(protocol.LENGTH))[0]
        except ValueError as error:
            raise Failure(f"Model {model} version {version} failed: {str(error)[:200]}") from error

    def close(self) -> None:
        self._client.close()

    def _speaks_binary(self) -> bool:
        """Whether tensors go as bytes. The server is asked until it has answered; asking twice at the start does no harm."""
        if self._binary is None:
            answer = self._send("GET", "v2")
            if answer.status_code in AWAY:
                raise Unavailable(f"Inference server is not ready: {_reason(answer)}")
            self._binary = protocol.EXTENSION in _json(answer).get("extensions", ())
        return self._binary

    def _send(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> httpx.Response:
        for pause in PAUSES:
            try:
                answer = self._once(method, path, body, headers)
                if answer.status_code != BUSY:
                    return answer
            except Unreached:
                pass
            time.sleep(pause)
        return self._once(method, path, body, headers)

    def _once(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None) -> httpx.Response:
        try:
            return self._client.request(method, path, content=body, headers=headers)
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise Unreached(f"Inference server cannot be reached: {type(error).__name__} at {path}") from error
        except httpx.TimeoutException as error:
            raise Unavailable(f"Inference server did not answer in time: {type(error).__name__} at {path}") from error
        except httpx.HTTPError as error:
            raise Failure(f"Inference server failed: {type(error).__name__} at {path}") from error


def _path(model: str, version: str) -> str:
    return f"v2/models/{quote(model, safe='')}/versions/{quote(version, safe='')}"


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        body = orjson.loads(answer.content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _reason(answer: httpx.Response) -> str:
    """What an error answer says, in a line: the protocol's `error`, or the status alone."""
    said = str(_json(answer).get("error", "")).strip().partition("\n")[0]
    return f"{answer.status_code} {said[:200]}".strip()
