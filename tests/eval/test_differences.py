"""Differences of two automata, compared with their answers to all short words."""

from dataclasses import replace

import numpy as np
import pytest
from doubles import words_up_to
from shell import run
from thorough import up_to

import nerode
from nerode.automata.cfg import CFG
from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.eval.differences import SHOWN, difference
from nerode.functions import function_teacher
from nerode.links import Binary, NextSymbol, Value
from nerode.words import Alphabet

AB = Alphabet(("a", "b"))
PARITY = DFA(AB, [[1, 0], [0, 1]], [0, 1])
ALL = DFA(AB, [[1, 1], [0, 0]], [0, 1])  # an odd number of letters


def of(a, b, sample=200):
    return difference(a, b, np.random.default_rng(0), sample)


def weighted(seed, link=Value(), scale=4):  # noqa: B008  (frozen)
    rng = np.random.default_rng(seed)
    return WFA(AB, rng.normal(size=3), rng.normal(size=(2, 3, 3)) / scale, rng.normal(size=(3, 1)), link)


def in_another_basis(a):
    basis = np.random.default_rng(9).normal(size=(a.states, a.states))
    inverse = np.linalg.inv(basis)
    return WFA(a.alphabet, a.initial @ basis, inverse @ a.transitions @ basis, inverse @ a.final, a.link)


def shortest(a, b):
    apart = [word for word in words_up_to(2, 6) if not np.allclose(a.scores([word]), b.scores([word]), rtol=1e-9, atol=0)]
    return [word for word in apart if len(word) == len(apart[0])]


def test_dfas_are_decided():
    same = DFA(AB, [[1, 2], [0, 1], [1, 0]], [0, 1, 0])  # a state twice
    assert of(PARITY, same).equal is True
    found = of(PARITY, ALL)
    assert found.equal is False
    assert found.words[0] == "b"
    assert found.share == pytest.approx(0.5, abs=0.1)
    assert found.interval[0] < found.share < found.interval[1]


def test_values_are_decided_by_rank():
    a = weighted(0)
    assert of(a, in_another_basis(a)).equal is True
    found = of(a, weighted(1))
    assert found.equal is False
    expected = shortest(a, weighted(1))[:SHOWN]
    assert found.words == tuple(AB.text(word) for word in expected)
    words = list(words_up_to(2, 12))
    squares = ((a.scores(words) - weighted(1).scores(words)) ** 2).sum()
    assert found.distance == pytest.approx(np.sqrt(squares), rel=1e-3)


def test_a_distance_that_is_infinite_is_left_out():
    assert of(weighted(0, scale=0.5), weighted(1, scale=0.5)).distance is None


def test_what_no_algorithm_decides_is_not_called_equal():
    a = weighted(0, Binary())
    found = of(a, in_another_basis(a))
    assert found.equal is None
    assert "no proof" in str(found)


def test_differences_that_only_longer_words_show():
    """They differ after twenty-four letters a: words of fourteen letters are tried, and those that the first one accepts."""
    chain = [[min(i + 1, 24), 0] for i in range(25)]
    long = DFA(AB, chain, [0] * 24 + [1])
    margin = np.zeros((2, 25, 25))
    for state, row in enumerate(chain):
        for letter, after in enumerate(row):
            margin[letter, state, after] = 1.0
    other = WFA(AB, np.eye(25)[0], margin, -np.ones((25, 1)), Binary())  # rejects everything
    found = difference(long, other, np.random.default_rng(0), 200)
    assert (found.equal, found.words, found.share) == (False, ("a" * 24,), 0)
    assert difference(long, DFA(AB, [[0, 0]], [0]), np.random.default_rng(0), 200).words == ("a" * 24,)


def following(model, word):
    """The distribution after a word, letter by letter; None after one that is impossible."""
    state = model.initial
    for letter in word:
        if model.probabilities[state, letter] == 0:
            return None
        state = model.transitions[state, letter]
    return tuple(model.probabilities[state].round(9))


