"""Every metric against hand-computed values and against loops over single prefixes."""

from math import exp, inf, log, log2, sqrt

import numpy as np
import pytest
from scipy.special import expit

from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval.intervals import clopper_pearson
from nerode.eval.metrics import METRICS
from nerode.eval.report import compare
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, Binary, Multiclass, NextSymbol, Value
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


# language models


def slow_language_model_metrics(student, teacher, words):
    """The definitions, one prefix at a time."""
    squared, log_errors, kls, wrong, gains, surprise, symbols = [], [], [], [], [], 0.0, 0
    leads, errors, teacher_surprise = [], [], 0.0
    for word in words:
        totals = {}
        for name, function in (("student", student), ("teacher", teacher)):
            total = 0.0
            for i in range(len(word) + 1):
                logs = function.link.log_probabilities(function.scores([word[:i]]))[0]
                total += logs[word[i] if i < len(word) else len(function.alphabet)]
            totals[name] = total
        squared.append((exp(totals["student"]) - exp(totals["teacher"])) ** 2)
        log_errors.append(abs(totals["student"] - totals["teacher"]) / (len(word) + 1))
        surprise -= totals["student"]
        teacher_surprise -= totals["teacher"]
        symbols += len(word) + 1
        for i in range(len(word) + 1):
            following = word[i] if i < len(word) else len(function.alphabet)
            said = [one.link.log_probabilities(one.scores([word[:i]]))[0, following] for one in (student, teacher)]
            errors.append(abs(said[0] - said[1]))
            q, p = (
                np.exp(function.link.log_probabilities(function.scores([word[:i]]))[0]).tolist()
                for function in (student, teacher)
            )
            q, p = [x / sum(q) for x in q], [x / sum(p) for x in p]
            kls.append(sum(x * log(x / y) for x, y in zip(p, q, strict=True)))
            wrong.append(p.index(max(p)) != q.index(max(q)))
            leads.append(log(sorted(p)[-1]) - log(sorted(p)[-2]))
            ranked = sorted(range(len(q)), key=lambda symbol, q=q: -q[symbol])[:5]
            ideal = sorted(p, reverse=True)[:5]
            gains.append(
                sum(p[symbol] / log2(rank + 2) for rank, symbol in enumerate(ranked))
                / sum(x / log2(rank + 2) for rank, x in enumerate(ideal))
            )
    clear = [lead > 2 * np.median(errors) for lead in leads]
    return {
        "perplexity_ratio": exp((surprise - teacher_surprise) / symbols),
        "near_ties": 1 - np.mean(clear),
        "clear_error_rate": np.mean(np.array(wrong)[clear]) if any(clear) else None,
        "mse": np.mean(squared),
        "mse_e6": 1e6 * np.mean(squared),
        "log_prob_error_per_symbol": np.mean(log_errors),
        "next_symbol_kl": np.mean(kls),
        "word_error_rate": np.mean(wrong),
        "ndcg_at_5": np.mean(gains),
        "perplexity": exp(surprise / symbols),
    }


@pytest.mark.parametrize(
    ("student", "teacher"),
    [
        (random_pdfa(0), random_pdfa(1)),
        (blurred(random_pdfa(1, states=9), 0.05), random_pdfa(1, states=9)),
        (random_pdfa(5, letters=5, states=9), blurred(random_pdfa(5, letters=5, states=9), 0.4)),
        (random_wfa(2, NextSymbol(3), 4), random_pdfa(3)),
        # a start marker takes part of the probability
        (random_pdfa(4), random_wfa(5, NextSymbol(3, "sigmoid"), 5)),
        (random_wfa(6, NextSymbol(7), 8, letters=7), random_wfa(7, NextSymbol(7, "sigmoid"), 9, letters=7)),
    ],
)
def test_language_model_metrics_are_their_definitions(monkeypatch, student, teacher):
    words = random_words(8, letters=len(teacher.alphabet))
    expected, best = (slow_language_model_metrics(each, teacher, words) for each in (student, teacher))
    nothing_clear = expected["clear_error_rate"] is None
    expected["clear_error_rate"] = expected["clear_error_rate"] or 0.0
    for cells in (1, 200, 2**20):
        monkeypatch.setattr("nerode.eval.columns.CELLS", cells)
        report = compare(student, teacher, words)
        found = values(report)
        assert (found["clear_error_rate"] is None) == (found["near_ties"] == 1) == nothing_clear
        found["clear_error_rate"] = found["clear_error_rate"] or 0.0
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
        assert report["perplexity"].baselines["teacher"] == pytest.approx(best["perplexity"])


