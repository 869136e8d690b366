"""Query learning on a discrimination tree that holds no redundant suffixes.

Kearns and Vazirani: An introduction to computational learning theory (1994), made redundancy-free as by Isberner, Howar and
Steffen: The TTT algorithm (2014): a suffix that a counterexample shows only proves that there is one more state. What tells
that state apart in the tree is a letter and a suffix that the tree already has, wherever the states' successors differ. All
questions that are open at a time are asked together: every transition that has not arrived at a leaf goes down a level.
"""

from __future__ import annotations

import numpy as np

from nerode.automata.dfa import DFA
from nerode.errors import BudgetExhausted
from nerode.extraction.queries.continuations import Continuations
from nerode.extraction.queries.counterexamples import Evidence, disowned, distinct, evidence, outgrown, states_along
from nerode.extraction.queries.discrimination_tree import ROOT, TOLD, DiscriminationTree
from nerode.extraction.queries.labels import Labels
from nerode.words import IntArray, Word, Words, pack, shortlex


class TreeLearner:
    """Access words at the leaves of a discrimination tree, and a transition for each and each letter.

    Parameters
    ----------
    labels : asks the teacher
    states : no hypothesis has more states
    letter_classes : letters are taken to be alike until a counterexample tells them apart; one of each class is asked

    Attributes
    ----------
    words : words read, each from an access word on
    """

    def __init__(self, labels: Labels, states: int | None = None, letter_classes: bool = False) -> None:
        self._labels = labels
        self._most = states
        self._alphabet = labels.teacher.alphabet
        self._continuations = Continuations(labels)
        self._tree = DiscriminationTree(labels.classes, self._continuations.along)
        letters = len(self._alphabet)
        self._alike = np.zeros(letters, np.int64) if letter_classes else np.arange(letters)  # the letter asked for each
        # rows: ε, and access words longer by a letter; those that became access words belong to a state
        self._from = np.zeros(1, np.int64)
        self._letter = np.zeros(1, np.int64)
        self._node = np.full(1, ROOT)
        self._row_of = np.full((0, letters), -1)  # (states, letters)
        self._state_rows = np.zeros(0, np.int64)  # the row of each state
        self._double = np.zeros(0, bool)  # states that the teacher, contradicting itself, tells from no other any more
        self._lengths = np.zeros(0, np.int64)
        self._proof: dict[int, Word] = {}  # of each state that a counterexample showed: what tells it from that of its leaf
        self._hypothesis: DFA | None = None

    @property
    def access(self) -> list[Word]:
        """The access words, of which later ones may be shorter."""
        return self._continuations.access

    @property
    def words(self) -> int:
        return self._continuations.words

    def propose(self) -> DFA:
        """The hypothesis: complete, states in the order of `access`, which need not all be reachable nor differ.

        Raises
        ------
        BudgetExhausted : it takes more states than are allowed
        """
        if self._hypothesis is None:
            self._settle()
            self._hypothesis = self._read()
        return self._hypothesis

    def refine(self, words: Words) -> int:
        """Learn from counterexamples, each till it teaches no more, but no longer than till the hypothesis has outgrown itself.

        Returns
        -------
        How many states and classes of letters they showed; 0 where the teacher's answers contradict each other along all of
        them, as those of a network near its threshold can.
        """
        taught, enough = 0, outgrown(len(self._state_rows))
        tried: set[Word] = set()  # words that the hypothesis contradicts although it was built on them
        answers = self._continuations.answers(words)
        self._labels.contradictions += disowned(self.propose(), answers)
        while len(self._state_rows) < enough:
            found = evidence(self.propose(), self._continuations, answers)
            answers = {word: answers[word] for word in found}
            learned = sum(self._learn(each) for each in self._one_a_leaf(distinct(found.values())))
            if learned:
                taught += learned
                self._hypothesis = None
            else:
                words = [word for word in self._inconsistent(self.propose()) if word not in tried]
                if not words:
                    break
                tried.update(words)
                answers = self._continuations.answers(words)
        return taught

    def _learn(self, each: Evidence) -> int:
        """Take up what a transition that leads to a wrong state shows: another class of letters, or another state."""
        row = int(self._row_of[each.state, self._alike[each.letter]])
        if self._alike[each.letter] != each.letter and self._part_letters(each):
            return 1
        if self._node[row] != self._node[self._state_rows[each.target]] or row in self._state_rows:
            self._labels.contradictions += int(row in self._state_rows)  # it is that very state
            return 0
        self._proof[len(self._state_rows)] = each.suffix
        self._add_states(np.array([row]))
        return 1

    def _part_letters(self, each: Evidence) -> bool:
        """Part a letter from the one that is asked in its place, with others that answer as it does; whether it must be."""
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

    def _settle(self) -> None:
        """Sort all rows to leaves, and split leaves until each has one state.

        Raises
        ------
        BudgetExhausted : it takes more states than are allowed
        """
        if not len(self._state_rows):
            label = self._labels.of([()])[:, None]
            self._node[:], _ = self._tree.sort(self._node, label, np.ones(1, np.int64))
            self._add_states(np.zeros(1, np.int64))
        while True:
            self._sort()
            crowded = self._crowded()
            if not crowded:
                return
            splits = {leaf: suffix for leaf, states in crowded.items() if (suffix := self._separator(leaf, states)) is not None}
            if not splits:  # no letter leads the states of any of these leaves apart
                proofs = {
                    leaf: min((self._proof[state] for state in states[1:]), key=shortlex) for leaf, states in crowded.items()
                }
                leaf = min(proofs, key=lambda leaf: shortlex(proofs[leaf]))
                splits = {leaf: proofs[leaf]}
            for leaf, suffix in splits.items():
                if self._tree.asked_on_the_way(leaf, suffix):  # it did not tell them apart, although it should have
                    self._labels.contradictions += 1
                    self._double[crowded[leaf][1:]] = True
                else:
                    self._tree.split(leaf, suffix)

    def _sort(self) -> None:
        """Send all rows on to leaves, level by level; where no state is at a new leaf, its shortlex least row becomes one."""
        while len(rows := np.flatnonzero(self._tree.inner[self._node])):
            nodes = self._node[rows]
            suffixes, lengths = self._tree.suffixes(nodes)
            labels = self._ask(rows, suffixes, lengths)
            self._node[rows], leaves = self._tree.sort(nodes, labels, np.maximum(lengths, 1))
            if len(leaves):
                self._settle_down(leaves)

    def _settle_down(self, leaves: IntArray) -> None:
        """Give each of these leaves a state: one that was a double of another, or a new one."""
        nodes = self._node[self._state_rows]
        for state in np.flatnonzero(self._double & np.isin(nodes, leaves)).tolist():
            self._double[state] = nodes[state] in nodes[~self._double]
        empty = np.setdiff1d(leaves, nodes[~self._double])
        if len(empty):
            self._add_states(np.array([self._least(leaf) for leaf in empty.tolist()], np.int64))

    def _ask(self, rows: IntArray, suffixes: IntArray, lengths: IntArray) -> IntArray:
        """Labels (n, longest) of rows (n,) read on by suffixes; after the empty one their own."""
        symbols = np.column_stack([self._letter[rows], suffixes])
        labels = np.zeros((len(rows), max(1, suffixes.shape[1])), np.int64)
        begin = int(rows[0] == 0)  # ε, which no letter leads to
        if begin:
            labels[:1, : suffixes.shape[1]] = self._continuations.read(np.zeros(1, np.int64), suffixes[:1], lengths[:1])
        found = self._continuations.read(self._from[rows[begin:]], symbols[begin:], lengths[begin:] + 1)
        own = (lengths[begin:] == 0)[:, None]
        labels[begin:] = np.where(own, found[:, :1], found[:, 1:]) if suffixes.shape[1] else found
        return labels

    def _least(self, leaf: int) -> int:
        """The row at a leaf whose word is the shortlex least."""
        rows = np.flatnonzero(self._node == leaf)
        lengths = self._lengths[self._from[rows]]
        rows = rows[lengths == lengths.min()]
        return int(min(rows.tolist(), key=lambda row: (self.access[self._from[row]], self._letter[row])))

    def _add_states(self, rows: IntArray) -> None:
        """Rows (n,) become access words, with a row for each letter that is asked."""
        if self._most is not None and len(self._state_rows) + len(rows) > self._most:
            raise BudgetExhausted("states")
        states = np.arange(len(rows)) + len(self._state_rows)
        if states[0]:
            self._continuations.add(self._from[rows], self._letter[rows])
        self._lengths = np.concatenate([self._lengths, [len(word) for word in self.access[states[0] :]]])
        self._state_rows = np.concatenate([self._state_rows, rows])
        self._double = np.concatenate([self._double, np.zeros(len(rows), bool)])
        self._row_of = np.concatenate([self._row_of, np.full((len(rows), len(self._alphabet)), -1)])
        self._add_rows(states, np.unique(self._alike))

    def _add_rows(self, states: IntArray, letters: IntArray) -> None:
        first, count = len(self._node), len(states) * len(letters)
        self._row_of[np.ix_(states, letters)] = first + np.arange(count).reshape(len(states), len(letters))
        self._from = np.concatenate([self._from, np.repeat(states, len(letters))])
        self._letter = np.concatenate([self._letter, np.tile(letters, len(states))])
        self._node = np.concatenate([self._node, np.full(count, ROOT)])

    def _crowded(self) -> dict[int, list[int]]:
        """The leaves that hold several states, and which."""
        nodes = self._node[self._state_rows]
        single = np.flatnonzero(~self._double)
        order = single[np.argsort(nodes[single], kind="stable")]
        leaves, begins = np.unique(nodes[order], return_index=True)
        groups = zip(leaves.tolist(), np.split(order, begins[1:]), strict=True)
        return {leaf: states.tolist() for leaf, states in groups if len(states) > 1}

    def _separator(self, leaf: int, states: list[int]) -> Word | None:
        """A suffix that tells the first two states of a leaf apart: a letter, and then one of the tree.

        The shortest is taken; where labels after all letters of it are known, the shortest that has TOLD letters, since it
        sorts rows into more children.
        """
        letters = np.unique(self._alike)
        nodes = self._node[self._row_of[states[:2]][:, letters]]
        apart = np.flatnonzero(nodes[0] != nodes[1])
        suffixes = [(int(letters[i]), *self._tree.separator(int(nodes[0, i]), int(nodes[1, i]))) for i in apart.tolist()]
        new = [suffix for suffix in suffixes if not self._tree.asked_on_the_way(leaf, suffix)]
        told = TOLD if self._continuations.along else 1
        return min(new, key=lambda suffix: (-min(len(suffix), told), *shortlex(suffix)), default=None)

    def _read(self) -> DFA:
        state_at = np.zeros(len(self._tree.inner), np.int64)
        nodes = self._node[self._state_rows]
        state_at[nodes[~self._double]] = np.flatnonzero(~self._double)
        transitions = state_at[self._node[self._row_of[:, self._alike]]]
        labels = np.array([self._tree.label(node) for node in nodes.tolist()])
        return DFA(self._alphabet, transitions, labels, classes=self._labels.classes)

    def _inconsistent(self, hypothesis: DFA) -> list[Word]:
        """Words that were asked when the tree was built and that the hypothesis labels otherwise; the shortest at each leaf."""
        wrong: dict[int, Word] = {}
        states = np.flatnonzero(~self._double)
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

    def _one_a_leaf(self, found: list[Evidence]) -> list[Evidence]:
        """Of those that show another state at one leaf only the first: they may all show the same."""
        return list({int(self._node[self._state_rows[each.target]]): each for each in reversed(found)}.values())
