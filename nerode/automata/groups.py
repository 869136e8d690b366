"""Groups of the states of a large deterministic automaton, in several levels: what a person can open one after the other.

A group is split by a suffix: states that give it one label are parted from those that give it another. This is the partition
refinement of Moore (Gedanken-experiments on sequential machines, 1956), one suffix at a time, and read as a tree. The suffix is
the one that parts the visits most evenly, so that the first levels tell apart what most words do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nerode.automata.dfa import DFA
from nerode.words import BoolArray, FloatArray, IntArray, Word

MOST_PARTS = 9  # of a group whose parts are groups: boxes that are seen at one time
MOST_STATES = 24  # of a group whose parts are states
MOST_SUFFIXES = 256
MOST_TRIED = 20_000  # suffixes


@dataclass(frozen=True, eq=False)
class Group:
    """States that give the same labels to some suffixes.

    Parameters
    ----------
    states : their numbers, ascending
    told : (suffix, label): what tells the group apart from the other parts of the group that it belongs to
    parts : the groups that it is divided into, in the order of their numbers where no suffix parts them; empty for one state
    """

    states: IntArray
    told: tuple[tuple[Word, int], ...]
    parts: tuple[Group, ...]


def groups(dfa: DFA, visits: FloatArray) -> Group:
    """Return all states as a tree of groups.

    Parameters
    ----------
    visits : (n,), how often words pass through each state
    """
    suffixes, labels = separating_suffixes(dfa)
    weights = visits / max(float(visits.sum()), 1e-300) + 1 / dfa.states  # states that no word visits count a little
    return _divided(np.arange(dfa.states), (), suffixes, labels, weights)


def separating_suffixes(dfa: DFA) -> tuple[list[Word], IntArray]:
    """Return short suffixes and the labels (suffixes, n) that each state gives to them.

    A suffix is taken if it parts states that those before it do not, in shortlex order. With at most MOST_SUFFIXES of them,
    states of a large automaton may remain together.
    """
    suffixes: list[Word] = [()]
    labels: list[IntArray] = [dfa.labels]
    blocks = np.unique(dfa.labels, return_inverse=True)[1]
    level: list[tuple[Word, IntArray]] = [((), dfa.labels)]
    tried = 0
    while level and len(suffixes) < MOST_SUFFIXES and tried < MOST_TRIED and blocks.max() + 1 < dfa.states:
        longer: list[tuple[Word, IntArray]] = []
        for letter in range(len(dfa.alphabet)):
            for suffix, after in level:
                row = after[dfa.transitions[:, letter]]
                tried += 1
                finer = np.unique(blocks * dfa.classes + row, return_inverse=True)[1]
                if finer.max() > blocks.max():
                    blocks = finer
                    suffixes.append((letter, *suffix))
                    labels.append(row)
                    longer.append(((letter, *suffix), row))
        level = longer  # a suffix parts nothing new if what it leads to parted nothing new in its own round (Moore)
    kept = min(len(suffixes), MOST_SUFFIXES)
    return suffixes[:kept], np.stack(labels[:kept])


def _divided(
    states: IntArray, told: tuple[tuple[Word, int], ...], suffixes: list[Word], labels: IntArray, weights: FloatArray
) -> Group:
    """Return the group of some states, with its parts."""
    if len(states) == 1:
        return Group(states, told, ())
    if len(states) <= MOST_STATES:
        return Group(states, told, tuple(Group(states[i : i + 1], (), ()) for i in range(len(states))))
    cells: list[tuple[IntArray, tuple[tuple[Word, int], ...]]] = [(states, ())]
    alike: set[int] = set()  # the first states of cells that no suffix parts
    while len(cells) < MOST_PARTS:
        open_ones = [i for i, (members, _) in enumerate(cells) if len(members) > 1 and int(members[0]) not in alike]
        if not open_ones:
            break
        chosen = max(open_ones, key=lambda i: float(weights[cells[i][0]].sum()))
        members, path = cells[chosen]
        best = _most_even(labels[:, members], weights[members])
        if best is None:
            alike.add(int(members[0]))
            continue
        row = labels[best, members]
        cells[chosen : chosen + 1] = [(members[row == label], (*path, (suffixes[best], int(label)))) for label in np.unique(row)]
    if len(cells) == 1:
        cells = [(members, ()) for members in np.array_split(states, MOST_PARTS)]
    return Group(states, told, tuple(_divided(members, path, suffixes, labels, weights) for members, path in cells))


def _most_even(labels: IntArray, weights: FloatArray) -> int | None:
    """Return the suffix whose labels (suffixes, m) part the weights (m,) most evenly, a short one; None if none parts them."""
    parts: BoolArray = (labels != labels[:, :1]).any(axis=1)
    if not parts.any():
        return None
    entropy = np.zeros(len(labels))
    for label in np.flatnonzero(np.bincount(labels.ravel())).tolist():
        share = ((labels == label) @ weights) / weights.sum()
        entropy -= share * np.log(np.where(share > 0, share, 1.0))
    entropy[~parts] = -1.0
    return int(np.flatnonzero(entropy >= entropy.max() - 1e-12)[0])
