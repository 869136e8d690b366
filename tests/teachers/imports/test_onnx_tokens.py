"""ONNX models whose tokens are moved before they are looked up, and models that were exported for one batch or one length."""

import numpy as np
import pytest
from refusals import refusal

from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.weights import import_weights

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from models.onnx_files import LETTERS, model  # noqa: E402


def padded(make, zero=True):
    """Two tokens 0 behind each word, an embedding, and the largest of each number over two neighbours."""
    table = make.array(len(LETTERS), 3)
    if zero:
        table[0] = 0
    tokens = make.node("Pad", "tokens", np.array([0, 0, 0, 2]), np.array(0, np.int64))
    looked = make.node("Transpose", make.node("Gather", table, tokens), perm=[0, 2, 1])
    seen = make.node("Conv", looked, make.array(4, 3, 2), make.array(4))
    return make.linear(make.node("ReduceMax", seen, axes=[2], keepdims=0), 4, 3)


def begun(make):
    """A token 0 before each word, whose row is not zero."""
    zero = make.node("Mul", make.node("Slice", "tokens", *map(np.array, ([0], [1], [1]))), np.array(0, np.int64))
    tokens = make.node("Concat", zero, "tokens", axis=1)
    mean = make.node("ReduceMean", make.node("Abs", make.embedding(tokens)), axes=[1], keepdims=0)
    return make.linear(mean, 3, 3)


def written(folder, made):
    onnx.save(made, folder / "own.onnx")
    return folder / "own.onnx"


def answers_of(made, words):
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.array([session.run(None, {"tokens": np.array([word], np.int64)})[0][0] for word in words])


def test_the_zero_row_behind_padding_is_no_letter(tmp_path):
    made = model(padded)
    found = import_weights(written(tmp_path, made), Wanted(LETTERS[:3], task="classifier"))
    assert any(said.startswith("token 0 is padding") for said in found.assumed)
    words = [(0,), (2, 1), (0, 1, 2, 2), (1, 0, 0)]
    answers = answers_of(made, [[letter + 1 for letter in word] for word in words])
    np.testing.assert_allclose(found.model.teacher.scores(words), answers, atol=1e-5)
    assumed = import_weights(tmp_path / "own.onnx", Wanted(LETTERS, task="classifier")).assumed
    assert any("token 0 is the letter a, though its row" in said for said in assumed)


@pytest.mark.parametrize("build", [begun, lambda make: padded(make, zero=False)])
def test_more_rows_than_letters_are_asked_for(tmp_path, build):
    file = written(tmp_path, model(build))
    said = refusal(file, Wanted(LETTERS[:3], task="classifier"))
    assert "the network reads 4 tokens, 4 of which are left for the 3 symbols" in said
    assert import_weights(file, Wanted(LETTERS[1:], start="none", padding="0", task="classifier")).model.width == 3


@pytest.mark.parametrize(
    ("batch", "length", "named"),
    [
        (2, None, ["the batch is fixed to 2"]),
        (None, 6, ["the length is fixed to 6"]),
        (2, 6, ["the batch is fixed to 2", "the length"]),
    ],
)
def test_what_is_fixed_inside_is_named(tmp_path, batch, length, named):
    def fixed(make):
        shape = np.array([batch or 0, length or 0, 3])
        looked = make.node("Reshape", make.embedding("tokens"), shape)
        mean = make.node("ReduceMean", looked, axes=[1], keepdims=0)
        return make.linear(mean, 3, 3)

    said = refusal(written(tmp_path, model(fixed)), Wanted(LETTERS, task="classifier"))
    for each in named:
        assert each in said
    assert ("the length is" in said) == (length is not None)
    assert ("the batch is" in said) == (batch is not None)
