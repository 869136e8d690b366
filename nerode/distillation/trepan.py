"""The student trepan: a tree of m-of-n tests, for each of which the teacher is asked about words that reach its node.

The leaf is parted next that has the largest reach times infidelity: the share of words that arrive there, and how often it
disagrees with the teacher about them. A test is chosen from at least so many words of its node. What is below a node and gives
all words one class becomes one leaf.
Craven and Shavlik: Extracting tree-structured representations of trained networks, 1996.
"""

from __future__ import annotations

from collections.abc import Container, Generator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.distillation.arrivals import Arrivals, Node
from nerode.distillation.constant import constant, none_smaller
from nerode.distillation.held_out import held_out
from nerode.distillation.mofn import Measure, best_test, summed
from nerode.distillation.responses import as_scores, student_link
from nerode.distillation.settings import FeatureSettings
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.method import Method, Task
from nerode.extraction.reasons import LARGEST_TREE, NO_TEST, SIZE
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES, Link, Value
from nerode.protocols import Teacher
from nerode.students.forest import LEAF
from nerode.students.mofn_tree import MofNTree
from nerode.words import BoolArray, FloatArray

LEAVES = 512  # at most
FEWEST = 20  # words that a test is chosen from
NODES = 4  # that a limit on questions has to suffice for, at least
PART = 0.1  # of the words that a node needs for a test, that a new leaf needs for its scores
GROWN = 1.2  # times as many leaves as the last hypothesis, after which a tree is the next
SEARCH = 2e-8  # seconds of work that a number of a node's table takes, about


@dataclass(frozen=True)
class TrepanSettings(FeatureSettings):
    """Those of trepan.

    Parameters
    ----------
    node_words : from how many words of a node its test is chosen; a quarter of those that may be asked where that is less
    """

    node_words: int = 1000

    def check(self, teacher: Teacher) -> None:
        super().check(teacher)
        if type(self.node_words) is not int or self.node_words < FEWEST:
            raise InputError(f"a test is chosen from a whole number of words, {FEWEST} or more, not from {self.node_words!r}")
        if self.alpha and teacher.link.task == LANGUAGE_MODEL:
            raise InputError("trepan learns what a language model answers, and no labels; leave alpha out")
        if self.adversarial:
            raise InputError("trepan chooses the words that it asks about by their nodes; leave adversarial words out")


