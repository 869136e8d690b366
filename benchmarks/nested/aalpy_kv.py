"""AALpy's KV for visibly pushdown automata learns a network word by word. Imported only where AALpy is there."""

from __future__ import annotations

import random
import signal
import time

from aalpy import RandomWordEqOracle, SevpaAlphabet, run_KV
from engine.aalpy_lstar import Network as Stepped

from nerode.automata.vpa import VPA
from nerode.teachers.model import TrainedModel

WALKS, SHORTEST, LONGEST = 1000, 4, 20  # random words of the search for counterexamples


class Late(Exception):
    """The time is over."""


class Counted(Stepped):
    """The network, and how many words it was asked."""

    asked = 0

    def pre(self) -> None:
        """Back to ε."""
        self.asked += 1
        super().pre()


def late(*_: object) -> None:
    """Raise Late: AALpy may also go round without asking anything."""
    raise Late


def learned(model: TrainedModel, kinds: VPA, limit: float, seed: int = 0) -> tuple[int | None, int, float]:
    """Return the locations that KV finds within a limit on seconds, None where that was too short, the queries and the seconds.

    Parameters
    ----------
    kinds : an automaton that says which letters call and which return; AALpy does not find them
    """
    random.seed(seed)  # AALpy draws from the global source
    system = Counted(model)
    alphabet = SevpaAlphabet(*(part.tolist() for part in (kinds.internals, kinds.calls, kinds.returns)))
    search = RandomWordEqOracle(alphabet.get_merged_alphabet(), system, WALKS, SHORTEST, LONGEST)
    begun = time.perf_counter()
    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, limit)
    try:
        states: int | None = run_KV(alphabet, system, search, "vpa", print_level=0).size
    except Late:
        states = None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return states, system.asked, time.perf_counter() - begun
