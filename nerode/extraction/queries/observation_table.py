"""L*: learn a minimal DFA from membership queries with an observation table, which is a Hankel block.

Angluin: Learning regular sets from queries and counterexamples, Information and Computation 75 (1987). Counterexamples
are used as in Rivest and Schapire: Inference of finite automata using homing sequences, Information and Computation 103
(1993). Access words therefore always have distinct rows, and the table is always consistent.
"""

from __future__ import annotations

import numpy as np

from nerode.automata.dfa import DFA
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.hankel.tables import HankelTable
from nerode.extraction.queries.continuations import Continuations
from nerode.extraction.queries.counterexamples import count_contradictions, distinct, evidence, growth_limit
from nerode.extraction.queries.labels import UNSURE, Labels
from nerode.protocols import longest_of
from nerode.words import IntArray, Word, Words, shortlex


class LStar:
    """The L* learner.

    The rows of its observation table are the access words and their extensions by one letter; the columns are suffixes. The
    teacher may not read some words of the table, because they have too many letters. An extension then gets the row of the first
    access word that agrees with it where both are known.

    Parameters
    ----------
    labels : labels of the teacher
    states : largest number of states of a hypothesis, None without a limit

    Raises
    ------
    InputError : `labels` has a band; each cell of the table needs a label
    """

    def __init__(self, labels: Labels, states: int | None = None) -> None:
        if labels.band:
            raise InputError("an observation table cannot leave words out; take the tree learner, or a band of 0")
        self._labels = labels
        self._table = HankelTable(labels.teacher, suffixes=[()])
        self._continuations = Continuations(labels)
        self._max_states = states
        self._letters = range(len(labels.teacher.alphabet))
        self._hypothesis: DFA | None = None

    @property
    def access(self) -> list[Word]:
        """The access words, in the order of the states."""
        return self._continuations.access

    def propose(self) -> DFA:
        """Close the table, and return its hypothesis.

        One batch of queries fills all missing rows, and all new states that it shows are added together.

        Raises
        ------
        BudgetExhausted : the closed table has more states than are allowed
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
            if self._max_states is not None and len(self.access) + len(new) > self._max_states:
                raise BudgetExhausted("states")
            states = {word: state for state, word in enumerate(self.access)}
            parents, letters = zip(*((states[word[:-1]], word[-1]) for word in new.values()), strict=True)
            self._continuations.add(np.array(parents), np.array(letters))
        return self._hypothesis

    def refine(self, words: Words) -> int:
        """Add suffixes from counterexamples, until these show no new suffix or the hypothesis has grown enough (`growth_limit`).

        Returns
        -------
        The number of suffixes added. It is 0 if the teacher contradicts itself along all counterexamples, as a network near its
        threshold can.
        """
        refinements, enough = 0, growth_limit(len(self.access))
        answers = self._continuations.answers(words)
        self._labels.contradictions += count_contradictions(self.propose(), answers)
        while answers and self.propose().states < enough:
            found = evidence(self.propose(), self._continuations, answers)
            answers = {word: answers[word] for word in found}
            shown = {each.suffix for each in distinct(found.values())}
            suffixes = shown - set(self._table.suffixes)
            self._labels.contradictions += len(shown) - len(suffixes)  # the table has them, with equal labels
            if not suffixes:
                break
            refinements += len(suffixes)
            self._table.add(suffixes=sorted(suffixes, key=shortlex))
            self._hypothesis = None
        return refinements

    def _row_of_labels(self) -> dict[Word, bytes]:
        """Return the labels in the row of each word, as bytes that can be compared and hashed."""
        labels = self._all_labels().astype(np.int32)
        if (labels == UNSURE).any():
            access = [self._table.rows[word] for word in self.access]
            for row in sorted(set(range(len(labels))) - set(access)):
                known = (labels[row] != UNSURE) & (labels[access] != UNSURE)
                agrees = np.flatnonzero(((labels[access] == labels[row]) | ~known).all(axis=1))
                if len(agrees):
                    labels[row] = labels[access[agrees[0]]]
        return {word: labels[row].tobytes() for word, row in self._table.rows.items()}

    def _all_labels(self) -> IntArray:
        """Return the labels (rows, suffixes) of the whole table; UNSURE for words that the teacher does not read.

        Raises
        ------
        InputError : some scores of words that it reads are NaN
        """
        values = self._table.values
        labels = self._labels.read(values.reshape(-1, values.shape[2])).reshape(values.shape[:2])
        prefixes, suffixes = ([len(word) for word in words] for words in (self._table.rows, self._table.suffixes))
        most = longest_of(self._labels.teacher)
        if ((labels == UNSURE) & (True if most is None else np.add.outer(prefixes, suffixes) <= most)).any():
            raise InputError("the scores of some words are no numbers, and a table cannot leave them out; take the tree learner")
        return labels

    def _read(self, rows: dict[Word, bytes], known: dict[bytes, int]) -> DFA:
        """Return the DFA of a closed table, from the row of each word and the state of each row."""
        labels = self._all_labels()[:, self._table.suffixes[()]]
        return DFA(
            self._labels.teacher.alphabet,
            np.array([[known[rows[(*word, letter)]] for letter in self._letters] for word in self.access]),
            labels[[self._table.rows[word] for word in self.access]],
            classes=self._labels.classes,
        )
