"""The verdict: a bound that holds as often as it says, on words that learning never saw."""

import math
from dataclasses import replace

import numpy as np
import pytest
from doubles import Interrupting, WholeWords, words_up_to
from scipy.stats import binom
from thorough import up_to

from nerode.automata.dfa import DFA
from nerode.automata.wfa import WFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.extraction import verdict
from nerode.extraction.loop import extract
from nerode.extraction.queries import method as queries
from nerode.extraction.source import WordSource
from nerode.extraction.verdict import PIECE, Verdict, highest_share, judge
from nerode.words import Alphabet

EVERYTHING = DFA(Alphabet.of_size(2), [[0, 0]], [1])


# the bound


@pytest.mark.parametrize("delta", [0.001, 0.05, 0.5])
@pytest.mark.parametrize("trials", [1, 7, 1000])
def test_so_few_errors_have_probability_delta_at_the_bound(trials, delta):
    for errors in sorted({0, 1, trials // 2, trials - 1}):
        bound = highest_share(errors, trials, delta)
        if errors < trials:
            assert binom.cdf(errors, trials, bound) == pytest.approx(delta, rel=1e-6)
    assert highest_share(trials, trials, delta) == 1
    assert highest_share(0, 0, delta) == 1


def test_without_errors_it_is_the_rule_of_three():
    assert highest_share(0, 1000, 0.05) == pytest.approx(1 - 0.05 ** (1 / 1000))
    assert highest_share(0, 1000, 0.05) == pytest.approx(3 / 1000, rel=0.01)


@pytest.mark.parametrize("trials", [5, 30, 200])
def test_the_bound_covers_every_probability_but_for_delta(trials):
    bounds = np.array([highest_share(errors, trials, 0.05) for errors in range(trials + 1)])
    for truth in np.linspace(0.001, 0.999, 97):
        covered = binom.pmf(np.flatnonzero(bounds >= truth), trials, truth).sum()
        assert covered >= 0.95 - 1e-9


def test_the_bound_of_extractions_holds_as_often_as_it_says(frugal):
    """A language of words up to 20 letters and an automaton that is too small; errors are then counted on far more words."""
    target = random_dfa(np.random.default_rng(3), 60, 3)
    seeds = up_to(20, 1000)
    broken = 0
    for seed in seeds:
        result = extract(target, "lstar", queries=500, seconds=None, seed=seed)
        words = WordSource(np.random.default_rng([seed, 9]), target, []).invent(1500)
        truth = np.mean(result.automaton.predict(words) != target.predict(words))
        assert result.verdict.words == 50
        broken += truth > result.verdict.epsilon
    assert broken <= binom.ppf(0.98, len(seeds), 0.05)


# what is counted


def test_errors_are_the_words_with_another_label():
    words = words_up_to(2, 9)
    verdict = judge(EVERYTHING, tomita(4), words, "short words", 0.1)
    assert len(words) > 2 * PIECE
    assert (verdict.words, verdict.errors) == (len(words), int((tomita(4).predict(words) == 0).sum()))
    assert (verdict.delta, verdict.distribution, verdict.equivalent) == (0.1, "short words", False)
    assert judge(tomita(4), tomita(4), words, "short words", 0.1).errors == 0
    assert judge(tomita(4), tomita(4), [], "no words", 0.1).epsilon == 1


class Nowhere(WholeWords):
    """Its scores are no numbers."""

    def scores(self, words):
        return np.full((len(words), 1), np.nan)


def test_what_decides_for_no_class_is_wrong():
    words = words_up_to(2, 3)
    nowhere = Nowhere(EVERYTHING)
    assert judge(nowhere, EVERYTHING, words, "", 0.05).errors == len(words)
    assert judge(EVERYTHING, nowhere, words, "", 0.05).errors == len(words)
    assert judge(nowhere, nowhere, words, "", 0.05).errors == len(words)


def test_an_automaton_whose_numbers_overflow_is_judged():
    growing = WFA(Alphabet.of_size(2), [1.0, 1.0], np.tile(np.diag([1e200, -1e200]), (2, 1, 1)), [[1.0], [1.0]], tomita(1).link)
    assert judge(growing, EVERYTHING, [(0,) * n for n in range(4)], "", 0.05).errors == 2  # 2, 0, ∞, and no number


# what is said


def test_a_verdict_is_one_sentence():
    like = "random words of 0 to 20 letters (half with runs)"
    assert str(Verdict(1000, 0, like)) == (
        f"With 95 % confidence at most 0.3 % of {like} get another label (0 errors on 1,000 fresh words)."
    )
    assert str(Verdict(1, 1, like, 0.001)) == (
        f"With 99.9 % confidence at most 100 % of {like} get another label (1 error on 1 fresh word)."
    )
    assert str(Verdict(0, 0, like, equivalent=True)) == "Equivalent: decided exactly."


@pytest.mark.parametrize(("words", "errors"), [(1000, 0), (1000, 7), (37, 1), (10**6, 0), (50, 49)])
def test_the_bound_is_rounded_up(words, errors):
    verdict = Verdict(words, errors, "words")
    said = float(str(verdict).split("at most ")[1].split(" %")[0]) / 100
    assert verdict.epsilon <= said + 1e-15
    assert said < 1.1 * verdict.epsilon


def test_only_what_was_decided_is_called_equivalent():
    assert Verdict(0, 0, "words", equivalent=True).epsilon == 0
    assert "quivalent" not in str(Verdict(10**6, 0, "words"))


# in an extraction


@pytest.mark.parametrize("method", ["lstar", "spectral"])
def test_an_extraction_has_its_verdict(frugal, method):
    result = extract(WholeWords(tomita(4)), method, delta=0.2, seconds=None)
    longest = {"lstar": 20, "spectral": 40}[method]
    assert result.verdict == judge(
        result.automaton, tomita(4), result.fresh, f"random words of 0 to {longest} letters (half with runs)", 0.2
    )
    assert result.verdict.words == 50


def test_given_words_are_counted_once(frugal):
    words = words_up_to(2, 5) + [(0, 1)] * 500
    verdict = extract(WholeWords(tomita(4)), "lstar", words=words, seconds=None).verdict
    assert verdict.words == round(0.2 * len(words_up_to(2, 5)))
    assert verdict.distribution == "words like those given, each counted once,"


@pytest.mark.parametrize("method", ["lstar", "spectral"])
def test_given_words_have_two_verdicts(frugal, method):
    """One about words like them, and one about uniform words of their lengths, each counted once."""
    teacher = WholeWords(tomita(4))
    given = [(0, 1) * 6, *((0,) * n + (1,) for n in range(99))]
    result = extract(teacher, method, words=given, seconds=None)
    random = teacher.asked[-50:]
    assert not set(random) & set(given[50:])
    assert {len(word) for word in random} <= {len(word) for word in given}
    expected = judge(result.automaton, tomita(4), random, "random words as long as those given", 0.05)
    assert (result.verdict.words, result.verdict_random) == (20, expected)
    assert extract(tomita(4), method, seconds=None).verdict_random is None


def test_after_a_limit_there_is_a_verdict_too(frugal):
    target = random_dfa(np.random.default_rng(1), 30, 2)
    result = extract(target, "lstar", queries=300, seconds=None)
    assert result.stop_reason == "queries"
    assert result.verdict.errors == np.count_nonzero(result.automaton.predict(result.fresh) != target.predict(result.fresh)) > 0


@pytest.mark.parametrize("make", [random_pdfa, random_wfa])
def test_where_there_are_no_labels_there_is_no_verdict(frugal, rng, make):
    result = extract(make(rng, 3, 2), states=2, seconds=None)
    assert result.verdict is None
    assert result.fresh


class Refusing(Interrupting):
    """Refuses what it is asked the `calls`-th time."""

    def scores(self, words):
        try:
            return super().scores(words)
        except KeyboardInterrupt:
            raise InputError("this word is too long") from None


@pytest.mark.parametrize("broken", [Interrupting, Refusing])
@pytest.mark.parametrize("method", ["lstar", "spectral"])
@pytest.mark.sampled(2)
def test_who_does_not_wait_for_the_verdict_loses_nothing_else(frugal, method, broken):
    whole = Interrupting(tomita(4), 10**9)
    complete = extract(whole, method, seconds=None)
    result = extract(broken(tomita(4), 10**9 - whole.calls), method, seconds=None)  # the last time that it is asked
    assert result.verdict is None
    assert complete.verdict.errors == 0
    assert (result.stop_reason, result.queries, result.chosen.states) == (
        complete.stop_reason, complete.queries, complete.chosen.states,
    )  # fmt: skip
    assert (complete.interrupted, result.interrupted) == (False, broken is Interrupting)
    assert any(said.endswith("since it was interrupted.") for said in result.left_out) == result.interrupted


def test_an_interruption_of_the_second_verdict_leaves_the_first(frugal, monkeypatch):
    plain, calls = verdict.judge, []

    def judge(*arguments, **options):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return plain(*arguments, **options)

    monkeypatch.setattr(verdict, "judge", judge)
    words = [tuple(word) for word in np.random.default_rng(0).integers(2, size=(200, 9)).tolist()]
    result = extract(tomita(5), "rpni", words=words, effort=1)
    assert (result.verdict is None, result.verdict_random, result.interrupted) == (False, None, True)
    (said,) = [said for said in result.left_out if "verdict" in said]
    assert said.startswith("There is no verdict on ")
    assert "random" in said


def test_what_was_decided_is_handed_back_and_nothing_more_is_asked(frugal, monkeypatch):
    """The last hypothesis, though others are smaller and as good on the held-out words."""

    def rounds(task):
        yield EVERYTHING
        yield tomita(1)
        task.ledger.decided = True
        return "no counterexample"

    monkeypatch.setattr(queries, "METHOD", replace(queries.METHOD, rounds=rounds))
    teacher = WholeWords(tomita(1))
    result = extract(teacher, "lstar", words=[(1,) * n for n in range(60)], seconds=None)
    assert result.automaton.states == tomita(1).states > 1
    assert result.stop_reason == "equivalent"
    assert str(result.verdict) == "Equivalent: decided exactly."
    assert result.queries == len(teacher.asked)


@pytest.mark.parametrize("delta", [0, 1, -0.1, math.nan])
def test_delta_is_a_probability(delta):
    with pytest.raises(InputError, match="delta must be a number between 0 and 1"):
        extract(tomita(1), delta=delta)
