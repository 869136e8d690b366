"""What was learned is rounded as far as the held-out words allow."""

import time
from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from doubles import words_up_to

from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.errors import BudgetExhausted
from nerode.eval.simplicity import zipped_bits
from nerode.extraction import digits
from nerode.extraction.digits import LONGER, MORE, PART, fewest_digits
from nerode.extraction.held_out import HeldOut
from nerode.extraction.ledger import Ledger
from nerode.extraction.loop import extract
from nerode.extraction.meter import Meter
from nerode.extraction.sizes import weighed
from nerode.links import Binary
from nerode.sampling import uniform_words


def noisy(a, rng, size):
    return replace(a, transitions=a.transitions + size * rng.normal(size=a.transitions.shape))


def cases(rng):
    """Teachers, and automata that are nearly as they are."""
    scores = random_wfa(rng, 5, 3)
    classifier = replace(random_wfa(rng, 5, 3), link=Binary())
    model = random_pdfa(rng, 8, 3)
    p = model.probabilities * np.exp(0.1 * rng.normal(size=model.probabilities.shape))
    near = PDFA(model.alphabet, model.transitions, p / p.sum(axis=1, keepdims=True))
    return [(scores, noisy(scores, rng, 1e-2)), (classifier, noisy(classifier, rng, 3e-2)), (model, near)]


@pytest.mark.parametrize("which", range(3))
def test_answers_change_by_a_small_part_of_what_is_wrong(rng, which):
    teacher, learned = cases(rng)[which]
    words = uniform_words(rng, 3, rng.integers(0, 12, 2000))
    held_out = HeldOut(teacher, words)
    found = fewest_digits(learned, held_out, np.random.default_rng(0), longer=False)
    assert 3 * zipped_bits(found) < 2 * zipped_bits(learned)
    wrong = held_out.errors(learned).mean()
    assert wrong > 0
    assert HeldOut(learned, words).errors(found).mean() <= PART * wrong
    assert held_out.weigh(found)[1].mean() <= (1 + MORE) * held_out.weigh(learned)[1].mean()
    again = fewest_digits(learned, held_out, np.random.default_rng(0), longer=False)
    assert again.to_json() == found.to_json()


def test_longer_words_keep_their_answers():
    """Of a function that grows, which rounding by what short words show would let drift."""
    teacher = WFA(tomita(1).alphabet, np.ones(1), np.array([1.0512345678, 0.97])[:, None, None], np.ones((1, 1)))
    learned = replace(teacher, final=teacher.final + 1e-3)
    held_out = HeldOut(teacher, [(0,) * n for n in range(20)])
    near, steady = (fewest_digits(learned, held_out, np.random.default_rng(0), longer=longer) for longer in (False, True))
    far = [(0,) * n for n in range(60, 130)]
    allowed = LONGER * PART * held_out.errors(learned).mean()
    assert steady is not learned
    assert np.abs(steady.scores(far) - learned.scores(far)).mean() <= allowed
    assert np.abs(near.scores(far) - learned.scores(far)).mean() > allowed


def test_what_is_exact_stays_itself(rng):
    teacher = random_wfa(rng, 4, 2)
    assert fewest_digits(teacher, HeldOut(teacher, words_up_to(2, 6)), rng, longer=True) is teacher
    model = random_pdfa(rng, 5, 2)
    assert fewest_digits(model, HeldOut(model, words_up_to(2, 6)), rng, longer=True) is model
    dfa = tomita(5)
    assert fewest_digits(dfa, HeldOut(dfa, words_up_to(2, 6)), rng, longer=True) is dfa


def test_scores_of_a_classifier_are_kept_where_they_are_exact_but_for_noise(rng):
    """Its decisions and its loss say nothing of the digits of scores that are far from 0."""
    margins = np.array([[1.0], [-1.0]])
    letters = np.stack([np.eye(2), np.eye(2)[::-1]])
    teacher = WFA(tomita(1).alphabet, np.array([1.0, 0.0]), letters, margins, Binary())
    learned = noisy(teacher, rng, 1e-9)
    found = fewest_digits(learned, HeldOut(teacher, words_up_to(2, 8)), rng, longer=False)
    np.testing.assert_allclose(found.scores(words_up_to(2, 8)), learned.scores(words_up_to(2, 8)), rtol=0, atol=1e-8)


