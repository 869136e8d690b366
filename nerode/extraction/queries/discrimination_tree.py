"""A discrimination tree: it sorts words by the labels of their continuations.

Each inner node has a suffix. A word goes to one child of the node, according to the labels along the suffix after this word.
Words at the same leaf have the same labels for all suffixes on the path from the root. Kearns and Vazirani: An introduction
to computational learning theory (1994) use the label at the end of a suffix. Where the teacher gives the labels after all
letters of a suffix at no cost, these are used too, as for Mealy machines.
"""

from __future__ import annotations

import numpy as np

from nerode.extraction.queries.labels import UNSURE
from nerode.words import IntArray, Word, pack

ROOT = 0
COUNTED = 4  # number of last labels along a suffix that count; 1 doubles the number of words read, more than 4 saves no more


class DiscriminationTree:
    """The tree; nodes are numbered, and the root is node 0.

    The labels of a word along a suffix form a code, a number whose digits are the labels, with the last label as the lowest
    digit. Only the last COUNTED labels count. A node can have one child for each code: if all labels counted, a function that is
    not regular could produce an unlimited number of states before the first hypothesis is complete.

    Parameters
    ----------
    classes : number of classes
    along : whether the labels after all letters of a suffix count; otherwise only the last counts

    Attributes
    ----------
    inner : (nodes,), whether each node has a suffix
    """

    def __init__(self, classes: int, along: bool) -> None:
        self._classes = classes
        self._digits = min(COUNTED, int(62 / np.log2(classes))) if along else 1
        self._suffixes: list[Word | None] = [()]
        self._children: list[dict[int, int]] = [{}]
        self._above: list[tuple[int, int]] = [(-1, 0)]  # the node above, and the code that leads from it
        self._depth = [0]
        self.inner = np.ones(1, bool)

    def suffix(self, node: int) -> Word:
        """Return the suffix of an inner node."""
        suffix = self._suffixes[node]
        assert suffix is not None
        return suffix

    def split(self, leaf: int, suffix: Word) -> None:
        """Turn a leaf into an inner node with this suffix."""
        self._suffixes[leaf] = suffix
        self.inner[leaf] = True

    def suffix_on_path(self, node: int, suffix: Word) -> bool:
        """Return whether an ancestor of the node has this suffix."""
        return any(self._suffixes[above] == suffix for above, _ in self.path(node))

    def path(self, node: int) -> list[tuple[int, int]]:
        """Return the ancestors of a node, from its parent to the root, each with the code that leads to the node."""
        path = []
        while node != ROOT:
            node, code = self._above[node]
            path.append((node, code))
        return path

    def suffixes(self, nodes: IntArray) -> tuple[IntArray, IntArray]:
        """Return the suffixes of inner nodes (n,): symbols (n, longest) and lengths (n,)."""
        distinct, which = np.unique(nodes, return_inverse=True)
        symbols, lengths = pack([self.suffix(node) for node in distinct.tolist()])
        return symbols[which], lengths[which]

    def sort(self, nodes: IntArray, labels: IntArray, lengths: IntArray) -> tuple[IntArray, IntArray]:
        """Send words one level down from inner nodes (n,); return their children (n,), and the new leaves among these.

        Parameters
        ----------
        labels, lengths : (n, longest) and (n,), the labels of each word along the suffix of its node, and their number. For
            the empty suffix there is one label, that of the word itself. An UNSURE label agrees with every label
        """
        codes, known = self.codes(labels, lengths)
        before = len(self._suffixes)
        places = np.empty(len(nodes), np.int64)
        places[known] = self._places(nodes[known], codes[known])
        unsure = np.flatnonzero(~known)  # after the others, whose children they may agree with
        codes[unsure] = [self._closest(int(nodes[row]), labels[row, : lengths[row]]) for row in unsure.tolist()]
        places[unsure] = self._places(nodes[unsure], codes[unsure])
        return places, np.arange(before, len(self._suffixes))

    def _places(self, nodes: IntArray, codes: IntArray) -> IntArray:
        """Return the children (n,) of nodes (n,) for codes (n,); those that are not there yet are made."""
        _, small = np.unique(codes, return_inverse=True)
        _, first, which = np.unique(nodes * (small.max(initial=0) + 1) + small, return_index=True, return_inverse=True)
        places = [self._child(node, code) for node, code in zip(nodes[first].tolist(), codes[first].tolist(), strict=True)]
        return np.array(places, np.int64)[which]

    def separator(self, leaf: int, other: int) -> Word:
        """Return the suffix at the lowest common ancestor of two leaves; words at these leaves have different labels along it."""
        while leaf != other:
            if self._depth[leaf] >= self._depth[other]:
                leaf = self._above[leaf][0]
            else:
                other = self._above[other][0]
        return self.suffix(leaf)

    def above(self, nodes: IntArray) -> tuple[IntArray, IntArray]:
        """Return the parents (n,) of nodes (n,) below the root, and the codes (n,) that lead from them."""
        pairs = np.array([self._above[node] for node in nodes.tolist()], np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]

    def label(self, node: int) -> int:
        """Return the label of the words at a node below the root."""
        return self._above[node][1] if self._above[node][0] == ROOT else self.label(self._above[node][0])

    def _child(self, node: int, code: int) -> int:
        child = self._children[node].get(code)
        if child is None:
            child = self._children[node][code] = len(self._suffixes)
            self._suffixes.append(None)
            self._children.append({})
            self._above.append((node, code))
            self._depth.append(self._depth[node] + 1)
            self.inner = np.append(self.inner, False)
        return child

    def codes(self, labels: IntArray, lengths: IntArray) -> tuple[IntArray, IntArray]:
        """Return the codes (n,) of labels (n, longest), and whether all labels that count are known (n,)."""
        codes = np.zeros(len(labels), np.int64)
        known = np.ones(len(labels), bool)
        rows = np.arange(len(labels))
        for digit in range(min(self._digits, labels.shape[1])):
            there = lengths > digit
            label = np.where(there, labels[rows, np.maximum(lengths - 1 - digit, 0)], 0)
            known &= label != UNSURE
            codes += label * self._classes**digit
        return codes, known

    def _expand(self, code: int, length: int) -> list[int]:
        """Return the labels of a code, in the order of the letters."""
        digits = []
        for _ in range(max(1, min(self._digits, length))):
            code, digit = divmod(code, self._classes)
            digits.append(digit)
        return digits[::-1]

    def _closest(self, node: int, labels: IntArray) -> int:
        """Return the code of the first child that agrees with all known labels.

        If there is no such child, return the code of the labels with 0 in place of UNSURE.
        """
        labels = labels[-self._digits :]
        for code in self._children[node]:
            expected = np.array(self._expand(code, len(labels)))
            if ((labels == expected) | (labels == UNSURE)).all():
                return code
        return int(np.where(labels == UNSURE, 0, labels) @ self._classes ** np.arange(len(labels))[::-1])
