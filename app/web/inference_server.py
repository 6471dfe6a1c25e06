"""The models of this installation over the Open Inference Protocol v2, for other machines' INFERENCE_URL. It knows no callers."""

import re
from collections.abc import Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.errors import Failure, Limited
from app.inference import protocol
from app.inference.onnx import OnnxInference
from app.ports import Slot, Tensors
from app.threads import Threads
from app.web import answers
from app.web.plumbing import VERSION

MODEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
NUMBER = re.compile(r"[1-9][0-9]{0,8}")


class InferenceServer:
    """Routes of the protocol over local models. They run in the compute threads; a full waiting line answers 503."""

    def __init__(self, inference: OnnxInference, threads: Threads, largest_body: int) -> None:
        self.inference, self.threads, self.largest_body = inference, threads, largest_body

    def app(self) -> Starlette:
        model = "/v2/models/{model}/versions/{version}"
        routes = [
            Route("/v2", self.metadata),
            Route("/v2/health/live", self.alive),
            Route("/v2/health/ready", self.alive),
            Route(model, self.described),
            Route(f"{model}/ready", self.ready),
            Route(f"{model}/infer", self.infer, methods=["POST"]),
        ]
        return Starlette(routes=routes)

    async def metadata(self, _request: Request) -> Response:
        return answers.reply({"name": "tagsight", "version": VERSION, "extensions": [protocol.EXTENSION]})

    async def alive(self, _request: Request) -> Response:
        return Response()

    async def ready(self, request: Request) -> Response:
        """Loads the model if it was not yet, so that asking is also a way to warm up."""
        model, version = named(request)
        there = bool(model) and await self.threads.wait(self.inference.ready, model, version)
        return Response(status_code=200 if there else 404)

    async def described(self, request: Request) -> Response:
        """Names, datatypes and shapes of a model's inputs and outputs; -1 is a side that is free."""
        model, version = named(request)
        try:
            graph = await self.threads.wait(self.inference.graph, model, version)
        except Failure as error:
            return refusal(404, error.message)
        slots = {"inputs": slots_of(graph.inputs), "outputs": slots_of(graph.outputs)}
        return answers.reply({"name": model, "versions": [version], "platform": "onnxruntime_onnx", **slots})

    async def infer(self, request: Request) -> Response:
        model, version = named(request)
        if not model:
            return refusal(404, "no such model: names are letters, digits, _ - and ., versions whole numbers")
        try:
            body = await self._whole(request)
            inputs, head = protocol.read("inputs", body, request.headers.get(protocol.LENGTH))
        except ValueError as error:
            return refusal(400, str(error))
        try:
            outputs = await self.threads.compute(self.inference.infer, model, version, inputs)
            return written(model, version, outputs, head)
        except Limited as error:
            return refusal(503, error.message)
        except (Failure, ValueError, TypeError, KeyError, AttributeError) as error:
            there = await self.threads.wait(self.inference.ready, model, version)
            return refusal(400 if there else 404, str(error))

    async def _whole(self, request: Request) -> bytes:
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > self.largest_body:
                raise ValueError(f"the request is larger than {self.largest_body} bytes")
        return bytes(body)


def named(request: Request) -> tuple[str, str]:
    """Model and version of the path, or two empty texts where they are no names (and might lead out of the model folder)."""
    model, version = request.path_params["model"], request.path_params["version"]
    return (model, version) if MODEL.fullmatch(model) and NUMBER.fullmatch(version) else ("", "")


def written(model: str, version: str, outputs: Tensors, head: dict[str, Any]) -> Response:
    """The answer with the outputs that were asked for, as bytes where the request said so: of all, or one by one."""
    wanted = head.get("outputs") or [{"name": name} for name in outputs]
    asked = {str(item["name"]): _says(item, "binary_data") for item in wanted}
    if missing := set(asked) - set(outputs):
        raise ValueError(f"the model has no output {', '.join(sorted(missing))}")
    binary = [name for name, bytes_wanted in asked.items() if bytes_wanted or _says(head, "binary_data_output")]
    more = {"model_name": model, "model_version": version} | ({"id": head["id"]} if "id" in head else {})
    body, headers = protocol.written("outputs", {name: outputs[name] for name in asked}, binary, more)
    return Response(body, headers=headers)


def slots_of(slots: Sequence[Slot]) -> list[dict[str, Any]]:
    shapes = [[-1 if side is None else side for side in slot.shape] for slot in slots]
    types = [protocol.NAMES.get(slot.dtype, slot.dtype) for slot in slots]
    return [{"name": slot.name, "datatype": type, "shape": shape} for slot, type, shape in zip(slots, types, shapes, strict=True)]


def refusal(status: int, message: str) -> Response:
    return answers.reply({"error": message}, status)


def _says(entry: dict[str, Any], parameter: str) -> bool:
    return (entry.get("parameters") or {}).get(parameter) is True