def test_a_size_that_gains_nothing_when_it_is_rounded_is_left_out(rng, monkeypatch):
    teacher = random_wfa(rng, 4, 2)
    held_out = HeldOut(teacher, words_up_to(2, 6))
    by_size = [replace(teacher, final=teacher.final * factor) for factor in (1.5, 1.3, 1.2, 1.1)]
    coarse = {id(by_size[1]): replace(teacher, final=teacher.final * 1.6)}
    monkeypatch.setattr(digits, "fewest_digits", lambda learned, *rest: coarse.get(id(learned), learned))
    ledger = Ledger(by_size[3], held_out, Meter(None, None), 0.0)
    sized = tuple(weighed(each, held_out) for each in by_size)
    assert digits.shorten(ledger, sized, 0, False, lambda: None) == (sized[0], sized[2], sized[3])
    coarse[id(by_size[3])] = replace(teacher, final=teacher.final * 1.7)  # what is handed back stays
    *others, best = digits.shorten(ledger, sized, 0, False, lambda: None)
    assert others == [sized[0], sized[2]]
    assert best.automaton is ledger.best is coarse[id(by_size[3])]


def test_what_is_handed_back_has_few_digits_and_the_error_that_is_told(frugal):
    rng = np.random.default_rng(3)
    teacher = random_pdfa(rng, 6, 3)
    result = extract(teacher, "ngram", seconds=None)
    assert max(len(str(p)) for p in result.automaton.probabilities.ravel().tolist()) < 12
    assert any(automaton is result.automaton for _, automaton in result.front)
    assert result.chosen in result.rounds


def test_the_error_that_is_told_is_that_of_the_rounded_numbers(rng):
    teacher, learned = cases(rng)[0]
    held_out = HeldOut(teacher, words_up_to(3, 6))
    ledger = Ledger(learned, held_out, Meter(None, None), 0.0)
    digits.shorten(ledger, (), 0, False, lambda: None)
    assert ledger.best is not learned
    assert ledger.best_round.error == held_out.errors(ledger.best).mean() != held_out.errors(learned).mean()
    assert ledger.front[-1][1] is ledger.best


def test_words_that_are_impossible_say_nothing(rng):
    """A language model has infinite errors on them, beside which all others would be nothing."""
    model = random_pdfa(rng, 6, 2)
    p = model.probabilities.copy()
    p[0, 0] = 0
    teacher = PDFA(model.alphabet, model.transitions, p / p.sum(axis=1, keepdims=True))
    words = words_up_to(2, 7)
    assert np.isinf(HeldOut(teacher, words).errors(teacher)).any()
    assert fewest_digits(teacher, HeldOut(teacher, words), rng, longer=True) is teacher
    p = 0.99 * teacher.probabilities + 0.01 * (teacher.probabilities > 0)
    near = PDFA(model.alphabet, model.transitions, p / p.sum(axis=1, keepdims=True))
    found = fewest_digits(near, HeldOut(teacher, words), rng, longer=True)
    errors, after = (HeldOut(teacher, words).errors(each) for each in (near, found))
    possible = np.isfinite(errors)
    assert found is not near
    assert 0 < abs(errors[possible].mean() - after[possible].mean()) <= PART * errors[possible].mean()
    np.testing.assert_array_equal(found.probabilities == 0, near.probabilities == 0)


def test_a_score_that_is_infinite_hides_no_other(rng):
    teacher = replace(random_wfa(rng, 3, 2), link=Binary())
    words = words_up_to(2, 7)
    learned = noisy(teacher, rng, 1e-3)
    held_out = HeldOut(teacher, words)
    plain = fewest_digits(learned, held_out, np.random.default_rng(0), longer=False)
    held_out._scores[5] = np.inf
    found = fewest_digits(learned, held_out, np.random.default_rng(0), longer=False)
    off, allowed = (np.delete(HeldOut(each, words).squares(learned), 5).mean() for each in (found, teacher))
    assert plain is not learned
    assert off <= MORE * allowed


