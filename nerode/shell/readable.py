"""Whether a weighted automaton of a classifier decides as a small DFA does, which is easier to read."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.diagram import counted
from nerode.automata.wfa import WFA
from nerode.errors import BudgetExhausted, InputError
from nerode.extraction.extracted import Extraction
from nerode.extraction.loop import extract
from nerode.extraction.queries.rounds import NO_COUNTEREXAMPLE
from nerode.extraction.verdict import EQUIVALENT
from nerode.links import CLASSIFIER

READABLE = 40  # states of a DFA that people read
EFFORT = 1.5  # of looking for it, a few seconds; the network is not asked
WORTH = 20.0  # the least limit on seconds or effort beside which that is little
ALIKE = 0.005  # share of the fresh words that may get another label from the DFA


@dataclass(frozen=True)
class SmallDFA:
    """A DFA that decides as a weighted automaton does.

    Parameters
    ----------
    states : how many it has
    differs : the share of fresh words to which the two give other labels
    """

    states: int
    differs: float

    def sentence(self, file: str) -> str:
        """Say it of the weighted automaton in a file, and how to get the DFA."""
        words = f"all but {self.differs:.2%}" if self.differs else "all"
        return (
            f"On {words} of the fresh words a DFA of {counted(self.states, 'state')} gives the same labels, and is easier to "
            f"read: nerode extract {shlex.quote(file)} --method lstar"
        )


def small_dfa(result: Extraction, limit: float | None) -> SmallDFA | None:
    """Return what a DFA that decides as a weighted automaton is like, if there is a small one; None otherwise.

    It is learned from the automaton by query learning, until no counterexample is found. The network is not asked.

    Parameters
    ----------
    limit : on seconds or effort of the extraction, None for none
    """
    weighted = result.automaton
    if not isinstance(weighted, WFA) or result.task != CLASSIFIER or not result.fresh or weighted.states == 1:
        return None
    if result.interrupted or result.failure is not None or (limit is not None and limit < WORTH):
        return None
    try:
        found = extract(weighted, "lstar", states=READABLE, effort=EFFORT, seed=result.seed)
    except (BudgetExhausted, InputError):  # such as weights that overflow on longer words
        return None
    dfa = found.automaton
    if not isinstance(dfa, DFA) or found.stop_reason not in (NO_COUNTEREXAMPLE, EQUIVALENT):
        return None
    differs = float(np.mean(dfa.predict(result.fresh) != weighted.predict(result.fresh)))
    return SmallDFA(dfa.states, differs) if differs <= ALIKE else None
