"""Hankel tables of word probabilities of language models: log P(p·s), and log P(p·s·Σ*).

A language model's scores of a word are those of the next symbol. The probability of p·s is therefore a product over its
prefixes. The scores of all words p·x, where x is a prefix of a suffix, are tabulated once. Their log-probabilities are summed
along the trie of suffixes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import numpy as np

from nerode.errors import InputError
from nerode.extraction.hankel.tables import tabulate
from nerode.links import NextSymbol
from nerode.protocols import Teacher
from nerode.stepping import prefix_scores
from nerode.tries import Level, trie
from nerode.words import FloatArray, IntArray, RealArray, Word, Words

BYTES = 2**27  # size of the scores in memory
ROWS = 2**14  # score vectors normalised at a time


def tabulate_word_values(teacher: Teacher, prefixes: Words, suffixes: Words) -> FloatArray:
    """Return the natural logarithms (P, S) of the probabilities of all words p·s, with their ends; −inf for impossible words.

    The model reads each prefix of a suffix after each prefix, and nothing else; see `tabulate` for the cost. The prefixes are
    processed in tiles whose scores fit into BYTES. Besides the result, the memory does not depend on the number of prefixes.

    Raises
    ------
    InputError : the teacher is not a language model, or its scores of a possible word are NaN
    """
    return _tabulate(teacher, prefixes, suffixes, ends=True)


def tabulate_prefix_values(teacher: Teacher, prefixes: Words, suffixes: Words) -> FloatArray:
    """Return the natural logarithms (P, S) of the probabilities that a word begins with p·s: the product over its letters.

    Words p·x that no suffix continues are not queried. If the model gives probability to symbols that can never follow, the
    words that begin with p·s have a smaller total probability.

    Raises
    ------
    InputError : as in `tabulate_word_values`
    """
    return _tabulate(teacher, prefixes, suffixes, ends=False)


def _tabulate(teacher: Teacher, prefixes: Words, suffixes: Words, ends: bool) -> FloatArray:
    link = teacher.link
    if not isinstance(link, NextSymbol):
        raise InputError(f"only a language model gives words a probability; the task of this teacher is {link.task!r}")
    prefixes, suffixes = teacher.alphabet.words(prefixes), teacher.alphabet.words(suffixes)
    values = np.empty((len(prefixes), len(suffixes)))
    if not values.size:
        return values
    levels = trie(suffixes)
    asked = list(_asked(levels, ends))
    # sorted by reversed prefix: prefixes of one tile then share long endings, which are costly to read twice
    order = np.array(sorted(range(len(prefixes)), key=lambda which: prefixes[which][::-1]), np.int64)
    vectors = len(asked) + 1 + max(map(len, prefixes))  # score vectors for each prefix
    size = max(1, BYTES // (np.dtype(np.float64).itemsize * teacher.width * vectors))
    for begin in range(0, len(order), size):
        rows = order[begin : begin + size]
        tile = [prefixes[row] for row in rows]
        first = _prefix_values(teacher, link, tile)
        scores = tabulate(teacher, tile, asked).swapaxes(0, 1)  # (asked, tile, width)
        values[rows] = _along(levels, first, scores, link, ends).T
    if np.isnan(values).any():
        row, column = np.argwhere(np.isnan(values))[0]
        word = teacher.alphabet.text(prefixes[row] + suffixes[column])
        raise InputError(f"the model's scores of the word {word}, or of a word that it begins with, are not numbers")
    return values


def _asked_of(level: Level, ends: bool) -> IntArray:
    """Return the nodes of a level whose scores are needed: all if ends count, otherwise those with children."""
    return np.arange(len(level)) if ends else np.flatnonzero(np.diff(level.children))


def _asked(levels: list[Level], ends: bool) -> Iterator[Word]:
    """Yield the words that lead to the nodes whose scores are needed, level by level."""
    words: list[Word] = [()]
    for depth, level in enumerate(levels):
        if depth:
            words = [(*words[parent], symbol) for parent, symbol in zip(level.parents, level.symbols.tolist(), strict=True)]
        yield from (words[node] for node in _asked_of(level, ends))


def _along(levels: list[Level], first: FloatArray, scores: RealArray, link: NextSymbol, ends: bool) -> FloatArray:
    """Return the log values (S, n) of all suffixes after n prefixes.

    Parameters
    ----------
    first : (n,), the log values of the prefixes
    scores : (asked, n, width), in the order of `_asked`
    """
    values = np.empty((sum(len(level.words) for level in levels), len(first)))
    above = first[None]  # (nodes of the level, n)
    run = max(1, ROWS // len(first))
    done = 0
    for depth, level in enumerate(levels):
        if not ends:
            values[level.words] = above[level.ends(0, len(level))]
        asked = _asked_of(level, ends)
        below = np.empty((int(level.children[-1]), len(first)))
        for begin in range(0, len(asked), run):
            nodes = asked[begin : begin + run]
            logs = _logs(link, scores[done + begin : done + begin + len(nodes)])  # (nodes, n, letters + 1)
            if ends:
                low, high = level.stops[nodes[0]], level.stops[nodes[-1] + 1]
                owners = level.ends(int(nodes[0]), int(nodes[-1]) + 1)
                values[level.words[low:high]] = _sums(above[nodes[owners]], logs[owners, :, link.letters])
            low, high = level.children[nodes[0]], level.children[nodes[-1] + 1]
            if low < high:
                owners = np.searchsorted(nodes, levels[depth + 1].parents[low:high])
                below[low:high] = _sums(above[nodes[owners]], logs[owners, :, levels[depth + 1].symbols[low:high]])
        done += len(asked)
        above = below
    return values


def _prefix_values(teacher: Teacher, link: NextSymbol, words: Words) -> FloatArray:
    """Return the log values (n,) of words without their ends, from the scores of all their prefixes."""
    scores, offsets = prefix_scores(teacher, words)
    following = np.fromiter(chain.from_iterable((*word, 0) for word in words), np.int64, len(scores))
    terms = np.concatenate(
        [
            np.take_along_axis(_logs(link, scores[begin : begin + ROWS]), following[begin : begin + ROWS, None], axis=1)[:, 0]
            for begin in range(0, len(scores), ROWS)
        ]
    )
    terms[offsets[1:] - 1] = 0.0
    places = np.arange(len(terms))
    impossible = np.minimum.reduceat(np.where(np.isneginf(terms), places, len(terms)), offsets[:-1])
    terms[places > np.repeat(impossible, np.diff(offsets))] = 0.0  # scores after an impossible letter may be NaN
    values: FloatArray = np.add.reduceat(terms, offsets[:-1])
    return values


def _logs(link: NextSymbol, scores: RealArray) -> FloatArray:
    """Return the log-probabilities (…, letters + 1) of scores (…, width); NaN without a warning if all are impossible."""
    with np.errstate(invalid="ignore"):
        logs = link.log_probabilities(scores.reshape(-1, scores.shape[-1]))
    return logs.reshape(*scores.shape[:-1], -1)


def _sums(values: FloatArray, logs: FloatArray) -> FloatArray:
    """Return the log values of words one symbol longer; an impossible word stays impossible, even if `logs` is NaN."""
    return np.where(np.isneginf(values), -np.inf, values + logs)
