import tracemalloc

import numpy as np
import pytest
from doubles import Stepping, WholeWords, random_words, words_up_to
from tolerances import rounding_of_automaton

from nerode import stepping
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_dfa, random_wfa
from nerode.errors import InputError
from nerode.protocols import SteppingTeacher, Teacher, TwoWayTeacher, take
from nerode.stepping import TwoWay, prefix_scores, scores_by_stepping, step_through
from nerode.words import Alphabet

BATCHES = [1, 3, 10_000]


def product(wfa, word):
    """The definition, a letter at a time."""
    state = wfa.initial
    for letter in word:
        state = state @ wfa.transitions[letter]
    return state @ wfa.final


@pytest.fixture
def wfa(rng):
    return random_wfa(rng, 4, 3, width=2)


@pytest.fixture
def words(rng):
    short = words_up_to(3, 3)
    words = [*short, *random_words(rng, 3, 30, 15), (), (1, 1), *short[:5]]
    return [words[i] for i in rng.permutation(len(words))]


@pytest.mark.parametrize("batch", BATCHES)
def test_whole_words(monkeypatch, wfa, words, batch):
    monkeypatch.setattr(stepping, "BATCH", batch)
    within = rounding_of_automaton(wfa, words)
    np.testing.assert_allclose(scores_by_stepping(wfa, words), [product(wfa, word) for word in words], rtol=0, atol=within)


@pytest.mark.parametrize("batch", BATCHES)
def test_each_step_shows_the_words_that_are_still_running(monkeypatch, rng, words, batch):
    monkeypatch.setattr(stepping, "BATCH", batch)
    dfa = random_dfa(rng, 6, 3)
    seen = {}

    def visit(length, rows, lengths, states):
        for row, full, state in zip(rows.tolist(), lengths.tolist(), states[0].tolist(), strict=True):
            assert full == len(words[row])
            assert (row, length) not in seen
            seen[row, length] = state

    step_through(dfa, words, visit)
    expected = {}
    for row, word in enumerate(words):
        state = expected[row, 0] = dfa.initial
        for length, letter in enumerate(word, start=1):
            state = expected[row, length] = dfa.transitions[state, letter]
    assert seen == expected


def test_no_step_is_taken_for_padding(rng, words):
    teacher = Stepping(random_dfa(rng, 6, 3))
    scores_by_stepping(teacher, words)
    assert teacher.steps == sum(map(len, words))
    assert teacher.read_states == len(words)


def test_one_long_word_does_not_make_short_ones_long(rng):
    """Padded to a common length these words would have a billion letters."""
    letters = WFA(Alphabet.of_size(2), [1.0], [[[1.0]], [[1.0]]], [[3.0]])
    tracemalloc.start()
    try:
        scores = letters.scores([(0,) * 10_000, *[(1,)] * 100_000])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (scores == 3.0).all()
    assert peak < 100_000_000


def kinds(rng):
    """The same three-letter function as a teacher of each kind: stepping, two-way, whole words."""
    forward, backward = random_wfa(rng, 3, 3, width=2), random_wfa(rng, 4, 3, width=2)
    both = TwoWay(forward, backward)
    return {"stepping": forward, "two-way": both, "whole words": WholeWords(both)}


@pytest.mark.parametrize("kind", ["stepping", "two-way", "whole words"])
@pytest.mark.parametrize("batch", BATCHES)
def test_scores_of_all_prefixes(monkeypatch, rng, words, kind, batch):
    monkeypatch.setattr(stepping, "BATCH", batch)
    teacher = kinds(rng)[kind]
    scores, offsets = prefix_scores(teacher, words)
    assert offsets.tolist() == np.cumsum([0, *(len(word) + 1 for word in words)]).tolist()
    assert scores.shape == (offsets[-1], 2)
    prefixes = [word[:length] for word in words for length in range(len(word) + 1)]
    expected = np.concatenate([teacher.scores([prefix]) for prefix in prefixes])
    np.testing.assert_allclose(scores, expected, rtol=0, atol=rounding_of(teacher, words))


def rounding_of(teacher, words):
    """How far two answers may lie apart; of a sum as far as both parts may together."""
    teacher = teacher.inner if isinstance(teacher, WholeWords) else teacher
    if isinstance(teacher, TwoWay):
        return rounding_of_automaton(teacher.forward, words) + rounding_of_automaton(teacher.backward, [w[::-1] for w in words])
    return rounding_of_automaton(teacher, words)


@pytest.mark.parametrize("kind", ["stepping", "two-way", "whole words"])
def test_no_words_and_the_empty_word(rng, kind):
    teacher = kinds(rng)[kind]
    scores, offsets = prefix_scores(teacher, [])
    assert (scores.shape, offsets.tolist()) == ((0, 2), [0])
    assert teacher.scores([]).shape == (0, 2)
    scores, offsets = prefix_scores(teacher, [()])
    assert offsets.tolist() == [0, 1]
    np.testing.assert_allclose(scores, teacher.scores([()]), rtol=1e-14)


