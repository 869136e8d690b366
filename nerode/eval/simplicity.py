"""How simple an automaton is, in numbers. They stand beside how faithful it is."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.cfg import CFG
from nerode.automata.dfa import DFA
from nerode.automata.letters import letter_classes
from nerode.automata.mealy import Mealy
from nerode.automata.pdfa import PDFA
from nerode.automata.stack_operations import access_words
from nerode.automata.vpa import VPA
from nerode.automata.wfa import WFA
from nerode.words import IntArray, RealArray

ALIKE = 1e-9  # difference of weights, in parts of the largest, below which letters act alike


@dataclass(frozen=True)
class Simplicity:
    """The size of an automaton, in several units.

    Parameters
    ----------
    states : the number of states
    transitions : pairs of states with a transition; of a weighted automaton, weights that are not 0
    parameters : the numbers that describe it: targets and labels, probabilities, or weights
    bits : of its JSON, compressed by zlib: what all kinds of automata have in common
    depth : letters of the longest of the shortest words that lead to a state; None for a weighted automaton
    branching : mean entropy, in bits, of the next state if all letters are equally likely; None for WFAs and VPAs
    letter_classes : classes of letters that act alike
    """

    states: int
    transitions: int
    parameters: int
    bits: int
    depth: int | None
    branching: float | None
    letter_classes: int

    def to_json(self) -> dict[str, Any]:
        """Return a plain dict for JSON."""
        return asdict(self)


class Saved(Protocol):
    """What has fields for a file: automata and other students."""

    def to_json(self) -> dict[str, Any]: ...


@runtime_checkable
class SavedAsBytes(Protocol):
    """What is saved as bytes: the weights of networks."""

    def to_bytes(self) -> bytes: ...


def zipped_bits(saved: Saved | SavedAsBytes) -> int:
    """Return the size of the compressed file in bits: a description length that all kinds have."""
    written = saved.to_bytes() if isinstance(saved, SavedAsBytes) else json.dumps(saved.to_json()).encode()
    return 8 * len(zlib.compress(written, 9))


def parameters_of(student: Any) -> int:
    """Return the numbers that describe a student: trained ones; of an automaton targets and labels, probabilities, or weights."""
    match student:
        case WFA():
            return student.transitions.size + student.initial.size + student.final.size
        case VPA():
            return student.moves + student.states
        case CFG():
            return sum(1 + len(right) for _, right in student.rules)
        case DFA():
            return student.transitions.size + student.states
        case Mealy():
            return student.transitions.size + student.outputs.size
        case PDFA():
            return student.transitions.size + student.probabilities.size
    return int(student.parameters)


def simplicity(automaton: Automaton) -> Simplicity:
    """Return how simple an automaton is."""
    n, letters = automaton.states, len(automaton.alphabet)
    bits, parameters = zipped_bits(automaton), parameters_of(automaton)
    if isinstance(automaton, WFA):
        nonzero = int(np.count_nonzero(automaton.transitions))
        return Simplicity(n, nonzero, parameters, bits, None, None, _alike(automaton))
    if isinstance(automaton, VPA):
        return _of_stack(automaton, bits)
    if isinstance(automaton, CFG):
        return Simplicity(n, len(automaton.rules), parameters, bits, None, None, letters)
    assert isinstance(automaton, DFA | Mealy | PDFA)
    steps: IntArray = automaton.transitions
    pairs = len(np.unique(np.stack([np.repeat(np.arange(n), letters), steps.ravel()], axis=1), axis=0))
    if isinstance(automaton, DFA):
        classes = len(letter_classes(steps))
    else:  # letters also differ in what states say of them
        said: IntArray | RealArray = automaton.outputs if isinstance(automaton, Mealy) else automaton.probabilities
        classes = len(np.unique(np.concatenate([steps, said[:, :letters]]), axis=1).T)
    return Simplicity(n, pairs, parameters, bits, _depth(steps, automaton.initial), _branching(steps), classes)


def _of_stack(vpa: VPA, bits: int) -> Simplicity:
    """Return the same of a visibly pushdown automaton; a return that pops different symbols has a transition for each."""
    n = vpa.states
    tables = [vpa.transitions.T, *(np.moveaxis(vpa.pops, axis, 0) for axis in (3, 1))]  # a row for each letter of a kind
    classes = sum(len({row.tobytes() for row in rows}) for rows in tables)
    depth = max(map(len, access_words(vpa).values()))
    return Simplicity(n, vpa.moves + n * len(vpa.calls), parameters_of(vpa), bits, depth, None, classes)


def _alike(a: WFA) -> int:
    """Return the number of classes of letters with the same weights, up to rounding."""
    unit = ALIKE * float(np.abs(a.transitions).max(initial=0.0)) or 1.0
    return len(np.unique(np.round(a.transitions / unit).reshape(len(a.alphabet), -1), axis=0))


def _depth(transitions: IntArray, initial: int) -> int:
    """Return the number of steps in which all states are reached that can be."""
    reached = np.zeros(len(transitions), bool)
    level, depth = np.array([initial]), -1
    while len(level):
        reached[level] = True
        level = np.unique(transitions[level])
        level = level[~reached[level]]
        depth += 1
    return depth


def _branching(transitions: IntArray) -> float:
    """Return the mean entropy of the next state, in bits."""
    entropies = []
    for row in transitions:
        shares = np.unique(row, return_counts=True)[1] / len(row)
        entropies.append(-float(shares @ np.log2(shares)))
    return float(np.mean(entropies)) + 0.0
