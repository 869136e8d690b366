"""AALpy on the same networks and automata: L* and KV with its searches. Imported only where AALpy is there.

The network is stepped letter by letter behind AALpy's interface, its state kept, as `engine/aalpy_lstar.py` does; AALpy's
own cache answers what it asked before. Searches have AALpy's settings but for 1,000 random words, its defaults elsewhere.
"""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

import numpy as np
from aalpy import run_KV, run_Lstar
from aalpy.automata import Dfa, DfaState
from aalpy.base import SUL, Oracle
from aalpy.oracles import (
    RandomWMethodEqOracle,
    RandomWordEqOracle,
    StatePrefixEqOracle,
    TransitionFocusOracle,
)
from aalpy.SULs import AutomatonSUL
from engine.aalpy_lstar import LONGEST, SHORTEST, WALKS, Network

from nerode.automata.dfa import DFA
from nerode.automata.equivalence import disagreements
from nerode.words import Word

from .pure import Learned
from .runs import Case, Cost, Run, run_of

LEARNERS: dict[str, Callable[..., Any]] = {"AALpy L*": run_Lstar, "AALpy KV": run_KV}
SEARCHES: dict[str, Callable[[list[int], Network], Any]] = {
    "random words": lambda letters, system: RandomWordEqOracle(letters, system, WALKS, SHORTEST, LONGEST),
    "random W-method": RandomWMethodEqOracle,
    "state prefixes": StatePrefixEqOracle,
    "transition focus": TransitionFocusOracle,
}
OUT_OF_TIME = "time"


class OutOfTimeError(Exception):
    """A learner has used up its time."""


@dataclass
class Watched:
    """What is seen of a learner from its search for counterexamples.

    Parameters
    ----------
    keep : makes of a hypothesis what is kept of it; the hypothesis itself may change later
    kept : of the last one
    seconds : that the searches, and the keeping, took
    """

    keep: Callable[[Any], Any]
    kept: Any = None
    rounds: int = 0
    seconds: float = 0.0
    _find: Callable[[Any], Any] = field(init=False, repr=False)

    def watch(self, search: Any) -> Any:
        """The search, seen from now on. AALpy sets attributes of it later: so it is not wrapped."""
        self._find, search.find_cex = search.find_cex, self._look
        return search

    def _look(self, hypothesis: Any) -> Any:
        begun = time.process_time()
        try:
            self.kept = self.keep(hypothesis)
            self.rounds += 1
            return self._find(hypothesis)
        finally:
            self.seconds += time.process_time() - begun


def measured(case: Case, learner: str, search: str, limit: float, seed: int) -> Run:
    """One of AALpy's learners with one of its searches, for at most `limit` seconds of the processor.

    What is judged is the hypothesis that it hands back, or the last one that it had when its time was up.
    """
    random.seed(seed)  # AALpy draws from the global source
    system, letters = Network(case.model), list(range(len(case.model.alphabet)))
    watched = Watched(lambda hypothesis: from_aalpy(hypothesis, case.truth))
    oracle = watched.watch(SEARCHES[search](letters, system))
    stopped = "done"
    begun = time.process_time()
    try:
        with limited(limit):
            LEARNERS[learner](letters, system, oracle, "dfa", print_level=0)
    except OutOfTimeError:
        stopped = OUT_OF_TIME
    seconds = time.process_time() - begun
    cost = Cost(seconds, sum(map(len, system.words)), len(system.words), watched.rounds, stopped)
    return run_of(case, learner, search, watched.kept, cost)


class Exactly(Oracle):  # type: ignore[misc]
    """The shortest word on which a hypothesis differs from a known automaton, or None where they are equivalent."""

    def __init__(self, letters: list[int], system: SUL, target: DFA) -> None:
        super().__init__(letters, system)
        self._target = target

    def find_cex(self, hypothesis: Dfa) -> Word | None:
        found = disagreements(from_aalpy(hypothesis, self._target), self._target, most=1)
        return found[0] if found else None


def exact(target: DFA, learner: str) -> Learned:
    """One of AALpy's learners on a known automaton; what deciding equivalence takes is counted apart, and is done by nerode.

    AALpy's own `PerfectKnowledgeEqOracle` takes several times as long, and KV asks it a thousand times.
    """
    system, letters = AutomatonSUL(to_aalpy(target)), list(range(len(target.alphabet)))
    watched = Watched(lambda hypothesis: hypothesis)
    oracle = watched.watch(Exactly(letters, system, target))
    begun = time.process_time()
    _, told = LEARNERS[learner](letters, system, oracle, "dfa", return_data=True, print_level=0)
    seconds = time.process_time() - begun - watched.seconds
    return Learned(
        learner, target.states, len(letters), seconds, watched.seconds, told["queries_learning"], None, watched.rounds,
        "equivalent",
    )  # fmt: skip


def from_aalpy(automaton: Dfa, like: DFA) -> DFA:
    """One of AALpy's automata, over the same alphabet as another."""
    places = {state.state_id: place for place, state in enumerate(automaton.states)}
    letters = range(len(like.alphabet))
    transitions = [[places[state.transitions[letter].state_id] for letter in letters] for state in automaton.states]
    labels = [int(state.is_accepting) for state in automaton.states]
    return DFA(like.alphabet, np.array(transitions), np.array(labels), initial=places[automaton.initial_state.state_id])


def to_aalpy(dfa: DFA) -> Dfa:
    """An automaton as AALpy has them."""
    states = [DfaState(state, bool(label)) for state, label in enumerate(dfa.labels.tolist())]
    for state, row in zip(states, dfa.transitions.tolist(), strict=True):
        state.transitions = {letter: states[after] for letter, after in enumerate(row)}
    return Dfa(states[dfa.initial], states)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raises OutOfTimeError when the processor has worked so long on what is inside."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise OutOfTimeError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