def test_language_model_metrics_by_hand():
    teacher = PDFA(AB, [[0, 0]], [[0.5, 0.25, 0.25]])
    student = PDFA(AB, [[0, 0]], [[0.25, 0.5, 0.25]])
    report = compare(student, teacher, ["ab", ""])
    # ab: 1/32 by both; ε: 1/4 by both
    assert report["mse"].value == pytest.approx(0, abs=1e-30)
    assert report["log_prob_error_per_symbol"].value == pytest.approx(0)
    assert report["next_symbol_kl"].value == pytest.approx(0.25 * log(2))
    assert report["word_error_rate"].value == 1
    discount = 1 / log2(3)
    assert report["ndcg_at_5"].value == pytest.approx((0.25 + 0.5 * discount + 0.125) / (0.5 + 0.25 * discount + 0.125))
    assert report["perplexity"].value == pytest.approx((32 * 4) ** (1 / 4))
    assert report["perplexity_ratio"].value == pytest.approx(1)
    assert report["mse"].baselines["zero"] == pytest.approx((1 / 32**2 + 1 / 4**2) / 2)
    # the teacher draws a, which it takes to be likeliest, half of the time
    assert report["word_error_rate"].baselines["teacher"] == 0.5
    assert compare(student, teacher, ["a"])["log_prob_error_per_symbol"].value == pytest.approx(log(2) / 2)
    assert compare(student, teacher, ["a"])["mse_e6"].value == pytest.approx(1e6 * (1 / 8 - 1 / 16) ** 2)
    assert compare(student, teacher, ["a"])["perplexity_ratio"].value == pytest.approx(sqrt(2))
    assert compare(student, teacher, ["bb"])["perplexity_ratio"].value == pytest.approx((1 / 4) ** (1 / 3))


def endless(*weights):
    """A language model of one state, whose words never end: the score of the end, the last one, means nothing."""
    return WFA(AB, [1.0], np.ones((2, 1, 1)), np.log([weights]), NextSymbol(2, ends=False))


@pytest.mark.parametrize("student", [endless(2, 4, 1e-22), endless(1, 2, 50), PDFA(AB, [[0, 0]], [[0.25, 0.5, 0.25]])])
@pytest.mark.parametrize("end", [1e-22, 1e22])
def test_ends_of_words_are_not_counted_where_no_word_ends(student, end):
    """a and b have 2/3 and 1/3 by the teacher, and 1/3 and 2/3 by each student, given that the word goes on."""
    teacher = endless(2, 1, end)
    report = compare(student, teacher, ["ab", ""])
    # ab: 2/9 by both, of two symbols; ε: 1 by both, of none
    assert report["perplexity"].value == pytest.approx(sqrt(9 / 2))
    assert report["perplexity"].baselines["teacher"] == pytest.approx(sqrt(9 / 2))
    assert report["perplexity_ratio"].value == pytest.approx(1)
    assert report["log_prob_error_per_symbol"].value == pytest.approx(0)
    assert report["mse"].baselines["zero"] == pytest.approx((4 / 81 + 1) / 2)
    # of the four prefixes the whole words are two, after which a letter might follow
    assert report["next_symbol_kl"].value == pytest.approx(log(2) / 3)
    assert report["next_symbol_kl"].baselines["constant"] == pytest.approx(0)
    assert report["word_error_rate"].value == 1
    assert report["near_ties"].value == 1  # log 2 is less than twice the median error, log 2 for each letter
    one = compare(student, teacher, ["a"])
    assert one["log_prob_error_per_symbol"].value == pytest.approx(log(2))
    assert one["perplexity"].value == pytest.approx(3)
    assert one["perplexity"].baselines["constant"] == pytest.approx(3 / 2)
    assert one["perplexity_ratio"].value == pytest.approx(2)
    nothing = compare(student, teacher, [""])
    assert nothing["perplexity"].value is None
    assert nothing["log_prob_error_per_symbol"].value == 0


