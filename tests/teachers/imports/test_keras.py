"""Keras models are read from their files alone, and answer as Keras does."""

import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, softmax

from nerode.automata.loading import load_automaton
from nerode.protocols import SteppingTeacher, TwoWayTeacher
from nerode.teachers.checkpoints import load_model
from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.proof import Answers
from nerode.teachers.imports.weights import import_weights

pytest.importorskip("h5py")

from doubles import words_up_to
from models import keras_files
from models.keras_files import FILES, Layer, Maker, answer, each, keras_file
from refusals import refusal
from shell import run

LETTERS = "abcd"
WORDS = 1000
SAVED = Path(keras_files.__file__).with_name("keras.zip")


def letters(make, *others):
    return [make.embedding(len(LETTERS), 3), *others]


MODELS = {
    "lstm": lambda m: letters(m, m.cells("LSTM", 3, 6), Layer("Dropout"), m.dense(6, 2, "softmax")),
    "gru": lambda m: letters(m, m.cells("GRU", 3, 6), m.dense(6, 1, "sigmoid")),
    "gru that resets first": lambda m: letters(m, m.cells("GRU", 3, 6, reset_after=False), m.dense(6, 1, "sigmoid")),
    "grus that reset first, both ways": lambda m: letters(m, m.both("GRU", 3, 4, reset_after=False), m.dense(8, 3)),
    "widths of grus that reset first": lambda m: letters(
        m, m.cells("GRU", 3, 6, reset_after=False, return_sequences=True), m.cells("GRU", 6, 4, reset_after=False), m.dense(4, 3)
    ),
    "srn": lambda m: letters(m, m.cells("SimpleRNN", 3, 6), m.dense(6, 5, "tanh"), m.dense(5, 3)),
    "relu units": lambda m: letters(m, m.cells("SimpleRNN", 3, 4, activation="relu"), m.dense(4, 3)),
    "both ways": lambda m: letters(m, m.both("LSTM", 3, 4), m.dense(8, 3, "softmax")),
    "largest over time": lambda m: letters(
        m, m.both("GRU", 3, 4, return_sequences=True), Layer("GlobalMaxPooling1D"), m.dense(8, 2)
    ),
    "mean over time": lambda m: letters(
        m, m.cells("LSTM", 3, 4, return_sequences=True), Layer("GlobalAveragePooling1D"), m.dense(4, 3)
    ),
    "widths": lambda m: letters(
        m, m.cells("GRU", 3, 6, return_sequences=True), m.cells("GRU", 6, 3, return_sequences=True), m.cells("GRU", 3, 4),
        m.dense(4, 3),
    ),
    "norms": lambda m: letters(
        m, m.cells("LSTM", 3, 4), m.norm(4), m.dense(4, 5), m.norm(5), Layer("Activation", {"activation": "relu"}), m.dense(5, 2)
    ),
}  # fmt: skip
DESCRIBED = {
    "sum of both ways": lambda m: letters(m, m.both("GRU", 3, 4, "sum"), m.dense(4, 3)),
    "mean of both ways below": lambda m: letters(
        m, m.both("LSTM", 3, 4, "ave", return_sequences=True), m.cells("LSTM", 4, 3), m.norm(3), m.dense(3, 2)
    ),
    "one way below": lambda m: letters(m, m.cells("LSTM", 3, 6, return_sequences=True), m.both("LSTM", 6, 3), m.dense(6, 2)),
    "affine between": lambda m: letters(
        m, m.dense(3, 5, "tanh"), m.cells("GRU", 5, 4, return_sequences=True), m.dense(4, 7), m.cells("GRU", 7, 4),
        m.dense(4, 2, "tanh"),
    ),
    "no read-out": lambda m: letters(m, m.cells("LSTM", 3, 2)),
    "backward": lambda m: letters(m, m.cells("LSTM", 3, 6, go_backwards=True), m.dense(6, 4, "leaky_relu"), m.dense(4, 3)),
    "backward on top": lambda m: letters(
        m, m.cells("GRU", 3, 6, return_sequences=True), m.cells("GRU", 6, 4, go_backwards=True), m.dense(4, 3)
    ),
    "leaky": lambda m: letters(
        m, m.dense(3, 4, "leaky_relu"), m.cells("SimpleRNN", 4, 5), Layer("LeakyReLU", {"negative_slope": 0.3}), m.dense(5, 4),
        Layer("LeakyReLU", {"negative_slope": 0.01}), m.dense(4, 2), Layer("Activation", {"activation": "leaky_relu"}),
    ),
}  # fmt: skip
MIXED = {"mean of both ways below", "one way below", "backward", "backward on top"}  # what mixes both ways is asked whole words


def words_and_answers(layers, count=WORDS, lowest=0):
    rng = np.random.default_rng(1)
    words = [tuple(rng.integers(lowest, len(LETTERS), length).tolist()) for length in rng.integers(1, 10, count)]
    return words, np.array([answer(layers, word) for word in words])


def given(words, numbers, symbols=LETTERS):
    return Answers(tuple("".join(symbols[token] for token in word) for word in words), numbers)


