"""What refinements of weighted automata share: words read side by side, derivatives by the weights, limits on what is asked.

The derivatives are written by hand. Words are read forwards for the states and backwards for what each state adds to the loss,
with one matrix product a letter over all the words that read it; that takes a third of the time of an automatic derivation
on the processor, and learners stay free of torch.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nerode.automata.wfa import WFA
from nerode.protocols import Teacher
from nerode.stepping import prefix_scores
from nerode.words import FloatArray, IntArray, Word, Words, pack

Parameters = tuple[FloatArray, FloatArray, FloatArray]
"""Initial (r,), transitions (Σ, r, r) and final (r, width) weights, or derivatives by them."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Words that are read side by side, and the scores that they ought to have.

    All states that the words pass are rows of one array, those after no letter first, then those after one, and so on; the
    states after the same number of letters are in the order of the last letter, so that each letter has a slice.

    Parameters
    ----------
    parents : (total,), the row before the last letter
    slices : for each number of letters from 1 on, what was read last: symbol, first row, row behind the last
    by_symbol : symbols that are read, each with all rows that it leads to
    starts : rows of states after no letter
    targets : (total, width)
    """

    parents: IntArray
    slices: tuple[tuple[tuple[int, int, int], ...], ...]
    by_symbol: tuple[tuple[int, IntArray], ...]
    starts: int
    targets: FloatArray


def make_batch(words: Words, targets: FloatArray) -> Batch:
    """Arrange words with the scores (Σ (length + 1), width) of their prefixes, word after word."""
    symbols, lengths = pack(words)
    row, word = np.arange(len(words)), np.arange(len(words))  # of each word that is still read, and which it is
    parents, read, owners, places, slices = [row], [np.full(len(words), -1)], [word], [np.zeros_like(row)], []
    total = len(words)
    for place in range(symbols.shape[1]):
        going = np.flatnonzero(lengths[word] > place)
        going = going[np.argsort(symbols[word[going], place], kind="stable")]
        row, word = row[going], word[going]
        letters, begin = np.unique(symbols[word, place], return_index=True)
        bounds = [*(total + begin).tolist(), total + len(word)]
        slices.append(tuple(zip(letters.tolist(), bounds[:-1], bounds[1:], strict=True)))
        parents.append(row)
        read.append(symbols[word, place])
        owners.append(word)
        places.append(np.full(len(word), place + 1))
        row = total + np.arange(len(word))
        total += len(word)
    last = np.concatenate(read)
    where = (np.cumsum(lengths + 1) - lengths - 1)[np.concatenate(owners)] + np.concatenate(places)
    return Batch(
        np.concatenate(parents),
        tuple(slices),
        tuple((symbol, np.flatnonzero(last == symbol)) for symbol in np.unique(last[len(words) :]).tolist()),
        len(words),
        np.asarray(targets[where], np.float64),
    )


def read(parameters: Parameters, batch: Batch) -> FloatArray:
    """All states (total, r) that the words of a batch pass."""
    initial, transitions, _ = parameters
    states = np.empty((len(batch.parents), len(initial)))
    states[: batch.starts] = initial
    for layer in batch.slices:
        first, behind = layer[0][1], layer[-1][2]
        before = states[batch.parents[first:behind]]
        for symbol, begin, end in layer:
            np.matmul(before[begin - first : end - first], transitions[symbol], out=states[begin:end])
    return states


def change_of_scores(parameters: Parameters, change: Parameters, batch: Batch, states: FloatArray) -> FloatArray:
    """What scores (total, width) change by with the weights, to first order; states are those that are passed."""
    _, transitions, final = parameters
    moved = np.empty_like(states)
    moved[: batch.starts] = change[0]
    for layer in batch.slices:
        first, behind = layer[0][1], layer[-1][2]
        above = batch.parents[first:behind]
        before, moved_before = states[above], moved[above]
        for symbol, begin, end in layer:
            rows = slice(begin - first, end - first)
            moved[begin:end] = moved_before[rows] @ transitions[symbol] + before[rows] @ change[1][symbol]
    return moved @ final + states @ change[2]


def backwards(parameters: Parameters, batch: Batch, by_states: FloatArray) -> FloatArray:
    """Derivatives (total, r) by states, from those by states that are read out alone; these are overwritten."""
    transitions = parameters[1]
    for layer in reversed(batch.slices):
        first, behind = layer[0][1], layer[-1][2]
        by_before = np.empty((behind - first, by_states.shape[1]))
        for symbol, begin, end in layer:
            np.matmul(by_states[begin:end], transitions[symbol].T, out=by_before[begin - first : end - first])
        by_states[batch.parents[first:behind]] += by_before  # each parent once, since each word goes on with one letter
    return by_states


def derivatives(parameters: Parameters, batch: Batch, states: FloatArray, by_scores: FloatArray) -> Parameters:
    """Derivatives by the weights, from those by scores (total, width); states are those that are passed."""
    by_states = backwards(parameters, batch, by_scores @ parameters[2].T)
    by_transitions = np.zeros_like(parameters[1])
    for symbol, rows in batch.by_symbol:
        by_transitions[symbol] = states[batch.parents[rows]].T @ by_states[rows]
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
    ) -> Generator[WFA]: ...
