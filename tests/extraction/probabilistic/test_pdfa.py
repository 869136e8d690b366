"""Probabilistic automata of language models: found exactly where there is one, and close where there is none."""

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from doubles import Failing, FailingStepping, Interrupting, Stepping, WholeWords, words_up_to
from thorough import THOROUGH

from nerode.automata.pdfa import PDFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.errors import InputError
from nerode.extraction.held_out import HeldOut
from nerode.extraction.ledger import Ledger
from nerode.extraction.loop import extract
from nerode.extraction.reasons import FAILED
from nerode.links import NextSymbol
from nerode.words import Alphabet


def ring(likely):
    """Every letter goes to the next state; what is likely differs from state to state."""
    rows = [[0.15, 0.75, 0.1] if each else [0.75, 0.15, 0.1] for each in likely]
    n = len(rows)
    return PDFA(Alphabet.of_size(2), (np.arange(n)[:, None] + 1) % n * np.ones(2, int), rows)


def restricted(model, most):
    """The same model in which only so many of the likeliest symbols can follow."""
    probabilities = np.array(model.probabilities)
    probabilities[probabilities < np.sort(probabilities, axis=1)[:, -most][:, None]] = 0
    return PDFA(model.alphabet, model.transitions, probabilities / probabilities.sum(axis=1, keepdims=True))


def least(model):
    """The number of states that possible words tell apart, by pairs that differ (Moore)."""
    reached, waiting = {model.initial}, [model.initial]
    while waiting:
        state = waiting.pop()
        for letter in np.flatnonzero(model.probabilities[state, :-1]):
            after = int(model.transitions[state, letter])
            if after not in reached:
                reached.add(after)
                waiting.append(after)
    states = sorted(reached)
    apart = {(p, q): not np.allclose(model.probabilities[p], model.probabilities[q]) for p in states for q in states}
    while True:
        more = {
            (p, q): apart[p, q]
            or any(
                apart[model.transitions[p, a], model.transitions[q, a]]
                for a in np.flatnonzero(model.probabilities[p, :-1])
                if not apart[p, q]
            )
            for p, q in apart
        }
        if more == apart:
            return len({tuple(q for q in states if not apart[p, q]) for p in states})
        apart = more


def agree(automaton, model, longest):
    """The distributions after all possible words are the same."""
    words = words_up_to(len(model.alphabet), longest)
    said, true = np.exp(automaton.scores(words)), np.exp(model.scores(words))
    index = {word: i for i, word in enumerate(words)}
    possible = [all(true[index[word[:k]], word[k]] > 0 for k in range(len(word))) for word in words]
    assert sum(possible) > longest
    np.testing.assert_allclose(said[possible], true[possible], rtol=0, atol=1e-6)


MODELS = {
    "4 states": lambda: random_pdfa(np.random.default_rng(1), 4, 2),
    "6 states": lambda: random_pdfa(np.random.default_rng(2), 6, 3),
    "10 states": lambda: random_pdfa(np.random.default_rng(3), 10, 3),
    "UHL 1": lambda: ring([state in (1, 4, 8) for state in range(9)]),
    "long ring": lambda: ring([state == 5 for state in range(10)]),
    "few letters follow": lambda: restricted(random_pdfa(np.random.default_rng(5), 8, 4), 3),
    "one state": lambda: random_pdfa(np.random.default_rng(1), 1, 3),
}


ALIKE = () if THOROUGH else ("4 states", "6 states")  # what is done with 10 is done with these too


@pytest.mark.parametrize(
    ("wrap", "name"), [*((Stepping, name) for name in MODELS if name not in ALIKE), (WholeWords, "6 states")]
)
@pytest.mark.sampled(3)
def test_an_automaton_is_found_exactly(name, wrap):
    model = MODELS[name]()
    result = extract(wrap(model), "pdfa", seconds=None)
    assert isinstance(result.automaton, PDFA)
    assert result.stop_reason == "converged"
    assert result.automaton.states == least(model)
    agree(result.automaton, model, 7 if len(model.alphabet) < 4 else 5)
    assert result.chosen.error < 1e-9


def test_the_slow_count_merges_what_is_alike():
    assert least(ring([True, False, True, False])) == 2
    assert least(ring([True, True])) == 1
    assert least(ring([True, False, False])) == 3