def written(folder, layers, suffix):
    file = folder / f"own{suffix}"
    file.write_bytes(FILES[suffix](layers))
    return file


def agrees(model, words, numbers):
    """Whether the scores are the answers in one of the forms in which Keras answers."""
    scores = model.teacher.scores(words)
    if numbers.shape[1] == 2 and scores.shape[1] == 1:
        scores, numbers = scores, numbers[:, 1:] - numbers[:, :1] if numbers.min() < 0 else numbers[:, 1:]
    forms = (scores, expit(scores), softmax(scores, axis=1))
    return min(np.abs(form - numbers).max() for form in forms) <= 1e-5 * max(1, np.abs(numbers).max())


@pytest.mark.parametrize("suffix", FILES)
@pytest.mark.parametrize("name", [*MODELS, *DESCRIBED])
@pytest.mark.sampled(20)
def test_a_model_answers_as_keras_does(tmp_path, name, suffix):
    layers = (MODELS | DESCRIBED)[name](Maker())
    if suffix == ".weights.h5" and name in DESCRIBED:
        pytest.skip("weights alone do not say it")
    file = written(tmp_path, layers, suffix)
    proved = suffix == ".weights.h5"
    words, numbers = words_and_answers(layers, WORDS if proved else 100)  # keras_files answers letter by letter, and slowly
    proof = given(words, numbers) if proved else None
    found = import_weights(file, Wanted(LETTERS, task="classifier"), proof)
    assert isinstance(found.model.teacher, SteppingTeacher | TwoWayTeacher) != (name in MIXED)
    assert agrees(found.model, words, numbers)
    if proof is None:  # the description says all; only the tokens are taken for granted
        assert found.assumed == ("the letters are the tokens 0 to 3, in their order",)


def test_a_language_model(tmp_path):
    make = Maker()
    layers = letters(make, make.cells("GRU", 3, 6, return_sequences=True), each(make.dense(6, 4)))
    words, numbers = words_and_answers(layers)
    found = import_weights(written(tmp_path, layers, ".keras"), Wanted("bcd", end="0", task="language-model"))
    inside = [row for row, word in enumerate(words) if 0 not in word]
    scores = found.model.teacher.scores([tuple(token - 1 for token in words[row]) for row in inside])
    np.testing.assert_allclose(scores, numbers[inside][:, [1, 2, 3, 0]], atol=1e-5)


def test_token_0_is_padding_where_it_is_masked(tmp_path):
    make = Maker()
    layers = [make.embedding(4, 3, mask=True), make.cells("LSTM", 3, 5), make.dense(5, 3)]
    words, numbers = words_and_answers(layers, lowest=1)
    found = import_weights(written(tmp_path, layers, ".keras"), Wanted("bcd"), given(words, numbers))
    assert found.model.alphabet.symbols == ("b", "c", "d")
    assert found.proof.worst < 1e-5
    said = refusal(written(tmp_path, layers, ".keras"), Wanted(LETTERS))
    assert "3 of which are left" in said


def saved(folder):
    with zipfile.ZipFile(SAVED) as archive:
        archive.extractall(folder)
    return json.loads((folder / "answers.json").read_text())


@pytest.mark.parametrize("name", ["masked.keras", "functional.keras", "both.h5", "both.weights.h5", "language-model.keras"])
@pytest.mark.sampled(3)
def test_files_that_keras_itself_saved(tmp_path, capsys, name):
    known = saved(tmp_path)
    words = [tuple(word) for word in known["words"]]
    numbers = np.array(known["answers"][name])
    masked = name in ("masked.keras", "functional.keras")
    check = tmp_path / "answers.tsv"
    lines = (
        f"{''.join(LETTERS[t] for t in word)}\t{' '.join(map(str, row))}\n" for word, row in zip(words, numbers, strict=True)
    )
    check.write_text("".join(lines))
    task = "language-model" if name.startswith("language") else "classifier"
    options = ("--alphabet", LETTERS[masked:], "--task", task, "--check", check)
    made = run(capsys, "import", tmp_path / name, *options, "--out", tmp_path / "own", "--json")
    assert made.code == 0, made.err
    assert made.answer["proof"]["error"] < 1e-5
    model = load_model(tmp_path / "own")
    assert isinstance(model.teacher, SteppingTeacher | TwoWayTeacher) != (name in ("functional.keras", "both.h5"))


def changed(layers, **config):
    layers[1].config |= config
    return layers


