import numpy as np
import pytest
from doubles import WholeWords, words_up_to
from learning import Shaky

from nerode.automata.dfa import DFA
from nerode.datasets.languages import tomita
from nerode.datasets.random_automata import random_dfa, random_wfa
from nerode.extraction.queries.labels import UNSURE, Labels, margins
from nerode.words import Alphabet

EVERYTHING = DFA(Alphabet.of_size(2), [[0, 0]], [1])


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_classes_are_those_of_the_link(classes):
    target = random_dfa(np.random.default_rng(classes), 9, 2, classes)
    labels = Labels(target)
    words = words_up_to(2, 5)
    assert labels.classes == classes
    np.testing.assert_array_equal(labels.of(words), target.predict(words))
    np.testing.assert_array_equal(labels.read(target.scores(words)), target.predict(words))


def test_each_word_that_is_asked_counts():
    teacher = WholeWords(tomita(3))
    labels = Labels(teacher)
    labels.of([(0,), (0,)])
    labels.of([])
    labels.differ(EVERYTHING, [(1,)])
    labels.disagreements(EVERYTHING, [(), (0,)])
    assert labels.asked == len(teacher.asked) == 5
    labels.read(np.ones((7, 1)))  # of states that were reached otherwise
    assert labels.asked == 5


def test_margins_by_hand():
    np.testing.assert_array_equal(margins(np.array([[-0.5], [2.0], [0.0]])), [0.5, 2.0, 0.0])
    np.testing.assert_array_equal(margins(np.array([[3.0, 1.0, 2.5], [-1.0, -1.0, -4.0], [0.0, 9.0, -9.0]])), [0.5, 0.0, 9.0])
    assert margins(np.zeros((0, 3))).shape == margins(np.zeros((0, 1))).shape == (0,)
    assert margins(np.ones((2, 1), np.float32)).dtype == np.float64


@pytest.mark.parametrize("width", [2, 3, 5])
def test_margins_are_the_largest_less_the_second_largest(width, rng):
    scores = rng.normal(size=(50, width))
    expected = [sorted(row)[-1] - sorted(row)[-2] for row in scores.tolist()]
    np.testing.assert_array_equal(margins(scores), expected)


@pytest.mark.parametrize("width", [1, 3])
def test_nobody_is_sure_inside_the_band(width):
    """The edge of the band belongs to it."""
    teacher = random_wfa(np.random.default_rng(0), 4, 2, width)
    link = random_dfa(np.random.default_rng(0), 3, 2, max(2, width)).link
    teacher = type(teacher)(teacher.alphabet, teacher.initial, teacher.transitions, teacher.final, link)
    words = words_up_to(2, 6)
    scores = teacher.scores(words)
    band = float(np.sort(margins(scores))[len(words) // 2])
    found = Labels(teacher, band).of(words)
    inside = margins(scores) <= band
    assert inside.sum() == len(words) // 2 + 1
    assert (found[inside] == UNSURE).all()
    np.testing.assert_array_equal(found[~inside], link.labels(scores)[~inside])


def test_of_unsure_words_nothing_differs():
    teacher = Shaky(tomita(4), 0.4, 0)
    words = words_up_to(2, 8)
    sure = Labels(teacher, 0.1).of(words) != UNSURE
    assert 100 < sure.sum() < 400
    expected = sure & (tomita(4).predict(words) != 1)
    np.testing.assert_array_equal(Labels(teacher, 0.1).differ(EVERYTHING, words), expected)
    found = Labels(teacher, 0.1).disagreements(EVERYTHING, words[::-1] * 2)
    assert found == [word for word, differs in zip(words, expected, strict=True) if differs]
    without = Labels(teacher).disagreements(EVERYTHING, words)
    assert len(without) > len(found)
