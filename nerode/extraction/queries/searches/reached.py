"""A trie of the words that a search has read, with the teacher's state after each, so that no letter is read twice."""

from __future__ import annotations

import numpy as np

from nerode.arrays import fetched, join
from nerode.extraction.queries.labels import UNSURE, Labels
from nerode.protocols import States, SteppingTeacher, take
from nerode.words import FloatArray, IntArray, Word

UNREAD = UNSURE - 1


class Reached:
    """A trie of words with the teacher's state after each; node 0 is ε.

    Parameters
    ----------
    teacher : keeps states
    labels : labels of the same teacher; each query is counted there
    """

    def __init__(self, teacher: SteppingTeacher, labels: Labels) -> None:
        self.labels = labels
        self.count = 1  # nodes
        self._teacher = teacher
        self._letters = len(teacher.alphabet)
        start = teacher.start()
        self._states: States = join((start, start))  # (capacity, …), capacity ≥ count
        self._classes = np.full(2, UNREAD)  # (capacity,)
        self.dimensions = self.vectors(np.zeros(1, np.int64)).shape[1]
        self._arrivals: list[int] = [-1]  # of each node: parent · number of letters + letter
        self._after: dict[int, int] = {}  # the inverse

    def vectors(self, nodes: IntArray) -> FloatArray:
        """Return the states after the words of nodes (n,), as vectors (n, d)."""
        parts = [fetched(part[nodes]).reshape(len(nodes), -1) for part in self._states]
        return np.concatenate(parts, axis=1, dtype=np.float64)

    def word(self, node: int) -> Word:
        """Return the word that leads to a node."""
        letters = []
        while node:
            node, letter = divmod(self._arrivals[node], self._letters)
            letters.append(letter)
        return tuple(reversed(letters))

    def step(self, nodes: IntArray, letters: IntArray) -> IntArray:
        """Return the children (n,) of nodes (n,) by letters (n,); missing ones are added."""
        codes = (nodes * self._letters + letters).tolist()
        new = [code for code in dict.fromkeys(codes) if code not in self._after]
        if new:
            self._add(new)
        return np.array([self._after[code] for code in codes], np.int64)

    def affordable(self, nodes: IntArray, letters: IntArray, most: int) -> int:
        """Return the largest k such that the first k pairs of a node and a letter lead to at most `most` unread words."""
        codes = (nodes * self._letters + letters).tolist()
        if len(codes) <= most:
            return len(codes)
        known = np.array([self._after.get(code, -1) for code in codes])
        unread = np.flatnonzero((known < 0) | (self._classes[known] == UNREAD))
        return len(codes) if len(unread) <= most else int(unread[most])

    def unread(self, nodes: IntArray) -> int:
        """Return the number of distinct nodes among these (n,) whose classes have not been read."""
        return len(np.unique(nodes[self._classes[nodes] == UNREAD]))

    def classes(self, nodes: IntArray) -> IntArray:
        """Return the class (n,) of the words of nodes (n,), or UNSURE; each class is read from the teacher once."""
        classes: IntArray = self._classes[nodes]
        if (classes == UNREAD).any():
            new = np.unique(nodes[classes == UNREAD])
            self._classes[new] = self.labels.read(self._teacher.read(take(self._states, new)))
            self.labels.asked += len(new)
            classes = self._classes[nodes]
        return classes

    def _add(self, codes: list[int]) -> None:
        """Add new nodes, given by their codes as in `_arrivals`."""
        parents, letters = np.divmod(np.array(codes, np.int64), self._letters)
        # the teacher computes what depends only on a parent once for all its children
        distinct, rows = np.unique(parents, return_inverse=True)
        states = self._teacher.advance(take(self._states, distinct), rows, letters)
        end = self.count + len(codes)
        while len(self._classes) < end:
            self._states = join((self._states, self._states))
            self._classes = np.concatenate([self._classes, np.full(len(self._classes), UNREAD)])
        for room, part in zip(self._states, states, strict=True):
            room[self.count : end] = part
        self._after.update(zip(codes, range(self.count, end), strict=True))
        self._arrivals.extend(codes)
        self.count = end
