"""Explanations of words, compared with what asking word by word gives."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.domains import Column, Domain
from nerode.errors import InputError
from nerode.eval.explanations import WAYS, Effects, Explanation, agreement, explain
from nerode.eval.places import by_place
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


class Rows:
    """A function of words of three letters alone."""

    alphabet, width = ABC, 1
    link = Value()
    domain = Domain(np.array([[[3, 2, 0], [0, 4, 1], [5, 0, 0]]]), tuple(Column(name, (0.5, 2.0)) for name in ("x", "y", "z")))

    def __init__(self, weights):
        self.weights = weights

    def scores(self, words):
        assert {len(word) for word in words} <= {3}
        return np.array([sum(w * (letter + 1) ** 2 for w, letter in zip(self.weights, word, strict=True)) for word in words])[
            :, None
        ]


def test_where_all_words_have_one_length_letters_are_replaced_by_those_that_stood_there():
    """By hand; the student, which has no domain of its own, is not asked about shorter words either."""
    student, teacher = Rows((1.0, 2.0, 4.0)), Rows((1.0, -3.0, 4.0))
    student.domain = None
    first, second = explain(student, teacher, ["aba", "bca"])
    assert first.teacher.ways == ("replaced",)
    assert first.teacher.replaced.tolist() == [1 - 4, -3 * (4 - 9), 0]
    assert first.student.replaced.tolist() == [1 - 4, 2 * (4 - 9), 0]
    assert second.teacher.replaced.tolist() == [4 - 1, -3 * (9 - 4), 0]
    assert first.cells == ("x ≤ 0.5", "0.5 < y ≤ 2", "z ≤ 0.5")
    assert set(first.to_json()["teacher"]) == {"answer", "replaced"}
    assert "left out" not in first.text(colours=True)
    assert "y ≤ 2" in str(first)
    assert set(agreement([first, second], np.random.default_rng(0)).to_json()) == {"replaced"}
    with pytest.raises(InputError, match="the word ab has 2 letters, and the network was trained on words of 3"):
        explain(student, teacher, ["ab"])
    found = by_place([first, second], Rows.domain)
    assert found.to_json() == [
        {"place": "x", "student": 3.0, "teacher": 3.0},
        {"place": "y", "student": 10.0, "teacher": 15.0},
        {"place": "z", "student": 0.0, "teacher": 0.0},
    ]
    assert [line.split()[0] for line in str(found).splitlines()[2:]] == ["y", "x", "z"]


def test_of_many_places_those_that_matter_most_are_shown():
    domain, size = Domain(np.ones((1, 30, 3), np.int64)), np.arange(30.0)
    effects = Effects(0.0, None, None, np.where(size == 7, np.inf, np.where(size == 3, 1e-12, size)))
    found = by_place([Explanation(("a",) * 30, "value", effects, effects)], domain)
    assert found.student[3] == 0  # rounding
    assert found.to_json()[7]["student"] is None  # nothing that is finite
    said = str(found).splitlines()
    assert "undefined" not in "".join(said)
    few = by_place(
        [Explanation(("a",), "value", *[Effects(0.0, None, None, np.array([np.inf]))] * 2)], Domain(np.ones((1, 1, 3), int))
    )
    assert str(few).splitlines()[2].split() == ["1", "undefined", "undefined"]
    assert [line.split()[0] for line in said[2:-1]] == [str(number) for number in range(30, 10, -1)]
    assert said[-1] == "and 10 that matter less to the network"


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


def test_an_agreement_says_once_that_words_are_left_out():
    student, teacher = PAIRS["margins"]
    found = agreement(explain(student, teacher, ["abca", "a"]), np.random.default_rng(0))
    assert found.words["step"] == 1
    assert str(found).count("those on which it is not defined are left out") == 1


def test_explanations_and_traces_print_as_each_of_them():
    student, teacher = PAIRS["margins"]
    for found in (explain(student, teacher, ["ab", "c"]), trace(student, ["ab", "c"], teacher)):
        assert str(found) == repr(found) == "\n\n".join(map(str, found))
        assert "array(" not in str(found)
        assert isinstance(found, list)
        assert len(found) == 2
        assert found[1].word == ("c",)
    assert str(explain(student, teacher, [])) == "[]"