def test_the_report_says_that_no_word_ends():
    teacher = endless(2, 1, 1)
    report = compare(teacher, teacher, ["ab"])
    assert "words of this teacher never end" in str(report)
    assert "words of this teacher never end" in report._repr_html_()
    assert report.to_json()["ends"] is False
    ending = compare(teacher, PDFA(AB, [[0, 0]], [[0.25, 0.5, 0.25]]), ["ab"])
    assert "never end" not in str(ending)
    assert "ends" not in ending.to_json()
    assert ending["perplexity"].value == inf  # the student excludes the end, which the teacher does not


def test_near_ties_by_hand():
    """After an even number of letters the teacher all but ties; after an odd number a is three times as likely as b."""
    teacher = PDFA(AB, [[1, 1], [0, 0]], [[0.41, 0.4, 0.19], [0.6, 0.2, 0.2]])
    student = PDFA(AB, [[1, 1], [0, 0]], [[0.4, 0.41, 0.19], [0.61, 0.19, 0.2]])
    # after ε, a and ab: log 0.41 − log 0.4 twice the likeliest differ, and log 0.6 − log 0.2 once they do not; the errors on
    # a, b and the end are 0.025, 0.051 and 0
    report = compare(student, teacher, ["ab"])
    assert report["word_error_rate"].value == pytest.approx(2 / 3)
    assert report["near_ties"].value == pytest.approx(2 / 3)
    assert report["clear_error_rate"].value == 0
    assert report["clear_error_rate"].baselines == {"constant": 0}
    assert report["near_ties"].baselines == {}
    assert report["word_error_rate"].baselines["teacher"] == pytest.approx((0.59 + 0.4 + 0.59) / 3)
    # on ends alone it makes no error, so that nothing is a near-tie
    assert compare(student, teacher, [""])["near_ties"].value == 0
    assert compare(student, teacher, [""])["clear_error_rate"].value == 1
    exact = PDFA(AB, [[0, 0]], [[0.4, 0.4, 0.2]])
    assert compare(exact, exact, ["ab"])["near_ties"].value == 1
    assert compare(exact, exact, ["ab"])["clear_error_rate"].value is None


def test_a_perfect_language_model():
    teacher = random_wfa(9, NextSymbol(3, "sigmoid"), 5)
    report = compare(teacher, teacher, random_words(10))
    assert report["ndcg_at_5"].value == 1
    for name in report.metrics.keys() - {"ndcg_at_5", "perplexity", "perplexity_ratio"}:
        assert (report[name].value, report[name].low) == (0, 0)
        if METRICS[name].share:  # as many words as rates allow may be unlike these, and longer than most
            assert clopper_pearson(0, report.words)[1] <= report[name].high < 1
        else:
            assert report[name].high == 0
    assert report["perplexity"].value == report["perplexity"].baselines["teacher"]
    assert report["perplexity_ratio"].value == 1


@pytest.mark.parametrize(
    "teacher",
    [
        random_pdfa(11),
        random_wfa(12, NextSymbol(3, "sigmoid"), 5),
        random_wfa(13, NextSymbol(7), 8, letters=7),
        PDFA(Alphabet.of_size(2), [[0, 1], [1, 1]], [[0.5, 0.0, 0.5], [0.0, 0.3, 0.7]]),
        PDFA(Alphabet.of_size(2), [[0, 1], [1, 1]], [[0.5, 0.0, 0.5], [0.7, 0.0, 0.3]]),
        PDFA(Alphabet.of_size(1), [[0]], [[0.25, 0.75]]),
    ],
)
def test_the_constant_language_model_reaches_the_constant_baseline(monkeypatch, teacher):
    monkeypatch.setattr("nerode.eval.columns.CELLS", 100)
    letters = len(teacher.alphabet)
    words = random_words(14, letters)
    logs = teacher.link.log_probabilities(teacher.scores([word[:i] for word in words for i in range(len(word) + 1)]))
    probabilities = np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True)
    constant = PDFA(teacher.alphabet, np.zeros((1, letters), int), probabilities.mean(axis=0)[None])
    report = compare(constant, teacher, words)
    for name in report.metrics.keys() - {"near_ties"}:
        metric = report[name]
        expected = None if metric.value is None else pytest.approx(metric.value, rel=1e-9, abs=1e-12)
        assert metric.baselines["constant"] == expected
    worse = PDFA(teacher.alphabet, np.zeros((1, letters), int), np.full((1, letters + 1), 1 / (letters + 1)))
    assert compare(worse, teacher, words)["next_symbol_kl"].value >= report["next_symbol_kl"].value


