"""Tree attention: trees of tokens that a causal transformer evaluates as one sequence.

A mask lets each token attend only to itself and its ancestors. Source: Miao et al., SpecInfer: accelerating large language model
serving with tree-based speculative inference and verification, ASPLOS 2024.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nerode.words import BoolArray, IntArray


@dataclass(frozen=True, eq=False)
class Group:
    """Consecutive nodes of a tree, which are evaluated together after the path to the first of them.

    The path to a node is the sequence of its ancestors, from the root down.

    Parameters
    ----------
    begin, end : the first node, and the node after the last
    depths : (k,), the number of ancestors of each node
    sees : (p + k, k), whether a node attends to each of the p nodes on the path and the k nodes of the group; a node attends
        to itself
    kept : which of the p + k nodes are on the path to the first node of the next group
    """

    begin: int
    end: int
    depths: IntArray
    sees: BoolArray
    kept: IntArray

    @property
    def nodes(self) -> slice:
        """The nodes of the group."""
        return slice(self.begin, self.end)


@dataclass(frozen=True, eq=False)
class Tree:
    """A tree of tokens in preorder.

    Parameters
    ----------
    parents : (nodes,), the parent of each node, −1 for the root
    tokens : (nodes,), the token of each node
    wanted : (nodes,), whether the scores after a node are requested
    """

    parents: IntArray
    tokens: IntArray
    wanted: BoolArray


def with_finish(tree: Tree, finish: tuple[int, ...]) -> Tree:
    """Return the tree with finish markers after each wanted node. The last marker is wanted in place of the node."""
    places = np.arange(len(tree.tokens)) + len(finish) * (np.cumsum(tree.wanted) - tree.wanted)
    asked = places[tree.wanted]
    parents = np.arange(-1, len(places) + len(finish) * len(asked) - 1)  # correct for the markers
    parents[places] = np.where(tree.parents < 0, -1, places[tree.parents])
    tokens = np.empty_like(parents)
    tokens[places] = tree.tokens
    for i, token in enumerate(finish, 1):
        tokens[asked + i] = token
    wanted = np.zeros(len(parents), bool)
    wanted[asked + len(finish)] = True
    return Tree(parents, tokens, wanted)


def groups(parents: IntArray, size: int) -> Iterator[Group]:
    """Yield the groups of a tree in preorder, of at most `size` nodes each.

    In preorder every ancestor of a node is in the group of the node or on the path to the first node of the group.

    Parameters
    ----------
    parents : (nodes,), the parent of each node, which comes before it; −1 for the root
    """
    parent_of = parents.tolist()
    path: list[int] = []
    for begin in range(0, len(parent_of), size):
        end = min(begin + size, len(parent_of))
        row_of = {node: i for i, node in enumerate([*path, *range(begin, end)])}
        sees = np.zeros((len(row_of), end - begin), bool)
        depths = np.zeros(end - begin, np.int64)
        for node in range(begin, end):
            ancestors = _ancestors(parent_of, node)
            depths[node - begin] = len(ancestors)
            sees[[row_of[other] for other in (*ancestors, node)], node - begin] = True
        path = _ancestors(parent_of, end) if end < len(parent_of) else []
        yield Group(begin, end, depths, sees, np.array([row_of[node] for node in path], np.int64))


def _ancestors(parents: list[int], node: int) -> list[int]:
    """Return the ancestors of a node, from the root down."""
    found = []
    while (node := parents[node]) >= 0:
        found.append(node)
    return found[::-1]
