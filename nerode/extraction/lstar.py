"""L*: a minimal DFA from labels, on an observation table that is a Hankel block.

Angluin: Learning regular sets from queries and counterexamples, Information and Computation 75 (1987); counterexamples
are used as in Rivest and Schapire: Inference of finite automata using homing sequences (1993), so that access words
always have distinct rows and the table is consistent at all times.
"""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.operations import minimise
from nerode.errors import BudgetExhausted
from nerode.extraction.counterexamples import distinguishing_suffix
from nerode.extraction.hankel import HankelTable
from nerode.extraction.searches import InTurn
from nerode.links import Multiclass
from nerode.protocols import Teacher
from nerode.words import IntArray, Word, shortlex

NO_COUNTEREXAMPLE = "no counterexample"
STALLED = "stalled"


class LStar:
    """The observation table: access words and their extensions by a letter, against suffixes, compared by labels.

    Parameters
    ----------
    teacher : a classifier
    states : no hypothesis has more states
    """

    def __init__(self, teacher: Teacher, states: int | None = None) -> None:
        self._table = HankelTable(teacher, suffixes=[()])
        self._most = states
        self._letters = range(len(teacher.alphabet))
        self.access: list[Word] = [()]
        self._hypothesis: DFA | None = None

    def propose(self) -> DFA:
        """Close the table and read the hypothesis from it.

        All rows that are missing are asked in one batch, and all new states that a batch shows are taken up together.

        Raises
        ------
        BudgetExhausted : closing the table takes more states than are allowed
        """
        while True:
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
                return self._hypothesis
            if self._most is not None and len(self.access) + len(new) > self._most:
                raise BudgetExhausted("states")
            self.access.extend(new.values())

    def refine(self, counterexample: Word) -> bool:
        """Add the suffix of a counterexample that splits a state.

        Returns
        -------
        False where the word taught nothing: the teacher's answers contradict each other along it, as those of a network
        near its threshold can.
        """
        hypothesis = self._hypothesis or self.propose()
        suffix = distinguishing_suffix(hypothesis, self.access, self._table.teacher, counterexample)
        if suffix is None or suffix in self._table.suffixes:
            return False
        self._table.add(suffixes=[suffix])
        self._hypothesis = None
        return True

    def _row_of_labels(self) -> dict[Word, bytes]:
        labels = self._labels().astype(np.int32)
        return {word: labels[row].tobytes() for word, row in self._table.rows.items()}

    def _labels(self) -> IntArray:
        """Labels (rows, suffixes) of the whole table."""
        values = self._table.values
        return self._table.teacher.link.labels(values.reshape(-1, values.shape[2])).reshape(values.shape[:2])

    def _read(self, rows: dict[Word, bytes], known: dict[bytes, int]) -> DFA:
        teacher = self._table.teacher
        labels = self._labels()[:, self._table.suffixes[()]]
        return DFA(
            teacher.alphabet,
            np.array([[known[rows[(*word, letter)]] for letter in self._letters] for word in self.access]),
            labels[[self._table.rows[word] for word in self.access]],
            classes=teacher.width if isinstance(teacher.link, Multiclass) else 2,
        )


def lstar_rounds(teacher: Teacher, search: InTurn, effort: int, states: int | None = None) -> Generator[DFA, None, str]:
    """Propose, search, refine; each round yields its hypothesis, minimal.

    Parameters
    ----------
    search : looks for counterexamples
    effort : words that each part of the search may ask a round
    states : no hypothesis has more states

    Returns
    -------
    The reason why there is no further round, as the value of the generator.

    Raises
    ------
    BudgetExhausted : the next hypothesis would have more states than allowed
    """
    learner = LStar(teacher, states)
    while True:
        hypothesis = minimise(learner.propose())
        yield hypothesis
        counterexamples = search.find(hypothesis, teacher, effort)
        if not counterexamples:
            return NO_COUNTEREXAMPLE
        if not any(learner.refine(word) for word in counterexamples):
            return STALLED
