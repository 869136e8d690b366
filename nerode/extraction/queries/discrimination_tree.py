"""A discrimination tree: words are sorted by what follows them.

An inner node has a suffix, and a child for each way in which labels come out along it after a word; words that reach the same
leaf have answered alike to all suffixes on the way. Kearns and Vazirani (1994); with the labels after all letters of a
suffix, as for machines with output, where the teacher gives them at no price.
"""

from __future__ import annotations

import numpy as np

from nerode.extraction.queries.labels import UNSURE
from nerode.words import IntArray, Word, pack

ROOT = 0
TOLD = 4  # labels along a suffix that count: with 1 twice as many words are read, and with more than 4 as many as with 4


class DiscriminationTree:
    """The nodes, by number.

    What a word answers to the suffix of a node is a code: labels as digits, the last one lowest. Of the labels along a suffix
    the last TOLD count: a node may have as many children as there are codes, and with them a function that is not regular
    would get states without end before the first hypothesis is complete.

    Parameters
    ----------
    classes : of words
    along : whether labels after all letters of a suffix count; else the last alone

    Attributes
    ----------
    inner : (nodes,), whether each has a suffix
    """

    def __init__(self, classes: int, along: bool) -> None:
        self._classes = classes
        self._digits = min(TOLD, int(62 / np.log2(classes))) if along else 1
        self._suffixes: list[Word | None] = [()]
        self._children: list[dict[int, int]] = [{}]
        self._above: list[tuple[int, int]] = [(-1, 0)]  # the node above, and the code that leads from it
        self._depth = [0]
        self.inner = np.ones(1, bool)

    def suffix(self, node: int) -> Word:
        """The suffix of an inner node."""
        suffix = self._suffixes[node]
        assert suffix is not None
        return suffix

    def split(self, leaf: int, suffix: Word) -> None:
        """Give a leaf a suffix."""
        self._suffixes[leaf] = suffix
        self.inner[leaf] = True

    def asked_on_the_way(self, node: int, suffix: Word) -> bool:
        """Whether a node above has this suffix."""
        return any(self._suffixes[above] == suffix for above, _ in self.path(node))

    def path(self, node: int) -> list[tuple[int, int]]:
        """The nodes above, from the nearest to the root, and the code by which each was left."""
        path = []
        while node != ROOT:
            node, code = self._above[node]
            path.append((node, code))
        return path

    def suffixes(self, nodes: IntArray) -> tuple[IntArray, IntArray]:
        """The suffixes of inner nodes (n,): symbols (n, longest) and lengths (n,)."""
        distinct, which = np.unique(nodes, return_inverse=True)
        symbols, lengths = pack([self.suffix(node) for node in distinct.tolist()])
        return symbols[which], lengths[which]

    def sort(self, nodes: IntArray, labels: IntArray, lengths: IntArray) -> tuple[IntArray, IntArray]:
        """Where words go from inner nodes: the children (n,), and the leaves among them that are new.

        Parameters
        ----------
        labels, lengths : (n, longest) and (n,), the labels of each word along the suffix of its node, which has `lengths`
            letters; for the empty suffix, of 1 letter, the word's own. Those that are UNSURE fit whatever a child asks
        """
        codes, known = self.codes(labels, lengths)
        if not known.all():
            for row in np.flatnonzero(~known).tolist():
                codes[row] = self._closest(int(nodes[row]), labels[row, : lengths[row]])
        _, small = np.unique(codes, return_inverse=True)
        _, first, which = np.unique(nodes * (small.max(initial=0) + 1) + small, return_index=True, return_inverse=True)
        before = len(self._suffixes)
        places = [self._child(node, code) for node, code in zip(nodes[first].tolist(), codes[first].tolist(), strict=True)]
        return np.array(places, np.int64)[which], np.arange(before, len(self._suffixes))

    def separator(self, leaf: int, other: int) -> Word:
        """A suffix that was asked of words at two different leaves, and along which labels differed."""
        while leaf != other:
            if self._depth[leaf] >= self._depth[other]:
                leaf = self._above[leaf][0]
            else:
                other = self._above[other][0]
        return self.suffix(leaf)

    def above(self, nodes: IntArray) -> tuple[IntArray, IntArray]:
        """The nodes above (n,) others than the root, and the codes (n,) by which they were left."""
        pairs = np.array([self._above[node] for node in nodes.tolist()], np.int64).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]

    def label(self, node: int) -> int:
        """The label of words at a node below the root."""
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
        """Codes (n,) of labels (n, longest), and whether all labels that count are known (n,)."""
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
        """The labels that a code stands for, the last one last."""
        digits = []
        for _ in range(max(1, min(self._digits, length))):
            code, digit = divmod(code, self._classes)
            digits.append(digit)
        return digits[::-1]

    def _closest(self, node: int, labels: IntArray) -> int:
        """The code of the first child that no label contradicts; where there is none, of the labels with 0 for what is unsure."""
        labels = labels[-self._digits :]
        for code in self._children[node]:
            expected = np.array(self._expand(code, len(labels)))
            if ((labels == expected) | (labels == UNSURE)).all():
                return code
        return int(np.where(labels == UNSURE, 0, labels) @ self._classes ** np.arange(len(labels))[::-1])
