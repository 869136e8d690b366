"""From weighted classifiers to DFAs of 2, 4, 8, … states: prefixes that go on to much the same labels are one state.

L* takes prefixes as one where all labels that follow are equal; of a function that is not regular there are then no end of
states. Here they are taken as one where few labels differ, and the number of states is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from nerode.automata.determinise import scaled
from nerode.automata.dfa import DFA
from nerode.automata.linear import need_weighted, reverse
from nerode.automata.operations import minimise
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.links import CLASSIFIER
from nerode.words import FloatArray, IntArray, RealArray, Words

SUFFIXES = 1000  # drawn, whose labels prefixes are compared by
AXES = 48  # that the labels are projected onto
SAMPLE = 10_000  # prefixes at most, but for those of the first word, that the axes are those of
POWERS = 4  # turns of the power method: the longest axis of a cell need not be exact
TURNS = 8  # of settling
TINY = 1e-4  # sum of squares of a cell that is all rounding; a differing label alone makes five times as much
BATCH = 4096  # rows that are looked at side by side


def quantised(
    a: WFA, words: Words, rng: np.random.Generator, most: int, check: Callable[[], None] = lambda: None
) -> Iterator[DFA]:
    """DFAs of at most 1, 2, 4, 8, … and `most` states that label words much as the weighted classifier does.

    Each prefix of the words has a row: its labels together with each of a thousand suffixes, less the mean of all prefixes, on
    the axes that tell prefixes apart best. The square of the distance of two rows is the share of labels that differ. Prefixes
    are put into cells: one at first, which are halved across their longest axis, those of the largest sum of squares first.
    A letter leads from a cell to the one whose mean is nearest to the mean row of what follows there.

    A cell is not a state yet: what follows a prefix leaves the cell that it should be in, and mistakes add up. So the automaton
    reads the words, the prefixes that it takes to a state are now those of this state, and letters are led to the nearest mean
    anew, in some turns. A letter that is rare in a state is led by what a linear map of rows makes of the state's mean. Of these
    automata the one with the fewest wrong labels on prefixes of the words is taken, and minimised. The next size goes on from
    the cells and not from the automaton. Nothing comes after a DFA without error.

    A classifier that is a DFA of as many states at most is found exactly, where the words reach its states by all letters, the
    suffixes tell them apart, and there are as many axes. Otherwise nothing is promised of words unlike the given ones.

    Parameters
    ----------
    words : what to be right on, as frequent as they are; the labels of all prefixes count
    most : states of the largest
    check : called often; what it raises ends all

    Raises
    ------
    InputError : scores that are not those of a classifier, no words, or fewer than one state; when the first DFA is asked for
    """
    need_weighted(a)
    if a.link.task != CLASSIFIER:
        raise InputError(f"a DFA is made of a classifier, not of scores that {a.link} reads")
    if most < 1:
        raise InputError(f"a DFA needs at least one state, not {most}")
    words = a.alphabet.words(words)
    if not words:
        raise InputError("the list of words is empty; states are made of their prefixes")
    walk = _walk(words)
    rows, labels = _rows(a, walk, words, rng, check)
    guesses = _guesses(walk, rows, len(a.alphabet))
    cells = np.zeros(len(rows), np.int64)
    count = 1
    while True:
        error, dfa = _settled(a, walk, rows, labels, guesses, cells, count, check)
        yield dfa
        before = count
        cells, count = _halved(rows, cells, count, min(2 * count, most), rng)
        if count == before or not error:
            return


@dataclass(frozen=True)
class _Walk:
    """The prefixes of words, side by side: all ε first, then all of one letter, and so on, the longest words first.

    Parameters
    ----------
    parents, symbols : (steps,), each prefix but ε is another, by its position, and a letter; step i leads to prefix words + i
    bounds : (longest + 2,), those of t letters are bounds[t] … bounds[t + 1] − 1
    """

    parents: IntArray
    symbols: IntArray
    bounds: IntArray

    def run(self, transitions: IntArray) -> IntArray:
        """The state (prefixes,) after each prefix, from state 0."""
        words = int(self.bounds[1])
        states = np.zeros(self.bounds[-1], np.int64)
        for begin, end in zip(self.bounds[1:-1], self.bounds[2:], strict=True):
            step = slice(begin - words, end - words)
            states[begin:end] = transitions[states[self.parents[step]], self.symbols[step]]
        return states

    def vectors(self, a: WFA) -> Iterator[tuple[slice, FloatArray]]:
        """Which prefixes have t letters, and the vectors (n, r) after them, up to positive factors, which no label depends on."""
        words = int(self.bounds[1])
        vectors = np.repeat(scaled(a.initial[None]), words, axis=0)
        yield slice(0, words), vectors
        for before, begin, end in zip(self.bounds[:-2], self.bounds[1:-1], self.bounds[2:], strict=True):
            step = slice(begin - words, end - words)
            vectors = scaled(a.advance((vectors,), self.parents[step] - before, self.symbols[step])[0])
            yield slice(begin, end), vectors


def first_prefixes(words: Words, most: int) -> Words:
    """The first words, as many as have `most` prefixes together, but one at least."""
    counts = np.cumsum([len(word) + 1 for word in words])
    return words[: max(1, int(np.searchsorted(counts, most, side="right")))]


def _walk(words: Words) -> _Walk:
    ordered = sorted(words, key=len, reverse=True)
    lengths = np.array([len(word) for word in ordered], np.int64)
    counts = np.searchsorted(-lengths, -np.arange(lengths[0] + 1), side="right")  # of words of t letters or more
    bounds = np.concatenate([[0], np.cumsum(counts)])
    parents = [np.arange(begin, begin + count) for begin, count in zip(bounds[:-2], counts[1:], strict=True)]
    symbols = [word[t] for t, count in enumerate(counts[1:].tolist()) for word in ordered[:count]]
    return _Walk(np.concatenate([np.zeros(0, np.int64), *parents]), np.array(symbols, np.int64), bounds)


def _rows(a: WFA, walk: _Walk, words: Words, rng: np.random.Generator, check: Callable[[], None]) -> tuple[RealArray, IntArray]:
    """The rows (prefixes, axes), in single precision, and the labels (prefixes,) of prefixes."""
    suffixes, weights = _suffixes(a, words, rng)
    mixed = [words[i] for i in rng.permutation(len(words)).tolist()]
    few = first_prefixes(mixed, SAMPLE)
    parts = [part for _, vectors in _walk(few).vectors(a) for part in _followed(a, vectors, suffixes)]
    sample = np.concatenate(parts) * weights
    mean = sample.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov(sample, rowvar=False, bias=True).reshape(len(mean), -1))
    axes = axes[:, ::-1][:, :AXES].astype(np.float32)
    shift, axes = mean @ axes, weights[:, None] * axes
    rows = np.empty((walk.bounds[-1], axes.shape[1]), np.float32)
    labels = np.empty(walk.bounds[-1], np.int64)
    for place, vectors in walk.vectors(a):
        check()
        labels[place] = a.link.labels(a.read((vectors,)))
        rows[place] = np.concatenate([part @ axes - shift for part in _followed(a, vectors, suffixes)])
    return rows, labels


def _suffixes(a: WFA, words: Words, rng: np.random.Generator) -> tuple[RealArray, RealArray]:
    """Vectors (suffixes, width, r), whose products with a prefix's are scores, and what their columns of labels count (columns,).

    Suffixes are ends of random words. Their lengths are the longer the rarer, from 0 on: most is forgotten soon, and what is not
    shows in few long ones. One that is drawn several times counts as often, in the square.
    """
    longest = max(len(word) for word in words)
    size = max(1, SUFFIXES // a.width)  # a column for each and each class
    lengths = ((longest + 2) ** rng.random(size)).astype(np.int64) - 1
    chosen = rng.integers(len(words), size=size).tolist()
    drawn = Counter(words[i][::-1][:length] for i, length in zip(chosen, lengths.tolist(), strict=True))
    ends = sorted(drawn, key=len, reverse=True)
    backward = reverse(a)
    found = np.empty((len(ends), backward.states), np.float32)
    for place, vectors in _walk(ends).vectors(backward):
        found[: place.stop - place.start] = vectors  # those of longer suffixes are overwritten
    counts = np.array([drawn[end] for end in ends])
    weights = np.sqrt(np.repeat(counts, 1 if a.width == 1 else a.width) / size).astype(np.float32)
    return found.reshape(len(ends), a.width, a.states), weights


def _followed(a: WFA, vectors: FloatArray, suffixes: RealArray) -> Iterator[RealArray]:
    """Which label follows: 1 or 0 (prefixes, columns) for each suffix and class, of two for class 1 alone; a batch at a time."""
    classes = np.arange(1, 2) if a.width == 1 else np.arange(a.width)
    columns = suffixes.reshape(-1, a.states).T  # (r, suffixes · width)
    for begin in range(0, len(vectors), BATCH):
        scores = vectors[begin : begin + BATCH].astype(np.float32) @ columns
        labels = a.link.labels(scores.reshape(-1, a.width)).reshape(-1, len(suffixes), 1)
        yield (labels == classes).reshape(len(scores), -1).astype(np.float32)


def _settled(
    a: WFA,
    walk: _Walk,
    rows: RealArray,
    labels: IntArray,
    guesses: RealArray,
    cells: IntArray,
    count: int,
    check: Callable[[], None],
) -> tuple[float, DFA]:
    """The best of the automata that begin with the cells, and the share of prefixes that it labels wrongly."""
    classes = max(2, a.width)
    lowest, best = np.inf, None
    transitions = np.zeros((count, len(a.alphabet)), np.int64)
    for _ in range(TURNS):
        check()
        before, transitions = transitions, _transitions(walk, rows, guesses, cells, *_means(rows, cells, count))
        cells = walk.run(transitions)
        votes = np.bincount(cells * classes + labels, minlength=count * classes).reshape(count, classes)
        error = 1 - float(votes.max(axis=1).sum()) / len(labels)
        if error < lowest:
            lowest, best = error, DFA(a.alphabet, transitions, votes.argmax(axis=1), classes=classes)
        if not error or np.array_equal(before, transitions):
            break
    assert best is not None
    return lowest, minimise(best)


def _guesses(walk: _Walk, rows: RealArray, letters: int) -> RealArray:
    """M (letters, axes + 1, axes) such that (row, 1) M is what the row is after each letter, by least squares."""
    padded, after = np.column_stack([rows, np.ones(len(rows), np.float32)]), rows[walk.bounds[1] :]
    guesses: RealArray = np.zeros((letters, padded.shape[1], rows.shape[1]), np.float32)
    for letter in range(letters):
        steps = np.flatnonzero(walk.symbols == letter)
        before = padded[walk.parents[steps]]
        ridge = 1e-3 * max(1, len(steps)) / padded.shape[1] * np.eye(padded.shape[1])
        guesses[letter] = np.linalg.solve(before.T @ before + ridge, before.T @ after[steps])
    return guesses


def _transitions(
    walk: _Walk, rows: RealArray, guesses: RealArray, cells: IntArray, means: RealArray, sizes: IntArray
) -> IntArray:
    """The cell (cells, letters) whose mean is nearest to the mean row of what follows; a guess counts as one row more."""
    letters = len(guesses)
    seen, counts = _means(rows[walk.bounds[1] :], cells[walk.parents] * letters + walk.symbols, len(means) * letters)
    guessed = np.einsum("ca,lab->clb", np.column_stack([means, np.ones(len(means), np.float32)]), guesses, optimize=True)
    after = seen + (guessed.reshape(seen.shape) - seen) / (counts[:, None] + 1).astype(np.float32)
    squares = np.where(sizes > 0, (means**2).sum(axis=1), np.inf)  # no letter leads to a cell of nothing
    parts = [after[begin : begin + BATCH] for begin in range(0, len(after), BATCH)]
    nearest = np.concatenate([(squares - 2 * part @ means.T).argmin(axis=1) for part in parts])
    return nearest.reshape(-1, letters)


def _halved(rows: RealArray, cells: IntArray, count: int, most: int, rng: np.random.Generator) -> tuple[IntArray, int]:
    """Cells of more kinds of rows than one, halved across their longest axis, the widest first, and how many there are then."""
    means, _ = _means(rows, cells, count)
    from_mean = rows - means[cells]
    spread = np.bincount(cells, (from_mean**2).sum(axis=1), minlength=count)
    widest = np.argsort(-spread, kind="stable")[: most - count]
    widest = widest[spread[widest] > TINY]
    axes: RealArray = rng.normal(size=means.shape).astype(np.float32)
    for _ in range(POWERS):
        along = np.einsum("na,na->n", from_mean, axes[cells])
        axes, _ = _means(from_mean * along[:, None], cells, count)
        axes /= np.maximum(np.linalg.norm(axes, axis=1, keepdims=True), 1e-30)
    names = np.arange(count)
    names[widest] = count + np.arange(len(widest))
    beyond = np.einsum("na,na->n", from_mean, axes[cells]) > 0
    beyond ^= (cells == 0) & beyond[0]  # ε stays in cell 0
    return np.where(beyond, names[cells], cells), count + len(widest)


def _means(rows: RealArray, groups: IntArray, count: int) -> tuple[RealArray, IntArray]:
    """The mean row (count, axes) of each group, 0 where it has none, and how many it has."""
    members = csc_array((np.ones(len(rows), np.float32), groups, np.arange(len(rows) + 1)), shape=(count, len(rows)))
    sizes: IntArray = np.bincount(groups, minlength=count)
    means: RealArray = np.asarray(members @ rows, np.float32)
    means /= np.maximum(sizes, 1)[:, None]
    return means, sizes
