"""The scores of an ONNX model stand before a softmax, sigmoid or argmax over them, and over nothing else."""

import numpy as np
import pytest

from nerode.errors import InputError
from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.weights import import_weights

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from models.onnx_files import LETTERS, Maker, lstm, model  # noqa: E402
from onnx import TensorProto  # noqa: E402

WORDS = [(0,), (0, 1, 3), (3, 3, 3), (2, 1, 0, 0, 3)]
LEFT = "at its end is left in, since it is not known to be that of the scores of a word"


def mean(make, keepdims=0):
    return make.node("ReduceMean", make.embedding("tokens"), axes=[1], keepdims=keepdims)


def imported(folder, made):
    onnx.save(made, folder / "own.onnx")
    return import_weights(folder / "own.onnx", Wanted(LETTERS, task="classifier"))


def answers(made):
    """What onnxruntime answers to each word alone."""
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    return [session.run(None, {"tokens": np.array([word])})[0][0] for word in WORDS]


def squeezed(make):
    return make.node("Squeeze", make.node("Softmax", mean(make, 1), axis=2), np.array([1]))


def reshaped(make):
    return make.node("Reshape", make.node("Softmax", mean(make, 1), axis=-1), np.array([-1, 3]))


def cast(make):
    return make.node("Cast", make.node("LogSoftmax", mean(make)), to=onnx.TensorProto.DOUBLE)


def flat(make):
    return make.node("Flatten", make.node("Sigmoid", mean(make, 1)))


@pytest.mark.parametrize("build", [squeezed, reshaped, cast, flat])
def test_operators_behind_the_last_function_shape_the_scores(tmp_path, build):
    found = imported(tmp_path, model(build))
    np.testing.assert_allclose(found.model.teacher.scores(WORDS), np.array(answers(model(mean))), atol=1e-6)
    assert not any(LEFT in said for said in found.assumed)


@pytest.mark.parametrize("opset", [12, 17])
def test_a_softmax_over_the_tokens_is_no_end(tmp_path, opset):
    """Before opset 13 a softmax without an axis is over the tokens too."""

    def over_tokens(make):
        return make.node("Softmax", make.embedding("tokens"), **({} if opset == 12 else {"axis": 1}))

    make = Maker(opset=opset)
    made = make.model(over_tokens(make))
    found = imported(tmp_path, made)
    expected = np.array([row[-1] for row in answers(made)])
    np.testing.assert_allclose(found.model.teacher.scores(WORDS), expected, atol=1e-6)
    assert f"the Softmax {LEFT}" in found.assumed


def test_a_softmax_in_groups_is_no_end(tmp_path):
    def grouped(make):
        scores = make.node("Reshape", make.linear(mean(make), 3, 6), np.array([-1, 2, 3]))
        return make.node("Reshape", make.node("Softmax", scores, axis=-1), np.array([-1, 6]))

    found = imported(tmp_path, model(grouped))
    np.testing.assert_allclose(found.model.teacher.scores(WORDS), np.array(answers(model(grouped))), atol=1e-6)


def test_an_argmax_over_the_scores_alone_is_an_end(tmp_path):
    def best(make, **axis):
        return make.node("Cast", make.node("ArgMax", mean(make), keepdims=0, **axis), to=onnx.TensorProto.INT32)

    def of(**axis):
        made = model(lambda make: best(make, **axis))
        made.graph.output[0].type.tensor_type.elem_type = onnx.TensorProto.INT32
        return made

    for axis in (1, -1):
        found = imported(tmp_path, of(axis=axis))
        np.testing.assert_allclose(found.model.teacher.scores(WORDS), np.array(answers(model(mean))), atol=1e-6)
    for axis in ({}, {"axis": 0}):
        with pytest.raises(InputError, match="is no score"):
            imported(tmp_path, of(**axis))


@pytest.mark.parametrize("half", [False, True])
def test_weights_of_half_precision_are_told(tmp_path, half):
    made = model(lstm)
    for part in list(made.graph.initializer)[:1] if half else ():
        values = onnx.numpy_helper.to_array(part).astype(np.float16)
        made.graph.initializer.remove(part)
        made.graph.initializer.append(onnx.numpy_helper.from_array(values, f"{part.name}_half"))
        made.graph.node.insert(0, onnx.helper.make_node("Cast", [f"{part.name}_half"], [part.name], to=TensorProto.FLOAT))
    file = tmp_path / "own.onnx"
    onnx.save(made, file)
    assumed = import_weights(file, Wanted(LETTERS)).assumed
    assert any(said.startswith("weights of half precision") for said in assumed) == half
