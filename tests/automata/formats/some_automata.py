"""Random automata for the tests of file formats, and what it means that two are the same."""

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.mealy import Mealy
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.words import Alphabet

PLAIN = "abcdefgh"
HARD = (*'"\\<&,|x/日:;{}[](%$_^~-', "é", "&lt;", "\\n", "a,b", "->", "//")


def any_dfa(rng, letters=PLAIN, classes=2, single=False):
    """With states that no word reaches, and any state as the initial one."""
    some = [letter for letter in letters if len(letter) == 1 or not single]
    n, count = int(rng.integers(1, 8)), int(rng.integers(1, min(5, len(some)) + 1))
    alphabet = Alphabet(tuple(some[i] for i in rng.permutation(len(some))[:count]))
    labels = rng.integers(0, classes, n)
    return DFA(alphabet, rng.integers(0, n, (n, count)), labels, int(rng.integers(n)), classes)


def any_mealy(rng, letters=PLAIN, single=False):
    """With any state as the initial one, and classes that never occur."""
    dfa, classes = any_dfa(rng, letters, single=single), int(rng.integers(2, 5))
    outputs = rng.integers(0, classes, dfa.transitions.shape)
    return Mealy(dfa.alphabet, dfa.transitions, outputs, dfa.initial, classes, int(rng.integers(classes)))


def any_pdfa(rng, letters=PLAIN):
    """With impossible letters, and words that end at once."""
    n, count = int(rng.integers(1, 8)), int(rng.integers(1, 5))
    rows = rng.dirichlet(np.full(count + 1, 0.3), n) * (rng.random((n, count + 1)) < 0.8)
    rows[rows.sum(axis=1) == 0, -1] = 1
    rows /= rows.sum(axis=1, keepdims=True)
    return PDFA(Alphabet(tuple(letters[:count])), rng.integers(0, n, (n, count)), rows, int(rng.integers(n)))


def any_wfa(rng, letters=PLAIN):
    """Of weights from 0 on, many of them 0."""
    n, count = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    initial, matrices, final = (
        rng.random(shape) * 10.0 ** rng.integers(-20, 20, shape) * (rng.random(shape) < 0.5)
        for shape in ((n,), (count, n, n), (n, 1))
    )
    return WFA(Alphabet(tuple(letters[:count])), initial, matrices, final)


def any_pfa(rng, letters="01234"):
    """A probabilistic automaton that is not deterministic."""
    n, count = int(rng.integers(2, 6)), int(rng.integers(1, 4))
    rows = rng.dirichlet(np.full(n * count + 1, 0.5), n)
    matrices = rows[:, :-1].reshape(n, count, n).transpose(1, 0, 2)
    return WFA(Alphabet(tuple(letters[:count])), rng.dirichlet(np.ones(n)), matrices, rows[:, -1:])


def assert_alike(a, b, close=0.0):
    """The same states, letters and transitions in the same order; numbers up to a relative difference."""
    assert type(a) is type(b)
    assert a.alphabet == b.alphabet
    for name, value in vars(b).items():
        if isinstance(value, np.ndarray):
            assert value.shape == getattr(a, name).shape
            assert np.allclose(getattr(a, name), value, rtol=close, atol=close * 1e-5), name
        elif name != "alphabet":
            assert getattr(a, name) == value, name
