import numpy as np
import pytest

from nerode.automata.dfa import DFA
from nerode.automata.operations import access_words, minimise
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.errors import InputError


@pytest.mark.parametrize(
    ("states", "letters", "classes"), [(1, 1, 2), (2, 1, 2), (7, 1, 2), (60, 1, 2), (50, 2, 2), (40, 3, 5), (500, 10, 2)]
)
def test_random_dfa_is_minimal_and_of_the_size_asked(rng, states, letters, classes):
    dfa = random_dfa(rng, states, letters, classes)
    assert dfa.transitions.shape == (states, letters)
    assert dfa.classes == classes
    small = minimise(dfa)
    assert np.array_equal(small.transitions, dfa.transitions)
    assert np.array_equal(small.labels, dfa.labels)


def test_random_automata_replay_and_differ():
    first, again, other = (random_dfa(np.random.default_rng(seed), 20, 3) for seed in (1, 1, 2))
    assert np.array_equal(first.transitions, again.transitions)
    assert not np.array_equal(first.transitions, other.transitions)


@pytest.mark.parametrize(("states", "letters", "width"), [(1, 1, 1), (8, 3, 1), (20, 5, 4)])
def test_random_wfa_values_neither_vanish_nor_explode(rng, states, letters, width):
    wfa = random_wfa(rng, states, letters, width)
    assert (wfa.states, wfa.width) == (states, width)
    assert np.abs(np.linalg.eigvals(wfa.transitions)).max(axis=1) == pytest.approx(0.95)
    long = np.abs(wfa.scores([tuple(rng.integers(letters, size=50)) for _ in range(100)]))
    assert 1e-8 < np.median(long) < 1e4


def test_random_pdfa_is_connected_and_its_words_are_of_moderate_length(rng):
    pdfa = random_pdfa(rng, 30, 6)
    assert len(access_words(DFA(pdfa.alphabet, pdfa.transitions, np.zeros(30, int)))) == 30
    assert (pdfa.probabilities[:, -1] >= 0.05).all()
    # expected numbers of letters E = Σ p(a) (1 + E after a), a linear system
    step = np.zeros((30, 30))
    np.add.at(step, (np.arange(30)[:, None], pdfa.transitions), pdfa.probabilities[:, :-1])
    expected = np.linalg.solve(np.eye(30) - step, step.sum(axis=1))
    assert 4 <= expected[pdfa.initial] <= 19


@pytest.mark.parametrize(
    "make",
    [
        lambda rng: random_dfa(rng, 0, 2),
        lambda rng: random_dfa(rng, 3, 0),
        lambda rng: random_dfa(rng, 3, 2, 1),
        lambda rng: random_wfa(rng, 0, 2),
        lambda rng: random_wfa(rng, 2, 2, 0),
        lambda rng: random_pdfa(rng, 2, -1),
    ],
)
def test_sizes_that_cannot_be(rng, make):
    with pytest.raises(InputError, match="at least"):
        make(rng)
