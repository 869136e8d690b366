"""Explanations of words, compared with what asking word by word gives."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval.explanations import WAYS, agreement, explain
from nerode.eval.tracing import trace
from nerode.links import Binary, Multiclass, Value
from nerode.words import Alphabet

ABC = Alphabet(("a", "b", "c"))
WORDS = ["", "a", "abca", "ccbab", "bbbb"]


def weighted(seed, link, width=1):
    rng = np.random.default_rng(seed)
    return WFA(ABC, rng.normal(size=3), rng.normal(size=(3, 3, 3)) / 2, rng.normal(size=(3, width)), link)


def chain(seed):
    rng = np.random.default_rng(seed)
    return PDFA(ABC, rng.integers(4, size=(4, 3)), rng.dirichlet(np.ones(4), size=4))


PAIRS = {
    "margins": (weighted(0, Binary()), weighted(1, Binary())),
    "classes": (weighted(0, Multiclass(), 3), weighted(1, Multiclass(), 3)),
    "values": (weighted(0, Value()), weighted(1, Value())),
    "language models": (chain(0), chain(1)),
}


def one_number(function, teacher, word):
    """The truth, asked word by word."""
    if isinstance(function, PDFA):
        logs = [function.scores([word[:k]])[0] for k in range(len(word) + 1)]
        return sum(row[symbol] for row, symbol in zip(logs, [*ABC.word(word), 3], strict=True))
    return function.scores([word])[0]


@pytest.mark.parametrize("name", PAIRS)
def test_effects_are_differences_of_answers(name):
    student, teacher = PAIRS[name]
    for word, explained in zip(WORDS, explain(student, teacher, WORDS), strict=True):
        label = int(teacher.predict([word])[0]) if name == "classes" else 0

        def number(function, text, label=label):
            value = one_number(function, teacher, text)
            if name == "classes":
                return value[label] - max(np.delete(value, label))
            return float(np.ravel(value)[0])

        for function, effects in ((student, explained.student), (teacher, explained.teacher)):
            whole = number(function, word)
            assert effects.answer == pytest.approx(whole)
            for k, letter in enumerate(word):
                assert effects.step[k] == pytest.approx(number(function, word[: k + 1]) - number(function, word[:k]))
                assert effects.left_out[k] == pytest.approx(whole - number(function, word[:k] + word[k + 1 :]))
                others = [number(function, word[:k] + other + word[k + 1 :]) for other in "abc" if other != letter]
                assert effects.replaced[k] == pytest.approx(whole - np.mean(others))


def test_both_functions_are_asked_once():
    class Counting(DFA):
        asked = 0

        def scores(self, words):
            type(self).asked += 1
            return super().scores(words)

    function = Counting(ABC, [[0, 1, 0], [1, 0, 0]], [0, 1])
    explain(function, function, WORDS)
    assert Counting.asked == 2  # as a student, and as a teacher


def without_noise(effects, way):
    return np.round(getattr(effects, way), 9)  # equal effects are equal up to rounding


@pytest.mark.parametrize("name", PAIRS)
def test_agreement_is_spearmans(name):
    student, teacher = PAIRS[name]
    words = ["abca", "ccbab", "bca", "abcabc"]
    explained = explain(student, teacher, words)
    found = agreement(explained, np.random.default_rng(0))
    for way in WAYS:
        expected = [spearmanr(without_noise(one.student, way), without_noise(one.teacher, way)).statistic for one in explained]
        assert found.correlations[way] == pytest.approx(np.mean(expected))
        low, high = found.intervals[way]
        assert low <= found.correlations[way] <= high


def test_a_student_that_is_its_teacher_agrees_wholly():
    automaton = weighted(3, Binary())
    found = agreement(explain(automaton, automaton, ["abca", "cabb"]), np.random.default_rng(0))
    assert found.correlations == pytest.approx(dict.fromkeys(WAYS, 1.0))


def test_a_student_that_is_right_for_other_reasons_is_found_out():
    """Both accept words that begin and end alike among these; one looks at the first letter, the other at the last."""
    first = DFA(ABC, [[1, 2, 2], [1, 1, 1], [2, 2, 2]], [0, 1, 0])
    last = DFA(ABC, [[1, 0, 0], [1, 0, 0]], [0, 1])
    words = ["abba", "acca", "bccb", "cbbc"]
    assert first.predict(words).tolist() == last.predict(words).tolist()
    assert agreement(explain(first, last, words), np.random.default_rng(0)).correlations["replaced"] < 0.5


def test_rounding_is_no_effect():
    """The constant 1, in a basis in which it is computed with rounding errors."""
    rng = np.random.default_rng(1)
    basis = rng.normal(size=(3, 3))
    inverse = np.linalg.inv(basis)
    steps = inverse @ np.repeat(np.eye(3)[None], 3, axis=0) @ basis
    noisy = WFA(ABC, np.array([1.0, 0, 0]) @ basis, steps, inverse @ np.array([[1.0], [0], [0]]), Value())
    effects = explain(noisy, noisy, ["abcab"])[0].student
    assert np.abs(effects.left_out).max() > 0
    found = agreement(explain(noisy, noisy, ["abcab", "bca"]), np.random.default_rng(0))
    assert set(found.correlations.values()) == {None}


def test_impossible_letters_are_the_lowest():
    some = PDFA(ABC, [[0, 0, 0]], [[0.5, 0.25, 0.0, 0.25]])
    found = agreement(explain(some, some, ["abc"]), np.random.default_rng(0))
    assert explain(some, some, ["abc"])[0].student.step[2] == -np.inf
    assert (found.words["step"], found.correlations["step"]) == (1, pytest.approx(1.0))


def test_words_without_letters_and_equal_effects_are_left_out():
    constant = DFA(ABC, [[0, 0, 0]], [1])
    found = agreement(explain(constant, constant, ["", "ab"]), np.random.default_rng(0))
    assert (found.correlations["step"], found.words["step"], found.intervals["step"]) == (None, 0, (None, None))
    with pytest.raises(InputError, match="no word to explain"):
        agreement([], np.random.default_rng(0))


def test_explanations_and_traces_print_as_each_of_them():
    student, teacher = PAIRS["margins"]
    for found in (explain(student, teacher, ["ab", "c"]), trace(student, ["ab", "c"], teacher)):
        assert str(found) == repr(found) == "\n\n".join(map(str, found))
        assert "array(" not in str(found)
        assert isinstance(found, list)
        assert len(found) == 2
        assert found[1].word == ("c",)
    assert str(explain(student, teacher, [])) == "[]"
