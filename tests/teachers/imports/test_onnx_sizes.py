"""ONNX files that claim memory, or would make much of little: a sentence, before the memory is taken."""

import tracemalloc

import numpy as np
import pytest

from nerode.teachers.imports.onnx_graphs import followed
from nerode.teachers.onnx_files import read_onnx

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from models.onnx_files import Maker, bag, lstm, model  # noqa: E402
from models.onnx_refused import outside, refusal  # noqa: E402
from onnx import TensorProto, helper  # noqa: E402


def grown(make):
    zeros = make.node("ConstantOfShape", np.array([10**6, 10**6]))
    return make.node("Add", bag(make), make.node("ReduceMax", zeros, keepdims=0))


def test_claims_of_memory_are_refused(tmp_path):
    assert "onnxruntime cannot compute it" in refusal(tmp_path / "own.onnx", model(grown))
    made = model(lstm)
    made.graph.initializer[0].dims[:] = [10**6, 10**6]
    assert "claim more numbers than the file holds" in refusal(tmp_path / "own.onnx", made)
    made.graph.initializer[0].dims[:] = [4, 4]
    assert "cannot be imported" in refusal(tmp_path / "own.onnx", made)


def test_weights_are_read_once_and_to_their_size(tmp_path):
    size = 1 << 20
    (tmp_path / "weights").write_bytes(bytes(size))
    file = tmp_path / "own.onnx"

    def named(count, *dims):
        made = model(lstm)
        for i in range(count):
            tensor = outside("weights")
            tensor.dims[:] = dims
            tensor.name = f"more {i}"
            made.graph.initializer.append(tensor)
        return made

    file.write_bytes(named(300, 1).SerializeToString())
    assert read_onnx(file).ByteSize() < size
    assert "claim more bytes than the files beside it hold" in refusal(file, named(300, size // 4))
    assert "claims more weights than weights holds" in refusal(file, named(1, size))
    made = named(1, 4)
    made.graph.initializer[-1].external_data.add(key="length", value="1000")
    assert "do not have the sizes that they claim" in refusal(file, made)
    made.graph.initializer[-1].data_type = TensorProto.STRING
    assert "are not stored as numbers" in refusal(file, made)


def doubled(make):
    name = make.weight(np.zeros(1 << 12, np.int64))
    for _ in range(14):
        name = make.node("Concat", name, name, axis=0)
    return name


def gathered(make):
    return make.node("Gather", np.zeros((1, 1 << 13), np.int64), np.zeros(1 << 13, np.int64), axis=0)


def turned(make):
    name = make.weight(np.zeros((1 << 10, 1 << 10), np.float32))
    for _ in range(40):
        name = make.node("Transpose", name)
    return name


@pytest.mark.parametrize("build", [doubled, gathered, turned])
def test_constants_that_grow_are_not_computed(build):
    """Each of them makes much of little. onnxruntime may compute them, since it has a limit."""
    made = model(build)
    made.graph.node.append(helper.make_node("Gather", [made.graph.output[0].name, "tokens"], ["answer"]))
    made.graph.output[0].name = "answer"
    tracemalloc.start()
    _, value = followed(made, None, False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < (80 if build is turned else 40) << 20
    assert "makes much more numbers than it stores" in str(value)


def test_layers_that_would_be_large_matrices_are_not_read():
    make = Maker()
    wide = make.node("Relu", make.node("MatMul", make.embedding("tokens"), make.array(3, 50_000)))
    _, value = followed(make.model(make.node("Add", wide, np.float32(1))), None, False)
    assert "makes much more numbers than it stores" in str(value)
    make = Maker()
    _, value = followed(make.model(make.node("OneHot", "tokens", np.array(10**12), np.array([0, 1]), axis=-1)), None, False)
    assert "makes one-hot vectors of 1000000000000 numbers" in str(value)


def test_large_inputs_are_refused(tmp_path):
    for shape in ((5 * 10**6, "time"), ("time", 257)):
        assert "256 at once at most" in refusal(tmp_path / "own.onnx", model(lstm, shape=shape))
    made = Maker().model("tokens", shape=("batch", "time", 10**7), kind=TensorProto.FLOAT)
    made.graph.node.append(helper.make_node("ReduceSum", ["tokens"], ["out"]))
    made.graph.output[0].name = "out"
    assert "one-hot vectors have at most 10,000" in refusal(tmp_path / "own.onnx", made)
