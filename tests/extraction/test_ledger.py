import math

import numpy as np
import pytest
from weighed import Hypothesis, Scale, best, ledger

from nerode.automata.dfa import DFA
from nerode.extraction.ledger import Ledger
from nerode.extraction.meter import Meter
from nerode.words import Alphabet


def test_without_anything_learned_the_constant_is_best():
    assert best(0.4) == (1, 0.4)


def test_an_earlier_hypothesis_that_was_better_is_kept():
    assert best(0.4, (3, 0.2), (5, 0.05), (9, 0.1)) == (5, 0.05)
    assert best(0.4, (3, 0.5), (5, 0.6)) == (1, 0.4)


def test_of_equal_errors_the_smaller():
    assert best(0.4, (9, 0.1), (5, 0.1), (7, 0.1)) == (5, 0.1)
    assert best(0.1, (9, 0.1)) == (1, 0.1)


def test_of_equal_errors_and_sizes_the_last():
    made = ledger(0.4, (5, 0.1))
    last = Hypothesis(5, 0.1)
    made.add(last)
    assert made.best is last


def test_the_last_is_handed_back_where_that_is_asked_for():
    made = ledger(0.4, (5, 0.1), (5, 0.11))
    assert made.best.error == 0.1
    made.prefer_last()
    assert made.best.error == 0.11
    assert made.lowest == pytest.approx(0.1)


def test_what_was_learned_is_told_from_the_constant():
    assert ledger(0.4).learned is None
    assert ledger(0.1, (9, 0.3), (5, 0.2), (7, 0.25)).learned.states == 5
    assert ledger(0.4, (9, 0.2), (5, 0.2)).learned.states == 5


def test_without_frugality_every_mistake_counts():
    assert best(0.4, (3, 0.1001), (5000, 0.1)) == (5000, 0.1)


def test_a_smaller_hypothesis_may_err_a_little_more():
    """200 states more are not worth a thousandth; ten are worth a twentieth."""
    assert best(0.4, (5, 0.011), (205, 0.010), frugality=0.01) == (5, 0.011)
    assert best(0.4, (5, 0.06), (15, 0.01), frugality=0.01) == (15, 0.01)


def test_states_are_worth_the_exceptions_that_they_save():
    """Both errors are close; of 100,000 words, a few hundred exceptions cost more bits than ten states."""
    assert best(0.4, (5, 0.009), (15, 0.0), frugality=0.01, words=100) == (5, 0.009)
    assert best(0.4, (5, 0.009), (15, 0.0), frugality=0.01, words=100_000) == (15, 0.0)


def test_the_message_is_counted_in_bits():
    """n k log₂ n for the transitions and the entropy of the exceptions; equal at a number of words that can be computed."""
    entropy = -(0.008 * math.log2(0.008) + 0.992 * math.log2(0.992))
    words = 2 * (8 * 3 - 4 * 2) / entropy
    assert best(0.4, (4, 0.008), (8, 0.0), frugality=0.01, words=math.floor(words)) == (4, 0.008)
    assert best(0.4, (4, 0.008), (8, 0.0), frugality=0.01, words=math.ceil(words)) == (8, 0.0)


class BySize(Scale):
    """Gives hypotheses of 4 states an error of .008, and others none."""

    def errors(self, hypothesis):
        return np.full(len(self.words), 0.008 * (hypothesis.states == 4))


def of_kinds(states, letters, kinds):
    """A DFA of so many letters, of which many act alike."""
    transitions = (np.arange(states)[:, None] + np.arange(letters) % kinds) % states
    return DFA(Alphabet.of_size(letters), transitions, np.arange(states) == 1)


def test_letters_that_act_alike_are_described_once():
    """n k log₂ n for k kinds, and log₂ k for each of 10 letters: which kind it is of."""
    small, large = of_kinds(4, 10, 2), of_kinds(8, 10, 3)
    entropy = -(0.008 * math.log2(0.008) + 0.992 * math.log2(0.992))
    words = ((8 * 3 * 3 + 10 * math.log2(3)) - (4 * 2 * 2 + 10 * math.log2(2))) / entropy
    for count, expected in ((math.floor(words), small), (math.ceil(words), large)):
        made = Ledger(Hypothesis(1, 0.4, Alphabet.of_size(10)), Scale(count), Meter(), 0.01)
        made.held_out = BySize(count)
        made.add(small)
        made.add(large)
        assert [done.kinds for done in made.rounds] == [10, 2, 3]
        assert made.best is expected


def test_frugality_is_bounded_by_what_the_constant_errs():
    """Where a constant errs little, an error is little only in comparison with that."""
    assert best(0.004, (3, 0.002), (60, 0.0), frugality=0.01, words=100) == (60, 0.0)
    assert best(0.4, (3, 0.002), (60, 0.0), frugality=0.01, words=100) == (3, 0.002)


def test_infinite_errors_are_survived():
    assert best(np.inf, (3, np.inf), (5, 0.5)) == (5, 0.5)
    assert best(np.inf, (3, np.inf)) == (1, np.inf)


def test_the_last_is_trusted_where_none_errs_less():
    """It withstood the search; smaller ones that are as good on the held-out words were refuted."""
    made = ledger(0.4, (5, 0.0), (9, 0.0))
    assert made.best.states == 5
    made.trust_last()
    assert made.best.states == 9


def test_the_last_is_not_trusted_where_another_errs_less():
    made = ledger(0.4, (5, 0.1), (9, 0.2))
    made.trust_last()
    assert made.best.states == 5


@pytest.mark.parametrize("noted", [True, False])
def test_the_last_is_that_of_the_learner(noted):
    """Others that come after it have not withstood the search; they are kept, and may be better all the same."""
    made = ledger(0.4, (5, 0.0), (90, 0.0))
    if noted:
        made.note_last()
    made.add(Hypothesis(70, 0.05))
    made.add(Hypothesis(60, 0.2))
    assert made.trust_last() == noted
    assert made.best.states == (90 if noted else 5)
    made.prefer_last()
    assert made.best.states == (90 if noted else 60)
