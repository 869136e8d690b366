import numpy as np
import pytest
from thorough import up_to
from weighed import Hypothesis, Scale, ledger

from nerode.automata.dfa import DFA
from nerode.datasets.languages import tomita
from nerode.extraction.held_out import HeldOut
from nerode.extraction.ledger import FRUITLESS, Ledger, Round
from nerode.extraction.meter import Meter
from nerode.extraction.source import WordSource
from nerode.links import SCORES
from nerode.sampling import uniform_words
from nerode.words import Alphabet, all_words


def sizes(front):
    return [(each.states, each.error) for _, each in front]


def test_the_front_is_what_no_other_matches():
    made = ledger(0.4, (3, 0.5), (9, 0.1), (5, 0.2), (7, 0.2), (20, 0.1), (12, 0.05))
    assert sizes(made.front) == [(1, 0.4), (5, 0.2), (9, 0.1), (12, 0.05)]
    assert all((done.states, done.error) == (each.states, pytest.approx(each.error)) for done, each in made.front)
    assert sizes(ledger(np.inf, (3, np.inf)).front) == [(1, np.inf)]
    assert sizes(ledger(0.1, (1, 0.1), (1, 0.2)).front) == [(1, 0.1)]


def brute_front(errors):
    """Sizes and errors that nothing else matches."""
    return sorted(
        {a for a in errors if not any(b != a and b[0] <= a[0] and b[1] <= a[1] for b in errors)},
    )


@pytest.mark.parametrize("seed", up_to(20, 2000))
def test_what_is_dropped_changes_nothing(monkeypatch, seed):
    """Of large hypotheses hardly any are kept; front, best, lowest and learned are as if all were."""
    drawn = np.random.default_rng(seed)
    hypotheses = [(int(drawn.integers(2, 400)), float(drawn.integers(20) / 40)) for _ in range(60)]
    few = ledger(0.3, frugality=0.01)
    monkeypatch.setattr("nerode.extraction.ledger.SMALL", 10**9)
    all_ = ledger(0.3, frugality=0.01)
    for number, (states, error) in enumerate(hypotheses, start=1):
        with monkeypatch.context() as patched:
            patched.setattr("nerode.extraction.ledger.SMALL", 20)
            few.add(Hypothesis(states, error))
        all_.add(Hypothesis(states, error))
        assert sizes(few.front) == sizes(all_.front) == brute_front([(1, 0.3), *hypotheses[:number]])
        for name in ("best", "best_round", "learned", "lowest"):
            one, other = getattr(few, name), getattr(all_, name)
            assert (getattr(one, "states", one), getattr(one, "error", one)) == (
                getattr(other, "states", other), getattr(other, "error", other),
            )  # fmt: skip
    assert len(all_._kept) == 61
    assert len(few._kept) < 30
    assert len(few.rounds) == 61
    few.prefer_last()
    assert (few.best.states, few.best.error) == hypotheses[-1]


def test_small_ones_are_weighed_again_though_others_match_them():
    """On the empty word 3 states do as well as 2; more words show what they are for."""
    target, alike = tomita(4), DFA(Alphabet.of_size(2), [[1, 1], [0, 0]], [1, 0])
    made = Ledger(DFA(Alphabet.of_size(2), [[0, 0]], [0]), HeldOut(target, [()]), Meter(), 0.0)
    made.add(target)
    made.add(alike)
    assert [each.states for _, each in made.front] == [1, 2]
    made.weigh_on(target, list(all_words(2, 5)), like=True)
    assert made.front[-1][1] is target
    assert made.best is target


