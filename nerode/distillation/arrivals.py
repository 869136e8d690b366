"""The words that arrive at the leaves of a tree while it grows.

Words are drawn that nobody has asked about, and wait at the leaf that they reach. So a leaf that few words reach gets them from
many draws, by rejection; the share that arrives there is its reach. The teacher is asked about as many of the waiting words as a
node needs. Where all draws bring too few, words of the node are edited, and it is asked about those edits that arrive there.
Tests are chosen from edits as from drawn words, but a leaf's scores and its reach come from drawn words alone. The words of a
language model are prefixes, and are not edited: it would say few of the edits.
Craven and Shavlik: Extracting tree-structured representations of trained networks, 1996.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.sparse import csr_array, vstack

from nerode.distillation.lessons import PREFIXES, answers_to, prefixes, that_count
from nerode.distillation.responses import scaled, scaling
from nerode.distillation.selection import features_of
from nerode.domains import domain_of
from nerode.extraction.method import Task
from nerode.links import LANGUAGE_MODEL, Link
from nerode.protocols import is_closed
from nerode.sampling import mutate
from nerode.students.mofn_tree import Test
from nerode.words import BoolArray, FloatArray, IntArray, Word

MOST = 400  # n-grams, and places
PORTION = 4000  # words, or prefixes of a language model, that are drawn at a time
MOST_DRAWN = 100_000
EDITED = 4  # times as many words are edited as are missing, since not all arrive
COUNTING = 1e-6  # seconds of work that the features of a letter take, about


@dataclass(eq=False)
class Node:
    """A node of a growing tree, and the words that arrive there.

    Parameters
    ----------
    words : n words that the teacher was asked about
    table : (n, features), of these
    targets : (n, classes) or (n, width), what is learned of these
    drawn : (n,), whether a word was drawn, and not edited
    path : the tests from the root on, and whether each holds there
    waiting : words that were drawn and not asked about
    arrived : how many words of all that were drawn
    test, left, right : of an inner node
    tried : how many of the ways to find a test have found none: one that only takes tests beyond chance, and one that takes any
    """

    words: list[Word]
    table: csr_array[Any]
    targets: FloatArray
    drawn: BoolArray
    path: tuple[tuple[Test, bool], ...] = ()
    waiting: list[Word] = field(default_factory=list)
    arrived: int = 0
    test: Test | None = None
    left: Node | None = None
    right: Node | None = None
    tried: int = 0

    @property
    def told(self) -> FloatArray:
        """The targets of the words that were drawn, or of all where there are none."""
        return self.targets[self.drawn] if self.drawn.any() else self.targets


class Arrivals:
    """A growing tree with its words; see above.

    Parameters
    ----------
    task : the words that are learned from
    link : of the student

    Attributes
    ----------
    features : those that occur in the words that are drawn first
    scale, shift : (width,), values of the teacher are `scale` times the targets plus `shift`
    root : of the tree
    drawn : words, in all

    Raises
    ------
    BudgetExhausted : a limit does not allow to draw so many words of a language model
    InputError : nothing but labels counts, and no word has one
    """

    def __init__(self, task: Task, link: Link) -> None:
        self._task, self._link = task, link
        self._model = task.teacher.link.task == LANGUAGE_MODEL
        labels_only = task.settings.labels is not None and task.settings.alpha == 1
        self._known_only = labels_only or is_closed(task.teacher)
        first = that_count(task, self._drawn_first())
        self.features = features_of(first, task.teacher, task.settings, MOST)
        self.root = Node([], self._table([]), np.zeros((0, 1)), np.zeros(0, bool))
        self.scale, self.shift = np.ones(1), np.zeros(1)
        self.drawn = 0
        self._settle(first)

    def _drawn_first(self) -> list[Word]:
        source = self._task.source
        if self._model:
            count = min(MOST_DRAWN // PREFIXES, max(PORTION // PREFIXES, len(source.given)))
            return self._shuffled(prefixes(source.learn(count)))
        return source.learn(min(MOST_DRAWN, max(PORTION, 2 * len(source.given))))

    def _draw(self) -> bool:
        """Draw a portion more, and tell whether there was one."""
        if self.drawn >= MOST_DRAWN or self._known_only:
            return False
        self._task.meter.check()
        invent = self._task.source.invent
        drawn = self._shuffled(prefixes(invent(PORTION // PREFIXES))) if self._model else invent(PORTION)
        self._settle(drawn)
        return bool(drawn)

    def _shuffled(self, words: list[Word]) -> list[Word]:
        return [words[i] for i in self._task.rng.permutation(len(words)).tolist()]

    def _table(self, words: list[Word]) -> csr_array[Any]:
        self._task.meter.effort += COUNTING * sum(map(len, words))
        return self.features.matrix(words).astype(np.float32)

    def _settle(self, words: list[Word]) -> None:
        """Let words wait at the leaves that they reach."""
        self.drawn += len(words)
        going = [(self.root, np.arange(len(words)))]
        table = self._table(words).toarray() if self.root.test else np.zeros((len(words), 0))
        while going:
            node, rows = going.pop()
            node.arrived += len(rows)
            if node.test is None:
                node.waiting += [words[i] for i in rows.tolist()]
                continue
            holds = node.test(table[rows])
            assert node.left is not None
            assert node.right is not None
            going += [(node.left, rows[~holds]), (node.right, rows[holds])]

    def reach(self, node: Node) -> float:
        """Return the share of words that arrive at a node."""
        return node.arrived / self.drawn

    def ask(self, node: Node, wanted: int, edits: bool = False) -> None:
        """Ask the teacher about words until so many of a leaf are known, as far as there are some.

        Raises
        ------
        BudgetExhausted : a limit does not allow so many questions
        """
        while len(node.words) + len(node.waiting) < wanted and self._draw():
            pass
        number = max(0, wanted - len(node.words))
        asked, node.waiting = node.waiting[:number], node.waiting[number:]
        self._learn(node, asked, drawn=True)
        missing = wanted - len(node.words)
        if edits and missing > 0 and node.words and not self._model and not self._known_only:
            self._learn(node, self._edited(node, missing), drawn=False)

    def _edited(self, node: Node, missing: int) -> list[Word]:
        """New words that reach a node, some edits away from its own, and as long as others are.

        Rows of a table stay rows: no column gets a letter that never stood there.
        """
        rng, lengths = self._task.rng, {*self._task.source.lengths.tolist(), *map(len, node.words)}
        chosen = [node.words[i] for i in rng.integers(len(node.words), size=EDITED * missing).tolist()]
        known = set(node.words)
        made = [word for word in mutate(rng, chosen, len(self._task.teacher.alphabet)) if len(word) in lengths]
        domain = domain_of(self._task.teacher)
        new = [word for word in dict.fromkeys(made) if word not in known and (domain is None or domain.holds(word))]
        table, arrives = self._table(new).toarray(), np.ones(len(new), bool)
        for test, holds in node.path:
            arrives &= test(table) == holds
        return [new[i] for i in np.flatnonzero(arrives)[:missing].tolist()]

    def _learn(self, node: Node, words: list[Word], drawn: bool) -> None:
        if not words:
            return
        answers = replace(answers_to(self._task, words), known=1.0)  # so that each word counts alike, with a label or without
        if node is self.root and not node.words:
            self.scale, self.shift = scaling(self._link, answers)
        targets, _ = self._task.settings.response.targets(self._link, scaled(answers, self.scale, self.shift))
        node.words += words
        node.table = vstack([node.table, self._table(words)], format="csr")
        node.targets = np.concatenate([node.targets, targets]) if len(node.targets) else targets
        node.drawn = np.append(node.drawn, np.full(len(words), drawn))

    def part(self, node: Node, test: Test) -> tuple[Node, Node]:
        """Make a leaf an inner node, and return its children with the words that go there."""
        holds = test(node.table.toarray())
        waits = test(self._table(node.waiting).toarray()) if node.waiting else np.zeros(0, bool)
        children = []
        for side in (False, True):
            rows: IntArray = np.flatnonzero(holds == side)
            waiting = [node.waiting[i] for i in np.flatnonzero(waits == side).tolist()]
            words, drawn = [node.words[i] for i in rows.tolist()], node.drawn[rows]
            arrived = len(waiting) + int(drawn.sum())
            path = (*node.path, (test, side))
            children.append(Node(words, node.table[rows], node.targets[rows], drawn, path, waiting, arrived))
        node.test, (node.left, node.right) = test, children
        node.words, node.waiting, node.table, node.targets = [], [], node.table[:0], node.targets[:0]  # they are the children's
        return children[0], children[1]
