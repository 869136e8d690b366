"""The discrimination tree against words that are sorted one by one."""

import numpy as np
import pytest
from doubles import random_words, words_up_to

from nerode.datasets.random_automata import random_dfa
from nerode.extraction.queries.discrimination_tree import ROOT, DiscriminationTree
from nerode.extraction.queries.labels import UNSURE


def along(target, words, suffixes):
    """Labels (n, longest) after each letter of the suffixes, their own for empty ones; the numbers beyond mean nothing."""
    lengths = np.array([max(1, len(suffix)) for suffix in suffixes])
    labels = np.full((len(words), lengths.max()), 5)
    for row, (word, suffix) in enumerate(zip(words, suffixes, strict=True)):
        ends = [word + suffix[: place + 1] for place in range(len(suffix))] or [word]
        labels[row, : len(ends)] = target.predict(ends)
    return labels, lengths


def sort_down(tree, target, words, nodes):
    """Send words on until all are at leaves."""
    nodes = np.array(nodes)
    while len(rows := np.flatnonzero(tree.inner[nodes])):
        suffixes = [tree.suffix(node) for node in nodes[rows].tolist()]
        nodes[rows], _ = tree.sort(nodes[rows], *along(target, [words[row] for row in rows], suffixes))
    return nodes


def slow_signature(target, word, suffixes, all_letters):
    """What a word answers to suffixes, in order."""
    ends = [[s[: place + 1] for place in range(len(s))] or [()] if all_letters else [s] for s in suffixes]
    return tuple(tuple(target.predict([word + end for end in some]).tolist()) for some in ends)


@pytest.mark.parametrize("all_letters", [False, True])
@pytest.mark.parametrize("classes", [2, 3])
def test_words_meet_at_a_leaf_that_answer_alike_on_the_way(all_letters, classes, rng):
    """Whatever leaves are split by: at random here."""
    target = random_dfa(rng, 12, 2, classes)
    tree = DiscriminationTree(classes, all_letters)
    words = words_up_to(2, 5)
    nodes = sort_down(tree, target, words, [ROOT] * len(words))
    for suffix in random_words(rng, 2, 8, 5):
        leaf = int(rng.choice(nodes))
        if not tree.suffix_on_path(leaf, suffix):
            tree.split(leaf, suffix)
            nodes = sort_down(tree, target, words, nodes)
    np.testing.assert_array_equal(sort_down(tree, target, words, [ROOT] * len(words)), nodes)
    assert len(set(nodes.tolist())) >= 4
    ways = {leaf: [tree.suffix(node) for node, _ in tree.path(leaf)] for leaf in nodes.tolist()}
    for leaf, way in ways.items():
        members = [word for word, node in zip(words, nodes.tolist(), strict=True) if node == leaf]
        assert len({slow_signature(target, word, way, all_letters) for word in members}) == 1
        assert {tree.label(leaf)} == set(target.predict(members).tolist())
        assert way[-1] == ()
        assert all(tree.suffix_on_path(leaf, suffix) for suffix in way)
        assert not tree.suffix_on_path(leaf, (0,) * 9)
    for one, other in [(a, b) for a in ways for b in ways if a < b]:
        suffix = tree.separator(one, other)
        first = next(word for word, node in zip(words, nodes.tolist(), strict=True) if node == one)
        second = next(word for word, node in zip(words, nodes.tolist(), strict=True) if node == other)
        differ = [slow_signature(target, word, [suffix], all_letters) for word in (first, second)]
        assert differ[0] != differ[1]
        assert tree.separator(other, one) == suffix


