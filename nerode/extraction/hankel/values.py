"""Tables of what a language model makes of words as a whole: log P(p·s), and log P(p·s·Σ*).

A language model's scores of a word say what follows it. The probability of p·s is a product over what follows each of its
prefixes, so the scores of all p·x are tabulated once, where x runs over the prefixes of suffixes, and the logarithms are added
up along the trie of suffixes.
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

BYTES = 2**27  # of the scores that are kept at once
ROWS = 2**14  # score vectors that are normalised at once


def tabulate_word_values(teacher: Teacher, prefixes: Words, suffixes: Words) -> FloatArray:
    """Natural logarithms (P, S) of the probabilities of all words p·s, their ends included; −inf where a word is impossible.

    The model is asked each prefix of a suffix after each prefix, and no more than these; see `tabulate` for what that costs. The
    prefixes are taken in tiles whose scores fit into BYTES, so memory beside the answer does not depend on how many there are.

    Raises
    ------
    InputError : a teacher that is not a language model, or whose scores of a word that is possible are not numbers
    """
    return _tabulate(teacher, prefixes, suffixes, ends=True)


def tabulate_prefix_values(teacher: Teacher, prefixes: Words, suffixes: Words) -> FloatArray:
    """Natural logarithms (P, S) of the probabilities that words begin with p·s: those of the letters, without an end.

    What no suffix goes on from is not asked. Where a model gives probability to symbols that can never follow, the words that
    begin with p·s have less of it together.

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
    # neighbours in this order have most in common, from their ends, which is where reading them twice is dear
    order = np.array(sorted(range(len(prefixes)), key=lambda which: prefixes[which][::-1]), np.int64)
    vectors = len(asked) + 1 + max(map(len, prefixes))  # of scores, for each prefix
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
    """The nodes of a level whose scores are needed: those with children, and all where ends count."""
    return np.arange(len(level)) if ends else np.flatnonzero(np.diff(level.children))


def _asked(levels: list[Level], ends: bool) -> Iterator[Word]:
    """The words that lead to the nodes whose scores are needed, level by level."""
    words: list[Word] = [()]
    for depth, level in enumerate(levels):
        if depth:
            words = [(*words[parent], symbol) for parent, symbol in zip(level.parents, level.symbols.tolist(), strict=True)]
        yield from (words[node] for node in _asked_of(level, ends))


def _along(levels: list[Level], first: FloatArray, scores: RealArray, link: NextSymbol, ends: bool) -> FloatArray:
    """Log values (S, n) of all suffixes after n prefixes.

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
    """Log values (n,) of words without their ends, each from its own prefixes."""
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
    terms[places > np.repeat(impossible, np.diff(offsets))] = 0.0  # whatever the model says there, the word stays impossible
    values: FloatArray = np.add.reduceat(terms, offsets[:-1])
    return values


def _logs(link: NextSymbol, scores: RealArray) -> FloatArray:
    """Log-probabilities (…, letters + 1) of scores (…, width); nan without a warning where all is impossible."""
    with np.errstate(invalid="ignore"):
        logs = link.log_probabilities(scores.reshape(-1, scores.shape[-1]))
    return logs.reshape(*scores.shape[:-1], -1)


def _sums(values: FloatArray, logs: FloatArray) -> FloatArray:
    """Log values of words one symbol longer: what is impossible stays so, whatever the model says there."""
    return np.where(np.isneginf(values), -np.inf, values + logs)
