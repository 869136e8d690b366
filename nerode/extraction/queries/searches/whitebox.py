"""The white-box search: it explores the states of a network and of the hypothesis in parallel.

Weiss, Goldberg, Yahav: Extracting automata from recurrent neural networks using queries and counterexamples (ICML 2018). Both
automata read words breadth-first. A partition of the network's state space is the abstraction: states in one cell are treated
as equal. The first word in a cell is explored further, and the cell belongs to this word's state of the hypothesis. When
another state of the hypothesis is met in the cell, there is a conflict. Either the hypothesis is wrong, and a word that
separates its two states is a counterexample after one of the prefixes; or the partition is too coarse, and it is refined. The
partition is kept for the whole extraction. Unlike in the paper, a whole frontier is read as one batch, in order.

If the search finds nothing, there may still be counterexamples that this abstraction hides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nerode.arrays import fetched
from nerode.automata.characterising import Separation, separation
from nerode.automata.dfa import DFA
from nerode.extraction.queries.labels import UNSURE, Labels
from nerode.extraction.queries.searches.base import BATCH
from nerode.extraction.queries.searches.partition import Partition
from nerode.extraction.queries.searches.reached import Reached
from nerode.protocols import SteppingTeacher, Teacher
from nerode.words import BoolArray, FloatArray, IntArray, Word, Words, shortlex

SCAN = 300  # short words queried first if the hypothesis has one state
WITNESSES = 4  # earlier words of a cell queried in a conflict: the nearest ones
FIRST = 256  # first words of a cell among which the nearest are sought
FURTHER = 50  # additional words explored when every cell has been explored
TOGETHER = 8  # additional words explored in one batch
MOST_NUMBERS = 2**26  # size of the states kept for the next round, as a count of numbers


def suits(teacher: Teacher) -> bool:
    """Return whether the teacher's states are floating-point vectors of one size.

    Other teachers do not fit: automata with numbered states are compared exactly, and states that grow with the word do not lie
    in one vector space.
    """
    if not isinstance(teacher, SteppingTeacher):
        return False
    start = teacher.start()
    after = teacher.advance(start, np.zeros(1, np.int64), np.zeros(1, np.int64))
    before, later = ([fetched(part) for part in states] for states in (start, after))
    return all(part.dtype.kind == "f" for part in before) and [p.shape for p in before] == [p.shape for p in later]


class WhiteBox:
    """The white-box search, for teachers that satisfy `suits`; see `Search`.

    Attributes
    ----------
    exhausted : whether the last call of `look` explored the whole abstraction and found nothing
    """

    name = "white-box"

    def __init__(self) -> None:
        self.exhausted = False
        self._reached: Reached | None = None
        self._partition = Partition()

    def look(self, hypothesis: DFA, labels: Labels, budget: int) -> Iterator[list[Word]]:
        """See `Search`; a batch is one frontier with counterexamples, or several frontiers without."""
        self.exhausted = False
        exploration = _Exploration(hypothesis, self._states_of(labels), self._partition, budget)
        shown, asked = False, labels.asked
        for found in exploration.run():
            if found or labels.asked - asked >= BATCH:
                shown, asked = shown or bool(found), labels.asked
                yield found
        self.exhausted = not shown and not exploration.spent

    def _states_of(self, labels: Labels) -> Reached:
        """Return the words and states read in earlier rounds, or a new trie if the teacher is new or the old trie too large."""
        known = self._reached
        if known is None or known.labels is not labels:
            self._partition = Partition()
        elif known.count * known.dimensions <= MOST_NUMBERS:
            return known
        teacher = labels.teacher
        assert isinstance(teacher, SteppingTeacher)
        self._reached = Reached(teacher, labels)
        return self._reached


@dataclass(frozen=True)
class _Conflict:
    """A conflict: a word whose cell belongs to another state of the hypothesis than the word's own."""

    node: int
    state: int
    vector: FloatArray  # (d,)
    cell: int


