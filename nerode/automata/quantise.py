"""From weighted classifiers to DFAs of 2, 4, 8, … states: prefixes with nearly the same residual labels become one state.

L* merges two prefixes if all labels of their continuations are equal. For a function that is not regular, this gives infinitely
many states. Here two prefixes are merged if few of these labels differ, and the number of states is given.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from nerode.automata.cells import BATCH, Rows, Walk, successor_maps, walk_of
from nerode.automata.dfa import DFA
from nerode.automata.linear import need_weighted, reverse
from nerode.automata.operations import minimise
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.links import CLASSIFIER
from nerode.words import FloatArray, IntArray, RealArray, Words

SUFFIXES = 1000  # drawn; two prefixes are compared by the labels after them
AXES = 48  # principal axes onto which the labels are projected
SAMPLE = 10_000  # at most so many prefixes determine the axes, but at least those of one word
TURNS = 8  # iterations of refinement of each DFA
TINY = 1e-4  # sum of squares of a cell that is only rounding error; one differing label gives five times as much


def quantised(
    a: WFA, words: Words, rng: np.random.Generator, most: int, check: Callable[[], None] = lambda: None, growth: float = 2.0
) -> Iterator[DFA]:
    """Yield DFAs of at most 1, 2, 4, 8, … and `most` states that label words nearly as the weighted classifier does.

    Each prefix of the words has a row: its labels with each of a thousand suffixes, minus the mean of all prefixes, projected
    onto the principal axes. The squared distance of two rows is the share of labels that differ. Prefixes are grouped into cells.
    At first one cell holds them all; then cells are split across their longest axis, those with the largest sum of squares first.
    A letter leads from a cell to the cell whose mean is nearest to the mean row of the successors.

    A cell is not yet a state: the successor of a prefix may lie in another cell than the transition says, and such errors
    accumulate. Therefore the DFA reads the words, the prefixes that reach a state become its new cell, and the transitions are
    computed again, several times. For a letter that is rare in a state, a linear map of the state's mean predicts the successor.
    Of these DFAs, the one with the fewest wrong labels on the prefixes is minimised and yielded. The next size starts from the
    cells, not from the minimised DFA. The iteration ends after a DFA without errors.

    A classifier that equals a DFA of at most `most` states is found exactly if the words take every transition, the suffixes
    separate the states, and there are as many axes as states. Otherwise there is no guarantee for words unlike the given ones.

    Parameters
    ----------
    words : the words on which the DFA should agree, repeated as often as they occur; the labels of all prefixes count
    most : the number of states of the largest DFA
    check : called often; an exception that it raises ends the iteration
    growth : above 1 and at most 2; each DFA may have so many times as many states as the one before, and one more at least

    Raises
    ------
    InputError : scores that are not those of a classifier, no words, or fewer than one state; when the first DFA is requested
    """
    need_weighted(a)
    if a.link.task != CLASSIFIER:
        raise InputError(f"a DFA is made of a classifier, not of scores that {a.link} reads")
    if most < 1:
        raise InputError(f"a DFA needs at least one state, not {most}")
    words = a.alphabet.words(words)
    if not words:
        raise InputError("the list of words is empty; states are made of their prefixes")
    rows, labels = _rows(a, walk_of(words), words, rng, check)
    cells = np.zeros(len(labels), np.int64)
    count = 1
    while True:
        error, dfa = _refined(a, rows, labels, cells, count, check)
        yield dfa
        before = count
        cells, count = rows.halved(cells, count, min(max(count + 1, int(growth * count)), most), TINY, rng)
        if count == before or not error:
            return


def first_prefixes(words: Words, most: int) -> Words:
    """Return as many of the first words as have at most `most` prefixes in total, but at least one."""
    counts = np.cumsum([len(word) + 1 for word in words])
    return words[: max(1, int(np.searchsorted(counts, most, side="right")))]


def _rows(a: WFA, walk: Walk, words: Words, rng: np.random.Generator, check: Callable[[], None]) -> tuple[Rows, IntArray]:
    """Return the rows of all prefixes, in single precision, and their labels (prefixes,)."""
    suffixes, weights = _suffixes(a, words, rng)
    mixed = [words[i] for i in rng.permutation(len(words)).tolist()]
    few = first_prefixes(mixed, SAMPLE)
    parts = [part for _, vectors in walk_of(few).vectors(a) for part in _suffix_labels(a, vectors, suffixes)]
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
        rows[place] = np.concatenate([part @ axes - shift for part in _suffix_labels(a, vectors, suffixes)])
    return Rows(walk, rows, np.ones(len(rows), np.float32), successor_maps(walk, rows, len(a.alphabet))), labels


def _suffixes(a: WFA, words: Words, rng: np.random.Generator) -> tuple[RealArray, RealArray]:
    """Return vectors (suffixes, width, r), whose products with a prefix's vector are scores, and weights (columns,) of labels.

    The suffixes are ends of random words. The longer a length, the rarer it is, from 0 on: most information is forgotten soon,
    and a few long suffixes show the rest. The squared weight of a suffix is proportional to how often it was drawn.
    """
    longest = max(len(word) for word in words)
    size = max(1, SUFFIXES // a.width)  # each suffix has one column per class
    lengths = ((longest + 2) ** rng.random(size)).astype(np.int64) - 1
    chosen = rng.integers(len(words), size=size).tolist()
    drawn = Counter(words[i][::-1][:length] for i, length in zip(chosen, lengths.tolist(), strict=True))
    ends = sorted(drawn, key=len, reverse=True)
    backward = reverse(a)
    found = np.empty((len(ends), backward.states), np.float32)
    for place, vectors in walk_of(ends).vectors(backward):
        found[: place.stop - place.start] = vectors  # each longer prefix overwrites the shorter ones
    counts = np.array([drawn[end] for end in ends])
    weights = np.sqrt(np.repeat(counts, 1 if a.width == 1 else a.width) / size).astype(np.float32)
    return found.reshape(len(ends), a.width, a.states), weights


def _suffix_labels(a: WFA, vectors: FloatArray, suffixes: RealArray) -> Iterator[RealArray]:
    """Yield in batches (prefixes, columns): 1 where a prefix and suffix have the class, else 0; of two classes, class 1 alone."""
    classes = np.arange(1, 2) if a.width == 1 else np.arange(a.width)
    columns = suffixes.reshape(-1, a.states).T  # (r, suffixes · width)
    for begin in range(0, len(vectors), BATCH):
        scores = vectors[begin : begin + BATCH].astype(np.float32) @ columns
        labels = a.link.labels(scores.reshape(-1, a.width)).reshape(-1, len(suffixes), 1)
        yield (labels == classes).reshape(len(scores), -1).astype(np.float32)


def _refined(a: WFA, rows: Rows, labels: IntArray, cells: IntArray, count: int, check: Callable[[], None]) -> tuple[float, DFA]:
    """Return the lowest share of wrongly labelled prefixes, and its DFA, over the iterations that start from the cells."""
    classes = max(2, a.width)
    lowest, best = np.inf, None
    transitions = np.zeros((count, len(a.alphabet)), np.int64)
    for _ in range(TURNS):
        check()
        before, transitions = transitions, rows.transitions(cells, *rows.means(cells, count))
        cells = rows.walk.run(transitions)
        votes = np.bincount(cells * classes + labels, minlength=count * classes).reshape(count, classes)
        error = 1 - float(votes.max(axis=1).sum()) / len(labels)
        if error < lowest:
            lowest, best = error, DFA(a.alphabet, transitions, votes.argmax(axis=1), classes=classes)
        if not error or np.array_equal(before, transitions):
            break
    assert best is not None
    return lowest, minimise(best)