def test_a_limit_hands_back_the_coarsest_till_then_and_says_so(rng):
    teacher, learned = cases(rng)[0]
    held_out = HeldOut(teacher, words_up_to(3, 6))
    whole = fewest_digits(learned, held_out, np.random.default_rng(0), longer=True)
    bits = [zipped_bits(learned)]
    for last in range(1, 30):
        calls = iter(range(last))

        def check(calls=calls):
            if next(calls, None) is None:
                raise BudgetExhausted("time")

        bits.append(zipped_bits(fewest_digits(learned, held_out, np.random.default_rng(0), True, check)))
    assert bits == sorted(bits, reverse=True)
    assert len(set(bits)) > 2
    assert bits[-1] == zipped_bits(whole)
    ledger = Ledger(learned, held_out, Meter(None, None), 0.0)

    def at_once():
        raise BudgetExhausted("time")

    digits.shorten(ledger, (), 0, False, at_once)
    assert ledger.best is learned
    assert "more digits than matter" in ledger.left_out[0]
    exact = Ledger(tomita(5), HeldOut(tomita(5), words_up_to(2, 4)), Meter(None, None), 0.0)
    digits.shorten(exact, (), 0, False, at_once)
    assert exact.left_out == []


def test_an_interruption_at_any_moment_changes_nothing_or_all(rng, monkeypatch):
    teacher, learned = cases(rng)[0]
    held_out = HeldOut(teacher, words_up_to(3, 5))
    errors = HeldOut.errors
    for last in range(40):
        ledger = Ledger(learned, held_out, Meter(None, None), 0.0)
        sized = (weighed(noisy(learned, np.random.default_rng(1), 0.3), held_out), weighed(learned, held_out))
        calls = iter(range(last))

        def interrupted(self, *arguments, calls=calls):
            if next(calls, None) is None:
                raise KeyboardInterrupt
            return errors(self, *arguments)

        with monkeypatch.context() as patch:
            patch.setattr(HeldOut, "errors", interrupted)
            try:
                sized = digits.shorten(ledger, sized, 0, False, lambda: None)
                break
            except KeyboardInterrupt:
                assert ledger.best is learned
        assert any(each.automaton is ledger.best for each in sized)
    assert ledger.best is not learned
    assert any(each.automaton is ledger.best for each in sized)
    assert last > 10


def test_large_automata_are_compared_on_words_drawn_from_all(rng, monkeypatch):
    """As many as are affordable, and not the first, which may be of one kind."""
    read = []
    plain = HeldOut.__init__

    def init(self, teacher, words, weights=None):
        read.append([len(word) for word in words])
        plain(self, teacher, words, weights)

    learned = random_wfa(rng, 40, 2)
    words = sorted(uniform_words(rng, 2, rng.integers(0, 30, 4000)), key=len)
    held_out = HeldOut(learned, words)
    monkeypatch.setattr(HeldOut, "__init__", init)
    monkeypatch.setattr(digits, "WORK", 1e7)
    fewest_digits(learned, held_out, rng, longer=True)
    near, far = read
    for lengths in (near, far):
        assert (40**2 + digits.OVERHEAD) * (sum(lengths) + len(lengths)) <= 1e7
    assert 12 < np.mean(near) < 17
    assert np.mean(far) > 100
    assert fewest_digits(learned, held_out, np.random.default_rng(1), longer=True) is learned


def test_an_extraction_keeps_time_for_it(monkeypatch):
    looks = count()
    monkeypatch.setattr(time, "monotonic", lambda: 0.001 * next(looks))  # time passes only when somebody looks
    result = extract(random_pdfa(np.random.default_rng(3), 30, 3), "spectral", seconds=4.0)
    assert result.stop_reason == "time"
    assert result.left_out == ()
    longest = [len(str(abs(weight))) for weight in result.automaton.transitions.ravel().tolist()]
    assert result.automaton.states > 1
    assert np.mean(longest) < 10
