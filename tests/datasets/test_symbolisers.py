"""Symbolisers against slow truth; what was fitted comes back from JSON."""

import json
from collections import Counter
from itertools import pairwise, product
from math import erf, sqrt

import numpy as np
import pytest

from nerode.datasets.fitting import fit_codebook, fit_deltas, fit_vocabulary
from nerode.datasets.symbolisers import (
    LETTERS,
    SYMBOLISERS,
    Codebook,
    Sax,
    Vocabulary,
    from_json,
    to_json,
)
from nerode.errors import InputError


def signals(rng, count=20, dimensions=1):
    return [rng.normal(size=(int(length), dimensions)).cumsum(axis=0) for length in rng.integers(5, 30, count)]


def frames(signal, step):
    """Means of frames, one after the other."""
    return [signal[begin : begin + step].mean(axis=0) for begin in range(0, len(signal), step)]


@pytest.mark.parametrize(("letters", "step"), [(2, 1), (5, 1), (7, 3), (64, 2)])
def test_sax_cuts_where_the_normal_distribution_does(rng, letters, step):
    for signal, word in zip(given := signals(rng), Sax(letters, step).words(given), strict=True):
        values = np.array(frames(signal, step))[:, 0]
        scaled = (values - values.mean()) / values.std()
        assert word == tuple(int(letters * (1 + erf(value / sqrt(2))) / 2) for value in scaled)


def test_sax_of_a_constant_signal_is_the_middle():
    assert Sax(5).words([np.full((4, 1), 7.0)]) == [(2, 2, 2, 2)]


@pytest.mark.parametrize("differences", [False, True])
@pytest.mark.parametrize("dimensions", [1, 3])
def test_a_codebook_names_the_nearest_mean(rng, dimensions, differences):
    given = signals(rng, dimensions=dimensions)
    book = fit_codebook(given, 6, rng, 2, differences)
    used = Counter()
    for signal, word in zip(given, book.words(given), strict=True):
        parts = frames(signal, 2)
        vectors = [b - a for a, b in pairwise(parts)] if differences else parts
        scaled = [(vector - book.centre) / book.scale for vector in vectors]
        distances = [[float(((vector - mean) ** 2).sum()) for mean in book.means] for vector in scaled]
        assert all(each[letter] == pytest.approx(min(each)) for each, letter in zip(distances, word, strict=True))
        assert len(word) == len(vectors)
        used.update(word)
    assert set(used) == set(range(6))
    assert book.means[:, 0].tolist() == sorted(book.means[:, 0])


def test_k_means_finds_clusters_that_are_far_apart(rng):
    centres = np.array([[0.0, 0], [10, 0], [0, 10], [10, 10]])
    cloud = centres[rng.integers(4, size=200)] + 0.1 * rng.normal(size=(200, 2))
    book = fit_codebook([cloud], 4, rng)
    found = book.means * book.scale + book.centre
    assert np.abs(found[:, None] - centres).sum(axis=2).min(axis=1) == pytest.approx(0, abs=0.2)
    (word,) = book.words([centres])
    assert len(set(word)) == 4


@pytest.mark.parametrize(
    ("dimensions", "letters", "levels"), [(1, 3, 3), (1, 2, 2), (2, 9, 3), (2, 8, 2), (3, 27, 3), (6, 64, 2)]
)
def test_deltas_are_levels_of_differences(rng, dimensions, letters, levels):
    given = signals(rng, dimensions=dimensions)
    deltas = fit_deltas(given, letters)
    assert len(deltas.alphabet) == levels**dimensions
    names = list(product(range(levels), repeat=dimensions))
    moves = np.abs(np.concatenate([np.diff(signal, axis=0) for signal in given]))
    still = np.quantile(moves, 1 / 3, axis=0)
    for signal, word in zip(given, deltas.words(given), strict=True):
        for move, letter in zip(np.diff(signal, axis=0), word, strict=True):
            if levels == 2:
                assert names[letter] == tuple(int(each > 0) for each in move)
            else:
                assert names[letter] == tuple(
                    1 + int(np.sign(each)) * (abs(each) > bound) for each, bound in zip(move, still, strict=True)
                )


def test_a_vocabulary_keeps_the_most_frequent():
    made = fit_vocabulary([list("aaabbbccd"), list("ab?")], 3)
    assert made.symbols == ("a", "b", "?")
    assert made.words([list("abcz")]) == [(0, 1, 2, 2)]
    whole = fit_vocabulary([list("ba")], 2)
    assert whole.symbols == ("a", "b")
    with pytest.raises(InputError, match="'c' did not occur"):
        whole.words([list("abc")])


def each_kind(rng):
    given = signals(rng, dimensions=2)
    return {
        "vocabulary": (Vocabulary(("x", "?")), [["x", "y"]]),
        "sax": (Sax(4, 2), signals(rng)),
        "codebook": (fit_codebook(given, 5, rng, 2, True), given),
        "deltas": (fit_deltas(given, 9, 2), given),
    }


@pytest.mark.parametrize("kind", SYMBOLISERS)
def test_what_was_fitted_is_kept_as_data(rng, kind):
    made, given = each_kind(rng)[kind]
    again = from_json(json.loads(json.dumps(to_json(made))))
    assert again.alphabet == made.alphabet
    assert again.words(given) == made.words(given)


def test_letters_have_names():
    assert len(set(LETTERS)) == 64
    assert Sax(64).alphabet.single_characters


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda rng: fit_codebook(signals(rng), 65, rng), "2 to 64"),
        (lambda rng: fit_codebook([np.ones((9, 2))], 2, rng), "fewer than 2 different"),
        (lambda rng: fit_deltas(signals(rng, dimensions=3), 7), "need 8 letters"),
        (lambda rng: fit_vocabulary([["a"]], 1), "2 to 64"),
        (lambda rng: Sax(3).words(signals(rng, dimensions=2)), "1 dimensions"),
        (lambda rng: Sax(3).words([np.zeros((0, 1))]), "expected a signal"),
        (lambda rng: Codebook([[0.0], [1.0]], [0.0], [1.0]).words(signals(rng, dimensions=2)), "expected a signal"),
        (lambda rng: from_json({"kind": "nothing"}), "vocabulary, sax"),
        (lambda rng: from_json({"kind": "sax", "means": 3}), "do not belong"),
        (lambda rng: from_json({"kind": ["sax"]}), "vocabulary, sax"),
        (lambda rng: from_json({"kind": "sax", "letters": "x"}), "2 to 64"),
        (lambda rng: from_json({"kind": "sax", "letters": 3, "step": 0}), "from 1 on"),
        (lambda rng: from_json({"kind": "vocabulary", "symbols": 5}), "do not belong"),
        (lambda rng: from_json({"kind": "vocabulary", "symbols": [1, 2]}).alphabet, "symbol"),
        (lambda rng: from_json({"kind": "codebook", "means": 5, "centre": 1, "scale": 2}), "a codebook has"),
        (lambda rng: from_json({"kind": "codebook", "means": [[1], [2]], "centre": [1], "scale": [0]}), "a codebook has"),
        (lambda rng: from_json({"kind": "deltas", "cuts": [1]}), "cuts of delta signs"),
    ],
)
def test_refused(rng, make, message):
    with pytest.raises(InputError, match=message):
        make(rng)