@pytest.mark.parametrize("seed", up_to(12, 300))
def test_probabilistic_automata_are_compared_by_all_their_distributions(seed):
    rng = np.random.default_rng(seed)
    one = replace(random_pdfa(rng, int(rng.integers(1, 5)), 2), alphabet=AB)
    rows, moves = np.array(one.probabilities), np.array(one.transitions)
    if seed % 3:  # some letters are impossible
        rows[rng.random(rows.shape) < 0.3] = 0
        rows[:, -1] += rows.sum(axis=1) == 0
        rows /= rows.sum(axis=1, keepdims=True)
        one = PDFA(AB, moves, rows)
    order = rng.permutation(len(rows))
    place = np.argsort(order)
    same = PDFA(AB, np.where(rows[order, :-1] > 0, place[moves[order]], 0), rows[order], int(place[0]))
    assert (of(one, same).equal, of(one, same).words, of(one, same).share) == (True, (), 0)
    changed = rows.copy()
    changed[int(rng.integers(len(rows)))] = [0.6, 0.1, 0.3]
    other = PDFA(AB, moves, changed)
    found = of(one, other)
    apart = [word for word in words_up_to(2, 5) if following(one, word) != following(other, word)]
    assert found.means == "distributions of the next symbol after words"
    assert found.equal is (not apart)  # four states are reached by then
    least = [AB.text(word) for word in apart if len(word) == len(apart[0])] if apart else []
    assert set(found.words) <= set(least)
    assert found.words[:1] == tuple(least[:1])


def test_other_language_models_are_compared_by_their_likeliest_symbols():
    one = replace(random_wfa(np.random.default_rng(0), 3, 2, width=3), alphabet=AB, link=NextSymbol(2))
    assert of(one, one).equal is None
    assert of(one, one).means == "likeliest next symbols after words"
    other = replace(random_wfa(np.random.default_rng(1), 3, 2, width=3), alphabet=AB, link=NextSymbol(2))
    found, words = of(one, other), words_up_to(2, 6)
    apart = [word for word, a, b in zip(words, one.predict(words), other.predict(words), strict=True) if a != b]
    assert found.equal is False
    assert found.words[0] == AB.text(apart[0])


def test_distributions_are_equal_up_to_rounding():
    edge = 1 / 1024  # a number at which nine decimals are rounded up or down
    rows = [[0.5, 0.5 - edge, edge]], [[0.5, 0.5 - np.nextafter(edge, 1), np.nextafter(edge, 1)]]
    assert of(PDFA(AB, [[0, 0]], rows[0]), PDFA(AB, [[0, 0]], rows[1])).equal is True
    none, hardly = [[0.6, 0, 0.4], [0.2, 0.3, 0.5]], [[0.6, 1e-10, 0.4], [0.2, 0.3, 0.5]]
    assert of(PDFA(AB, [[1, 0], [1, 0]], none), PDFA(AB, [[1, 1], [1, 0]], hardly)).equal is True
    assert of(PDFA(AB, [[1, 0], [1, 0]], none), PDFA(AB, [[1, 0], [1, 0]], [none[0], [0.2, 0.300001, 0.499999]])).words == ("a",)


def test_sparse_languages_are_compared_on_words_that_they_accept():
    """Pairs up to depth 4 and of any depth, over 12 letters: no random word, and none of at most 5 letters, tells them apart."""
    letters = Alphabet("abcdefghijkl")
    pairs = CFG(letters, ("S",), ((0, ()), (0, (0, -1, 1))))
    shallow = nerode.from_regex("(ab|aabb|aaabbb|aaaabbbb)?", letters.symbols)
    for found in (of(shallow, pairs), of(pairs, shallow)):
        assert (found.equal, found.words, found.share) == (False, ("aaaaabbbbb",), 0)
    assert of(pairs, pairs).equal is None


def test_automata_of_two_kinds_of_answers_are_refused():
    with pytest.raises(InputError, match=r"the task of the first .* and of the second "):
        of(PARITY, weighted(0))


def test_the_command(capsys, tmp_path):
    PARITY.save(tmp_path / "a.json")
    ALL.save(tmp_path / "b.json")
    shown = run(capsys, "compare", tmp_path / "a.json", tmp_path / "b.json")
    assert (shown.code, "not equal" in shown.out, "shortest words on which they differ: b" in shown.out) == (0, True, True)
    answer = run(capsys, "compare", tmp_path / "a.json", tmp_path / "b.json", "--json").answer
    assert (answer["equal"], answer["words"]) == (False, ["b"])
    refused = run(capsys, "compare", tmp_path / "a.json", tmp_path / "nowhere.json")
    assert (refused.code, refused.err.count("\n")) == (2, 1)


@pytest.mark.parametrize("longest", [0, 1, 3, 8])
def test_students_that_read_short_words_are_compared_on_these(rng, longest):
    grammar = CFG(AB, ("S",), ((0, (0, -1, 1)), (0, ())))
    function = function_teacher(lambda word: word == "a" * (len(word) // 2) + "b" * (len(word) // 2), "ab", longest=longest)
    found = difference(grammar, function, rng)
    assert (found.equal, found.words) == (None, ())
    other = function_teacher(lambda word: word == "", "ab", longest=longest)
    assert difference(grammar, other, rng).words == (() if longest < 2 else ("ab",))
    assert difference(other, grammar, rng).shortest == (longest > 1)
