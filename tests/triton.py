"""A real Triton over the bundled models, by a Python that has pytriton and onnxruntime: `python tests/triton.py <models> <port>`.

Triton's own ONNX backend does not come with pip, so each model is bound as a function that runs it: what is tried here is the
server's side of the protocol, not the backend.
"""

import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import numpy as np
import onnxruntime
from pytriton.model_config import ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

TYPES = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8, "tensor(int64)": np.int64, "tensor(int32)": np.int32}


def tensors(slots: list[onnxruntime.NodeArg]) -> list[Tensor]:
    return [
        Tensor(name=slot.name, dtype=TYPES[slot.type], shape=tuple(side if isinstance(side, int) else -1 for side in slot.shape))
        for slot in slots
    ]


def running(session: onnxruntime.InferenceSession) -> Callable[..., list[dict[str, np.ndarray]]]:
    names = [slot.name for slot in session.get_outputs()]

    def run(requests: list[dict[str, np.ndarray]]) -> list[dict[str, np.ndarray]]:
        return [dict(zip(names, session.run(None, dict(request)), strict=True)) for request in requests]

    return run


def main() -> None:
    models, port = Path(sys.argv[1]), int(sys.argv[2])
    own = TritonConfig(http_port=port, http_address="127.0.0.1", allow_grpc=False, allow_metrics=False)
    with Triton(config=own) as triton:
        for file in sorted(models.glob("*/*/model.onnx")):
            session = onnxruntime.InferenceSession(file)
            triton.bind(
                model_name=file.parent.parent.name,
                model_version=int(file.parent.name),
                infer_func=running(session),
                inputs=tensors(session.get_inputs()),
                outputs=tensors(session.get_outputs()),
                config=ModelConfig(batching=False),
            )

        def stop(_number: int, _frame: FrameType | None) -> None:
            raise SystemExit

        signal.signal(signal.SIGTERM, stop)
        triton.serve()


if __name__ == "__main__":
    main()
