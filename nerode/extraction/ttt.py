"""Query learning on a discrimination tree that holds no redundant suffixes.

Kearns and Vazirani: An introduction to computational learning theory (1994), made redundancy-free as by Isberner, Howar and
Steffen: The TTT algorithm (2014): a suffix that a counterexample shows only proves that there is one more state. What tells that
state apart in the tree is a letter and a suffix that the tree already has, wherever the states' successors differ. All questions that
are open at a time are asked together: every transition that has not arrived at a leaf goes down a level.
"""

from __future__ import annotations

import numpy as np

from nerode.automata.dfa import DFA
from nerode.errors import BudgetExhausted
from nerode.extraction.continuations import Continuations
from nerode.extraction.counterexamples import Evidence, distinct, evidence, states_along
from nerode.extraction.labels import Labels
from nerode.extraction.tree import ROOT, DiscriminationTree
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
        """Learn from counterexamples, all of them and each till it teaches no more.

        Returns
        -------
        How many states and classes of letters they showed; 0 where the teacher's answers contradict each other along all of
        them, as those of a network near its threshold can.
        """
        taught = 0
        while words:
            hypothesis = self.propose()
            found = evidence(hypothesis, self._continuations, self._labels, words)
            words = [word for word, each in zip(words, found, strict=True) if each is not None]
            learned = sum(self._learn(each) for each in self._one_a_leaf(distinct(found)))
            if not learned:
                break
            taught += learned
            self._hypothesis = None
            words = words + self._inconsistent(self.propose())
        return taught
