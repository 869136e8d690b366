"""L*: a minimal DFA from labels, on an observation table that is a Hankel block.

Angluin: Learning regular sets from queries and counterexamples, Information and Computation 75 (1987); counterexamples
are used as in Rivest and Schapire: Inference of finite automata using homing sequences (1993), so that access words
always have distinct rows and the table is consistent at all times.
"""

from __future__ import annotations

import numpy as np

from nerode.automata.dfa import DFA
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.hankel.tables import HankelTable
from nerode.extraction.queries.continuations import Continuations
from nerode.extraction.queries.counterexamples import disowned, distinct, evidence, outgrown
from nerode.extraction.queries.labels import UNSURE, Labels
from nerode.words import IntArray, Word, Words, shortlex


class LStar:
    """The observation table: access words and their extensions by a letter, against suffixes, compared by labels.

    Parameters
    ----------
    labels : asks the teacher
    states : no hypothesis has more states

    Raises
    ------
    InputError : a band of margins that are no evidence: each cell of the table needs a label
    """

    def __init__(self, labels: Labels, states: int | None = None) -> None:
        if labels.band:
            raise InputError("an observation table cannot leave words out; take the tree learner, or a band of 0")
        self._labels = labels
        self._table = HankelTable(labels.teacher, suffixes=[()])
        self._continuations = Continuations(labels)
        self._most = states
        self._letters = range(len(labels.teacher.alphabet))
        self._hypothesis: DFA | None = None

    @property
    def access(self) -> list[Word]:
        """The access words, in the order of the states."""
        return self._continuations.access

    def propose(self) -> DFA:
        """Close the table and read the hypothesis from it.

        All rows that are missing are asked in one batch, and all new states that a batch shows are taken up together.

        Raises
        ------
        BudgetExhausted : closing the table takes more states than are allowed
        """
        while self._hypothesis is None:
            extended = [(*word, letter) for word in self.access for letter in self._letters]
            self._table.add([*self.access, *extended])
            rows = self._row_of_labels()
            known = {rows[word]: state for state, word in enumerate(self.access)}
            new: dict[bytes, Word] = {}
            for word in sorted(extended, key=shortlex):
                if rows[word] not in known:
                    new.setdefault(rows[word], word)
            if not new:
                self._hypothesis = self._read(rows, known)
                break
            if self._most is not None and len(self.access) + len(new) > self._most:
                raise BudgetExhausted("states")
            states = {word: state for state, word in enumerate(self.access)}
            parents, letters = zip(*((states[word[:-1]], word[-1]) for word in new.values()), strict=True)
            self._continuations.add(np.array(parents), np.array(letters))
        return self._hypothesis

    def refine(self, words: Words) -> int:
        """Add the suffixes of counterexamples that split states, till they teach no more or the hypothesis has outgrown itself.

        Returns
        -------
        How many suffixes they showed; 0 where the teacher's answers contradict each other along all of them, as those of a
        network near its threshold can.
        """
        taught, enough = 0, outgrown(len(self.access))
        answers = self._continuations.answers(words)
        self._labels.contradictions += disowned(self.propose(), answers)
        while answers and self.propose().states < enough:
            found = evidence(self.propose(), self._continuations, answers)
            answers = {word: answers[word] for word in found}
            shown = {each.suffix for each in distinct(found.values())}
            suffixes = shown - set(self._table.suffixes)
            self._labels.contradictions += len(shown) - len(suffixes)  # in the table they tell those rows from no other
            if not suffixes:
                break
            taught += len(suffixes)
            self._table.add(suffixes=sorted(suffixes, key=shortlex))
            self._hypothesis = None
        return taught

    def _row_of_labels(self) -> dict[Word, bytes]:
        labels = self._all_labels().astype(np.int32)
        return {word: labels[row].tobytes() for word, row in self._table.rows.items()}

    def _all_labels(self) -> IntArray:
        """Labels (rows, suffixes) of the whole table."""
        values = self._table.values
        labels = self._labels.read(values.reshape(-1, values.shape[2]))
        if (labels == UNSURE).any():
            raise InputError("the scores of some words are no numbers, and a table cannot leave them out; take the tree learner")
        return labels.reshape(values.shape[:2])

    def _read(self, rows: dict[Word, bytes], known: dict[bytes, int]) -> DFA:
        labels = self._all_labels()[:, self._table.suffixes[()]]
        return DFA(
            self._labels.teacher.alphabet,
            np.array([[known[rows[(*word, letter)]] for letter in self._letters] for word in self.access]),
            labels[[self._table.rows[word] for word in self.access]],
            classes=self._labels.classes,
        )
