import numpy as np
import pytest
from doubles import Branching, Stepping, WholeWords, random_words, words_up_to
from learning import Shaky, TreeLearner

from nerode.automata.equivalence import disagreements
from nerode.datasets.random_automata import random_dfa
from nerode.extraction.hankel import walks
from nerode.extraction.queries.continuations import Continuations
from nerode.extraction.queries.labels import Labels
from nerode.stepping import TwoWay
from nerode.words import pack


def grown(teacher, rng, count=12, letters=3):
    """Continuations with access words that grow at random, several at once."""
    labels = Labels(teacher)
    made = Continuations(labels)
    for _ in range(count // 3):
        made.add(rng.integers(len(made.access), size=3), rng.integers(letters, size=3))
    return labels, made


def questions(rng, made, count=60, letters=3, longest=7):
    suffixes = [(*word, 1) for word in random_words(rng, letters, count, longest - 1)]
    return rng.integers(len(made.access), size=count), suffixes


TEACHERS = {"steps": Stepping, "branches": Branching, "whole words": WholeWords, "both ways": lambda dfa: TwoWay(dfa, dfa)}


@pytest.mark.parametrize("tile", [1, 7, 4096])
@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("teacher", TEACHERS)
def test_labels_are_those_of_whole_words(teacher, classes, tile, rng, monkeypatch):
    monkeypatch.setattr(walks, "TILE", tile)
    target = random_dfa(rng, 15, 3, classes)
    asked = TEACHERS[teacher](target)
    labels, made = grown(asked, rng)
    assert made.along == (teacher in ("steps", "branches"))
    states, suffixes = questions(rng, made)
    symbols, lengths = pack(suffixes)

    def truth(words):
        return asked.link.labels(asked.scores(words))

    found = made.read(states, symbols, lengths)
    last = made.last(states, symbols, lengths)
    assert found.shape == symbols.shape
    np.testing.assert_array_equal(last, truth([made.access[i] + s for i, s in zip(states, suffixes, strict=True)]))
    for row, (state, suffix) in enumerate(zip(states.tolist(), suffixes, strict=True)):
        for place in range(symbols.shape[1]):
            inside = place < len(suffix) if made.along else place == len(suffix) - 1
            expected = truth([made.access[state] + suffix[: place + 1]])[0] if inside else 0
            assert found[row, place] == expected
    assert made.words == 120
    assert labels.asked == (lengths.sum() if made.along else 60) + 60


@pytest.mark.parametrize("tile", [1, 7, 4096])
def test_a_continuation_costs_its_own_letters(tile, rng, monkeypatch):
    monkeypatch.setattr(walks, "TILE", tile)
    teacher = Stepping(random_dfa(rng, 15, 3))
    _, made = grown(teacher, rng)
    states, suffixes = questions(rng, made)
    symbols, lengths = pack(suffixes)
    teacher.steps = teacher.read_states = 0
    made.last(states, symbols, lengths)
    assert teacher.steps == lengths.sum()
    assert teacher.read_states == 60
    made.read(states, symbols, lengths)
    assert teacher.read_states == 60 + lengths.sum()


def test_access_words_of_a_hundred_letters_are_read_once(rng):
    teacher = Stepping(random_dfa(rng, 15, 3))
    made = Continuations(Labels(teacher))
    before = teacher.steps
    for length in range(100):
        made.add(np.array([length]), np.array([length % 3]))
    assert made.access[-1] == tuple(i % 3 for i in range(100))
    assert teacher.steps - before == 100


def test_no_questions(rng):
    for make in (Stepping, WholeWords):
        made = Continuations(Labels(make(random_dfa(rng, 5, 3))))
        made.add(np.zeros(0, np.int64), np.zeros(0, np.int64))
        none = np.zeros(0, np.int64)
        assert made.access == [()]
        assert made.read(none, np.zeros((0, 2), np.int64), none).shape == (0, 2)


class Remembering(Stepping):
    """A teacher whose states grow with the word, as keys and values do."""

    def start(self):
        return (*super().start(), np.zeros((1, 0), np.int64))

    def advance(self, states, parents, symbols):
        (inner,) = super().advance(states[:1], parents, symbols)
        return inner, np.column_stack([states[1][parents], symbols])

    def read(self, states):
        return super().read(states[:1])


def test_states_that_grow_are_not_kept(rng):
    """Those of words of different lengths would not fit together: whole words are asked."""
    target = random_dfa(rng, 10, 2)
    labels = Labels(Remembering(target))
    assert not Continuations(labels).along
    learner = TreeLearner(labels)
    while words := disagreements(learner.propose(), target, 10):
        assert learner.refine(words)
    assert learner.propose().states == 10


@pytest.mark.parametrize("make", [Stepping, WholeWords])
def test_answers_are_what_the_teacher_is_sure_of(make, rng):
    target = random_dfa(rng, 12, 2)
    teacher = Shaky(target, 0.3, 0) if make is WholeWords else Stepping(target)
    labels = Labels(teacher, 0.1)
    made = Continuations(labels)
    words = words_up_to(2, 6)
    answers = made.answers(words)
    sure = np.abs(teacher.scores(words)[:, 0]) > 0.1
    assert answers == {
        word: label for word, label, is_sure in zip(words, target.predict(words).tolist(), sure, strict=True) if is_sure
    }
    assert list(answers) == [word for word in words if word in answers]
    assert (len(answers) < 0.8 * len(words)) == (make is WholeWords)
    assert made.words == labels.asked == len(words)
    assert made.answers([]) == {}
