import numpy as np
import pytest
from doubles import Stepping, random_words
from refining import batch_of, linked, never, parameters_of

from nerode.datasets.random_automata import random_pdfa, random_wfa
from nerode.extraction.spectral.batches import (
    Limits,
    ask_batches,
    backwards,
    change_of_scores,
    derivatives,
    make_batch,
    read,
)
from nerode.extraction.spectral.least_squares import refine_by_least_squares
from nerode.extraction.spectral.refinement import refine
from nerode.stepping import prefix_scores


def prefixes_of(words):
    return [word[:length] for word in words for length in range(len(word) + 1)]


def whole(lengths):
    return [np.arange(len(lengths))]


# reading


@pytest.mark.parametrize("letters", [1, 2, 5])
def test_a_batch_reads_words_as_the_automaton_does(rng, letters):
    automaton = random_wfa(rng, 3, letters, 2)
    words = [(), (0,), *random_words(rng, letters, 40, 7), ()]
    batch = make_batch(words, prefix_scores(automaton, words)[0])
    assert len(batch.parents) == sum(len(word) + 1 for word in words)
    np.testing.assert_allclose(read(parameters_of(automaton), batch) @ automaton.final, batch.targets, rtol=1e-10)


# derivatives: of scores by weights forwards, of a sum of scores by weights backwards; each in the direction of the other


@pytest.mark.parametrize("letters", [1, 3])
def test_what_scores_change_by(rng, letters):
    automaton, other = random_wfa(rng, 3, letters, 2), random_wfa(rng, 3, letters, 2)
    batch = batch_of(automaton, [(), (0,), *random_words(rng, letters, 12, 6), ()])
    now, change = parameters_of(automaton), parameters_of(other)
    ahead, back = (tuple(part + step * by for part, by in zip(now, change, strict=True)) for step in (1e-5, -1e-5))
    slope = (read(ahead, batch) @ ahead[2] - read(back, batch) @ back[2]) / 2e-5
    np.testing.assert_allclose(change_of_scores(now, change, batch, read(now, batch)), slope, atol=1e-8 * np.abs(slope).max())


@pytest.mark.parametrize("letters", [1, 3])
def test_derivatives_backwards_agree_with_those_forwards(rng, letters):
    """Σ by_scores · (change of scores) is the derivative by weights times their change, for every change."""
    automaton = random_wfa(rng, 3, letters, 2)
    batch = batch_of(automaton, [(), (0,), *random_words(rng, letters, 12, 6), ()])
    now = parameters_of(automaton)
    states, by_scores = read(now, batch), rng.normal(size=batch.targets.shape)
    gradient = derivatives(now, batch, states, by_scores.copy())
    for part in range(3):
        for place in np.ndindex(now[part].shape):
            change = [np.zeros_like(each) for each in now]
            change[part][place] = 1.0
            forwards = float((by_scores * change_of_scores(now, tuple(change), batch, states)).sum())
            assert gradient[part][place] == pytest.approx(forwards, rel=1e-9, abs=1e-9)


def test_derivatives_by_states(rng):
    """Against what is behind each prefix, one suffix after the other."""
    automaton = random_wfa(rng, 3, 2)
    word, row = (0, 1, 1, 0), [0, 1, 3, 4, 2]  # of each prefix: they are sorted by the last letter
    batch = make_batch([word], np.zeros((5, 1)))
    by_scores = rng.normal(size=(5, 1))
    found = backwards(parameters_of(automaton), batch, by_scores @ automaton.final.T)
    for length in range(5):
        wanted = np.zeros(3)
        for further in range(length, 5):
            column = automaton.final[:, 0]
            for symbol in reversed(word[length:further]):
                column = automaton.transitions[symbol] @ column
            wanted += by_scores[row[further], 0] * column
        np.testing.assert_allclose(found[row[length]], wanted, rtol=1e-10)


# what is asked


def test_each_batch_has_the_scores_of_its_words(rng):
    """However words are drawn, divided and put in order."""
    teacher, words = random_wfa(rng, 4, 3, 2), random_words(rng, 3, 30, 6)

    def divide(lengths):
        assert sorted(lengths) == sorted(map(len, words))
        return [np.arange(20, 30), np.arange(5), np.arange(5, 20)]

    portions = iter([words[:7], words[7:8], words[8:]])
    batches = ask_batches(random_wfa(rng, 2, 3, 2), teacher, portions, rng, Limits(), divide)
    assert [batch.starts for batch in batches] == [10, 5, 15]
    for batch in batches:
        np.testing.assert_allclose(read(parameters_of(teacher), batch) @ teacher.final, batch.targets, rtol=1e-10)


def test_a_word_that_is_too_long_is_left_out(rng):
    words = [(0,) * 50, *[(0, 1, 2)] * 10]
    batches = ask_batches(random_wfa(rng, 2, 3), random_wfa(rng, 2, 3), [words], rng, Limits(most_scores=45), whole)
    assert [batch.starts for batch in batches] == [10]


def test_no_more_words_are_taken_than_may_be_asked(rng):
    """Drawing words can cost more than asking about them. Of 50 scores 2 are left after three portions; nothing fits in there."""
    taken = []

    def portions():
        for number in range(10):
            taken.append(number)
            yield [(0, 1, 2)] * 5

    for limits, wanted in ((Limits(most_scores=50), 4), (Limits(most_scores=40), 2), (Limits(affords=lambda: False), 1)):
        taken.clear()
        ask_batches(random_wfa(rng, 2, 3), random_wfa(rng, 2, 3), portions(), rng, limits, whole)
        assert len(taken) == wanted


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(), 10),
        (Limits(most_scores=11), 2),
        (Limits(most_scores=12), 3),
        (Limits(least_scores=11, each=0), 2),
        (Limits(least_scores=0, each=4), 5),  # 12 + 8 numbers are fitted
        (Limits(numbers=4 * 4 * 7 + 1), 7),
        (Limits(numbers=4 * 4 - 1), 0),
    ],
)
def test_no_more_scores_are_asked_than_may_be(rng, limits, words):
    """Words have four prefixes, and four numbers each."""
    teacher = Stepping(random_pdfa(rng, 4, 3))
    assert teacher.width == 4
    batches = ask_batches(random_wfa(rng, 2, 3, 4), teacher, [[(0, 1, 2)] * 10], rng, limits, whole)
    assert sum(batch.starts for batch in batches) == words
    assert teacher.answers == 4 * words


@pytest.mark.parametrize("refine_by", [refine, refine_by_least_squares])
def test_no_more_prefixes_are_asked_than_may_be(rng, refine_by):
    pdfa = random_pdfa(rng, 4, 3)
    teacher = Stepping(pdfa)
    start = linked(random_wfa(rng, 3, 3, teacher.width), pdfa.link)
    words = [(0, 1, 2)] * 10
    assert list(refine_by(start, teacher, [words], rng, never, limits=Limits(most_scores=31)))
    assert teacher.answers == 4 * 7
    assert list(refine_by(start, teacher, [words], rng, never, limits=Limits(most_scores=3))) == []