def test_values_far_below_single_precision_are_told_apart():
    teacher = PDFA(AB, [[0, 0]], [[1e-20, 1e-30, 1 - 1e-20 - 1e-30]])
    student = PDFA(AB, [[0, 0]], [[2e-20, 1e-30, 1 - 2e-20 - 1e-30]])
    report = compare(student, teacher, ["a" * 50])
    assert report["log_prob_error_per_symbol"].value == pytest.approx(50 / 51 * log(2))
    assert compare(student, teacher, ["aab"])["mse"].value == pytest.approx((3e-70) ** 2)


def test_a_student_that_excludes_what_the_teacher_says_is_infinitely_wrong():
    teacher = PDFA(AB, [[0, 0]], [[0.5, 0.25, 0.25]])
    student = PDFA(AB, [[0, 0]], [[0.5, 0.0, 0.5]])
    report = compare(student, teacher, ["ab", "a"])
    for name in ("log_prob_error_per_symbol", "next_symbol_kl", "perplexity", "perplexity_ratio"):
        assert report[name].value == inf
    assert report["mse"].value == pytest.approx((1 / 32**2 + (1 / 4 - 1 / 8) ** 2) / 2)
    assert report.unscored == 0
    # the other way round only the words that the student excludes by right are free of error
    assert compare(teacher, student, ["a"])["next_symbol_kl"].value == pytest.approx(0.5 * log(2))
    assert compare(teacher, student, ["b"])["log_prob_error_per_symbol"].value == inf
    assert compare(student, student, ["b"])["log_prob_error_per_symbol"].value == 0
    for one in (student, teacher):  # of a word that the teacher takes to be impossible no ratio can be had
        assert compare(one, student, ["b"])["perplexity_ratio"].value == 1


def test_a_language_model_that_overflows_is_infinitely_wrong_and_counted():
    final = np.ones((2, 3))
    student = WFA(AB, [1.0, -1.0], np.array([np.eye(2) * 1e200, np.eye(2)]), final, NextSymbol(2))
    teacher = PDFA(AB, [[0, 0]], [[0.25, 0.5, 0.25]])
    report = compare(student, teacher, ["aab", "bb"])
    assert report.unscored == 1
    for name in ("mse", "mse_e6", "log_prob_error_per_symbol", "next_symbol_kl", "perplexity"):
        assert report[name].value == inf
    # uniform where it answers; after aa and aab there is no answer
    assert report["word_error_rate"].value == report["near_ties"].value == 1
    discounts = np.array([1, 1 / log2(3), 1 / 2])
    answered = (discounts @ [0.25, 0.5, 0.25]) / (discounts @ [0.5, 0.25, 0.25])
    assert report["ndcg_at_5"].value == pytest.approx(5 / 7 * answered)
    assert compare(student, teacher, ["bb"]).unscored == 0
    # no answer is no agreement, even with a teacher that prefers the first symbol
    prefers_first = PDFA(AB, [[0, 0]], [[0.5, 0.25, 0.25]])
    assert compare(student, prefers_first, ["aab", "bb"])["word_error_rate"].value == 2 / 7


def test_the_most_likely_symbol_is_that_of_the_link_where_the_squash_saturates():
    scores = np.array([[40.0, 50.0, 0.0]])
    assert expit(40.0) == expit(50.0)
    student = WFA(AB, [1.0], np.ones((2, 1, 1)), scores, NextSymbol(2, "sigmoid"))
    teacher = PDFA(AB, [[0, 0]], [[0.25, 0.5, 0.25]])
    assert compare(student, teacher, ["ab"])["word_error_rate"].value == 0
    assert compare(teacher, student, ["ab"])["word_error_rate"].value == 0


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
