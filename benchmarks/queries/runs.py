"""One learner on one network: what it cost, and how right it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nerode.automata.dfa import DFA
from nerode.automata.operations import separating_word
from nerode.protocols import BranchingTeacher, States, Wrapper
from nerode.teachers.model import TrainedModel
from nerode.words import FloatArray, IntArray, RealArray, Words

from .words import Judged


class Counted(Wrapper):
    """A network that is read step by step, its steps counted: one for each letter that it reads after one word.

    Attributes
    ----------
    steps : so far; markers are not counted
    """

    def __init__(self, teacher: BranchingTeacher) -> None:
        super().__init__(teacher)
        self._stepping = teacher
        self.steps = 0

    @property
    def tile(self) -> int:
        return self._stepping.tile

    def scores(self, words: Words) -> FloatArray:
        self.steps += sum(map(len, words))  # it reads each word on its own, and takes no step for padding
        return self._stepping.scores(words)

    def start(self) -> States:
        return self._stepping.start()

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        self.steps += len(symbols)
        return self._stepping.advance(states, parents, symbols)

    def branch(self, states: States, symbols: Sequence[int]) -> Iterator[States]:
        for after in self._stepping.branch(states, symbols):
            self.steps += len(states[0])
            yield after

    def read(self, states: States) -> RealArray:
        return self._stepping.read(states)

    def read_later(self, states: States) -> Any:
        return self._stepping.read_later(states)


@dataclass(frozen=True)
class Case:
    """A network, the language that it was trained on, and the words that automata are judged on."""

    name: str
    model: TrainedModel
    truth: DFA
    judged: Judged

    @property
    def teacher(self) -> BranchingTeacher:
        """The network, its questions not counted."""
        teacher = self.model.teacher
        assert isinstance(teacher, BranchingTeacher)
        return teacher

    @cached_property
    def labels(self) -> tuple[IntArray, IntArray]:
        """What the network says of the uniform and of the structured words."""
        uniform, structured = (
            self.model.link.labels(self.teacher.scores(words)) for words in (self.judged.uniform, self.judged.structured)
        )
        return uniform, structured

    def right(self, dfa: DFA) -> tuple[float, float]:
        """The share of the uniform and of the structured words to which an automaton gives the label of the network."""
        words = self.judged.uniform, self.judged.structured
        uniform, structured = (
            float((dfa.link.labels(dfa.scores(those)) == labels).mean()) for those, labels in zip(words, self.labels, strict=True)
        )
        return uniform, structured


@dataclass(frozen=True)
class Cost:
    """What a learner took.

    Parameters
    ----------
    seconds : of the processor, in user and system mode
    steps : letters that the cells read, each for one word
    queries : words run by a learner and words asked by searches; `nerode.extract` counts every label that it reads
    rounds : hypotheses for which counterexamples were looked for
    stopped : why
    """

    seconds: float
    steps: int
    queries: int
    rounds: int
    stopped: str


@dataclass(frozen=True)
class Run:
    """A row: a learner with its search on a network.

    Parameters
    ----------
    uniform, structured : shares of words that are labelled as the network labels them
    language : whether the automaton is that of the language that the network was trained on, decided exactly
    """

    network: str
    learner: str
    search: str
    seconds: float
    steps: int
    queries: int
    rounds: int
    states: int
    uniform: float
    structured: float
    language: bool
    stopped: str


def run_of(case: Case, learner: str, search: str, dfa: DFA, cost: Cost) -> Run:
    """The row of an automaton, judged outside of what is measured."""
    uniform, structured = case.right(dfa)
    language = separating_word(dfa, case.truth) is None
    return Run(
        case.name, learner, search, cost.seconds, cost.steps, cost.queries, cost.rounds, dfa.states, uniform, structured,
        language, cost.stopped,
    )  # fmt: skip
