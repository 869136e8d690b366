"""What was learned is rounded as far as the held-out words allow."""

from dataclasses import replace

import numpy as np
import pytest
from doubles import words_up_to

from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_pdfa, random_wfa
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