class _Exploration:
    """The exploration in one call of `look`: the owner of each cell, and what is left of the budget."""

    def __init__(self, hypothesis: DFA, reached: Reached, partition: Partition, budget: int) -> None:
        self.spent = budget < 1
        self._hypothesis = hypothesis
        self._reached = reached
        self._partition = partition
        self._most = reached.labels.asked + budget
        self._separation: Separation | None = None
        self._shown: set[int] = set()
        self._forget()

    def run(self) -> Iterator[list[Word]]:
        """Yield the counterexamples of each frontier, often none."""
        if self.spent:
            return
        yield self._words(self._starting())
        frontier, states = self._root()
        while len(frontier) and not self.spent:
            refined = self._partition.refined
            fresh, found = self._place(frontier, states)
            yield self._words(found)
            if self._partition.refined != refined:  # all cells have been replaced
                self._forget()
                frontier, states = self._root()
                continue
            frontier, states = frontier[fresh], states[fresh]
            if not len(frontier):
                frontier, states = self._additional()
            frontier, states = self._expand(frontier, states)
            wrong = self._wrong(frontier, states)
            yield self._words(frontier[wrong].tolist())
            frontier, states = frontier[~wrong], states[~wrong]

    @property
    def _left(self) -> int:
        return self._most - self._reached.labels.asked

    def _forget(self) -> None:
        self._owners = np.empty(0, np.int64)  # (cells,) state of the hypothesis, or −1
        self._firsts = np.empty(0, np.int64)  # (cells,) first node, which was explored
        self._kept: list[IntArray] = []  # nodes without conflict
        self._cells_of_kept: list[IntArray] = []  # cells of `_kept`
        self._also_explored: list[int] = []  # indices into `_kept` of additional nodes that were explored

    def _additional(self) -> tuple[IntArray, IntArray]:
        """Return additional words to explore: in each of a few cells, the one farthest from the cell's explored vectors."""
        kept, cells_of_kept = np.concatenate(self._kept), np.concatenate(self._cells_of_kept)
        vectors = self._reached.vectors(kept)
        distances = ((vectors - self._reached.vectors(self._firsts[cells_of_kept])) ** 2).sum(axis=1)
        for explored in self._also_explored:
            alike = np.flatnonzero(cells_of_kept == cells_of_kept[explored])
            to_explored = ((vectors[alike] - vectors[explored]) ** 2).sum(axis=1)
            distances[alike] = np.minimum(distances[alike], to_explored)
        order = np.argsort(-distances, kind="stable")
        order = order[: np.count_nonzero(distances)]
        chosen = order[np.sort(np.unique(cells_of_kept[order], return_index=True)[1])]
        chosen = chosen[: min(TOGETHER, FURTHER - len(self._also_explored))]
        self._also_explored.extend(chosen.tolist())
        return kept[chosen], self._owners[cells_of_kept[chosen]]

    def _root(self, count: int = 1) -> tuple[IntArray, IntArray]:
        return np.zeros(count, np.int64), np.full(count, self._hypothesis.initial)

    def _words(self, nodes: list[int]) -> list[Word]:
        """Return the words of the nodes that were not yielded before, in shortlex order."""
        new = set(nodes) - self._shown
        self._shown |= new
        return sorted((self._reached.word(node) for node in new), key=shortlex)

    def _wrong(self, nodes: IntArray, states: IntArray) -> BoolArray:
        """Return whether the classes of nodes (n,) are known and differ from those of the hypothesis' states (n,)."""
        classes = self._reached.classes(nodes)
        wrong: BoolArray = (classes != UNSURE) & (classes != self._hypothesis.labels[states])
        return wrong

    def _step(self, nodes: IntArray, states: IntArray, letters: IntArray) -> tuple[IntArray, IntArray]:
        return self._reached.step(nodes, letters), self._hypothesis.transitions[states, letters]

    def _expand(self, nodes: IntArray, states: IntArray, most: int | None = None) -> tuple[IntArray, IntArray]:
        """Return the children of nodes (n,) and their states, in order: at most `most`, and as many as the budget allows."""
        letters = len(self._hypothesis.alphabet)
        nodes, states, symbols = np.repeat(nodes, letters), np.repeat(states, letters), np.tile(np.arange(letters), len(nodes))
        nodes, states, symbols = nodes[:most], states[:most], symbols[:most]
        count = self._reached.affordable(nodes, symbols, self._left)
        self.spent |= count < len(nodes)
        return self._step(nodes[:count], states[:count], symbols[:count])

    def _follow(self, nodes: IntArray, states: IntArray, words: Words) -> tuple[IntArray, IntArray]:
        """Return the nodes and the states to which words (n,) lead from nodes (n,) and states (n,)."""
        nodes, states = nodes.copy(), states.copy()
        for place in range(max(map(len, words))):
            rows = [row for row, word in enumerate(words) if len(word) > place]
            letters = np.array([words[row][place] for row in rows], np.int64)
            nodes[rows], states[rows] = self._step(nodes[rows], states[rows], letters)
        return nodes, states

    def _starting(self) -> list[int]:
        """Return ε, if it is a counterexample; if the hypothesis has one state, also a short word of each other class.

        With one state of the hypothesis there are no conflicts, and the exploration would end at once.
        """
        nodes, states = self._root()
        found: list[int] = nodes[self._wrong(nodes, states)].tolist()
        if self._hypothesis.states > 1:
            return found
        (nodes, states), left = self._root(), SCAN
        while len(nodes) and not found:
            nodes, states = self._expand(nodes, states, left)
            left -= len(nodes)
            wrong = nodes[self._wrong(nodes, states)]
            found = wrong[np.unique(self._reached.classes(wrong), return_index=True)[1]].tolist()
        return found

    def _place(self, nodes: IntArray, states: IntArray) -> tuple[IntArray, list[int]]:
        """Put nodes (n,) into the cells of their vectors, and settle conflicts.

        Returns
        -------
        The rows that are the first in their cells, ascending, and the nodes that are counterexamples. Some nodes stay without
        a cell if there are counterexamples, if the budget is spent, or if all cells have been replaced.
        """
        vectors, refined = self._reached.vectors(nodes), self._partition.refined
        open_rows, fresh = np.arange(len(nodes)), [np.empty(0, np.int64)]
        found: list[int] = []
        while len(open_rows) and not found and not self.spent and self._partition.refined == refined:
            cells = self._partition.locate(vectors[open_rows])
            new = np.full(self._partition.cells - len(self._owners), -1)
            self._owners, self._firsts = np.concatenate([self._owners, new]), np.concatenate([self._firsts, new])
            met, first = np.unique(cells, return_index=True)
            free = self._owners[met] < 0
            firsts = open_rows[first[free]]
            self._owners[met[free]], self._firsts[met[free]] = states[firsts], nodes[firsts]
            fresh.append(firsts)
            fits = self._owners[cells] == states[open_rows]
            self._kept.append(nodes[open_rows[fits]])
            self._cells_of_kept.append(cells[fits])
            open_rows, cells = open_rows[~fits], cells[~fits]
            if len(open_rows):
                pairs = cells * self._hypothesis.states + states[open_rows]
                first = np.sort(np.unique(pairs, return_index=True)[1])  # of each cell and state
                conflicts = [
                    _Conflict(int(nodes[row]), int(states[row]), vectors[row], cell)
                    for row, cell in zip(open_rows[first].tolist(), cells[first].tolist(), strict=True)
                ]
                found, settled = self._settle(conflicts)
                open_rows = np.delete(open_rows, first[settled])
        return np.sort(np.concatenate(fresh)), found

    def _settle(self, conflicts: list[_Conflict]) -> tuple[list[int], list[int]]:
        """Query the separating words of conflicts, and refine the partition where these show no counterexample.

        Returns
        -------
        The nodes that are counterexamples, and the indices of the conflicts that are done; the words of the other conflicts
        have a new cell.
        """
        self._separation = self._separation or separation(self._hypothesis)
        kept, cells_of_kept = np.concatenate(self._kept), np.concatenate(self._cells_of_kept)
        here = {cell: kept[np.flatnonzero(cells_of_kept == cell)[:FIRST]] for cell in {conflict.cell for conflict in conflicts}}
        vectors = {cell: self._reached.vectors(nodes) for cell, nodes in here.items()}
        groups, words, beginnings, nearest = [], [], [], []
        for conflict in conflicts:
            order = np.argsort(((vectors[conflict.cell] - conflict.vector) ** 2).sum(axis=1), kind="stable")[:WITNESSES]
            owner = int(self._owners[conflict.cell])
            groups.append(np.append(conflict.node, here[conflict.cell][order]))
            beginnings.append([conflict.state] + [owner] * len(order))
            words.extend([self._separation.word(owner, conflict.state)] * (1 + len(order)))
            nearest.append(vectors[conflict.cell][order[0]])
        ends, states = self._follow(np.concatenate(groups), np.concatenate(beginnings), words)
        if self._reached.unread(ends) > self._left:
            self.spent = True
            return [], []
        wrong, unsure = self._wrong(ends, states), self._reached.classes(ends) == UNSURE
        settled = []
        begins = np.cumsum([0, *map(len, groups)]).tolist()
        for place, (conflict, near, begin, end) in enumerate(zip(conflicts, nearest, begins, begins[1:], strict=False)):
            if wrong[begin:end].any():
                settled.append(place)
            elif not self._separated(conflict, near):
                settled.append(place)
                if np.array_equal(conflict.vector, near) and not unsure[begin:end].any():
                    self._reached.labels.contradictions += 1  # one state, two labels
        return ends[wrong].tolist(), settled

    def _separated(self, conflict: _Conflict, near: FloatArray) -> bool:
        """Return whether the vector is in another cell than before, after a split if one is needed."""
        if int(self._partition.locate(conflict.vector[None])[0]) != conflict.cell:
            return True  # an earlier split moved it
        return self._partition.split(conflict.cell, conflict.vector, near)
