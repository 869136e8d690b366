"""Every metric of language models against hand-computed values and against loops over single prefixes."""

from math import exp, inf, log, log2, sqrt

import numpy as np
import pytest
from compared import AB, blurred, random_pdfa, random_wfa, random_words, values
from scipy.special import expit

from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.eval.intervals import clopper_pearson
from nerode.eval.metrics import METRICS
from nerode.eval.report import compare
from nerode.links import NextSymbol
from nerode.words import Alphabet


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
@pytest.mark.sampled(3)
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
