"""Masks and fixed lengths in Keras files: no letter is skipped, and what is said of padding is true."""

import numpy as np
import pytest
from refusals import refusal

from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.weights import import_weights

pytest.importorskip("h5py")

from models.keras_files import Layer, Maker, answer, description, keras_file

WORDS = [tuple(np.random.default_rng(seed).integers(3, size=1 + seed % 9).tolist()) for seed in range(60)]


def tensor(source):
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [source, 0, 0]}}


def functional(layers, masks):
    """A functional model of layers, which read each other, with the nodes of masks that Keras 3 writes: (kind, arguments)."""
    document = description(layers)
    entries, before = [], None
    for entry in document["config"]["layers"]:
        name = entry["config"]["name"]
        entries.append({**entry, "name": name, "inbound_nodes": [{"args": [tensor(before)]}] if before else []})
        before = name
    for place, (kind, *given) in enumerate(masks):
        nodes = [{"args": [tensor(given[0]), *given[1:]], "kwargs": {}}]
        entries.insert(
            2 + place, {"class_name": kind, "config": {"name": kind.lower()}, "name": kind.lower(), "inbound_nodes": nodes}
        )
    return {"class_name": "Functional", "config": {"layers": entries}}


def written(folder, layers, document=None):
    (folder / "own.keras").write_bytes(keras_file(layers, document))
    return folder / "own.keras"


def one_hot(layers, word):
    """The answer where an embedding of the identity stands before the layers."""
    return answer([Layer("Embedding", {}, [np.eye(3)]), *layers], word)


@pytest.mark.parametrize("shaped", ["sequential", "functional"])
def test_one_hot_vectors_are_never_masked(tmp_path, shaped):
    make = Maker()
    layers = [Layer("Masking", {"mask_value": 0.0}), make.cells("SimpleRNN", 3, 8), make.dense(8, 3)]
    masks = [("NotEqual", "input", 0.0), ("Any", "notequal")]
    file = written(tmp_path, layers, functional(layers, masks) if shaped == "functional" else None)
    found = import_weights(file, Wanted("abc", task="classifier"))
    expected = np.array([one_hot(layers, word) for word in WORDS])
    np.testing.assert_allclose(found.model.teacher.scores(WORDS), expected, atol=1e-5)


def test_masks_of_other_tokens_are_refused(tmp_path):
    make = Maker()
    layers = [make.embedding(4, 3, mask=True), make.cells("LSTM", 3, 5), make.dense(5, 2)]
    assert import_weights(written(tmp_path, layers, functional(layers, [("NotEqual", "input", 0)])), Wanted("abc"))
    said = refusal(written(tmp_path, layers, functional(layers, [("NotEqual", "input", 2)])), Wanted("abc"))
    assert "neither of its embedding nor of a layer Masking" in said


@pytest.mark.parametrize("skipped", [None, 0, 1])
def test_rows_of_an_embedding_that_a_layer_skips(tmp_path, skipped):
    make = Maker()
    table = make.embedding(4, 3)
    if skipped is not None:
        table.weights[0][skipped] = 0
    layers = [table, Layer("Masking", {"mask_value": 0.0}), make.cells("GRU", 3, 5), make.dense(5, 3)]
    file = written(tmp_path, layers)
    if skipped == 1:
        assert "skips tokens (1)" in refusal(file, Wanted("abcd"))
        return
    found = import_weights(file, Wanted("abc" if skipped == 0 else "abcd", task="classifier"))
    expected = np.array([answer(layers, [letter + (skipped == 0) for letter in word]) for word in WORDS])
    np.testing.assert_allclose(found.model.teacher.scores(WORDS), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("masked", "length", "said"),
    [
        (False, None, "its input has the fixed length 10, and words are read without padding (--length 10 if your program pads"),
        (False, 10, None),
        (False, 12, "its input has the fixed length 10, and words are padded to 12 tokens (--length 10 if your program pads"),
        (True, None, None),
    ],
)
def test_what_is_said_of_a_fixed_length(tmp_path, masked, length, said):
    make = Maker()
    layers = [make.embedding(4, 3, mask=masked), make.cells("LSTM", 3, 5), make.dense(5, 2)]
    file = written(tmp_path, layers, description(layers, 10))
    found = import_weights(file, Wanted("abc", padding="0", length=length))
    assert any(line.startswith(said) for line in found.assumed) if said else not any("fixed" in line for line in found.assumed)


def test_masked_words_are_not_padded(tmp_path):
    make = Maker()
    layers = [make.embedding(4, 3, mask=True), make.cells("LSTM", 3, 5), make.dense(5, 2)]
    file = written(tmp_path, layers, description(layers, 10))
    assert "masks token 0, so that words are not padded here; leave --length out" in refusal(file, Wanted("abc", length=10))