REFUSED = {
    "hard_sigmoid": lambda m: changed(letters(m, m.cells("LSTM", 3, 6), m.dense(6, 2)), recurrent_activation="hard_sigmoid"),
    "activation elu": lambda m: changed(letters(m, m.cells("GRU", 3, 6), m.dense(6, 2)), activation="elu"),
    "go_backwards": lambda m: changed(
        letters(m, m.cells("LSTM", 3, 6, return_sequences=True), m.cells("LSTM", 6, 6), m.dense(6, 2)), go_backwards=True
    ),
    "joins its directions by mul": lambda m: letters(m, m.both("LSTM", 3, 4, "mul"), m.dense(4, 2)),
    "holds code": lambda m: letters(m, m.cells("LSTM", 3, 6), Layer("Lambda", {"function": "gASV"}), m.dense(6, 2)),
    "kind Conv1D": lambda m: letters(m, Layer("Conv1D"), m.cells("LSTM", 3, 6), m.dense(6, 2)),
    "several kinds (gru tanh, gru-reset-first tanh)": lambda m: letters(
        m, m.cells("GRU", 3, 6, return_sequences=True), m.cells("GRU", 6, 6, reset_after=False), m.dense(6, 2)
    ),
    "no recurrent layers": lambda m: letters(m, Layer("GlobalMaxPooling1D"), m.dense(3, 2)),
    "several kinds": lambda m: letters(m, m.cells("LSTM", 3, 6, return_sequences=True), m.cells("GRU", 6, 6), m.dense(6, 2)),
    "activation softplus": lambda m: letters(m, m.cells("LSTM", 3, 6), m.dense(6, 4, "softplus"), m.dense(4, 2)),
    "softmax stands": lambda m: letters(m, m.cells("LSTM", 3, 6), m.dense(6, 4, "softmax"), m.dense(4, 2)),
    "slope is not said": lambda m: letters(m, m.cells("LSTM", 3, 6), Layer("LeakyReLU"), m.dense(6, 2)),
    "do not fit together": lambda m: letters(m, m.cells("LSTM", 5, 6), m.dense(6, 2)),
    "does not fit its kind": lambda m: letters(m, m.cells("LSTM", 3, 6), Layer("Dense", {"units": 2}, [np.zeros((6, 2))])),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_not_read_is_named(tmp_path, said):
    refused = refusal(written(tmp_path, REFUSED[said](Maker()), ".keras"), Wanted(LETTERS))
    assert said in refused
    assert refused.endswith("asks a Keras model on the torch backend, and any function of words")


def functional(*links):
    """A functional model of an embedding, an LSTM and a dense layer, whose layers read those in `links`."""
    kinds = [("InputLayer", {"batch_shape": [None, None]}), ("Embedding", {}), ("LSTM", {}), ("Dense", {})]

    def tensor(source):
        return {"class_name": "__keras_tensor__", "config": {"keras_history": [source, 0, 0]}}

    entries = [
        {
            "class_name": kind,
            "config": {"name": kind, **config},
            "name": kind,
            "inbound_nodes": [{"args": list(map(tensor, sources))}],
        }
        for (kind, config), sources in zip(kinds, [(), *links], strict=True)
    ]
    return {"class_name": "Functional", "config": {"layers": entries}}


def test_only_chains_of_layers_are_read(tmp_path):
    make = Maker()
    layers = letters(make, make.cells("LSTM", 3, 6), make.dense(6, 2))
    file = tmp_path / "own.keras"
    file.write_bytes(keras_file(layers, functional(("InputLayer",), ("Embedding",), ("LSTM",))))
    assert import_weights(file, Wanted(LETTERS)).model.width == 1
    file.write_bytes(keras_file(layers, functional(("InputLayer",), ("Embedding",), ("Embedding",))))
    assert "the layer Dense does not read that before it" in refusal(file, Wanted(LETTERS))
    file.write_bytes(keras_file(layers, functional(("InputLayer",), ("Embedding",), ("LSTM", "Embedding"))))
    assert "only chains" in refusal(file, Wanted(LETTERS))


def test_a_missing_h5py_is_named(tmp_path, monkeypatch):
    make = Maker()
    file = written(tmp_path, letters(make, make.cells("LSTM", 3, 6), make.dense(6, 2)), ".keras")
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert 'pip install "nerode[keras]"' in refusal(file, Wanted(LETTERS))


def test_the_automaton_of_a_gru_that_resets_first_is_right(tmp_path, capsys):
    """It counts the letters a modulo 2: an a makes 1 of 0 and −1, and −1 of 1; others keep the state. The gates are sharp."""
    make = Maker()
    embedding, cells, dense = make.embedding(4, 1), make.cells("GRU", 1, 1, reset_after=False), make.dense(1, 1)
    embedding.weights = [np.array([[1], [0], [0], [0]], np.float32)]
    gates = [[-60, 0, 30]], [[0, 0, -60]], [30, 30, 0]  # update, reset, candidate
    cells.weights = [np.array(part, np.float32) for part in gates]
    dense.weights = [np.array([[-1]], np.float32), np.array([0.5], np.float32)]
    file = written(tmp_path, [embedding, cells, dense], ".keras")
    made = run(capsys, "import", file, "--alphabet", LETTERS, "--out", tmp_path / "own")
    assert made.code == 0, made.err
    found = run(capsys, "extract", tmp_path / "own", "--method", "lstar", "--effort", "4", "--out", tmp_path / "dfa.json")
    assert found.code == 0, found.err
    automaton = load_automaton(tmp_path / "dfa.json")
    assert automaton.states == 2
    words = words_up_to(len(LETTERS), 5)
    assert automaton.link.labels(automaton.scores(words)).tolist() == [word.count(0) % 2 == 0 for word in words]
