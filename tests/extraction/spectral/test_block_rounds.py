import numpy as np
import pytest
from doubles import WholeWords, random_words, words_up_to
from recovered import assert_same_function

from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_wfa
from nerode.extraction.budget import metered
from nerode.extraction.hankel.basis import fixed
from nerode.extraction.held_out import HeldOut
from nerode.extraction.meter import Meter
from nerode.extraction.spectral.blocks import (
    CONVERGED,
    LARGEST_BLOCK,
    ROOM_KEPT,
    BlockSettings,
    spectral_rounds,
)


def run(rounds):
    automata = []
    while True:
        try:
            automaton, curve = next(rounds)
            assert automaton.states <= curve.sizes[-1].states
            automata.append(automaton)
        except StopIteration as end:
            return automata, end.value


def held_out_errors(teacher, rng):
    return HeldOut(teacher, random_words(rng, len(teacher.alphabet), 200, 15)).weigh


SMALL = BlockSettings(blocks=((3, 2), (8, 6), (20, 20), (40, 40)))


def test_rounds_grow_until_nothing_is_gained(rng):
    target = random_wfa(rng, 6, 2)
    words = words_up_to(2, 5)
    errors = held_out_errors(target, rng)
    automata, reason = run(spectral_rounds(target, fixed(words, words), errors, rng, settings=SMALL))
    assert reason == CONVERGED
    means = [errors(automaton)[1].mean() for automaton in automata]
    assert means == sorted(means, reverse=True)
    assert means[-1] < 1e-8
    assert_same_function(automata[-1], target, rng)


def test_growing_stops_where_there_is_nothing_left_to_learn():
    target = tomita(1)
    words = words_up_to(2, 5)
    errors = held_out_errors(target, np.random.default_rng(1))
    asked = Meter()
    automata, reason = run(spectral_rounds(metered(target, asked), fixed(words, words), errors, np.random.default_rng(1)))
    assert reason == CONVERGED
    assert len(automata) == 1
    assert errors(automata[0])[0].max() == 0
    assert automata[0].states == 2
    assert asked.queries == 25 * 8  # twelve prefixes with their extensions are 25 words


def test_the_largest_block_is_the_last(rng):
    """A function of unbounded rank keeps gaining from larger blocks."""

    class Squares(WholeWords):
        def scores(self, words):
            return np.sqrt(np.abs(super().scores(words)))

    target = Squares(random_wfa(rng, 5, 2))
    words = words_up_to(2, 5)
    errors = held_out_errors(target, rng)
    generous = BlockSettings(blocks=((2, 2), (10, 10)), enough=2.0)
    _, reason = run(spectral_rounds(target, fixed(words, words), errors, rng, settings=generous))
    assert reason == LARGEST_BLOCK
    _, reason = run(spectral_rounds(target, fixed(words[:2], words[:2]), errors, rng, settings=generous))
    assert reason == LARGEST_BLOCK  # the second block would be the first again


def test_only_new_cells_are_asked(rng):
    target = random_wfa(rng, 6, 2)
    words = words_up_to(2, 5)
    meter = Meter()
    settings = BlockSettings(blocks=((3, 2), (8, 6), (20, 20)), enough=np.inf)
    run(spectral_rounds(metered(target, meter), fixed(words, words), held_out_errors(target, rng), rng, settings=settings))
    rows = {word + end for word in words[:20] for end in ((), (0,), (1,))}
    assert meter.queries == len(rows) * 20


@pytest.mark.parametrize("states", [1, 3, 6, 50])
def test_the_number_of_states_can_be_given(rng, states):
    target = random_wfa(rng, 6, 2)
    words = words_up_to(2, 5)
    errors = held_out_errors(target, rng)
    automata, _ = run(spectral_rounds(target, fixed(words, words), errors, rng, states, SMALL))
    assert automata[-1].states == min(states, 6)


def test_blocks_that_are_too_large_are_streamed(rng):
    """All passes ask the block anew; the automaton is the same function."""
    target = random_wfa(rng, 6, 2, width=2)
    words = words_up_to(2, 4)
    settings = BlockSettings(blocks=((31, 31),), numbers=31 * 31 * 3 * 2 - 1)
    meter = Meter()
    automata, _ = run(
        spectral_rounds(metered(target, meter), fixed(words, words), held_out_errors(target, rng), rng, settings=settings)
    )
    assert meter.queries == (2 * 31 + 63) * 31
    assert_same_function(automata[-1], target, rng)


def test_a_worse_automaton_is_not_handed_on(rng):
    """Errors that grow with every block: only the first is worth showing."""
    calls = iter(range(10**6))
    target = random_wfa(rng, 6, 2)
    words = words_up_to(2, 5)
    settings = BlockSettings(blocks=SMALL.blocks, enough=np.inf)

    def weigh(automaton, *, before=None):
        return (np.array([float(next(calls))]),) * 2

    automata, reason = run(spectral_rounds(target, fixed(words, words), weigh, rng, 2, settings))
    assert len(automata) == 1
    assert reason == LARGEST_BLOCK


def test_blocks_grow_while_that_can_be_afforded(rng):
    target = random_wfa(rng, 6, 2)
    words, weigh = words_up_to(2, 5), held_out_errors(target, rng)
    asked = []

    def grow(prefixes, suffixes, automaton):
        asked.append((prefixes, suffixes, automaton is not None))
        return words[:prefixes], words[:suffixes]

    def rounds(affords):
        asked.clear()
        return run(spectral_rounds(target, grow, weigh, rng, settings=SMALL, affords=affords))

    _, reason = rounds(lambda automaton: False)
    assert (asked, reason) == ([(3, 2, False)], ROOM_KEPT)
    rounds(lambda automaton: len(asked) < 2)
    assert asked == [(3, 2, False), (8, 6, True)]
