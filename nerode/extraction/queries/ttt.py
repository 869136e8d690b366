"""Query learning with a discrimination tree without redundant suffixes.

Kearns and Vazirani: An introduction to computational learning theory (1994), with the redundancy-free tree of Isberner, Howar
and Steffen: The TTT algorithm (2014). The suffix from a counterexample only proves that a new state exists. Where successors
of the two states are at different leaves, the tree separates the states by a letter and a suffix that it already has. All
open queries form one batch: in each batch every transition that is not yet at a leaf goes one level down.
"""

from __future__ import annotations

import numpy as np

from nerode.automata.dfa import DFA
from nerode.errors import BudgetExhausted
from nerode.extraction.queries.continuations import Continuations
from nerode.extraction.queries.counterexamples import (
    Evidence,
    count_contradictions,
    distinct,
    evidence,
    growth_limit,
    states_along,
)
from nerode.extraction.queries.discrimination_tree import COUNTED, ROOT, DiscriminationTree
from nerode.extraction.queries.labels import Labels
from nerode.words import IntArray, Word, Words, pack, shortlex


class TreeLearner:
    """The tree learner: each leaf has a state with its access word, and each state a transition for each letter.

    Parameters
    ----------
    labels : labels of the teacher
    states : largest number of states of a hypothesis, None without a limit
    letter_classes : treat letters as equivalent until a counterexample distinguishes them; the teacher is then queried with
        one letter of each class only
    """

    def __init__(self, labels: Labels, states: int | None = None, letter_classes: bool = False) -> None:
        self._labels = labels
        self._max_states = states
        self._alphabet = labels.teacher.alphabet
        self._continuations = Continuations(labels)
        self._tree = DiscriminationTree(labels.classes, self._continuations.along)
        letters = len(self._alphabet)
        self._alike = np.zeros(letters, np.int64) if letter_classes else np.arange(letters)  # of each letter's class
        # A row is ε or an access word followed by a letter. The row of a state is the one of its access word.
        self._from = np.zeros(1, np.int64)
        self._letter = np.zeros(1, np.int64)
        self._node = np.full(1, ROOT)
        self._row_of = np.full((0, letters), -1)  # (states, letters)
        self._state_rows = np.zeros(0, np.int64)  # the row of each state
        self._duplicate = np.zeros(0, bool)  # states equal to another one, after the teacher has contradicted itself
        self._lengths = np.zeros(0, np.int64)
        self._separating: dict[int, Word] = {}  # suffix from a counterexample that separates a new state from that of its leaf
        self._hypothesis: DFA | None = None

    @property
    def access(self) -> list[Word]:
        """The access words, in the order of the states; a later one may be shorter."""
        return self._continuations.access

    @property
    def words(self) -> int:
        """The number of words read, each from an access word on."""
        return self._continuations.words

    def propose(self) -> DFA:
        """Return the complete hypothesis, with states in the order of `access`; it need not be minimal.

        Raises
        ------
        BudgetExhausted : the hypothesis needs more states than are allowed
        """
        if self._hypothesis is None:
            self._sort_and_split()
            self._hypothesis = self._read()
        return self._hypothesis

    def refine(self, words: Words) -> int:
        """Learn from counterexamples, until these show nothing new or the hypothesis has grown enough (`growth_limit`).

        Returns
        -------
        The number of new states and new classes of letters. It is 0 if the teacher contradicts itself along all
        counterexamples, as a network near its threshold can.
        """
        refinements, enough = 0, growth_limit(len(self._state_rows))
        tried: set[Word] = set()  # words of the tree on which the hypothesis disagrees with it
        answers = self._continuations.answers(words)
        self._labels.contradictions += count_contradictions(self.propose(), answers)
        while len(self._state_rows) < enough:
            found = evidence(self.propose(), self._continuations, answers)
            answers = {word: answers[word] for word in found}
            learned = sum(self._learn(each) for each in self._first_at_each_leaf(distinct(found.values())))
            if learned:
                refinements += learned
                self._hypothesis = None
            else:
                words = [word for word in self._inconsistent(self.propose()) if word not in tried]
                if not words:
                    break
                tried.update(words)
                answers = self._continuations.answers(words)
        return refinements

    def _learn(self, each: Evidence) -> int:
        """Add the new class of letters, or the new state, that a wrong transition shows; return how many (0 or 1)."""
        row = int(self._row_of[each.state, self._alike[each.letter]])
        if self._alike[each.letter] != each.letter and self._split_letter_class(each):
            return 1
        if self._node[row] != self._node[self._state_rows[each.target]] or row in self._state_rows:
            self._labels.contradictions += int(row in self._state_rows)  # the row is the target's own
            return 0
        self._separating[len(self._state_rows)] = each.suffix
        self._add_states(np.array([row]))
        return 1

    def _split_letter_class(self, each: Evidence) -> bool:
        """Move a letter, with those labelled like it, out of its class if its label differs from that of the class's letter.

        Returns
        -------
        Whether the labels differ.
        """
        asked = int(self._alike[each.letter])
        alike = np.flatnonzero(self._alike == asked)
        symbols, lengths = pack([(letter, *each.suffix) for letter in alike.tolist()])
        answers = self._continuations.last(np.full(len(alike), each.state), symbols, lengths)
        of_asked, of_letter = (answers[alike == letter][0] for letter in (asked, each.letter))
        if of_asked == of_letter:
            return False
        self._alike[alike[answers == of_letter]] = each.letter
        self._add_rows(np.arange(len(self._state_rows)), np.array([each.letter]))
        return True

    def _sort_and_split(self) -> None:
        """Sort all rows to leaves, and split leaves until each has one state.

        Raises
        ------
        BudgetExhausted : this needs more states than are allowed
        """
        if not len(self._state_rows):
            label = self._labels.of([()])[:, None]
            self._node[:], _ = self._tree.sort(self._node, label, np.ones(1, np.int64))
            self._add_states(np.zeros(1, np.int64))
        while True:
            self._sort()
            shared = self._shared_leaves()
            if not shared:
                return
            splits = {leaf: suffix for leaf, states in shared.items() if (suffix := self._separator(leaf, states)) is not None}
            if not splits:  # the successors are at equal leaves for all letters
                separating = {
                    leaf: min((self._separating[state] for state in states[1:]), key=shortlex) for leaf, states in shared.items()
                }
                leaf = min(separating, key=lambda leaf: shortlex(separating[leaf]))
                splits = {leaf: separating[leaf]}
            for leaf, suffix in splits.items():
                if self._tree.suffix_on_path(leaf, suffix):  # the teacher gave both states one label for this suffix
                    self._labels.contradictions += 1
                    self._duplicate[shared[leaf][1:]] = True
                else:
                    self._tree.split(leaf, suffix)

    def _sort(self) -> None:
        """Sort all rows down to leaves, level by level; the shortlex-least row at a leaf without a state becomes a state."""
        while len(rows := np.flatnonzero(self._tree.inner[self._node])):
            nodes = self._node[rows]
            suffixes, lengths = self._tree.suffixes(nodes)
            labels = self._ask(rows, suffixes, lengths)
            self._node[rows], leaves = self._tree.sort(nodes, labels, np.maximum(lengths, 1))
            if len(leaves):
                self._populate(leaves)

    def _populate(self, leaves: IntArray) -> None:
        """Give each of these leaves a state: an earlier one that was marked as equal to another, or a new one."""
        nodes = self._node[self._state_rows]
        for state in np.flatnonzero(self._duplicate & np.isin(nodes, leaves)).tolist():
            self._duplicate[state] = nodes[state] in nodes[~self._duplicate]
        empty = np.setdiff1d(leaves, nodes[~self._duplicate])
        if len(empty):
            self._add_states(np.array([self._least(leaf) for leaf in empty.tolist()], np.int64))

    def _ask(self, rows: IntArray, suffixes: IntArray, lengths: IntArray) -> IntArray:
        """Return the labels (n, longest) of rows (n,) along suffixes; for the empty suffix, the label of the row's word."""
        symbols = np.column_stack([self._letter[rows], suffixes])
        labels = np.zeros((len(rows), max(1, suffixes.shape[1])), np.int64)
        begin = int(rows[0] == 0)  # ε is not an access word followed by a letter
        if begin:
            labels[:1, : suffixes.shape[1]] = self._continuations.read(np.zeros(1, np.int64), suffixes[:1], lengths[:1])
        found = self._continuations.read(self._from[rows[begin:]], symbols[begin:], lengths[begin:] + 1)
        own = (lengths[begin:] == 0)[:, None]
        labels[begin:] = np.where(own, found[:, :1], found[:, 1:]) if suffixes.shape[1] else found
        return labels

    def _least(self, leaf: int) -> int:
        """Return the row at a leaf with the shortlex-least word."""
        rows = np.flatnonzero(self._node == leaf)
        lengths = self._lengths[self._from[rows]]
        rows = rows[lengths == lengths.min()]
        return int(min(rows.tolist(), key=lambda row: (self.access[self._from[row]], self._letter[row])))

    def _add_states(self, rows: IntArray) -> None:
        """Make states of rows (n,), with new rows for the letter of each class.

        Raises
        ------
        BudgetExhausted : there are more states than are allowed
        """
        if self._max_states is not None and len(self._state_rows) + len(rows) > self._max_states:
            raise BudgetExhausted("states")
        states = np.arange(len(rows)) + len(self._state_rows)
        if states[0]:
            self._continuations.add(self._from[rows], self._letter[rows])
        self._lengths = np.concatenate([self._lengths, [len(word) for word in self.access[states[0] :]]])
        self._state_rows = np.concatenate([self._state_rows, rows])
        self._duplicate = np.concatenate([self._duplicate, np.zeros(len(rows), bool)])
        self._row_of = np.concatenate([self._row_of, np.full((len(rows), len(self._alphabet)), -1)])
        self._add_rows(states, np.unique(self._alike))

    def _add_rows(self, states: IntArray, letters: IntArray) -> None:
        """Add the rows of states (n,) followed by letters (k,), at the root."""
        first, count = len(self._node), len(states) * len(letters)
        self._row_of[np.ix_(states, letters)] = first + np.arange(count).reshape(len(states), len(letters))
        self._from = np.concatenate([self._from, np.repeat(states, len(letters))])
        self._letter = np.concatenate([self._letter, np.tile(letters, len(states))])
        self._node = np.concatenate([self._node, np.full(count, ROOT)])

    def _shared_leaves(self) -> dict[int, list[int]]:
        """Return the leaves with several states, and these states."""
        nodes = self._node[self._state_rows]
        single = np.flatnonzero(~self._duplicate)
        order = single[np.argsort(nodes[single], kind="stable")]
        leaves, begins = np.unique(nodes[order], return_index=True)
        groups = zip(leaves.tolist(), np.split(order, begins[1:]), strict=True)
        return {leaf: states.tolist() for leaf, states in groups if len(states) > 1}

    def _separator(self, leaf: int, states: list[int]) -> Word | None:
        """Return a suffix that separates the first two states of a leaf: a letter, and then a suffix of the tree.

        It is the shortest one. Where the labels after all letters are known, it is the shortest of at least COUNTED letters, if
        there is one: it sorts rows into more children. A suffix of an ancestor of the leaf does not count. None if there is none.
        """
        letters = np.unique(self._alike)
        nodes = self._node[self._row_of[states[:2]][:, letters]]
        apart = np.flatnonzero(nodes[0] != nodes[1])
        suffixes = [(int(letters[i]), *self._tree.separator(int(nodes[0, i]), int(nodes[1, i]))) for i in apart.tolist()]
        new = [suffix for suffix in suffixes if not self._tree.suffix_on_path(leaf, suffix)]
        preferred = COUNTED if self._continuations.along else 1
        return min(new, key=lambda suffix: (-min(len(suffix), preferred), *shortlex(suffix)), default=None)

    def _read(self) -> DFA:
        """Return the DFA of the tree, when each leaf has one state."""
        state_at = np.zeros(len(self._tree.inner), np.int64)
        nodes = self._node[self._state_rows]
        state_at[nodes[~self._duplicate]] = np.flatnonzero(~self._duplicate)
        transitions = state_at[self._node[self._row_of[:, self._alike]]]
        labels = np.array([self._tree.label(node) for node in nodes.tolist()])
        return DFA(self._alphabet, transitions, labels, classes=self._labels.classes)

    def _inconsistent(self, hypothesis: DFA) -> list[Word]:
        """Return words that were queried for the tree and that the hypothesis labels differently; the shortest at each leaf."""
        wrong: dict[int, Word] = {}
        states = np.flatnonzero(~self._duplicate)
        child = self._node[self._state_rows[states]]
        while len(child):
            node, code = self._tree.above(child)
            states, child, node, code = (each[node != ROOT] for each in (states, child, node, code))
            if not len(child):
                break
            suffixes, lengths = self._tree.suffixes(node)
            paths = states_along(hypothesis, suffixes, states)
            for row in np.flatnonzero(self._tree.codes(hypothesis.labels[paths[:, 1:]], lengths)[0] != code).tolist():
                word = self.access[states[row]] + tuple(suffixes[row, : lengths[row]].tolist())
                leaf = int(states[row])
                wrong[leaf] = min(wrong.get(leaf, word), word, key=shortlex)
            child = node
        return sorted(wrong.values(), key=shortlex)

    def _first_at_each_leaf(self, found: list[Evidence]) -> list[Evidence]:
        """Return the first piece of evidence for each leaf, since all at one leaf may show the same new state."""
        return list({int(self._node[self._state_rows[each.target]]): each for each in reversed(found)}.values())
