"""Every metric of classifiers and of values against hand-computed values, and what all metrics have in common."""

from math import inf, sqrt

import numpy as np
import pytest
from compared import AB, WORDS, constant_dfa, even_a, random_pdfa, random_wfa, random_words, values

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval.metrics import METRICS
from nerode.eval.report import compare
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, Binary, Multiclass, Value
from nerode.words import Alphabet

# classifiers


def test_label_metrics_by_hand():
    # teacher accepts ε, b, aa (an even number of a's); student accepts words that end in b, and b itself
    student = DFA(AB, [[0, 1], [0, 1]], [0, 1])
    report = compare(student, even_a(), ["", "a", "b", "aa", "ab"])
    # ε: miss, a: right, b: hit, aa: miss, ab: false alarm
    assert values(report) == pytest.approx(
        {"error_rate": 3 / 5, "agreement": 2 / 5, "precision": 1 / 2, "recall": 1 / 3, "f1": 2 / 5}
    )
    baselines = {name: metric.baselines["majority"] for name, metric in report.metrics.items()}
    assert baselines == pytest.approx({"error_rate": 2 / 5, "agreement": 3 / 5, "precision": 3 / 5, "recall": 1.0, "f1": 3 / 4})


def test_a_perfect_classifier():
    assert values(compare(even_a(), even_a(), WORDS)) == {
        "error_rate": 0,
        "agreement": 1,
        "precision": 1,
        "recall": 1,
        "f1": 1,
    }


def test_undefined_ratios_are_none():
    report = compare(constant_dfa(0), constant_dfa(0), WORDS)
    assert (report["precision"].value, report["recall"].value, report["f1"].value) == (None, None, None)
    assert (report["precision"].low, report["f1"].high) == (None, None)
    assert report["error_rate"].value == 0


@pytest.mark.parametrize("teacher", [even_a(), DFA(AB, [[1, 2], [2, 1], [2, 2]], [0, 1, 0])])
def test_the_constant_student_reaches_the_majority_baseline(teacher):
    majority = np.bincount(teacher.predict(WORDS)).argmax()
    report = compare(constant_dfa(majority), teacher, WORDS)
    assert all(metric.value == metric.baselines["majority"] for metric in report.metrics.values())


def test_more_than_two_classes_have_no_precision():
    teacher = DFA(AB, [[1, 0], [2, 1], [0, 2]], [0, 1, 2], classes=3)
    report = compare(constant_dfa(1, classes=3), teacher, WORDS)
    assert set(report.metrics) == {"error_rate", "agreement"}
    assert report["error_rate"].value == np.mean([word.count(0) % 3 != 1 for word in WORDS])


def test_two_scores_and_one_margin_are_two_classes_alike():
    two_scores = WFA(AB, [1.0], np.ones((2, 1, 1)), [[0.0, 1.0]], Multiclass())
    assert compare(two_scores, constant_dfa(1), WORDS)["error_rate"].value == 0


def test_scores_that_overflow_are_disagreements_whatever_the_teacher_says():
    # the margin of aⁿ is a difference of two huge numbers
    student = WFA(AB, [1.0, -1.0], np.array([np.eye(2) * 1e200, np.eye(2)]), [[1.0], [1.0]], Binary())
    words = ["aaa", "b", "aa", "ba"]
    for label in (0, 1):
        report = compare(student, constant_dfa(label), words)
        assert report.unscored == 2
        assert report["error_rate"].value == (1.0 if label else 0.5)
    assert compare(student, constant_dfa(0), words)["precision"].value == 0


# values


def test_value_metrics_by_hand():
    # the teacher answers 2^|w|, the student 3^|w|
    teacher = WFA(AB, [1.0], np.full((2, 1, 1), 2.0), [[1.0]])
    student = WFA(AB, [1.0], np.full((2, 1, 1), 3.0), [[1.0]])
    report = compare(student, teacher, ["", "a", "ab"])
    assert values(report) == pytest.approx(
        {"mse": 26 / 3, "mse_e6": 26e6 / 3, "max_abs_error": 5, "relative_error": (0 + 1 / 3 + 5 / 9) / 3}
    )
    mean = 7 / 3
    assert report["mse"].baselines == pytest.approx(
        {"constant": ((1 - mean) ** 2 + (2 - mean) ** 2 + (4 - mean) ** 2) / 3, "zero": 7}
    )
    assert report["relative_error"].baselines["zero"] == 1
    assert (report["max_abs_error"].low, report["max_abs_error"].high) == (None, None)