def test_what_is_good_on_given_and_on_random_words_is_preferred(rng):
    """Parity of 0s, turned round by the first 2. The given words have no 2, so that two states explain all of them."""
    turned = DFA(Alphabet.of_size(3), [[1, 0, 3], [0, 1, 2], [3, 2, 2], [2, 3, 3]], [1, 0, 1, 0])
    parity = DFA(Alphabet.of_size(3), [[1, 0, 0], [0, 1, 1]], [1, 0])
    given = [tuple(word) for word in rng.integers(2, size=(4000, 12)).tolist()]
    assert (parity.predict(given) == turned.predict(given)).all()
    held_out = HeldOut(turned, *WordSource(rng, turned, given).weighed(2000, 0.5))
    made = Ledger(DFA(Alphabet.of_size(3), [[0, 0, 0]], [1]), held_out, Meter(), 0.01)
    made.add(parity)
    made.add(turned)
    assert made.best is turned
    random = uniform_words(rng, 3, np.full(4000, 12))
    assert made.rounds[1].error == pytest.approx(np.mean(parity.predict(random) != turned.predict(random)) / 2, abs=0.03)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
def test_errors_of_values_are_parts_of_that_of_the_constant(scale):
    """Nine states err by one part in a thousand less than eight do: the eight are handed back in any unit."""
    hypotheses = [(8, 0.101 * scale), (9, 0.100 * scale), (20, 0.099 * scale)]
    made = ledger(scale, *hypotheses, frugality=0.002, task=SCORES)
    assert (made.best.states, made.best.error) == hypotheses[0]
    made = ledger(scale, (2, 0.2 * scale), (8, 0.0), frugality=0.002, task=SCORES)
    assert made.best.states == 8
    assert ledger(0.0, (8, 0.0), frugality=0.002, task=SCORES).best.states == 1


def test_rounds_say_what_was_spent():
    meter = Meter()
    made = Ledger(Hypothesis(1, 0.5), Scale(), meter, 0.0)
    meter.charge(70)
    made.add(Hypothesis(4, 0.25))
    assert [(done.states, done.kinds, done.error, done.queries) for done in made.rounds] == [(1, 2, 0.5, 0), (4, 2, 0.25, 70)]
    assert 0 <= made.rounds[0].seconds <= made.rounds[1].seconds
    assert str(Round(4, 2, 0.25, 70_000, 1.25)) == "4 states, held-out error 0.25, 70,000 queries, 1.2 s"


@pytest.mark.parametrize(("states", "error", "fruitless"), [(101, 0.0, True), (100, 0.0, False), (101, 0.3, False)])
def test_growing_is_given_up_where_a_small_one_is_good(states, error, fruitless):
    """Hypotheses beyond a hundred states are measured against one of four."""
    assert FRUITLESS == 10
    made = ledger(0.4, (4, error), frugality=0.01)
    assert not made.fruitless()
    made.add(Hypothesis(states, error))
    assert made.fruitless() == fruitless


def test_growing_is_not_given_up_by_what_others_weigh_nor_where_the_end_is_certain():
    made = ledger(0.4, (4, 0.0), (9, 0.1), frugality=0.01)
    made.note_last()
    made.add(Hypothesis(400, 0.1))
    assert not made.fruitless()
    made.note_last()
    assert made.fruitless()
    made.decidable = True
    assert not made.fruitless()


def test_growing_goes_on_while_it_pays():
    made = ledger(0.4, (4, 0.3), (200, 0.1), frugality=0.01)
    assert not made.fruitless()
    made = ledger(0.4, (40, 0.0), (399, 0.0), frugality=0.01)
    assert not made.fruitless()


def test_more_words_change_the_weights_of_all():
    """On short words of 0s only, everything looks like the constant; other words tell it from tomita 4."""
    target = tomita(4)
    everything = DFA(Alphabet.of_size(2), [[0, 0]], [1])
    made = Ledger(everything, HeldOut(target, [(), (0,), (1,)]), Meter(), 0.0)
    made.add(target)
    assert [done.error for done in made.rounds] == [0, 0]
    assert made.best is everything
    words = list(all_words(2, 4))
    made.weigh_on(target, words, like=True)
    wrong = np.mean([*(target.predict(words) == 0), False, False, False])
    assert [done.error for done in made.rounds] == [pytest.approx(wrong), 0]
    assert made.best is target
    assert len(made.held_out.words) == len(words) + 3
