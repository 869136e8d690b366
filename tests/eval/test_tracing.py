"""Traces of words beside the answers of a network."""

import json

import numpy as np
import pytest
from doubles import words_up_to

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval.tracing import trace
from nerode.functions import function_teacher
from nerode.links import Binary, Multiclass, Value
from nerode.words import Alphabet

AB = Alphabet(("a", "b"))
PARITY = DFA(AB, [[1, 0], [0, 1]], [0, 1])  # an odd number of a's
LAST = DFA(AB, [[1, 0], [1, 0]], [0, 1])  # ends with a
CHAIN = PDFA(AB, [[0, 1], [1, 0]], [[0.5, 0.25, 0.25], [0.1, 0.6, 0.3]])


def weighted(link=Value(), width=1):  # noqa: B008  (frozen)
    rng = np.random.default_rng(0)
    return WFA(AB, rng.normal(size=3), rng.normal(size=(2, 3, 3)) / 2, rng.normal(size=(3, width)), link)


WORDS = ["", "a", "abba", "bbab"]


def test_the_states_are_those_of_the_prefixes():
    for run, word in zip(trace(PARITY, WORDS), WORDS, strict=True):
        assert run.states == tuple(word[:k].count("a") % 2 for k in range(len(word) + 1))
        assert run.labels[0].tolist() == PARITY.predict([word[:k] for k in range(len(word) + 1)]).tolist()
        assert (run.teacher, run.labels[1], run.parts_at) == (None, None, None)


@pytest.mark.parametrize("automaton", [PARITY, weighted(), weighted(Binary())], ids=repr)
def test_numbers_are_the_scores_of_the_prefixes(automaton):
    for run, word in zip(trace(automaton, WORDS), WORDS, strict=True):
        np.testing.assert_allclose(run.automaton, automaton.scores([word[:k] for k in range(len(word) + 1)])[:, 0], rtol=1e-12)


def test_of_several_classes_the_one_of_the_whole_word_is_followed():
    automaton = weighted(Multiclass(), 3)
    (run,) = trace(automaton, ["abab"])
    scores = automaton.scores(["abab"[:k] for k in range(5)])
    label = scores[-1].argmax()
    np.testing.assert_allclose(run.automaton, [row[label] - max(np.delete(row, label)) for row in scores], rtol=1e-12)
    assert f"lead of class {label}" in str(run)


def test_language_models_add_up_log_probabilities():
    (run,) = trace(CHAIN, ["abb"])
    np.testing.assert_allclose(run.automaton, np.cumsum([0, np.log(0.5), np.log(0.25), np.log(0.6)]), rtol=1e-12)


def test_an_automaton_of_probabilities_stands_beside_a_language_model():
    """The chain as a weighted automaton of the probabilities of words."""
    steps = np.zeros((2, 2, 2))
    for state, row in enumerate(CHAIN.transitions):
        for symbol, after in enumerate(row):
            steps[symbol, state, after] = CHAIN.probabilities[state, symbol]
    whole = WFA(AB, [1.0, 0.0], steps, CHAIN.probabilities[:, 2:], Value())
    (run,) = trace(whole, ["abb"], CHAIN)
    np.testing.assert_allclose(run.automaton, run.teacher, rtol=1e-9)


def test_the_first_prefix_where_the_labels_part_is_named():
    for word in words_up_to(2, 5):
        (run,) = trace(PARITY, [word], LAST)
        prefixes = [word[:k] for k in range(len(word) + 1)]
        apart = [k for k, p in enumerate(prefixes) if PARITY.predict([p])[0] != LAST.predict([p])[0]]
        assert run.parts_at == (apart[0] if apart else None)
        assert ("← the labels part" in str(run)) == bool(apart)


def test_json_holds_no_infinite_numbers():
    impossible = PDFA(AB, [[0, 0]], [[0.5, 0.0, 0.5]])
    (run,) = trace(impossible, ["ba"], CHAIN)
    document = json.loads(json.dumps(run.to_json(), allow_nan=False))
    assert document["automaton"][1] is None
    assert document["states"] == [0, 0, 0]


def test_a_network_that_reads_short_words_is_not_asked_about_long_ones():
    teacher = function_teacher(lambda word: len(word) % 2, "ab", longest=3)
    with pytest.raises(InputError, match="reads words of at most 3 symbols, and one of 4 is to be traced"):
        trace(PARITY, ["abab"], teacher)