def test_errors_of_several_values_are_averaged():
    teacher = WFA(AB, [1.0], np.ones((2, 1, 1)), [[1.0, 0.0]])
    student = WFA(AB, [1.0], np.ones((2, 1, 1)), [[1.0, 3.0]])
    assert values(compare(student, teacher, ["a", "b"])) == {
        "mse": 4.5,
        "mse_e6": 4.5e6,
        "max_abs_error": 3,
        "relative_error": 0.5,
    }


def test_the_constant_value_reaches_the_constant_baseline():
    teacher = random_wfa(15, Value(), 2)
    words = random_words(16)
    mean = teacher.scores(words).mean(axis=0)
    report = compare(WFA(teacher.alphabet, [1.0], np.ones((3, 1, 1)), mean[None]), teacher, words)
    for metric in report.metrics.values():
        assert metric.value == pytest.approx(metric.baselines["constant"])


def test_values_that_overflow_are_infinitely_wrong_and_counted():
    student = WFA(AB, [1.0], np.array([[[1e200]], [[1.0]]]), [[1.0]])
    teacher = WFA(AB, [1.0], np.ones((2, 1, 1)), [[1.0]])
    report = compare(student, teacher, ["aab", "b"])
    assert report.unscored == 1
    assert set(values(report).values()) == {inf}


# all of them


def test_every_metric_of_the_table_is_reported_for_its_tasks():
    pairs = {
        CLASSIFIER: (even_a(), ["a", "b"]),
        LANGUAGE_MODEL: (random_pdfa(0), ["0"]),
        SCORES: (random_wfa(0, Value(), 1), ["0"]),
    }
    for task, (function, words) in pairs.items():
        assert set(compare(function, function, words).metrics) == {name for name, one in METRICS.items() if task in one.tasks}


def test_intervals_hold_the_value_and_narrow_with_the_words():
    teacher, other = random_pdfa(18, states=9), random_pdfa(17, states=9)
    student = PDFA(teacher.alphabet, teacher.transitions, 0.6 * teacher.probabilities + 0.4 * other.probabilities)
    few, many = (compare(student, teacher, random_words(19, count=count)) for count in (30, 3000))
    for name in METRICS.keys() & few.metrics.keys() - {"mse", "mse_e6"}:
        assert few[name].low < few[name].value < few[name].high
        assert many[name].high - many[name].low < (few[name].high - few[name].low) / sqrt(10)


def test_each_function_is_asked_once():
    class Counting:
        """Not a stepping teacher, so that prefixes are asked as words."""

        def __init__(self, inner):
            self.inner, self.asked = inner, []
            self.alphabet, self.width, self.link = inner.alphabet, inner.width, inner.link

        def scores(self, words):
            self.asked.append(list(words))
            return self.inner.scores(words)

    student, teacher = Counting(random_pdfa(20)), Counting(random_pdfa(21))
    words = random_words(22)
    report = compare(student, teacher, words)
    assert values(report) == pytest.approx(values(compare(student.inner, teacher.inner, words)))
    for function in (student, teacher):
        (asked,) = function.asked
        assert sorted(asked) == sorted({word[:i] for word in words for i in range(len(word) + 1)})


@pytest.mark.parametrize(
    ("student", "teacher", "words", "message"),
    [
        (even_a(), even_a(), [], "no word"),
        (even_a(), even_a(), ["ac"], "unknown symbol 'c'"),
        (even_a(), DFA(Alphabet(("a", "c")), [[0, 0]], [0]), ["a"], "alphabet"),
        (even_a(), PDFA(AB, [[0, 0]], [[0.5, 0.25, 0.25]]), ["a"], "task of the student .classifier."),
        (even_a(), constant_dfa(2, classes=3), ["a"], "number of answers"),
        (random_wfa(0, Value(), 1), random_wfa(0, Value(), 2), ["0"], "number of answers"),
        (
            constant_dfa(0),
            WFA(AB, [1.0, -1.0], np.array([np.eye(2) * 1e200] * 2), [[1.0], [1.0]], Binary()),
            ["a", "bab"],
            "teacher's answer to the word bab",
        ),
    ],
)
def test_what_cannot_be_compared_is_said(student, teacher, words, message):
    with pytest.raises(InputError, match=message):
        compare(student, teacher, words)