@pytest.mark.thorough
def test_hundreds_of_random_automata_are_found_exactly():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        model = random_pdfa(rng, int(rng.integers(1, 20)), int(rng.integers(1, 6)))
        result = extract(model, "pdfa", seconds=None, seed=seed)
        assert result.automaton.states <= least(model), seed
        words = [tuple(word) for word in rng.integers(len(model.alphabet), size=(300, 12)).tolist()]
        np.testing.assert_allclose(
            np.exp(result.automaton.scores(words)), np.exp(model.scores(words)), atol=1e-6, err_msg=str(seed)
        )


# models that are no automata


def fading():
    """What follows depends on all letters before, the less the farther: no finite automaton has it."""
    a = random_wfa(np.random.default_rng(2), 3, 2, width=3)
    return WholeWords(replace(a, final=a.final - [0, 0, 2], link=NextSymbol(2)))


def test_others_are_approximated_the_better_the_more_states(frugal):
    results = [extract(fading(), "pdfa", states=states, seconds=None) for states in (1, 4, 16)]
    assert all(result.automaton.states <= states for result, states in zip(results, (1, 4, 16), strict=True))
    assert all(done.states <= states for result, states in zip(results, (1, 4, 16), strict=True) for done in result.rounds)
    errors = [result.chosen.error for result in results]
    assert all(after < 0.7 * before for before, after in pairwise(errors))


class Blurred(WholeWords):
    """An automaton, but each letter changes all that follows a little, as in a network that learned it well and not exactly."""

    def scores(self, words):
        letters = len(self.alphabet)
        change = np.random.default_rng(7).normal(0, 0.06, (letters, letters + 1))
        faded = [sum((0.8**t * change[a] for t, a in enumerate(reversed(word))), np.zeros(letters + 1)) for word in words]
        return super().scores(words) + np.array(faded).reshape(-1, letters + 1)


def test_a_model_that_is_nearly_an_automaton_gets_about_its_states(frugal):
    model = random_pdfa(np.random.default_rng(3), 10, 3)
    result = extract(Blurred(model), "pdfa", seconds=None)
    larger = result.front[-1][0]
    assert least(model) <= result.automaton.states <= 2 * least(model) < larger.states
    assert larger.error < result.chosen.error < 0.5 * min(done.error for done, _ in result.front if done.states < least(model))
    allowed = extract(Blurred(model), "pdfa", seconds=None, states=8 * least(model))
    assert allowed.automaton.states > 2 * least(model)
    assert allowed.chosen.error < result.chosen.error


def test_errors_are_those_of_single_words(frugal, monkeypatch):
    kept = []
    honest = Ledger.__init__

    def noted(self, constant, held_out, *others):
        kept.append(held_out)
        honest(self, constant, held_out, *others)

    monkeypatch.setattr(Ledger, "__init__", noted)
    model = fading()
    result = extract(model, "pdfa", states=5, seconds=None)
    assert isinstance(kept[0], HeldOut)
    errors = []
    for word in kept[0].words:
        logs = [
            sum(float(f.link.log_probabilities(f.scores([word[:k]]))[0, a]) for k, a in enumerate((*word, 2)))
            for f in (result.automaton, model)
        ]
        errors.append(abs(logs[0] - logs[1]) / (len(word) + 1))
    assert result.chosen.error == pytest.approx(np.mean(errors), rel=1e-9)


def test_a_seed_replays(frugal):
    one, same, other = (extract(fading(), "pdfa", seconds=None, seed=seed) for seed in (1, 1, 2))
    assert one.automaton.to_json() == same.automaton.to_json()
    assert [str(done).rpartition(",")[0] for done in one.rounds] == [str(done).rpartition(",")[0] for done in same.rounds]
    assert other.automaton.to_json() != one.automaton.to_json()


def test_given_words_are_learned_from(frugal):
    words = [(0, 1) * n for n in range(1, 30)] * 5
    result = extract(fading(), "pdfa", words=words, seconds=None)
    learned = HeldOut(fading(), words).errors(result.automaton).mean()
    drawn = HeldOut(fading(), words).errors(extract(fading(), "pdfa", seconds=None, states=result.automaton.states).automaton)
    assert learned < drawn.mean()


