"""Tensors written by the v2 protocol read back the same, in JSON and as bytes."""

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from app.inference import protocol

TENSORS = st.sampled_from(list(protocol.DATATYPES.values())).flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
)


def finite(value: protocol.Array) -> protocol.Array:
    return np.where(np.isfinite(value), value, np.nan).astype(value.dtype) if value.dtype.kind == "f" else value


@given(st.dictionaries(st.text(min_size=1, max_size=5), TENSORS, max_size=3), st.booleans())
def test_what_is_written_reads_back(tensors: dict[str, protocol.Array], binary: bool) -> None:
    if not binary:  # JSON has no infinity: it arrives as not-a-number
        tensors = {name: finite(value) for name, value in tensors.items()}
    body, headers = protocol.written("inputs", tensors, tensors if binary else (), {"id": "1"})
    found, head = protocol.read("inputs", body, headers.get(protocol.LENGTH))
    assert head["id"] == "1"
    assert list(found) == list(tensors)
    for name, value in tensors.items():
        assert (found[name].dtype, found[name].shape) == (value.dtype, value.shape)
        np.testing.assert_array_equal(found[name], value)
        assert found[name].flags.writeable


def test_nested_json_data_is_read_too() -> None:
    body = orjson.dumps({"outputs": [{"name": "a", "shape": [2, 2], "datatype": "INT64", "data": [[1, 2], [3, 4]]}]})
    assert protocol.read("outputs", body, None)[0]["a"].tolist() == [[1, 2], [3, 4]]


def test_bytes_are_little_endian_and_any_memory_order_is_taken() -> None:
    tensors = {"a": np.asfortranarray(np.arange(6, dtype=">i4").reshape(2, 3)).astype(np.int32, order="K").T}
    body, headers = protocol.written("inputs", tensors, tensors, {})
    raw = body[int(headers[protocol.LENGTH]) :]
    assert np.frombuffer(raw, "<i4").tolist() == tensors["a"].ravel().tolist()


def test_a_type_without_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="tensor a has type complex64"):
        protocol.written("inputs", {"a": np.zeros(1, np.complex64)}, (), {})
