import numpy as np
import pytest
from doubles import random_words, words_up_to

from nerode.teachers.trees import Tree, groups, with_finish
from nerode.tries import preorder, trie

SETS = {
    "none": [()],
    "one": [(2, 0, 1, 1, 0)],
    "all short": words_up_to(3, 3),
    "random": random_words(np.random.default_rng(1), 3, 60, 9),
}


def ancestors(parents, node):
    return [] if node < 0 else [*ancestors(parents, parents[node]), node]


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize("name", SETS)
def test_each_node_sees_its_ancestors_and_itself(name, size):
    parents = preorder(trie(SETS[name])).parents
    at_hand, covered = [], []
    for group in groups(parents, size):
        nodes = list(range(group.begin, group.end))
        assert len(nodes) <= size
        columns = [*at_hand, *nodes]
        assert group.sees.shape == (len(columns), len(nodes))
        for node, sees, depth in zip(nodes, group.sees.T, group.depths, strict=True):
            way = ancestors(parents, node)
            assert [columns[i] for i in np.flatnonzero(sees)] == way
            assert depth == len(way) - 1
        at_hand = [columns[i] for i in group.kept]
        covered += nodes
    assert covered == list(range(len(parents)))


@pytest.mark.parametrize("finish", [(), (7,), (7, 8)])
def test_finish_markers_follow_the_nodes_that_are_wanted(finish):
    trunk = preorder(trie(words_up_to(2, 3)))
    wanted = np.random.default_rng(2).random(len(trunk.symbols)) < 0.6
    tree = with_finish(Tree(trunk.parents, trunk.symbols, wanted), finish)
    assert (tree.parents < np.arange(len(tree.parents))).all()

    def spelled(made, node):
        return tuple(made.tokens[i] for i in ancestors(made.parents, node))

    plain = Tree(trunk.parents, trunk.symbols, wanted)
    asked = [(*spelled(plain, node), *finish) for node in np.flatnonzero(wanted)]
    assert [spelled(tree, node) for node in np.flatnonzero(tree.wanted)] == asked
    assert len(tree.tokens) == len(wanted) + len(finish) * len(asked)
