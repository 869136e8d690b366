"""Automata to compare with one another, made for the tests of metrics."""

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.words import Alphabet, all_words

AB = Alphabet(("a", "b"))
WORDS = list(all_words(2, 4))


def values(report):
    return {name: metric.value for name, metric in report.metrics.items()}


def even_a():
    return DFA(AB, [[1, 0], [0, 1]], [1, 0])


def constant_dfa(label, classes=2):
    return DFA(AB, [[0, 0]], [label], classes=classes)


def random_pdfa(seed, letters=3, states=4):
    rng = np.random.default_rng(seed)
    transitions = rng.integers(states, size=(states, letters))
    return PDFA(Alphabet.of_size(letters), transitions, rng.dirichlet(np.ones(letters + 1), size=states))


def blurred(pdfa, part):
    """A part of each distribution made uniform."""
    uniform = 1 / pdfa.probabilities.shape[1]
    return PDFA(pdfa.alphabet, pdfa.transitions, (1 - part) * pdfa.probabilities + part * uniform)


def random_wfa(seed, link, width, letters=3, rank=4):
    rng = np.random.default_rng(seed)
    arrays = rng.normal(size=rank), rng.normal(size=(letters, rank, rank)) / 2, rng.normal(size=(rank, width))
    return WFA(Alphabet.of_size(letters), *arrays, link)


def random_words(seed, letters=3, count=40, longest=9):
    rng = np.random.default_rng(seed)
    return [tuple(rng.integers(letters, size=length).tolist()) for length in rng.integers(longest + 1, size=count)]