@pytest.mark.parametrize("kind", ["stepping", "two-way", "whole words"])
def test_words_may_be_text_and_must_be_known(rng, kind):
    teacher = kinds(rng)[kind]
    within = rounding_of(teacher, [(), (0,), (0, 2), (0, 2, 1)])
    np.testing.assert_allclose(prefix_scores(teacher, ["021"])[0], prefix_scores(teacher, [(0, 2, 1)])[0], rtol=0, atol=within)
    with pytest.raises(InputError, match="unknown symbol"):
        prefix_scores(teacher, ["03"])
    with pytest.raises(InputError, match="unknown symbol"):
        teacher.scores([(0, 3)])


def distinct_prefixes(words):
    return {word[:end] for word in words for end in range(len(word) + 1)}


def distinct_factors(words):
    return {prefix[begin:] for prefix in distinct_prefixes(words) for begin in range(len(prefix) + 1)}


def test_from_right_to_left_a_step_is_taken_for_each_factor(rng, words):
    """ε is no step."""
    both = TwoWay(Stepping(random_wfa(rng, 3, 3)), Stepping(random_wfa(rng, 3, 3)))
    prefix_scores(both, words)
    assert both.forward.steps == sum(map(len, words))
    assert both.backward.steps == len(distinct_factors(words)) - 1
    assert both.backward.read_states == len(distinct_prefixes(words))
    assert not both.forward.asked + both.backward.asked


def test_batches_bound_the_states_and_lose_little_of_what_is_shared(monkeypatch, rng):
    class Widest(Stepping):
        rows = 0

        def advance(self, states, parents, symbols):
            self.rows = max(self.rows, len(symbols))
            return super().advance(states, parents, symbols)

    monkeypatch.setattr(stepping, "BATCH", 50)
    words = random_words(rng, 3, 300, 20)
    both = TwoWay(random_wfa(rng, 3, 3), Widest(random_wfa(rng, 3, 3)))
    prefix_scores(both, words)
    batch = 50 * stepping.WIDE
    assert batch / 2 < both.backward.rows <= batch
    fewest = len(distinct_factors(words)) - 1
    # two batches share at most the nodes of one word
    assert fewest < both.backward.steps <= fewest + 20 * (sum(len(word) + 1 for word in words) // batch)


def test_a_long_word_has_few_factors_where_it_repeats(rng):
    """Prefixes of one letter repeated: written out they would have 8 million letters."""
    both = TwoWay(Stepping(random_wfa(rng, 3, 2)), Stepping(random_wfa(rng, 3, 2)))
    scores, _ = prefix_scores(both, [(1,) * 4000])
    assert both.backward.steps == 4000
    np.testing.assert_allclose(scores[[7, 4000]], both.scores([(1,) * 7, (1,) * 4000]), rtol=1e-8)


@pytest.mark.parametrize("sets", ["short", "random", "one letter", "empty words", "none"])
def test_the_order_of_prefixes_from_their_ends(rng, sets):
    words = {
        "short": words_up_to(3, 4),
        "random": random_words(rng, 2, 60, 25),
        "one letter": [(0,) * 9, (0,) * 17, (0,) * 4],
        "empty words": [(), ()],
        "none": [],
    }[sets]
    letters = np.array([letter for word in words for letter in (-1, *word)], np.int64)
    lengths = np.array([length for word in words for length in range(len(word) + 1)], np.int64)
    order = stepping._order_from_the_end(letters, lengths)
    reversed_prefixes = [word[:length][::-1] for word in words for length in range(len(word) + 1)]
    assert [reversed_prefixes[i] for i in order] == sorted(reversed_prefixes)
    assert sorted(order.tolist()) == list(range(len(reversed_prefixes)))


def test_a_whole_word_teacher_is_asked_each_prefix_once(rng, words):
    teacher = WholeWords(random_wfa(rng, 3, 3))
    prefix_scores(teacher, words)
    assert len(teacher.asked) == len(set(teacher.asked))
    assert set(teacher.asked) == {word[:length] for word in words for length in range(len(word) + 1)}


def test_the_kinds_are_told_apart(rng):
    stepping_teacher, two_way, whole = kinds(rng).values()
    assert all(isinstance(teacher, Teacher) for teacher in (stepping_teacher, two_way, whole))
    assert [isinstance(teacher, SteppingTeacher) for teacher in (stepping_teacher, two_way, whole)] == [True, False, False]
    assert [isinstance(teacher, TwoWayTeacher) for teacher in (stepping_teacher, two_way, whole)] == [False, True, False]


def test_two_ways_are_added(rng, words):
    forward, backward = random_wfa(rng, 3, 3, width=2), random_wfa(rng, 4, 3, width=2)
    both = TwoWay(forward, backward)
    expected = [product(forward, word) + product(backward, word[::-1]) for word in words]
    np.testing.assert_allclose(both.scores(words), expected, rtol=0, atol=rounding_of(both, words))
    assert (both.alphabet, both.width, both.link) == (forward.alphabet, 2, forward.link)


def test_take_selects_rows_of_every_part():
    states = (np.arange(4), np.arange(8).reshape(4, 2))
    first, second = take(states, np.array([3, 0, 3]))
    assert first.tolist() == [3, 0, 3]
    assert second.tolist() == [[6, 7], [0, 1], [6, 7]]
    assert take(states, slice(2))[0].tolist() == [0, 1]


def test_long_words_are_read_to_their_end():
    decay = WFA(Alphabet.of_size(2), [1.0], [[[0.5]], [[2.0]]], [[1.0]])
    assert decay.scores([(1,) * 200 + (0,) * 203])[0, 0] == 2.0**-3
