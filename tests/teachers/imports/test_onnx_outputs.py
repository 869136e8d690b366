"""Of several outputs of an ONNX model one is taken, and told; words of padding alone are not asked about."""

import numpy as np
import pytest
from refusals import refusal
from shell import run

from nerode.teachers.checkpoints import load_teacher
from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.proof import Answers
from nerode.teachers.imports.weights import import_weights

onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from models.onnx_files import LETTERS, last, model, read  # noqa: E402


def words_of(count, tokens, seed=1):
    rng = np.random.default_rng(seed)
    return [tuple(rng.integers(tokens, size=length).tolist()) for length in rng.integers(1, 12, count)]


def answers_of(made, words, output=0):
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.array([session.run(None, {"tokens": np.array([word], np.int64)})[output][0] for word in words])


@pytest.fixture
def two(tmp_path):
    """A GRU with two read-outs: `len` of four numbers, and `cls` of three."""
    names = []

    def heads(make):
        outputs, _ = make.cells("GRU", read(make), 3, 6)
        hidden = last(make, outputs)
        names.extend((make.linear(hidden, 6, 4), make.linear(hidden, 6, 3)))
        return names[0]

    made = model(heads)
    made.graph.output.add(name=names[1])
    for node in made.graph.node:
        for old, new in zip(names, ("len", "cls"), strict=True):
            node.output[:] = [new if name == old else name for name in node.output]
    for output, new in zip(made.graph.output, ("len", "cls"), strict=True):
        output.name = new
    onnx.save(made, tmp_path / "own.onnx")
    return made, tmp_path / "own.onnx"


def test_the_first_output_is_taken_and_told_and_another_may_be_named(two, tmp_path, capsys):
    made, file = two
    words = words_of(100, len(LETTERS))
    for options, place, told in ((), 0, True), (("--network", "len"), 0, False), (("--network", "cls"), 1, False):
        out = tmp_path / f"own{len(options)}{place}"
        done = run(capsys, "import", file, "--alphabet", LETTERS, "--task", "classifier", *options, "--out", out)
        assert done.code == 0, done.err
        assert ("assumed: its answer is the first output, len; others: cls (--network cls)" in done.out) == told
        np.testing.assert_allclose(load_teacher(out).scores(words), answers_of(made, words, place), atol=1e-5)
    assert "--network is out, and its outputs are len, cls" in refusal(file, Wanted(LETTERS, network="out"))


def test_answers_tell_which_output(two):
    made, file = two
    words = words_of(60, len(LETTERS))
    texts = tuple("".join(LETTERS[token] for token in word) for word in words)
    numbers = answers_of(made, words, 1)
    found = import_weights(file, Wanted(LETTERS, task="classifier"), Answers(texts, numbers))
    assert found.assumed[0] == "its answer is the output cls, which gives the answers"
    np.testing.assert_allclose(found.model.teacher.scores(words), numbers, atol=1e-5)
    said = refusal(file, Wanted(LETTERS, task="classifier"), Answers(texts, numbers + 1))
    assert "none of its outputs len, cls gives the answers" in said


@pytest.mark.parametrize("padding", ["0", "3", None])
def test_a_mean_over_the_tokens_that_are_no_padding(tmp_path, padding):
    """Without a token that is no padding it has no answer."""
    token = int(padding or 0)

    def masked(make):
        kept = make.node("Not", make.node("Equal", "tokens", np.array(token)))
        kept = make.node("Unsqueeze", make.node("Cast", kept, to=1), np.array([2]))
        total = make.node("ReduceSum", make.node("Mul", make.embedding("tokens"), kept), np.array([1]), keepdims=0)
        return make.linear(make.node("Div", total, make.node("ReduceSum", kept, np.array([1]), keepdims=0)), 3, 3)

    made = model(masked)
    onnx.save(made, tmp_path / "own.onnx")
    if padding is None:
        assert "say which tokens are no letters" in refusal(tmp_path / "own.onnx", Wanted("bcd"))
        return
    tokens = [number for number in range(4) if number != token]
    words = words_of(100, 3)
    found = import_weights(tmp_path / "own.onnx", Wanted("bcd", padding=padding, task="classifier"))
    assert "compares tokens with a number, as a mask of padding does" in found.asked
    expected = answers_of(made, [tuple(tokens[letter] for letter in word) for word in words])
    np.testing.assert_allclose(found.model.teacher.scores(words), expected, atol=1e-5)
