"""The method ngram: what follows the last letters of a word, counted in drawn words, as a PDFA.

With counts c of a symbol a after a context h, which is the last letters, the mark of the beginning among them,

    P(a | h) = (c(h a) + t(h) P(a | h')) / (c(h) + t(h)),

where t(h) is how many different symbols were seen after h, and h' is h without its first symbol; P(a | h) = P(a | h') where h was
never seen. Without any context all symbols are alike in the place of P(a | h'). Witten, Bell: The zero-frequency problem, IEEE
Transactions on Information Theory 37 (1991).

This is exactly a PDFA. Its states are the contexts that were seen. A word leads to its longest ending that is one: if the context
t a was seen, so was t, one letter before. So the longest context after h a ends in the longest one after h, followed by a.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain, islice

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.pdfa import PDFA
from nerode.errors import InputError
from nerode.extraction.method import Method, Task, constant_pdfa
from nerode.extraction.passive.samples import Drawn, leave_sizes, of_drawn, tell_once
from nerode.extraction.probabilistic.method import FRUGALITY
from nerode.extraction.probabilistic.settings import PdfaSettings
from nerode.links import LANGUAGE_MODEL
from nerode.protocols import Teacher
from nerode.words import Alphabet, FloatArray, IntArray

ORDERS = 6  # the largest order that is tried where none is given
TABLE = 2**20  # probabilities of a PDFA at most, states times symbols


@dataclass(frozen=True)
class NgramSettings(PdfaSettings):
    """What can be chosen of n-grams.

    Parameters
    ----------
    order : symbols of an n-gram, the next one included; None for what errs least on held-out words, 6 at most
    """

    order: int | None = None

    def check(self, teacher: Teacher) -> None:
        """Refuse an order below 1, and a model whose words never end.

        Raises
        ------
        InputError : one of these
        """
        super().check(teacher)
        if self.order is not None and (not isinstance(self.order, int) or isinstance(self.order, bool) or self.order < 1):
            raise InputError(f"the order of n-grams must be a whole number of at least 1, not {self.order!r}")


@dataclass(frozen=True)
class Contexts:
    """The n contexts of k symbols that were seen in a sample.

    Parameters
    ----------
    probabilities : (n, letters + 1) of what follows each
    shorter : (n,), the context without the first symbol, among those of k − 1 symbols
    before, letters, after : (m,), that a context of k − 1 symbols and a letter make one of k
    initial : of the beginning of a word, where it has k symbols; else None
    """

    probabilities: FloatArray
    shorter: IntArray
    before: IntArray
    letters: IntArray
    after: IntArray
    initial: int | None


def contexts(sample: Drawn, letters: int, most: int) -> Iterator[Contexts | None]:
    """Yield the contexts of 0, 1, 2, … symbols, as long as there are any; None, and no more, where all are more than `most`."""
    ends = sample.ended.tolist()
    lengths = np.array([len(word) for word in sample.words], np.int64) + sample.ended  # of what follows something
    texts = ((*word, letters) if over else word for word, over in zip(sample.words, ends, strict=True))
    following = np.fromiter(chain.from_iterable(texts), np.int64, int(lengths.sum()))
    place = np.arange(len(following)) - np.repeat(np.cumsum(lengths) - lengths, lengths)  # letters before each of them
    width, length, total = letters + 1, 0, 0
    below, known = np.full((1, width), 1 / width), np.zeros(len(following), np.int64)
    seen = np.arange(len(following))  # where so many symbols stand before
    while len(seen):
        names = known[seen]
        if length:
            names = names * width + np.where(place[seen] >= length, following[seen - length], letters)  # the last is the mark
        different, context = np.unique(names, return_inverse=True)
        total += len(different)
        if total > most:
            yield None
            return
        shorter = different // width if length else different
        counts = np.bincount(context * width + following[seen], minlength=len(different) * width).reshape(-1, width)
        kinds = np.count_nonzero(counts, axis=1)[:, None]
        below = (counts + kinds * below[shorter]) / (counts.sum(axis=1)[:, None] + kinds)
        inner, first = np.flatnonzero(place[seen] > 0) if length else np.zeros(0, np.int64), context[place[seen] == 0]
        before, through = known[seen[inner] - 1], following[seen[inner] - 1]
        yield Contexts(below, shorter, before, through, context[inner], int(first[0]) if len(first) else None)
        known[seen] = context
        length += 1
        seen = seen[place[seen] >= length - 1]


def automaton(levels: Sequence[Contexts], alphabet: Alphabet) -> PDFA:
    """Return the PDFA of contexts of 0, 1, 2, … symbols; its states are those that words lead to, in the order of breadth."""
    offsets = list(accumulate((len(level.probabilities) for level in levels), initial=0))
    transitions = np.zeros((offsets[-1], len(alphabet)), np.int64)
    for k, level in enumerate(levels):
        rows = slice(offsets[k], offsets[k + 1])
        if k:
            transitions[rows] = transitions[offsets[k - 1] + level.shorter]
        if k + 1 < len(levels):
            longer = levels[k + 1]
            transitions[offsets[k] + longer.before, longer.letters] = offsets[k + 1] + longer.after
    initial = max(offsets[k] + level.initial for k, level in enumerate(levels) if level.initial is not None)
    order = _reached(transitions, initial)
    number = np.full(offsets[-1], -1)
    number[order] = np.arange(len(order))
    probabilities = np.concatenate([level.probabilities for level in levels])
    return PDFA(alphabet, number[transitions[order]], probabilities[order])


def _reached(transitions: IntArray, initial: int) -> IntArray:
    """The states that words lead to, by the length of the shortest such word."""
    found, edge = np.zeros(len(transitions), bool), np.array([initial])
    order = []
    while len(edge):
        found[edge] = True
        order.append(edge)
        after = np.unique(transitions[edge])
        edge = after[~found[after]]
    return np.concatenate(order)


def _ngram(task: Task) -> Generator[Automaton, None, str]:
    task.ledger.decidable = True  # samples end, and longer contexts of few words are no sign that more words would not help
    alphabet, order = task.teacher.alphabet, task.settings.order
    most = TABLE // (len(alphabet) + 1)

    def learn(sample: Drawn) -> Iterator[PDFA]:
        levels: list[Contexts] = []
        for level in islice(contexts(sample, len(alphabet), most), order or ORDERS):
            task.meter.check()
            if level is None:
                what = f"n-grams of order {len(levels) + 1} and more"
                tell_once(task, f"Left out: {what}, since there are more than {most:,} contexts.")
                return
            levels.append(level)
            if order is None:
                yield automaton(levels, alphabet)
        if order is not None:
            yield automaton(levels, alphabet)

    return (yield from of_drawn(task, learn))


METHOD = Method(
    (LANGUAGE_MODEL,),
    _ngram,
    longest=40,
    frugality=FRUGALITY,
    constant=constant_pdfa,
    smaller=leave_sizes,
    settings=NgramSettings,
)
