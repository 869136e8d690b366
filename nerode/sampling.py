"""Random words: uniform ones, edited or extended ones, and samples of language models."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate, pairwise

import numpy as np

from nerode.errors import InputError
from nerode.links import NextSymbol
from nerode.protocols import States, SteppingTeacher, Teacher, TwoWayTeacher, Wrapper, take
from nerode.stepping import BATCH
from nerode.words import FloatArray, IntArray, RealArray, Word, Words, unpack

Edits = tuple[tuple[Callable[[np.random.Generator, list[int], int], None], int], ...]
"""Edits of words, each with the smallest length of a word to which it applies."""


def uniform_words(rng: np.random.Generator, letters: int, lengths: IntArray) -> list[Word]:
    """Draw a word of each of the lengths (n,), with letters uniform in 0 … letters − 1."""
    symbols = rng.integers(letters, size=int(np.sum(lengths))).tolist()
    bounds = accumulate(np.asarray(lengths).tolist(), initial=0)
    return [tuple(symbols[begin:end]) for begin, end in pairwise(bounds)]


def words_with_runs(rng: np.random.Generator, letters: int, lengths: IntArray) -> list[Word]:
    """Draw a word of each of the lengths (n,): a uniform word with a run of letters from a random subset of the alphabet.

    The run begins and ends at random places. The size of the subset is uniform in 1 … letters. Over a large alphabet, uniform
    words rarely contain `aaa`, and long ones contain every letter. These words show the effect of repeated and missing letters.
    """
    lengths = np.asarray(lengths, np.int64)
    order = rng.permuted(np.tile(np.arange(letters), (len(lengths), 1)), axis=1)
    size = rng.integers(1, letters + 1, size=len(lengths))
    begin, end = np.sort(rng.integers(lengths + 1, size=(2, len(lengths))), axis=0)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    run = (begin[rows] <= place) & (place < end[rows])
    symbols = order[rows, rng.integers(np.where(run, size[rows], letters))].tolist()
    bounds = accumulate(lengths.tolist(), initial=0)
    return [tuple(symbols[first:last]) for first, last in pairwise(bounds)]


def crossed(rng: np.random.Generator, words: Words, count: int) -> list[Word]:
    """Draw `count` words, each made of two of the given ones: a part of the one takes the place of the same part of the other.

    Both parts begin and end at the same fractions of their words, so words of one length give words of that length, and letters
    stay about where they were. They are near the given words where uniform letters are not. The idea is that of MUNGE
    (Bucilă, Caruana, Niculescu-Mizil: Model compression, 2006), without its search for neighbours.

    Raises
    ------
    InputError : there are no words
    """
    if not words:
        raise InputError("there are no words to cross; give at least one")
    pairs = rng.integers(len(words), size=(count, 2)).tolist()
    cuts = np.sort(rng.random((count, 2)), axis=1).tolist()
    made = []
    for (one, other), (begin, end) in zip(pairs, cuts, strict=True):
        a, b = words[one], words[other]
        kept, taken = ([round(cut * len(word)) for cut in (begin, end)] for word in (a, b))
        made.append(a[: kept[0]] + b[taken[0] : taken[1]] + a[kept[1] :])
    return made


def lengths_like(rng: np.random.Generator, words: Words, count: int) -> IntArray:
    """Draw lengths (count,) with replacement from the lengths of the given words.

    Raises
    ------
    InputError : there are no words
    """
    if not words:
        raise InputError("lengths cannot be drawn from an empty list of words; give at least one word")
    return rng.choice(np.array([len(word) for word in words], np.int64), count)


def extend(rng: np.random.Generator, words: Words, letters: int, longest: int) -> list[Word]:
    """Return each word followed by random letters; their number is uniform in 0 … longest."""
    suffixes = uniform_words(rng, letters, rng.integers(longest + 1, size=len(words)))
    return [word + suffix for word, suffix in zip(words, suffixes, strict=True)]


def mutate(rng: np.random.Generator, words: Words, letters: int, edits: int = 3) -> list[Word]:
    """Return each word after a few random edits; their number is uniform in 1 … edits.

    An edit substitutes, inserts or deletes a letter, swaps two adjacent letters, or redraws all letters from a random position
    on. If an edit does not apply, as a deletion from ε, a letter is inserted instead. Edits may cancel, so that a word can stay
    unchanged.
    """
    return _edited(rng, words, letters, edits, _EDITS)


def misspell(rng: np.random.Generator, words: Words, letters: int, edits: int = 2) -> list[Word]:
    """Return each word with 1 … `edits` letters substituted, inserted or deleted; it may stay unchanged, as in `mutate`."""
    return _edited(rng, words, letters, edits, _EDITS_OF_A_LETTER)


def substituted(rng: np.random.Generator, words: Words, letters: int, edits: int = 2) -> list[Word]:
    """Return each word with 1 … `edits` letters substituted, so that its length stays; it may stay unchanged, as in `mutate`."""
    return _edited(rng, words, letters, edits, ((_substitute, 1),))


def sample_words(rng: np.random.Generator, teacher: Teacher, count: int, longest: int) -> list[Word]:
    """Draw `count` words from a language model, letter by letter, from its distribution of the next symbol.

    Words are drawn in batches. A word that has not ended after `longest` letters is cut there; a word of `longest` letters may
    therefore be only a prefix. Symbols that can never follow are left out, and the other probabilities are renormalised.

    Raises
    ------
    InputError : the teacher is not a language model
    """
    link = teacher.link
    if not isinstance(link, NextSymbol):
        raise InputError(f"words can only be drawn from a language model; the task of this one is {link.task!r}")
    words: list[Word] = []
    for begin in range(0, count, BATCH):
        words.extend(_sample_batch(rng, read_by_steps(teacher), link, min(BATCH, count - begin), longest))
    return words


def _sample_batch(rng: np.random.Generator, teacher: SteppingTeacher, link: NextSymbol, count: int, longest: int) -> list[Word]:
    """Draw one batch of words; see `sample_words`."""
    symbols = np.zeros((count, longest), np.int64)
    lengths = np.full(count, longest, np.int64)
    running = np.arange(count)
    states = take(teacher.start(), np.zeros(count, np.int64))
    for length in range(longest):
        logs = link.log_probabilities(teacher.read(states))  # (running, letters + 1)
        # Gumbel-max: the largest of log-probability plus Gumbel noise is an exact draw, with any normalisation (Gumbel, 1954)
        drawn = (logs + rng.gumbel(size=logs.shape)).argmax(axis=1)
        ended = drawn == link.letters
        lengths[running[ended]] = length
        going = np.flatnonzero(~ended)
        running = running[going]
        if not len(running):
            break
        symbols[running, length] = drawn[going]
        states = teacher.advance(states, going, drawn[going])
    return unpack(symbols, lengths)


def read_by_steps(teacher: Teacher) -> SteppingTeacher:
    """Return the teacher as a stepping teacher, with the cheapest wrapper if it needs one."""
    if isinstance(teacher, SteppingTeacher):
        return teacher
    return _TwoWayReading(teacher) if isinstance(teacher, TwoWayTeacher) else _PrefixReading(teacher)


class _PrefixReading(Wrapper):
    """A stepping teacher from any teacher: its states are the prefixes (n, length), and each read queries whole prefixes."""

    def scores(self, words: Words) -> FloatArray:
        return self._asked.scores(words)

    def start(self) -> States:
        return (np.zeros((1, 0), np.int64),)

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        return (np.column_stack([states[0][parents], symbols]),)

    def read(self, states: States) -> RealArray:
        return self._asked.scores([tuple(word) for word in states[0].tolist()])


class _TwoWayReading(_PrefixReading):
    """A stepping teacher from a two-way teacher: it keeps forward states, and each read runs backward over the prefixes."""

    def __init__(self, teacher: TwoWayTeacher) -> None:
        super().__init__(teacher)
        self._ways = teacher

    def start(self) -> States:
        return (*super().start(), *self._ways.forward.start())

    def advance(self, states: States, parents: IntArray, symbols: IntArray) -> States:
        return (*super().advance(states, parents, symbols), *self._ways.forward.advance(states[1:], parents, symbols))

    def read(self, states: States) -> RealArray:
        words, everyone = states[0], np.arange(len(states[0]))
        backward = take(self._ways.backward.start(), np.zeros(len(words), np.int64))
        for place in reversed(range(words.shape[1])):
            backward = self._ways.backward.advance(backward, everyone, words[:, place])
        scores: RealArray = self._ways.forward.read(states[1:]) + self._ways.backward.read(backward)
        return scores


def _edited(rng: np.random.Generator, words: Words, letters: int, edits: int, kinds: Edits) -> list[Word]:
    edited = []
    for word, count in zip(words, rng.integers(1, edits + 1, size=len(words)).tolist(), strict=True):
        symbols = list(word)
        for kind in rng.integers(len(kinds), size=count).tolist():
            edit, shortest = kinds[kind]
            (edit if len(symbols) >= shortest else _insert)(rng, symbols, letters)
        edited.append(tuple(symbols))
    return edited


def _insert(rng: np.random.Generator, symbols: list[int], letters: int) -> None:
    symbols.insert(int(rng.integers(len(symbols) + 1)), int(rng.integers(letters)))


def _delete(rng: np.random.Generator, symbols: list[int], letters: int) -> None:
    del symbols[int(rng.integers(len(symbols)))]


def _substitute(rng: np.random.Generator, symbols: list[int], letters: int) -> None:
    symbols[int(rng.integers(len(symbols)))] = int(rng.integers(letters))


def _swap(rng: np.random.Generator, symbols: list[int], letters: int) -> None:
    i = int(rng.integers(len(symbols) - 1))
    symbols[i], symbols[i + 1] = symbols[i + 1], symbols[i]


def _redraw_tail(rng: np.random.Generator, symbols: list[int], letters: int) -> None:
    begin = int(rng.integers(len(symbols)))
    symbols[begin:] = rng.integers(letters, size=len(symbols) - begin).tolist()


_EDITS_OF_A_LETTER: Edits = ((_substitute, 1), (_insert, 0), (_delete, 1))
_EDITS: Edits = (*_EDITS_OF_A_LETTER, (_swap, 2), (_redraw_tail, 1))