def _trepan(task: Task) -> Generator[Any, None, str]:
    link = student_link(task.teacher.link)
    tree, most = Arrivals(task, link), min(task.states or LEAVES, LEAVES)
    needed, left = task.settings.node_words, task.meter.queries_left
    if left is not None:
        needed = min(needed, max(FEWEST, left // NODES))
    leaves, shown = [tree.root], 1
    try:
        tree.ask(tree.root, needed)
        while len(leaves) < most and (leaf := _next(tree, leaves, link)):
            task.meter.check()
            tree.ask(leaf, needed, edits=True)
            children = _parted(task, tree, leaf, link)
            if not children:
                leaf.tried += 1
                continue
            leaves = [each for each in leaves if each is not leaf] + children
            for child in children:
                tree.ask(child, int(PART * needed))
            if len(leaves) >= GROWN * shown:
                shown = len(leaves)
                yield student(tree, link)
    except BudgetExhausted:
        if len(leaves) > shown:
            yield student(tree, link)
        raise
    if len(leaves) > shown:
        yield student(tree, link)
    if len(leaves) < most:
        return NO_TEST
    return LARGEST_TREE if most == LEAVES else SIZE


def _next(tree: Arrivals, leaves: list[Node], link: Link) -> Node | None:
    """The leaf to part next: where no test is left that parts one beyond chance, one that any test parts; None at the end."""
    for tried in (0, 1):
        worth = [(tree.reach(leaf) * infidelity(leaf.told, link), i) for i, leaf in enumerate(leaves) if leaf.tried == tried]
        best, i = max(worth, default=(0.0, 0))
        if best > 0:
            return leaves[i]
    return None


def infidelity(targets: FloatArray, link: Link) -> float:
    """Return how far one answer is from the targets (n, k) of words.

    For classifiers that is the share of words whose class is not the answer's, for language models the mean divergence of the
    distributions from their mean, and for values their variance.
    """
    if link.task == CLASSIFIER:
        return float(np.mean(targets.argmax(axis=1) != targets.mean(axis=0).argmax())) if len(targets) else 0.0
    if not len(targets):
        return 0.0
    measure, rows = _measure(link, targets), summed(targets)
    return float(measure.spread(rows.sum(axis=0)) - measure.spread(rows).sum()) / len(rows)


def _parted(task: Task, tree: Arrivals, leaf: Node, link: Link) -> list[Node]:
    """The children of a leaf; none where no test parts its words."""
    table = leaf.table.toarray()
    task.meter.effort += SEARCH * table.size * leaf.targets.shape[1]
    test = best_test(table, summed(leaf.targets), _measure(link, leaf.targets), leaf.tried == 0)
    return [] if test is None else list(tree.part(leaf, test))


def _measure(link: Link, targets: FloatArray) -> Measure:
    return Measure(not isinstance(link, Value), targets.shape[1])


def student(tree: Arrivals, link: Link) -> MofNTree:
    """Return the student that a growing tree is by now, of the features that it asks about."""
    nodes = _listed(tree.root)
    place = {id(node): i for i, node in enumerate(nodes)}
    means, weights = np.zeros((len(nodes), tree.root.targets.shape[1])), np.zeros(len(nodes))
    leaf, labels = np.ones(len(nodes), bool), np.zeros(len(nodes), np.int64)
    for i in reversed(range(len(nodes))):  # children before their parents
        node = nodes[i]
        if node.test is None:
            means[i], weights[i] = node.told.mean(axis=0), max(node.arrived, 1e-9)
        else:
            below = [place[id(node.left)], place[id(node.right)]]
            means[i], weights[i] = np.average(means[below], axis=0, weights=weights[below]), weights[below].sum()
            leaf[i] = link.task == CLASSIFIER and leaf[below].all() and len(set(labels[below].tolist())) == 1
        labels[i] = means[i].argmax()
    kept = _listed(tree.root, {id(node) for node, ends in zip(nodes, leaf, strict=True) if ends})
    rows = [place[id(node)] for node in kept]
    return _flat(tree, kept, leaf[rows], means[rows], link)


def _flat(tree: Arrivals, nodes: list[Node], leaf: BoolArray, means: FloatArray, link: Link) -> MofNTree:
    place = {id(node): i for i, node in enumerate(nodes)}
    tests = [None if ends else node.test for node, ends in zip(nodes, leaf.tolist(), strict=True)]
    asked = np.concatenate([np.zeros(0, np.int64), *(test.columns for test in tests if test)])
    columns = np.unique(asked)
    left, right = (
        [LEAF if ends else place[id(getattr(node, side))] for node, ends in zip(nodes, leaf.tolist(), strict=True)]
        for side in ("left", "right")
    )
    scores = tree.scale * as_scores(link, means) + tree.shift
    return MofNTree(
        tree.features.only(columns),
        np.array([len(test.columns) if test else 0 for test in tests]),
        np.array([test.needed if test else 0 for test in tests]),
        np.searchsorted(columns, asked),
        np.concatenate([np.zeros(0), *(test.thresholds for test in tests if test)]),
        np.concatenate([np.zeros(0, np.int64), *(test.larger.astype(np.int64) for test in tests if test)]),
        np.array(left), np.array(right), np.where(leaf[:, None], scores, 0.0), link,
    )  # fmt: skip


def _listed(root: Node, ends: Container[int] = ()) -> list[Node]:
    """The nodes from a root on, parents before their children; nothing below those whose ids are in `ends`."""
    found, waiting = [], [root]
    while waiting:
        node = waiting.pop()
        found.append(node)
        if node.test is not None and node.left is not None and node.right is not None and id(node) not in ends:
            waiting += [node.right, node.left]
    return found


METHOD = Method(
    (CLASSIFIER, LANGUAGE_MODEL, SCORES), _trepan, longest=20, frugality=0.002, constant=constant, smaller=none_smaller,
    settings=TrepanSettings, held_out=held_out, near=True,
)  # fmt: skip