class Short(WholeWords):
    longest = 9

    def scores(self, words):
        assert max(map(len, words)) <= self.longest
        return super().scores(words)


@pytest.mark.parametrize("longest", [2, 3, 9])
@pytest.mark.sampled(2)
def test_no_word_is_longer_than_the_model_reads(frugal, monkeypatch, longest):
    monkeypatch.setattr(Short, "longest", longest)
    result = extract(Short(random_pdfa(np.random.default_rng(1), 5, 2)), "pdfa", seconds=None)
    assert result.stop_reason in ("converged", "largest block")
    assert result.chosen.error < result.rounds[0].error


# limits


def test_ctrl_c_loses_nothing(frugal):
    """From the first hypothesis on, an interruption hands back the best by then."""
    complete = extract(fading(), "pdfa", seconds=None)
    whole = Interrupting(fading(), 10**6)
    extract(whole, "pdfa", seconds=None)
    calls = 10**6 - whole.calls
    rounds = []
    for part in (0.9, 0.95, 0.98, 0.999):
        result = extract(Interrupting(fading(), int(part * calls)), "pdfa", seconds=None)
        assert result.stop_reason == "interrupted"
        rounds.append(len(result.rounds))
        assert [done.states for done in result.rounds] == [done.states for done in complete.rounds][: len(result.rounds)]
    assert rounds == sorted(rounds)
    assert len(set(rounds)) > 1
    assert 1 < rounds[-1] <= len(complete.rounds)


@pytest.mark.parametrize("queries", [3000, 10_000, 100_000])
def test_a_limit_on_queries_makes_pools_smaller(queries):
    model = Stepping(random_pdfa(np.random.default_rng(1), 20, 4))
    result = extract(model, "pdfa", queries=queries, seconds=None)
    assert model.answers == result.queries <= queries
    assert result.chosen.error < result.rounds[0].error
    assert (result.stop_reason == "queries") == (queries < 100_000)


def test_a_limit_on_time_hands_back_what_there_is(frugal, monkeypatch):
    """Each look at the clock takes a second."""
    complete = extract(fading(), "pdfa", seconds=None)

    class Clock:
        now = time.monotonic()

        def __call__(self):
            self.now += 1.0
            return self.now

    monkeypatch.setattr(time, "monotonic", Clock())
    rounds = []
    for seconds in (80.0, 100.0, 120.0):
        result = extract(fading(), "pdfa", seconds=seconds)
        assert result.stop_reason in ("time", "no room")
        assert result.seconds < seconds + 5
        rounds.append(len(result.rounds))
    assert rounds == sorted(rounds)
    assert 1 < rounds[-1] < len(complete.rounds)


# what is refused


def test_classifiers_are_refused():
    with pytest.raises(
        InputError, match="the method pdfa does not fit a teacher whose task is classifier; use lstar or spectral"
    ):
        extract(tomita(1), "pdfa")


def test_models_whose_words_never_end_are_refused():
    class Endless(WholeWords):
        link = NextSymbol(2, ends=False)

    with pytest.raises(InputError, match="no word of this teacher ever ends"):
        extract(Endless(random_pdfa(np.random.default_rng(1), 3, 2)), "pdfa")


def test_there_are_no_settings():
    with pytest.raises(InputError, match="the method pdfa has no setting 'target'; it has no settings"):
        extract(random_pdfa(np.random.default_rng(1), 3, 2), "pdfa", target="scores")


@pytest.mark.parametrize("kind", [FailingStepping, Failing])
def test_what_was_learned_before_the_network_failed_is_handed_back(kind):
    """It fails at its last question before the end: everything but the last step was learned by then."""
    model = ring([True, False, False, True])
    calls = kind(model, 10**9)
    whole = extract(calls, "pdfa", effort=0.5, seconds=None)
    needed = 10**9 - calls.calls
    failing = kind(model, needed - 1)
    result = extract(failing, "pdfa", effort=0.5, seconds=None)
    assert result.stop_reason == FAILED
    assert isinstance(result.failure, ConnectionError)
    assert result.automaton.states <= whole.automaton.states
    assert len(result.rounds) >= 1
