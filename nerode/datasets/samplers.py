"""Words drawn uniformly among those of a length and a label in a known language, by counting and without rejection.

Counts of words overflow floats, and their ratios underflow them. Each count is stored as a mantissa and its own exponent, m·2ᵉ.
Only non-negative terms are added, so nothing cancels: for k letters and length L, the relative error of a count is below
k·L·2⁻⁵³ (4·10⁻¹³ for 20 letters and 200 symbols). The same bound holds for every probability used for drawing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nerode.automata.dfa import DFA
from nerode.datasets.languages import Dyck
from nerode.datasets.nested import Nested
from nerode.errors import InputError
from nerode.links import NextSymbol
from nerode.protocols import Teacher
from nerode.sampling import mutate, sample_words, words_with_runs
from nerode.words import FloatArray, IntArray, Word, unpack

ZERO = -(1 << 40)  # the exponent of a count of 0: below all others
Counts = tuple[FloatArray, IntArray]  # mantissas and exponents


def accepted_words(rng: np.random.Generator, dfa: DFA, lengths: IntArray, label: int = 1) -> list[Word]:
    """Draw a word for each of the lengths (n,), uniform among the words of this length whose label is `label`.

    Raises
    ------
    InputError : a length at which no word has the label
    """
    lengths = np.asarray(lengths, np.int64)
    weights = np.ones(len(dfa.alphabet))
    counts = _count(dfa.transitions, weights, dfa.labels == label, int(lengths.max(initial=0)))
    _need_words(counts, dfa.initial, lengths, f"has the label {label}")
    return unpack(_draw(rng, dfa.transitions, weights, dfa.initial, counts, lengths), lengths)


def balanced_words(rng: np.random.Generator, dfa: DFA, lengths: IntArray) -> tuple[list[Word], IntArray]:
    """Draw a word of each of the lengths (n,), with all labels equally frequent as far as words of these lengths allow.

    Given its label, each word is uniform among the words of its length. Lengths with only one possible label are assigned first,
    and the others compensate for them.

    Returns
    -------
    words, and their labels (n,)
    """
    lengths = np.asarray(lengths, np.int64)
    weights = np.ones(len(dfa.alphabet))
    longest = int(lengths.max(initial=0))
    counts = [_count(dfa.transitions, weights, dfa.labels == label, longest) for label in range(dfa.classes)]
    possible = np.array([mantissas[lengths, dfa.initial] > 0 for mantissas, _ in counts])  # (classes, n)
    labels = _balanced_labels(rng, possible)
    symbols = np.zeros((len(lengths), longest), np.int64)
    for label in range(dfa.classes):
        rows = np.flatnonzero(labels == label)
        drawn = _draw(rng, dfa.transitions, weights, dfa.initial, counts[label], lengths[rows])
        symbols[rows, : drawn.shape[1]] = drawn
    return unpack(symbols, lengths), labels


def dyck_words(rng: np.random.Generator, dyck: Dyck, lengths: IntArray) -> list[Word]:
    """Draw a balanced word for each of the lengths (n,), uniform among those of this length; the depth may be unbounded.

    Raises
    ------
    InputError : an odd length without fillers
    """
    lengths = np.asarray(lengths, np.int64)
    longest = int(lengths.max(initial=0))
    deepest = longest // 2 if dyck.depth is None else min(dyck.depth, longest // 2)
    # Every balanced word has one shape over the letters open, close and filler. A shape stands for one word per choice of the
    # kinds of its openings and the letters of its fillers. The state of a shape is its depth; the last state is a sink.
    depths = np.arange(deepest + 2)
    shapes = np.stack([np.append(depths[1:], deepest + 1), np.append(deepest + 1, depths[:-1]), depths], axis=1)
    shapes[-1] = deepest + 1
    weights = np.array([dyck.kinds, 1, dyck.fillers], np.float64)
    counts = _count(shapes, weights, depths == 0, longest)
    _need_words(counts, 0, lengths, "is balanced")
    drawn = unpack(_draw(rng, shapes, weights, 0, counts, lengths), lengths)
    return [_fill_in(rng, dyck, shape) for shape in drawn]


def training_words(rng: np.random.Generator, language: Teacher, count: int, longest: int) -> list[Word]:
    """Draw `count` random words of at most `longest` symbols for training, according to the kind of language.

    A language model is sampled. For a classifier, half of the words have all classes equally often and uniform lengths. A
    quarter are mutations of these, because the network must separate words that are only nearly in the language. A quarter
    contain runs of few letters, because the network must not count more than the language does.

    Raises
    ------
    InputError : a language of values, for which no network is trained here
    """
    if isinstance(language.link, NextSymbol):
        return sample_words(rng, language, count, longest)
    if isinstance(language, Nested):
        return language.words(rng, count, longest)
    lengths = rng.integers(longest + 1, size=count - count // 2)
    if isinstance(language, DFA):
        words, _ = balanced_words(rng, language, lengths)
    elif isinstance(language, Dyck):
        balanced = dyck_words(rng, language, lengths if language.fillers else lengths // 2 * 2)
        words = balanced[::2] + mutate(rng, balanced[1::2], len(language.alphabet))
    else:
        raise InputError("networks are trained on classifiers and on language models; this language is neither")
    letters, mutated, runs = len(language.alphabet), count // 4, count // 2 - count // 4
    words += mutate(rng, [words[i] for i in rng.integers(len(words), size=mutated).tolist()], letters)
    return words + words_with_runs(rng, letters, rng.integers(longest + 1, size=runs))


def _count(transitions: IntArray, weights: FloatArray, final: NDArray[np.bool_], longest: int) -> Counts:
    """Return the numbers of words of each length from each state to a final one: mantissas and exponents (longest + 1, n).

    Letter a counts as `weights[a]` letters.
    """
    mantissas = np.zeros((longest + 1, len(transitions)))
    exponents = np.full((longest + 1, len(transitions)), ZERO)
    mantissas[0, final], exponents[0, final] = 0.5, 1
    for length in range(1, longest + 1):
        terms = mantissas[length - 1][transitions] * weights  # (n, letters)
        scale, top = _common_scale(terms, exponents[length - 1][transitions])
        mantissas[length], shift = np.frexp(scale.sum(axis=1))
        exponents[length] = np.where(mantissas[length] > 0, top + shift, ZERO)
    return mantissas, exponents


def _draw(
    rng: np.random.Generator, transitions: IntArray, weights: FloatArray, initial: int, counts: Counts, lengths: IntArray
) -> IntArray:
    """Draw words (n, longest), in parallel: each letter with a probability proportional to the count of its continuations."""
    mantissas, exponents = counts
    symbols = np.zeros((len(lengths), int(lengths.max(initial=0))), np.int64)
    states = np.full(len(lengths), initial)
    for step in range(symbols.shape[1]):
        rows = np.flatnonzero(lengths > step)
        after = transitions[states[rows]]  # (rows, letters)
        left = lengths[rows, None] - step - 1
        shares, _ = _common_scale(mantissas[left, after] * weights, exponents[left, after])
        bounds = shares.cumsum(axis=1)
        drawn = (bounds <= rng.random((len(rows), 1)) * bounds[:, -1:]).sum(axis=1)
        symbols[rows, step] = drawn
        states[rows] = after[np.arange(len(rows)), drawn]
    return symbols


def _common_scale(mantissas: FloatArray, exponents: IntArray) -> tuple[FloatArray, IntArray]:
    """Return the numbers of each row (n, letters) relative to 2ᵗᵒᵖ, and top (n,), the largest exponent of the row."""
    top = exponents.max(axis=1)
    # a number of 2⁻²⁰⁰⁰ of the largest is 0 in floats anyway; the bound keeps the shift within the range of ldexp
    shifts = np.maximum(exponents - top[:, None], -2000)
    scaled: FloatArray = np.ldexp(mantissas, shifts.astype(np.intc))
    return scaled, top


def _need_words(counts: Counts, initial: int, lengths: IntArray, what: str) -> None:
    missing = lengths[counts[0][lengths, initial] == 0]
    if len(missing):
        raise InputError(f"no word of length {missing[0]} {what}; ask for other lengths")


def _balanced_labels(rng: np.random.Generator, possible: NDArray[np.bool_]) -> IntArray:
    """Return for each column of possible (classes, n) the rarest possible class so far; columns with few choices come first."""
    labels = np.zeros(possible.shape[1], np.int64)
    tally = np.zeros(len(possible))
    columns = rng.permutation(possible.shape[1])
    for column in columns[np.argsort(possible[:, columns].sum(axis=0), kind="stable")].tolist():
        labels[column] = np.where(possible[:, column], tally, np.inf).argmin()
        tally[labels[column]] += 1
    return labels


def _fill_in(rng: np.random.Generator, dyck: Dyck, shape: Word) -> Word:
    """Draw a word of a shape over 0 (open), 1 (close), 2 (filler): kinds and fillers uniform, each closing fits its opening."""
    kinds = rng.integers(dyck.kinds, size=len(shape)).tolist()
    fillers = rng.integers(dyck.fillers, size=len(shape)).tolist() if dyck.fillers else []
    word, stack = [], []
    for place, part in enumerate(shape):
        if part == 0:
            stack.append(kinds[place])
            word.append(2 * kinds[place])
        elif part == 1:
            word.append(2 * stack.pop() + 1)
        else:
            word.append(2 * dyck.kinds + fillers[place])
    return tuple(word)
