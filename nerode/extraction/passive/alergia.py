"""The method alergia: states of the tree of drawn words are merged where what follows them does not differ significantly.

Carrasco, Oncina: Learning stochastic regular grammars by means of a state merging method, ICGI (1994). AALpy does it. From each
sample there are two automata: the states of the one are told apart by what follows alone, as published; those of the other also
by the letter that leads to them (AALpy's Markov chains), which needs more states and fewer words.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.pdfa import PDFA
from nerode.extraction.method import Method, Task, constant_pdfa
from nerode.extraction.passive.merging import need_aalpy, watched
from nerode.extraction.passive.samples import LETTERS, Drawn, leave_sizes, of_drawn
from nerode.extraction.probabilistic.method import FRUGALITY
from nerode.extraction.probabilistic.settings import PdfaSettings
from nerode.links import LANGUAGE_MODEL
from nerode.protocols import Teacher
from nerode.words import Alphabet

ALPHA = 0.05  # how probable it is that alike states differ so much (Hoeffding's bound)
FLOOR = 1e-6  # the probability of what never followed in a state: no word is impossible


@dataclass(frozen=True)
class AlergiaSettings(PdfaSettings):
    """Of a method that leaves nothing to choose, and that needs AALpy."""

    def check(self, teacher: Teacher) -> None:
        """Refuse a model whose words never end, and where there is no AALpy.

        Raises
        ------
        InputError : one of these
        """
        super().check(teacher)
        need_aalpy()


def _alergia(task: Task) -> Generator[Automaton, None, str]:
    task.ledger.decidable = True  # samples end

    def learn(sample: Drawn) -> Iterator[PDFA]:
        for by_letter in (False, True):
            yield compatible(sample, task.teacher.alphabet, by_letter, watched(task.meter))

    return (yield from of_drawn(task, learn, LETTERS))


def compatible(sample: Drawn, alphabet: Alphabet, by_letter: bool, look: Callable[[], None]) -> PDFA:
    """Return the automaton whose states are what ALERGIA merges.

    A letter that never followed in a state has the probability FLOOR there and leads back to the state, as in all PDFAs of
    nerode.

    Parameters
    ----------
    by_letter : whether only states are merged that the same letter leads to
    look : is called at each comparison of two states
    """
    from aalpy.learning_algs.stochastic_passive.Alergia import run_Alergia
    from aalpy.learning_algs.stochastic_passive.CompatibilityChecker import HoeffdingCompatibility

    class Watched(HoeffdingCompatibility):  # type: ignore[misc]
        def are_states_different(self, one: Any, other: Any, **options: Any) -> bool:
            look()
            return bool(super().are_states_different(one, other, **options))

    end = len(alphabet)
    texts = [(*word, end) if over else word for word, over in zip(sample.words, sample.ended.tolist(), strict=True)]
    data = [["begin", *text] if by_letter else [(0, symbol) for symbol in text] for text in texts]
    machine = run_Alergia(data, "mc" if by_letter else "smm", compatibility_checker=Watched(ALPHA), print_info=False)
    states = [state for state in machine.states if not by_letter or state.output != end]
    number = {state: i for i, state in enumerate(states)}
    transitions = np.repeat(np.arange(len(states))[:, None], end, axis=1)
    probabilities = np.full((len(states), end + 1), FLOOR)
    for state, i in number.items():
        after = [(to.output, to, part) for to, part in state.transitions] if by_letter else _mealy(state)
        for symbol, to, part in after:
            probabilities[i, symbol] += part
            if symbol < end:
                transitions[i, symbol] = number[to]
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return PDFA(alphabet, transitions, probabilities, number[machine.initial_state])


def _mealy(state: Any) -> list[tuple[int, Any, float]]:
    """What follows in a state of a stochastic Mealy machine that has one input."""
    return [(symbol, to, part) for to, symbol, part in state.transitions.get(0, ())]


METHOD = Method(
    (LANGUAGE_MODEL,),
    _alergia,
    longest=40,
    frugality=FRUGALITY,
    constant=constant_pdfa,
    smaller=leave_sizes,
    settings=AlergiaSettings,
)
