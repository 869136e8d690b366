"""Trees whose inner nodes ask whether at least m of n literals hold.

A literal says that a feature of a word is larger than a threshold, or that it is not.
Craven and Shavlik: Extracting tree-structured representations of trained networks, 1996; Murphy and Pazzani: ID2-of-3, 1991.
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
from nerode.students.forest import LEAF
from nerode.students.student import Student
from nerode.words import Alphabet, BoolArray, FloatArray, IntArray, Word, frozen_array

CELLS = 2**22  # numbers of a dense table of features in memory


@dataclass(frozen=True)
class Test:
    """Whether at least `needed` of n literals hold.

    Parameters
    ----------
    needed : m
    columns : (n,), the feature of each literal
    thresholds : (n,)
    larger : (n,), whether a literal holds where the feature is larger than its threshold, and otherwise where it is not
    """

    __test__: ClassVar[bool] = False  # pytest takes what is called so for tests

    needed: int
    columns: IntArray
    thresholds: FloatArray
    larger: BoolArray

    def __call__(self, table: FloatArray) -> BoolArray:
        """Return whether it holds (r,) for each row of a table (r, features)."""
        held = (table[:, self.columns] > self.thresholds) == self.larger
        found: BoolArray = held.sum(axis=1) >= self.needed
        return found

    def said(self, features: Features) -> str:
        """Return the test in words."""
        literals = features.questions(self.columns, self.thresholds, self.larger)
        return literals[0] if len(literals) == 1 else f"{self.needed} of {len(literals)}: {', '.join(literals)}"


@dataclass(frozen=True, eq=False, repr=False)
class MofNTree(Student):
    """A tree of m-of-n tests. The literals of all nodes are in one list, those of a node side by side.

    Parameters
    ----------
    features : that literals are about
    literals : (nodes,), how many literals the test of a node has, 0 for a leaf
    needed : (nodes,), how many of them must hold for a word to go to the right, 0 for a leaf
    asked, thresholds, larger : (all literals,), as those of a `Test`; `larger` is 1 or 0
    left, right : (nodes,), the next nodes, which come after their parent; LEAF for a leaf
    values : (nodes, width), the scores of a leaf
    link : the meaning of the scores

    Raises
    ------
    InputError : shapes that do not fit each other, or nodes that refer to what is not there
    """

    features: Features
    literals: IntArray
    needed: IntArray
    asked: IntArray
    thresholds: FloatArray
    larger: IntArray
    left: IntArray
    right: IntArray
    values: FloatArray
    link: Link
    kind: ClassVar[str] = "trepan"
    unit: ClassVar[str] = "leaf"

    def __post_init__(self) -> None:
        for name in ("literals", "needed", "asked", "larger", "left", "right"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.int64))
        for name in ("thresholds", "values"):
            object.__setattr__(self, name, frozen_array(getattr(self, name), np.float64))
        n = len(self.literals)
        of_nodes = {part.shape for part in (self.literals, self.needed, self.left, self.right)}
        of_literals = {part.shape for part in (self.asked, self.thresholds, self.larger)}
        if not n or of_nodes != {(n,)} or self.values.ndim != 2 or len(self.values) != n:
            raise InputError("the arrays of a tree have shapes that do not fit each other")
        wrong = ((self.literals < 0) | (self.literals > len(self.asked))).any()  # a sum of larger ones could overflow
        if wrong or of_literals != {(int(self.literals.sum()),)}:
            raise InputError("the literals of a tree are not as many as its nodes say")
        inner = self.literals > 0
        if ((self.needed < inner) | (self.needed > self.literals)).any() or not set(self.larger.tolist()) <= {0, 1}:
            raise InputError("a node of a tree needs at least one literal and at most all, each of which is 1 (larger) or 0")
        after = np.stack([self.left, self.right])
        ahead = (after > np.arange(n)) & (after < n)  # so that no walk goes round
        if not (ahead[:, inner].all() and (after[:, ~inner] == LEAF).all()):
            raise InputError("a node of a tree leads to a node that is not there or not after it")
        if ((self.asked < 0) | (self.asked >= len(self.features))).any():
            raise InputError("a node of a tree asks about a feature that is not there")

    @property
    def alphabet(self) -> Alphabet:  # type: ignore[override]
        return self.features.alphabet

    @property
    def width(self) -> int:
        return int(self.values.shape[1])

    @property
    def size(self) -> int:
        return int(np.count_nonzero(self.literals == 0))

    @property
    def parameters(self) -> int:
        inner = len(self.literals) - self.size
        return 2 * len(self.asked) + inner + self.size * self.width

    def test(self, node: int) -> Test:
        """Return the test of an inner node."""
        end = int(self.literals[: node + 1].sum())
        own = slice(end - int(self.literals[node]), end)
        return Test(int(self.needed[node]), self.asked[own], self.thresholds[own], self.larger[own].astype(bool))

    def leaves(self, words: Iterable[Any]) -> IntArray:
        """Return the leaf (n,) that each word reaches."""
        parsed = self.alphabet.words(words)
        portion = max(1, CELLS // max(1, len(self.features)))
        parts = [self._walk(parsed[i : i + portion]) for i in range(0, len(parsed), portion)]
        return np.concatenate([np.zeros(0, np.int64), *parts])

    def _walk(self, words: list[Word]) -> IntArray:
        """Each node parts those words that reach it; nodes come after their parents."""
        table, at = self.features.matrix(words).toarray(), np.zeros(len(words), np.int64)
        for node in np.flatnonzero(self.literals).tolist():
            rows = np.flatnonzero(at == node)
            if len(rows):
                at[rows] = np.where(self.test(node)(table[rows]), self.right[node], self.left[node])
        return at

    def scores(self, words: Iterable[Any]) -> FloatArray:
        found: FloatArray = self.values[self.leaves(words)]
        return found

    def rounded(self, words: Sequence[Word], step: float) -> Self:
        unit = step * self.spread(words)
        return replace(self, values=decimal(self.values, unit)) if unit else self

    def fields(self) -> dict[str, Any]:
        names = ("literals", "needed", "asked", "thresholds", "larger", "left", "right", "values")
        return {"features": self.features.to_json()} | {name: getattr(self, name).tolist() for name in names}

    @classmethod
    def from_fields(cls, alphabet: Alphabet, link: Link, fields: Fields) -> Self:
        whole, real = fields.integers, fields.numbers
        return cls(
            Features.from_json(alphabet, fields["features"]), whole("literals", 1), whole("needed", 1), whole("asked", 1),
            real("thresholds", 1), whole("larger", 1), whole("left", 1), whole("right", 1), real("values", 2), link,
        )  # fmt: skip

    def shown(self, lines: int, classes: Sequence[str] = ()) -> list[str]:
        """Return the tree from the root: a test a line, and the scores at the leaves."""
        found: list[str] = []
        waiting = [(0, 0, "")]
        while waiting and len(found) < lines - 1:
            node, depth, answer = waiting.pop()
            if self.literals[node]:
                said = f"{self.test(node).said(self.features)}?"
                waiting += [(int(self.left[node]), depth + 1, "no: "), (int(self.right[node]), depth + 1, "yes: ")]
            else:
                said = self.leaf(self.values[node], classes)
            found.append(f"{'  ' * depth}{answer}{said}")
        return [*found, *(["…"] if waiting else [])]

    def path(self, word: Any, classes: Sequence[str] = ()) -> list[str]:
        """Return the way of a word: a test, how many of its literals hold, and the answer a line, then the scores of the leaf."""
        row = self.features.matrix(self.alphabet.words([word])).toarray()
        node, found = 0, []
        while self.literals[node]:
            test = self.test(node)
            holds = bool(test(row)[0])
            count = int(((row[0, test.columns] > test.thresholds) == test.larger).sum())
            hold = f" {count} hold:" if len(test.columns) > 1 else ""
            found.append(f"{test.said(self.features)}?{hold} {'yes' if holds else 'no'}")
            node = int(self.right[node] if holds else self.left[node])
        return [*found, self.leaf(self.values[node], classes)]
