"""What refinements of weighted automata share: words read side by side, derivatives by the weights, limits on what is asked.

The derivatives are written by hand, so that learners stay free of torch. Words are read forwards for the states and backwards
for what each state adds to the loss. The products with the matrices of letters are compiled (`kernels.py`). Those with the final
weights are numpy's.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from itertools import chain
from typing import Protocol

import numpy as np

from nerode.automata.wfa import WFA
from nerode.extraction.losses import Loss
from nerode.extraction.spectral.kernels import add_outer_products, padded, walk
from nerode.protocols import Teacher
from nerode.stepping import prefix_scores
from nerode.words import FloatArray, IntArray, Word, Words

Parameters = tuple[FloatArray, FloatArray, FloatArray]
"""Initial (r,), transitions (Σ, r, r) and final (r, width) weights, or derivatives by them."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Words that are read side by side, and the scores that they ought to have.

    The states after all prefixes of the words are rows of one array. Those after no letter come first. The others are sorted by
    the last letter and then by the number of letters; so each letter has a slice of rows, which is cut into a run for each
    length.

    Parameters
    ----------
    parents : (total,), the row before the last letter; that of the state itself where there is none
    runs : (m, 3), letter, first row and row behind the last of the rows of one letter and length, shorter prefixes first
    letters : (k, 3), the same of all rows of a letter
    starts : rows of states after no letter
    targets : (total, width)
    """

    parents: IntArray
    runs: IntArray
    letters: IntArray
    starts: int
    targets: FloatArray


def make_batch(words: Words, targets: FloatArray) -> Batch:
    """Arrange words with the scores (Σ (length + 1), width) of their prefixes, word after word."""
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    ends = np.cumsum(lengths + 1)
    total, longest = int(ends[-1]), int(lengths.max())
    last = np.full(total, -1)  # letter of each prefix
    places = np.arange(total) - np.repeat(ends - lengths - 1, lengths + 1)  # its length
    last[places > 0] = np.fromiter(chain.from_iterable(words), np.int64, total - len(words))
    keys = last * (longest + 1) + places
    order = np.argsort(keys, kind="stable")
    row = np.empty_like(order)
    row[order] = np.arange(total)
    parents = row[np.where(places > 0, np.arange(total) - 1, np.arange(total))][order]
    runs = _runs(keys[order], last[order], len(words))
    return Batch(
        parents,
        runs[np.argsort(places[order[runs[:, 1]]], kind="stable")],
        _runs(last[order], last[order], len(words)),
        len(words),
        np.asfortranarray(targets[order], np.float64),
    )


def _runs(keys: IntArray, letters: IntArray, starts: int) -> IntArray:
    """Letter, first row and row behind the last (m, 3) of rows from `starts` on that have one key."""
    first = starts + np.flatnonzero(np.diff(keys[starts:], prepend=-1))
    return np.stack([letters[first], first, np.append(first[1:], len(keys))[: len(first)]], axis=1)


def read(parameters: Parameters, batch: Batch) -> FloatArray:
    """All states (total, r) that the words of a batch pass."""
    initial, transitions, _ = parameters
    states = np.zeros((len(batch.parents), len(initial)))
    states[: batch.starts] = initial
    walk(states, batch.parents, states, np.arange(len(states)), batch.runs, padded(transitions))
    return states


def scores_of(states: FloatArray, parameters: Parameters) -> FloatArray:
    """The scores (total, width) of states, column after column in memory, as losses go through them."""
    final = parameters[2]
    return np.matmul(states, final, out=np.empty((final.shape[1], len(states))).T)


def change_of_scores(parameters: Parameters, change: Parameters, batch: Batch, states: FloatArray) -> FloatArray:
    """What scores (total, width) change by with the weights, to first order; states are those that are passed."""
    moved = np.zeros_like(states)
    moved[: batch.starts] = change[0]
    rows = np.arange(len(states))
    walk(states, batch.parents, moved, rows, batch.letters, padded(change[1]))
    walk(moved, batch.parents, moved, rows, batch.runs, padded(parameters[1]))
    return scores_of(moved, parameters) + scores_of(states, change)


def backwards(parameters: Parameters, batch: Batch, by_states: FloatArray) -> FloatArray:
    """Derivatives (total, r) by states, from those by states that are read out alone; these are overwritten."""
    back = padded(parameters[1].transpose(0, 2, 1))
    # no parent occurs twice in a run, since each word goes on with one letter
    walk(by_states, np.arange(len(by_states)), by_states, batch.parents, batch.runs[::-1], back)
    return by_states


def derivatives(parameters: Parameters, batch: Batch, states: FloatArray, by_scores: FloatArray) -> Parameters:
    """Derivatives by the weights, from those by scores (total, width); states are those that are passed."""
    by_states = backwards(parameters, batch, by_scores @ parameters[2].T)
    by_transitions = np.zeros(parameters[1].shape)
    add_outer_products(states, batch.parents, by_states, batch.letters, by_transitions)
    return by_states[: batch.starts].sum(axis=0), by_transitions, states.T @ by_scores


# which words, and what they count


@dataclass(frozen=True)
class Limits:
    """How many scores are asked to learn from.

    Parameters
    ----------
    each : numbers in these scores for each number that is fitted: of few words an automaton learns by heart
    least_scores, most_scores : but no fewer scores, where there are so many, and no more
    numbers : no more than these in all scores together
    affords : asked after each portion of words whether another one may be asked
    """

    each: int = 1000
    least_scores: int = 200_000
    most_scores: int = 1_000_000
    numbers: int = 20_000_000
    affords: Callable[[], bool] = lambda: True

    def most(self, automaton: WFA) -> int:
        """How many scores may be asked to fit an automaton."""
        wanted = self.each * (automaton.transitions.size + automaton.final.size) // automaton.width
        return min(max(self.least_scores, wanted), self.most_scores, self.numbers // automaton.width)


def ask_batches(
    automaton: WFA,
    teacher: Teacher,
    portions: Iterable[Words],
    rng: np.random.Generator,
    limits: Limits,
    divide: Callable[[IntArray], list[IntArray]],
) -> list[Batch]:
    """As many of the words as may be asked, with the teacher's scores of all their prefixes.

    Parameters
    ----------
    portions : words, of which no more are taken than are needed
    divide : makes of the lengths of words in random order the positions of those in each batch; each word is in one
    """
    words, scores = _ask(teacher, portions, rng, limits.most(automaton), limits.affords)
    if not words:
        return []
    lengths = np.array([len(word) for word in words], np.int64)
    ends = np.cumsum(lengths + 1)
    order = rng.permutation(len(words))
    batches = []
    for part in divide(lengths[order]):
        chosen = order[part]
        rows = np.concatenate([np.arange(ends[i] - lengths[i] - 1, ends[i]) for i in chosen.tolist()])
        batches.append(make_batch([words[i] for i in chosen.tolist()], scores[rows]))
    return batches


def _ask(
    teacher: Teacher, portions: Iterable[Words], rng: np.random.Generator, most: int, affords: Callable[[], bool]
) -> tuple[list[Word], FloatArray]:
    """Words, `most` prefixes at most, and the scores (total, width) of these, word after word; what is too long is left out."""
    words: list[Word] = []
    scores: list[FloatArray] = []
    left = most
    for portion in portions:
        fitting = []
        for i in rng.permutation(len(portion)).tolist():
            if len(portion[i]) < left:
                fitting.append(portion[i])
                left -= len(portion[i]) + 1
        if not fitting:
            break
        words += fitting
        scores.append(prefix_scores(teacher, fitting)[0])
        if left <= most // NEARLY or not affords():
            break
    return words, np.concatenate(scores) if scores else np.empty((0, teacher.width))


NEARLY = 100  # of the scores that may be asked, one part in so many is not worth another portion


def prepared(batch: Batch, loss: Loss) -> Batch:
    """The batch with the targets of a loss instead of the wanted scores."""
    return replace(batch, targets=loss.targets(batch.targets))


def endless(work: float) -> float:
    """The pace of a refinement that no limit cuts short: none of its time is ever over."""
    return 0.0


class Refine(Protocol):
    """Automata of the same size that fit what the teacher says of the prefixes of words better and better."""

    def __call__(
        self,
        automaton: WFA,
        teacher: Teacher,
        portions: Iterable[Words],
        rng: np.random.Generator,
        check: Callable[[], None],
        *,
        limits: Limits,
        pace: Callable[[float], float],
    ) -> Generator[WFA]: ...
