"""Trees of tokens read in one go by networks that attend to what lies before.

Where a token sees only its ancestors, a whole tree can be laid out as one sequence: a mask says who sees whom (Miao et al.,
SpecInfer: accelerating large language model serving with tree-based speculative inference and verification, ASPLOS 2024).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nerode.words import BoolArray, IntArray


@dataclass(frozen=True, eq=False)
class Group:
    """Neighbouring nodes of a tree, read at once behind the nodes on the way to the first of them.

    Parameters
    ----------
    begin, end : the first node, and the one after the last
    depths : (k,), how many ancestors each node has
    sees : (p + k, k), whether a node sees each of the p nodes on the way and of the k in the group; each sees itself
    kept : which of the p + k are on the way to the first node of the next group
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
    parents : (nodes,), the node above each, −1 for the root
    tokens : (nodes,)
    wanted : (nodes,), whether the scores after a node are asked for
    """

    parents: IntArray
    tokens: IntArray
    wanted: BoolArray


def with_finish(tree: Tree, finish: tuple[int, ...]) -> Tree:
    """The tree in which finish markers follow each wanted node, and the last of them is wanted instead."""
    places = np.arange(len(tree.tokens)) + len(finish) * (np.cumsum(tree.wanted) - tree.wanted)
    asked = places[tree.wanted]
    parents = np.arange(-1, len(places) + len(finish) * len(asked) - 1)  # right for the markers
    parents[places] = np.where(tree.parents < 0, -1, places[tree.parents])
    tokens = np.empty_like(parents)
    tokens[places] = tree.tokens
    for i, token in enumerate(finish, 1):
        tokens[asked + i] = token
    wanted = np.zeros(len(parents), bool)
    wanted[asked + len(finish)] = True
    return Tree(parents, tokens, wanted)


def groups(parents: IntArray, size: int) -> Iterator[Group]:
    """A tree (nodes,) in preorder, `size` nodes at a time; parents come before their children, −1 is above the tree.

    In preorder the ancestors of a node in a group are in the group or on the way to its first node.
    """
    above = parents.tolist()
    way: list[int] = []
    for begin in range(0, len(above), size):
        end = min(begin + size, len(above))
        place = {node: i for i, node in enumerate([*way, *range(begin, end)])}
        sees = np.zeros((len(place), end - begin), bool)
        depths = np.zeros(end - begin, np.int64)
        for node in range(begin, end):
            ancestors = _ancestors(above, node)
            depths[node - begin] = len(ancestors)
            sees[[place[other] for other in (*ancestors, node)], node - begin] = True
        way = _ancestors(above, end) if end < len(above) else []
        yield Group(begin, end, depths, sees, np.array([place[node] for node in way], np.int64))


def _ancestors(parents: list[int], node: int) -> list[int]:
    """The nodes on the way to a node, the highest first."""
    found = []
    while (node := parents[node]) >= 0:
        found.append(node)
    return found[::-1]
