"""Norms in Keras files of weights alone are read as Keras computes them by default, and that is told."""

import numpy as np
import pytest

from nerode.teachers.imports.importing import Wanted
from nerode.teachers.imports.weights import import_weights

pytest.importorskip("h5py")

from models.keras_files import FILES, Layer, Maker, answer

LETTERS = "abc"


def batch_norm(make):
    relu = Layer("Activation", {"activation": "relu"})
    return [make.cells("LSTM", 3, 6), make.dense(6, 5), make.batch_norm(5), relu, make.dense(5, 3)]


def layer_norm(make):
    return [
        make.cells("GRU", 3, 6),
        make.dense(6, 5),
        make.norm(5),
        Layer("Activation", {"activation": "relu"}),
        make.dense(5, 3),
    ]


@pytest.mark.parametrize("suffix", FILES)
@pytest.mark.parametrize("build", [batch_norm, layer_norm])
def test_functions_stand_behind_norms_with_the_epsilon_of_keras(tmp_path, build, suffix):
    make = Maker()
    layers = [make.embedding(len(LETTERS), 3), *build(make)]
    file = tmp_path / f"own{suffix}"
    file.write_bytes(FILES[suffix](layers))
    alone = suffix == ".weights.h5"
    found = import_weights(file, Wanted(LETTERS, activation=("relu",) if alone else None, task="classifier"))
    rng = np.random.default_rng(1)
    words = [tuple(rng.integers(len(LETTERS), size=length).tolist()) for length in rng.integers(1, 10, 200)]
    numbers = np.array([answer(layers, word) for word in words])
    np.testing.assert_allclose(found.model.teacher.scores(words), numbers, rtol=0, atol=1e-5 * np.abs(numbers).max())
    assert ("functions stand behind norms, not before them" in found.assumed) == alone
    assert ("the epsilon of layer norms is 1e-3, as in Keras" in found.assumed) == (alone and build is layer_norm)
