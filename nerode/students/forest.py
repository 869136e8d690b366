"""Trees and sums of trees over features of words.

A node asks whether a feature is larger than a threshold. A tree is a forest of one; a boosted forest adds the scores of many.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from nerode.automata.decimals import decimal
from nerode.automata.documents import Fields
from nerode.errors import InputError
from nerode.links import Link
from nerode.students.features import Features
from nerode.students.student import Student
from nerode.words import Alphabet, FloatArray, IntArray, Word, frozen_array

LEAF = -1
CELLS = 2**24  # numbers of a dense table of features in memory


@dataclass(frozen=True, eq=False, repr=False)
class Forest(Student):
    """The sum of the scores of trees. The nodes of all trees are in one list.

    Parameters
    ----------
    features : that nodes ask about
    roots : (trees,), the first node of each tree
    asked : (nodes,), the feature of a node, LEAF for a leaf
    thresholds : (nodes,), a word goes to the right where the feature is larger
    left, right : (nodes,), the next nodes, which come after their parent; LEAF for a leaf
    values : (nodes, width), the scores of a leaf
    bias : (width,), added to all
    link : the meaning of the scores

    Raises
    ------
    InputError : shapes that do not fit each other, or nodes that refer to what is not there
    """

    features: Features
    roots: IntArray
    asked: IntArray
    thresholds: FloatArray
    left: IntArray
    right: IntArray
    values: FloatArray
    bias: FloatArray
    link: Link
    kind: ClassVar[str] = "tree"
    unit: ClassVar[str] = "leaf"

    def __post_init__(self) -> None:
        for name in ("roots", "asked", "left", "right"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.int64))
        for name in ("thresholds", "values", "bias"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))
        n = len(self.asked)
        shapes = {part.shape for part in (self.asked, self.thresholds, self.left, self.right)}
        if shapes != {(n,)} or self.bias.ndim != 1 or self.values.shape != (n, len(self.bias)) or self.roots.ndim != 1:
            raise InputError("the arrays of a tree have shapes that do not fit each other")
        inner, own = self.asked != LEAF, np.arange(n)
        after = np.stack([self.left, self.right])
        ahead = (after > own) & (after < n)  # so that no walk goes round
        if not (ahead[:, inner].all() and (after[:, ~inner] == LEAF).all()):
            raise InputError("a node of a tree leads to a node that is not there or not after it")
        if (self.asked[inner] < 0).any() or (self.asked >= len(self.features)).any():
            raise InputError("a node of a tree asks about a feature that is not there")
        if not len(self.roots) or self.roots.min() < 0 or self.roots.max() >= n:
            raise InputError("a tree begins at a node that is not there")

    @property
    def alphabet(self) -> Alphabet:  # type: ignore[override]
        return self.features.alphabet

    @property
    def width(self) -> int:
        return len(self.bias)

    @property
    def size(self) -> int:
        return int(np.count_nonzero(self.asked == LEAF))

    @property
    def title(self) -> str:
        return "Tree" if len(self.roots) == 1 else "Forest"

    @property
    def parameters(self) -> int:
        inner = len(self.asked) - self.size
        return 2 * inner + self.size * self.width + self.width

    def leaves(self, words: Iterable[Any]) -> IntArray:
        """Return the leaf (n, trees) that each word reaches in each tree."""
        parsed = self.alphabet.words(words)
        portion = max(1, CELLS // max(1, len(self.features)))
        parts = [self._walk(self.features.matrix(parsed[i : i + portion]).toarray()) for i in range(0, len(parsed), portion)]
        return np.concatenate([np.zeros((0, len(self.roots)), np.int64), *parts])

    def scores(self, words: Iterable[Any]) -> FloatArray:
        leaves = self.leaves(words)
        total = np.tile(self.bias, (len(leaves), 1))
        for column in leaves.T:
            total += self.values[column]
        return total

    def _walk(self, table: FloatArray) -> IntArray:
        at = np.tile(self.roots, (len(table), 1))
        while (going := self.asked[at] != LEAF).any():
            rows, _ = np.nonzero(going)
            nodes = at[going]
            larger = table[rows, self.asked[nodes]] > self.thresholds[nodes]
            at[going] = np.where(larger, self.right[nodes], self.left[nodes])
        return at

    def _questions(self) -> dict[int, str]:
        """What each inner node asks."""
        inner = np.flatnonzero(self.asked != LEAF)
        return dict(zip(inner.tolist(), self.features.questions(self.asked[inner], self.thresholds[inner]), strict=True))

    def path(self, word: Any, classes: Sequence[str] = ()) -> list[str]:
        """Return the way of a word through the first tree: a question and its answer a line, then the scores of the leaf."""
        questions, row = self._questions(), self.features.matrix(self.alphabet.words([word])).toarray()[0]
        node, found = int(self.roots[0]), []
        while self.asked[node] != LEAF:
            larger = bool(row[self.asked[node]] > self.thresholds[node])
            found.append(f"{questions[node]}? {'yes' if larger else 'no'}")
            node = int(self.right[node] if larger else self.left[node])
        left = len(self.roots) - 1
        return [*found, self._leaf(node, classes), *([f"and {left} more {'tree' if left == 1 else 'trees'}"] if left else [])]

    def _leaf(self, node: int, classes: Sequence[str]) -> str:
        """The scores of a leaf; the class that they give, if the tree is alone."""
        scores = self.values[node] + self.bias
        return self.leaf(scores, classes) if len(self.roots) == 1 else ", ".join(f"{value:.3g}" for value in scores)

    def rounded(self, words: Sequence[Word], step: float) -> Self:
        unit = step * self.spread(words)
        return replace(self, values=decimal(self.values, unit), bias=decimal(self.bias, unit)) if unit else self

    def fields(self) -> dict[str, Any]:
        names = ("roots", "asked", "thresholds", "left", "right", "values", "bias")
        return {"features": self.features.to_json()} | {name: getattr(self, name).tolist() for name in names}

    @classmethod
    def from_fields(cls, alphabet: Alphabet, link: Link, fields: Fields) -> Self:
        whole, real = fields.integers, fields.numbers
        return cls(
            Features.from_json(alphabet, fields["features"]), whole("roots", 1), whole("asked", 1), real("thresholds", 1),
            whole("left", 1), whole("right", 1), real("values", 2), real("bias", 1), link,
        )  # fmt: skip

    def shown(self, lines: int, classes: Sequence[str] = ()) -> list[str]:
        """Return the first tree: a question a line, and the scores at the leaves."""
        questions = self._questions()
        found: list[str] = []
        waiting = [(int(self.roots[0]), 0, "")]
        while waiting and len(found) < lines - 1:
            node, depth, answer = waiting.pop()
            if self.asked[node] == LEAF:
                said = self._leaf(node, classes)
            else:
                said = f"{questions[node]}?"
                waiting += [(int(self.left[node]), depth + 1, "no: "), (int(self.right[node]), depth + 1, "yes: ")]
            found.append(f"{'  ' * depth}{answer}{said}")
        left = len(self.roots) - 1
        return [*found, *(["…"] if waiting else []), *([f"and {left} more {'tree' if left == 1 else 'trees'}"] if left else [])]
