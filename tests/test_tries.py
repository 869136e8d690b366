import numpy as np
import pytest
from doubles import random_words, words_up_to

from nerode.tries import preorder, trie

SETS = {
    "none": [],
    "ε": [()],
    "one": [(2, 0)],
    "all short": words_up_to(3, 3),
    "not closed": [(0, 1, 2), (), (2, 2, 2, 2), (1,)],
    "repeated": [(1,), (), (1,), (1,), (0, 1), ()],
    "random": random_words(np.random.default_rng(1), 3, 60, 9),
}


@pytest.mark.parametrize("name", SETS)
def test_every_prefix_is_one_node_in_order_and_words_end_where_they_should(name):
    words = SETS[name]
    levels = trie(words)
    assert len(levels) == max(map(len, words), default=0) + 1
    spelled = [[()]]
    for level in levels[1:]:
        spelled.append([(*spelled[-1][p], s) for p, s in zip(level.parents.tolist(), level.symbols.tolist(), strict=True)])
    for length, (level, nodes) in enumerate(zip(levels, spelled, strict=True)):
        assert len(level) == len(nodes)
        assert nodes == sorted({word[:length] for word in words if len(word) >= length} | ({()} if length == 0 else set()))
        below = spelled[length + 1] if length + 1 < len(spelled) else []
        for node, word in enumerate(nodes):
            assert below[level.children[node] : level.children[node + 1]] == [w for w in below if w[:length] == word]
            ending = level.words[level.stops[node] : level.stops[node + 1]].tolist()
            assert sorted(ending) == [i for i, other in enumerate(words) if other == word]
    assert sum(len(level.words) for level in levels) == len(words)


def test_the_ends_of_a_run_of_nodes_are_counted_from_its_first():
    level = trie([(0,), (2,), (2,), (1, 1), (3,)])[1]
    assert level.ends(0, 4).tolist() == [0, 2, 2, 3]
    assert level.ends(1, 3).tolist() == [1, 1]
    assert level.ends(1, 2).tolist() == []
    assert level.words[level.stops[1] : level.stops[3]].tolist() == [1, 2]


@pytest.mark.parametrize("name", SETS)
def test_depth_first_a_trie_is_its_prefixes_in_order(name):
    words = SETS[name]
    tree = preorder(trie(words))
    spelled = {-1: ()}
    for node, (parent, symbol) in enumerate(zip(tree.parents.tolist(), tree.symbols.tolist(), strict=True)):
        assert parent < node
        spelled[node] = (*spelled[parent], symbol)
    prefixes = {word[:length] for word in words for length in range(len(word) + 1)}
    assert list(spelled.values()) == sorted(prefixes | {()})
    assert [words[which] for which in tree.words.tolist()] == sorted(words)
    assert [spelled[node] for node in tree.ends.tolist()] == sorted(words)
