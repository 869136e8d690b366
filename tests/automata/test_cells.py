"""Cells of prefixes, against slow counting."""

from collections import Counter

import numpy as np
from doubles import random_words

from nerode.automata.cells import Rows, means_of, trie_walk, walk_of
from nerode.datasets.random_automata import random_dfa, random_wfa


def test_prefixes_side_by_side_are_read_as_words_are():
    dfa = random_dfa(np.random.default_rng(0), 9, 3)
    words = [(0, 1, 2), (), (2,), (0, 1), (1, 1, 1, 0), ()]
    walk = walk_of(words)
    prefixes = [()] * len(words)
    for parent, symbol in zip(walk.parents, walk.symbols, strict=True):
        prefixes.append((*prefixes[parent], int(symbol)))
    assert sorted(prefixes) == sorted(word[:k] for word in words for k in range(len(word) + 1))
    lengths = [len(prefix) for prefix in prefixes]
    assert lengths == sorted(lengths)
    np.testing.assert_array_equal(np.searchsorted(lengths, range(6)), walk.bounds)
    reached = dfa.labels[walk.run(dfa.transitions)]  # random_dfa begins in state 0
    assert dfa.initial == 0
    np.testing.assert_array_equal(reached, dfa.predict(prefixes))
    a = random_wfa(np.random.default_rng(1), 4, 3)
    for place, vectors in walk.vectors(a):
        signs = np.sign(vectors @ a.final)
        np.testing.assert_array_equal(signs, np.sign(a.scores(prefixes[place])))


def test_halves_are_parts_of_the_widest_cells():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(200, 3)).astype(np.float32)
    cells = np.repeat([0, 1, 2, 3], 50)
    rows[50:100] *= 10
    rows[150:] = 1  # all alike
    made = Rows(walk_of([()]), rows, np.ones(200, np.float32), np.zeros((1, 4, 3), np.float32))
    halved, count = made.halved(cells, 4, 6, 1e-4, rng)
    assert count == 6
    assert halved[0] == 0
    assert set(halved[50:100]) == {1, 4}
    assert set(halved[150:]) == {3}
    both = set(halved[:50]) | set(halved[100:150])
    assert 5 in both
    means = [rows[halved == cell].mean(axis=0) for cell in (1, 4)]
    assert np.linalg.norm(means[0] - means[1]) > 10
    _, count = made.halved(cells, 4, 100, 1e-4, rng)
    assert count == 7


def test_means_of_groups():
    rows = np.array([[1, 2], [3, 4], [5, 9]], np.float32)
    means, sizes = means_of(rows, np.array([2, 0, 2]), 4, np.ones(3, np.float32))
    assert means.tolist() == [[3, 4], [0, 0], [3, 5.5], [0, 0]]
    assert sizes.tolist() == [1, 0, 2, 0]
    means, sizes = means_of(rows, np.array([2, 0, 2]), 4, np.array([3, 1, 1], np.float32))
    assert means.tolist() == [[3, 4], [0, 0], [2, 3.75], [0, 0]]
    assert sizes.tolist() == [1, 0, 4, 0]


def test_a_trie_has_each_prefix_once_with_what_its_words_weigh():
    rng = np.random.default_rng(0)
    words = random_words(rng, 3, 200, 6)
    weights = rng.random(200)
    walk, visits = trie_walk(words, weights)
    slow = Counter()
    for word, weight in zip(words, weights, strict=True):
        for k in range(len(word) + 1):
            slow[word[:k]] += weight
    assert len(walk.words()) == len(slow)
    np.testing.assert_allclose(visits, [slow[word] for word in walk.words()])
    dfa = random_dfa(rng, 9, 3)
    np.testing.assert_array_equal(dfa.labels[walk.run(dfa.transitions)], dfa.predict(walk.words()))
