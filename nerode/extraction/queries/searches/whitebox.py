"""The white-box search: the states of a network are explored beside those of the hypothesis.

Weiss, Goldberg, Yahav: Extracting automata from recurrent neural networks using queries and counterexamples (ICML 2018). Words
are read breadth-first by both. A partition of the network's states into cells says which of them are taken for one: a cell
belongs to the hypothesis' state that was first met in it, and is explored from once. Where another state of the hypothesis is
met in a cell, either the hypothesis is wrong, and a word that tells its two states apart shows it, or the partition is too
coarse there and is refined. It is kept for the whole extraction. Here a whole frontier is read at once; what comes first in it
is handled first.

That nothing is found means that nothing is found at this abstraction, and no more.
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

SCAN = 300  # short words tried, where the hypothesis knows one class only
WITNESSES = 4  # earlier words in a cell that are asked when another state of the hypothesis is met there
FIRST = 256  # of so many that came first into the cell, the nearest
FURTHER = 50  # words that are explored from although their cells were, once these show nothing more
TOGETHER = 8  # of them at a time
MOST_NUMBERS = 2**26  # of states that are kept from one round for the next


def suits(teacher: Teacher) -> bool:
    """Whether the teacher keeps states that are floating-point numbers, as many after each word.

    Automata with numbered states are compared exactly, and states that grow with the word have no common space.
    """
    if not isinstance(teacher, SteppingTeacher):
        return False
    start = teacher.start()
    after = teacher.advance(start, np.zeros(1, np.int64), np.zeros(1, np.int64))
    before, later = ([fetched(part) for part in states] for states in (start, after))
    return all(part.dtype.kind == "f" for part in before) and [p.shape for p in before] == [p.shape for p in later]


class WhiteBox:
    """Explores the states of a teacher that `suits`; see `Search`.

    Parameters
    ----------
    exhausted : whether the last look came to its end: nothing was left to explore at its abstraction, nor anything found
    """

    name = "white-box"

    def __init__(self) -> None:
        self.exhausted = False
        self._reached: Reached | None = None
        self._partition = Partition()

    def look(self, hypothesis: DFA, labels: Labels, budget: int) -> Iterator[list[Word]]:
        """See `Search`; a batch is a frontier that shows something, or several that do not."""
        self.exhausted = False
        exploration = _Exploration(hypothesis, self._states_of(labels), self._partition, budget)
        shown, asked = False, labels.asked
        for found in exploration.run():
            if found or labels.asked - asked >= BATCH:
                shown, asked = shown or bool(found), labels.asked
                yield found
        self.exhausted = not shown and not exploration.spent

    def _states_of(self, labels: Labels) -> Reached:
        """What is known of the teacher from earlier rounds, if it is the same and that is not too much to keep."""
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
class _Meeting:
    """A word whose vector lies in a cell that belongs to another state of the hypothesis than its own."""

    node: int
    state: int
    vector: FloatArray  # (d,)
    cell: int


class _Exploration:
    """One look: which states of the hypothesis own which cells, and what is left of the budget."""

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
        """The counterexamples of each frontier, often none."""
        if self.spent:
            return
        yield self._words(self._starting())
        frontier, states = self._root()
        while len(frontier) and not self.spent:
            refined = self._partition.refined
            fresh, found = self._place(frontier, states)
            yield self._words(found)
            if self._partition.refined != refined:  # every cell is another one
                self._forget()
                frontier, states = self._root()
                continue
            frontier, states = frontier[fresh], states[fresh]
            if not len(frontier):
                frontier, states = self._least_alike()
            frontier, states = self._expand(frontier, states)
            wrong = self._wrong(frontier, states)
            yield self._words(frontier[wrong].tolist())
            frontier, states = frontier[~wrong], states[~wrong]

    @property
    def _left(self) -> int:
        return self._most - self._reached.labels.asked

    def _forget(self) -> None:
        self._owners = np.empty(0, np.int64)  # of each cell, the state of the hypothesis; −1 where there is none yet
        self._firsts = np.empty(0, np.int64)  # and the node that came first into it, and was explored from
        self._kept: list[IntArray] = []  # nodes that lie where they should
        self._homes: list[IntArray] = []  # and the cells of these
        self._beyond: list[int] = []  # which of these were explored from, though they did not come first into their cells

    def _least_alike(self) -> tuple[IntArray, IntArray]:
        """Of each of a few cells the word whose vector is farthest from those that the cell was explored from."""
        kept, homes = np.concatenate(self._kept), np.concatenate(self._homes)
        vectors = self._reached.vectors(kept)
        distances = ((vectors - self._reached.vectors(self._firsts[homes])) ** 2).sum(axis=1)
        for explored in self._beyond:
            alike = np.flatnonzero(homes == homes[explored])
            to_explored = ((vectors[alike] - vectors[explored]) ** 2).sum(axis=1)
            distances[alike] = np.minimum(distances[alike], to_explored)
        order = np.argsort(-distances, kind="stable")
        order = order[: np.count_nonzero(distances)]
        chosen = order[np.sort(np.unique(homes[order], return_index=True)[1])]
        chosen = chosen[: min(TOGETHER, FURTHER - len(self._beyond))]
        self._beyond.extend(chosen.tolist())
        return kept[chosen], self._owners[homes[chosen]]

    def _root(self, count: int = 1) -> tuple[IntArray, IntArray]:
        return np.zeros(count, np.int64), np.full(count, self._hypothesis.initial)

    def _words(self, nodes: list[int]) -> list[Word]:
        """The words of nodes that were not shown before."""
        new = set(nodes) - self._shown
        self._shown |= new
        return sorted((self._reached.word(node) for node in new), key=shortlex)

    def _wrong(self, nodes: IntArray, states: IntArray) -> BoolArray:
        """Whether the classes after words (n,) are known and others than those of the hypothesis' states (n,)."""
        classes = self._reached.classes(nodes)
        wrong: BoolArray = (classes != UNSURE) & (classes != self._hypothesis.labels[states])
        return wrong

    def _step(self, nodes: IntArray, states: IntArray, letters: IntArray) -> tuple[IntArray, IntArray]:
        return self._reached.step(nodes, letters), self._hypothesis.transitions[states, letters]

    def _expand(self, nodes: IntArray, states: IntArray, most: int | None = None) -> tuple[IntArray, IntArray]:
        """The children of words (n,), in order: at most so many, and those that the budget has questions for."""
        letters = len(self._hypothesis.alphabet)
        nodes, states, symbols = np.repeat(nodes, letters), np.repeat(states, letters), np.tile(np.arange(letters), len(nodes))
        nodes, states, symbols = nodes[:most], states[:most], symbols[:most]
        count = self._reached.affordable(nodes, symbols, self._left)
        self.spent |= count < len(nodes)
        return self._step(nodes[:count], states[:count], symbols[:count])

    def _follow(self, nodes: IntArray, states: IntArray, words: Words) -> tuple[IntArray, IntArray]:
        """Where words (n,) lead to from nodes (n,) and states (n,)."""
        nodes, states = nodes.copy(), states.copy()
        for place in range(max(map(len, words))):
            rows = [row for row, word in enumerate(words) if len(word) > place]
            letters = np.array([words[row][place] for row in rows], np.int64)
            nodes[rows], states[rows] = self._step(nodes[rows], states[rows], letters)
        return nodes, states

    def _starting(self) -> list[int]:
        """ε, if it is a counterexample; beside one state also a short word of each other class.

        An exploration beside one state would meet no other, and end at once.
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
        """Put words (n,) into the cells of their vectors; where two states of the hypothesis meet, one of the two is wrong.

        Returns
        -------
        The rows that came first into a cell, to be explored from, ascending; and nodes that are counterexamples. Words are
        left over where there are any, where the budget is spent, and where all cells become new ones.
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
            self._homes.append(cells[fits])
            open_rows, cells = open_rows[~fits], cells[~fits]
            if len(open_rows):
                pairs = cells * self._hypothesis.states + states[open_rows]
                first = np.sort(np.unique(pairs, return_index=True)[1])  # of each cell and state
                meetings = [
                    _Meeting(int(nodes[row]), int(states[row]), vectors[row], cell)
                    for row, cell in zip(open_rows[first].tolist(), cells[first].tolist(), strict=True)
                ]
                found, settled = self._settle(meetings)
                open_rows = np.delete(open_rows, first[settled])
        return np.sort(np.concatenate(fresh)), found

    def _settle(self, meetings: list[_Meeting]) -> tuple[list[int], list[int]]:
        """Ask which is wrong, the hypothesis or the partition, and refine this.

        Returns
        -------
        Nodes that are counterexamples, and the meetings with which nothing more is to be done; the words of the others have
        got another cell.
        """
        self._separation = self._separation or separation(self._hypothesis)
        kept, homes = np.concatenate(self._kept), np.concatenate(self._homes)
        here = {cell: kept[np.flatnonzero(homes == cell)[:FIRST]] for cell in {meeting.cell for meeting in meetings}}
        vectors = {cell: self._reached.vectors(nodes) for cell, nodes in here.items()}
        groups, words, beginnings, nearest = [], [], [], []
        for meeting in meetings:
            order = np.argsort(((vectors[meeting.cell] - meeting.vector) ** 2).sum(axis=1), kind="stable")[:WITNESSES]
            owner = int(self._owners[meeting.cell])
            groups.append(np.append(meeting.node, here[meeting.cell][order]))
            beginnings.append([meeting.state] + [owner] * len(order))
            words.extend([self._separation.word(owner, meeting.state)] * (1 + len(order)))
            nearest.append(vectors[meeting.cell][order[0]])
        ends, states = self._follow(np.concatenate(groups), np.concatenate(beginnings), words)
        if self._reached.unread(ends) > self._left:
            self.spent = True
            return [], []
        wrong, unsure = self._wrong(ends, states), self._reached.classes(ends) == UNSURE
        settled = []
        begins = np.cumsum([0, *map(len, groups)]).tolist()
        for place, (meeting, near, begin, end) in enumerate(zip(meetings, nearest, begins, begins[1:], strict=False)):
            if wrong[begin:end].any():
                settled.append(place)
            elif not self._parted(meeting, near):
                settled.append(place)
                if np.array_equal(meeting.vector, near) and not unsure[begin:end].any():
                    self._reached.labels.contradictions += 1  # from one state on, what follows is said to differ
        return ends[wrong].tolist(), settled

    def _parted(self, meeting: _Meeting, near: FloatArray) -> bool:
        """Whether the vector is in another cell than before, once the partition has been refined."""
        if int(self._partition.locate(meeting.vector[None])[0]) != meeting.cell:
            return True  # moved already, with one before it
        return self._partition.split(meeting.cell, meeting.vector, near)
