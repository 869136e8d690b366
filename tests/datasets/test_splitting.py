import numpy as np
import pytest

from nerode.datasets.samples import Sample
from nerode.datasets.splitting import class_weights, majority_accuracy, perplexity, split
from nerode.errors import InputError
from nerode.sampling import uniform_words
from nerode.words import Alphabet

AB = Alphabet(("a", "b"))


def sample(words, labels=None, classes=("no", "yes")):
    return Sample(words, None if labels is None else np.array(labels), () if labels is None else classes, AB, "")


def test_copies_of_a_labelled_word_are_on_one_side(rng):
    words = uniform_words(rng, 2, rng.integers(7, size=600))  # many occur several times
    labels = np.array([len(word) % 3 for word in words])
    training, held_out = split(rng, sample(words, labels, ("x", "y", "z")), 0.2)
    assert sorted([*training, *held_out]) == list(range(600))
    assert not {words[row] for row in training} & {words[row] for row in held_out}
    for label in range(3):
        distinct = {word for word in words if len(word) % 3 == label}
        assert len({words[row] for row in held_out if labels[row] == label}) == round(0.2 * len(distinct))


def test_contradicting_labels_do_not_part_a_word(rng):
    words = [(0,), (0,), (1,), (1, 1), (0, 0), (0, 0)]
    labels = [0, 1, 0, 1, 1, 1]
    for _ in range(10):
        training, held_out = split(rng, sample(words, labels), 0.3)
        assert not {words[row] for row in training} & {words[row] for row in held_out}


def test_a_word_of_several_equally_frequent_labels_counts_for_the_rarest(rng):
    words = [(0,), (0,), (1,), (1,), (1, 1), (0, 1)]
    _, held_out = split(rng, sample(words, [0, 1, 0, 1, 0, 0]), 0.5)  # class 1 has only words that class 0 has too
    assert {0, 1} <= set(held_out.tolist()) or {2, 3} <= set(held_out.tolist())


def test_each_class_has_words_on_both_sides(rng):
    training, held_out = split(rng, sample([(0,) * i for i in range(102)], [0] * 100 + [1] * 2), 0.01)
    assert {int(row >= 100) for row in training} == {int(row >= 100) for row in held_out} == {0, 1}


def test_words_without_labels_are_draws(rng):
    words = [(0,)] * 50 + [(1,)] * 50
    training, held_out = split(rng, sample(words), 0.1)
    assert sorted([*training, *held_out]) == list(range(100))
    assert len(held_out) == 10


def test_too_few_words(rng):
    with pytest.raises(InputError, match="the file has too few"):
        split(rng, sample([(0,)]), 0.5)
    with pytest.raises(InputError, match="the class 'yes' has too few"):
        split(rng, sample([(0,), (1,), (0, 0)], [0, 0, 1]), 0.5)


def test_class_weights():
    assert class_weights(np.array([0, 0, 0, 1]), 2) is None  # half of an even share
    assert class_weights(np.array([0, 0, 0, 0, 1]), 2) == (5 / 8, 5 / 2)
    assert class_weights(np.array([0, 1, 2] * 5), 3) is None


def test_the_most_frequent_class():
    assert majority_accuracy(np.array([0, 1, 1]), np.array([0, 0, 0, 1])) == 0.25


def test_perplexities_by_hand():
    training, held_out = [(0,), (0, 1)], [(1,)]
    # symbols and ends: a a b and two ends, each plus one: 3, 2, 3 of 8; the word b is b and an end
    assert perplexity(training, held_out, 2, 1) == pytest.approx((2 / 8 * 3 / 8) ** -0.5)
    # after the begin: a a → b has 1 of 5; after b: an end → 2 of 4
    assert perplexity(training, held_out, 2, 2) == pytest.approx((1 / 5 * 2 / 4) ** -0.5)
