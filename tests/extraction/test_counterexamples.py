import math

import numpy as np
import pytest
from doubles import WholeWords, random_words, words_up_to

from nerode.automata.dfa import DFA
from nerode.automata.operations import access_words, equivalent
from nerode.datasets.random_automata import random_dfa
from nerode.extraction.counterexamples import distinguishing_suffix, states_along
from nerode.words import Alphabet


def test_states_along_a_word(rng):
    dfa = random_dfa(rng, 7, 3)
    for word in random_words(rng, 3, 20, 10):
        path = states_along(dfa, word).tolist()
        assert path[0] == dfa.initial
        assert all(path[i + 1] == dfa.transitions[path[i], letter] for i, letter in enumerate(word))
        assert len(path) == len(word) + 1


def label(teacher, word):
    return int(teacher.link.labels(teacher.scores([word]))[0])


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("seed", range(6))
def test_the_suffix_splits_a_state_of_the_hypothesis(seed, classes):
    """It gives two words that lead the hypothesis to one state different labels."""
    rng = np.random.default_rng(seed)
    target, hypothesis = random_dfa(rng, 12, 2, classes), random_dfa(rng, 4, 2, classes)
    access = access_words(hypothesis)
    # as with L*, the labels of the access words are known to be right
    labels = [label(target, word) for word in access]
    hypothesis = DFA(hypothesis.alphabet, hypothesis.transitions, labels, hypothesis.initial, classes)
    words = [*words_up_to(2, 6), *random_words(rng, 2, 50, 40)]
    taught = 0
    for word in words:
        teacher = WholeWords(target)
        suffix = distinguishing_suffix(hypothesis, access, teacher, word)
        assert len(teacher.asked) <= 1 + math.ceil(math.log2(max(1, len(word))))
        if label(target, word) == label(hypothesis, word):
            assert suffix is None
            continue
        taught += 1
        assert suffix == word[len(word) - len(suffix) :]
        path = states_along(hypothesis, word)
        cut = len(word) - len(suffix)
        extended, direct = (*access[path[cut - 1]], word[cut - 1]), access[path[cut]]
        assert states_along(hypothesis, extended)[-1] == path[cut]
        assert label(target, extended + suffix) != label(target, direct + suffix)
    assert taught > 20
    assert not equivalent(hypothesis, target)


def test_a_counterexample_by_hand():
    """Words with an even number of 0s against everything."""
    even = DFA(Alphabet.of_size(2), [[1, 0], [0, 1]], [1, 0])
    everything = DFA(Alphabet.of_size(2), [[0, 0]], [1])
    assert distinguishing_suffix(everything, [()], even, (0,)) == ()
    assert distinguishing_suffix(everything, [()], even, (0, 0)) is None
    assert distinguishing_suffix(everything, [()], even, (1, 0, 1)) == (1,)
    assert distinguishing_suffix(everything, [()], even, ()) is None