def test_nodes_above_and_their_codes():
    tree = DiscriminationTree(2, along=True)
    (leaf, other), new = tree.sort(np.array([ROOT, ROOT]), np.array([[1], [0]]), np.array([1, 1]))
    assert sorted(new.tolist()) == sorted([leaf, other])
    assert (tree.label(leaf), tree.label(other)) == (1, 0)
    tree.split(leaf, (0, 1))
    (below,), new = tree.sort(np.array([leaf]), np.array([[1, 0]]), np.array([2]))
    assert new.tolist() == [below]
    assert tree.path(below) == [(leaf, 0b10), (ROOT, 1)]
    nodes, codes = tree.above(np.array([below, leaf]))
    assert (nodes.tolist(), codes.tolist()) == ([leaf, ROOT], [0b10, 1])
    again, new = tree.sort(np.array([leaf, leaf]), np.array([[1, 0], [1, 0]]), np.array([2, 2]))
    assert again.tolist() == [below, below]
    assert len(new) == 0
    assert tree.inner.tolist() == [node in (ROOT, leaf) for node in range(4)]
    assert tree.separator(below, other) == ()


def test_suffixes_are_packed_node_by_node():
    tree = DiscriminationTree(2, along=True)
    (leaf, other), _ = tree.sort(np.array([ROOT, ROOT]), np.array([[1], [0]]), np.array([1, 1]))
    tree.split(leaf, (0, 1, 1))
    tree.split(other, (1,))
    symbols, lengths = tree.suffixes(np.array([other, leaf, leaf, ROOT]))
    assert lengths.tolist() == [1, 3, 3, 0]
    assert symbols[1].tolist() == symbols[2].tolist() == [0, 1, 1]
    assert symbols[0, 0] == 1


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_codes_are_numbers_with_the_last_label_as_lowest_digit(classes, rng):
    lengths = rng.integers(1, 8, size=40)
    labels = rng.integers(classes, size=(40, 7))
    for along in (True, False):
        tree = DiscriminationTree(classes, along)
        codes, known = tree.codes(labels, lengths)
        counted = [row[:length][-tree._digits :] for row, length in zip(labels.tolist(), lengths, strict=True)]
        assert codes.tolist() == [int("".join(map(str, row)), classes) for row in counted]
        assert known.all()
    assert tree._digits == 1


@pytest.mark.parametrize(("classes", "digits"), [(2, 4), (3, 4), (10_000, 4), (100_000, 3), (10**9, 2)])
def test_of_long_suffixes_the_last_labels_count(classes, digits):
    """Four, or fewer where classes are so many that codes would overflow."""
    tree = DiscriminationTree(classes, along=True)
    labels = np.full((3, digits + 5), classes - 1)
    labels[1, 4] = 0  # just outside
    labels[2, 5] = 0  # just inside
    codes, _ = tree.codes(labels, np.full(3, digits + 5))
    assert codes[0] == codes[1] == classes**digits - 1
    assert codes[2] == codes[0] - (classes - 1) * classes ** (digits - 1)
    nodes, _ = tree.sort(np.zeros(3, np.int64), labels, np.full(3, digits + 5))
    assert nodes[0] == nodes[1] != nodes[2]


def test_what_is_unsure_fits_the_first_child_that_nothing_contradicts():
    tree = DiscriminationTree(3, along=True)
    one, two = np.ones(1, np.int64), np.full(1, 2)
    tree.sort(np.zeros(1, np.int64), one[None], one)
    leaf = 1
    tree.split(leaf, (0, 0))

    def child(*labels):
        (node,), new = tree.sort(np.array([leaf]), np.array([labels]), two)
        return int(node), len(new)

    first, _ = child(1, 2)
    second, _ = child(0, 2)
    assert first != second
    assert child(UNSURE, 2) == (first, 0)
    assert child(0, UNSURE) == (second, 0)
    assert child(UNSURE, UNSURE) == (first, 0)
    third, new = child(2, UNSURE)  # none fits: 0 for what is unsure
    assert new == 1
    assert child(2, 0) == (third, 0)
    _, known = tree.codes(np.array([[UNSURE, 1], [1, UNSURE], [UNSURE, 1]]), np.array([2, 1, 1]))
    assert known.tolist() == [False, True, False]
