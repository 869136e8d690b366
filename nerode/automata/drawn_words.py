"""Drawing words of a class from a DFA: uniform over all words of a length, by counting them.

Counts of words are kept as logarithms: of a thousand letters there are more words than a float can hold, and of two states
one can have so many more than the other that no common scale serves both.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import compress
from itertools import count as count_from

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.operations import access_words
from nerode.errors import InputError
from nerode.sampling import mutate
from nerode.words import FloatArray, IntArray, Word, unpack


class WordsOfClass:
    """The words of one class of a DFA, counted, so that many can be drawn.

    Parameters
    ----------
    longest : letters of the longest words that will be wanted
    weights : (Σ,), positive; words are then drawn in proportion to the products of the weights of their letters

    Raises
    ------
    InputError : a class that no word has
    """

    def __init__(self, dfa: DFA, label: int, longest: int, weights: FloatArray | None = None) -> None:
        self._dfa = dfa
        self._possible = _lengths_of(dfa, label, longest)
        self._logs = np.zeros(len(dfa.alphabet)) if weights is None else np.log(weights)
        most = int(_nearest(self._possible, np.arange(longest + 1)).max())
        self._counts = _log_counts(dfa, label, self._logs, most)

    def draw(self, rng: np.random.Generator, lengths: IntArray) -> list[Word]:
        """A word of each of the lengths (n,), up to the longest that was announced; or of the nearest that there is.

        They are drawn side by side, a letter a step.
        """
        lengths = _nearest(self._possible, np.asarray(lengths, np.int64))
        return self._walk(rng, np.full(len(lengths), self._dfa.initial), lengths)

    def draw_through(self, rng: np.random.Generator, count: int) -> list[Word]:
        """Words that pass a state by its access word and go on to the class, all states equally often that can.

        They go on by each number of letters that leads there equally often, up to those of the longest word that can be drawn.

        Raises
        ------
        InputError : a state that no word leads to
        """
        ways = np.isfinite(self._counts).T  # (states, longest + 1): whether words of each length lead to the class
        able = np.flatnonzero(ways.any(axis=1))
        states = able[rng.integers(len(able), size=count)]
        lengths = np.where(ways[states], rng.random((count, ways.shape[1])), -1.0).argmax(axis=1)
        access = access_words(self._dfa)
        ends = self._walk(rng, states, lengths)
        return [access[state] + end for state, end in zip(states.tolist(), ends, strict=True)]

    def _walk(self, rng: np.random.Generator, states: IntArray, lengths: IntArray) -> list[Word]:
        """Words of lengths (n,) that lead from states (n,) to the class."""
        longest = int(lengths.max(initial=0))
        order = np.argsort(-lengths, kind="stable")  # longest first: the words that have begun are a leading part
        states, symbols = states.copy(), np.zeros((len(lengths), longest), np.int64)
        for left in range(longest, 0, -1):
            rows = order[: np.count_nonzero(lengths >= left)]
            after = self._dfa.transitions[states[rows]]  # (rows, Σ)
            # the largest of log-weight plus Gumbel noise is an exact draw (Gumbel, 1954), whatever the normalisation
            drawn = (self._counts[left - 1][after] + self._logs + rng.gumbel(size=after.shape)).argmax(axis=1)
            symbols[rows, lengths[rows] - left] = drawn
            states[rows] = after[np.arange(len(rows)), drawn]
        return unpack(symbols, lengths)


def draw_words(rng: np.random.Generator, dfa: DFA, label: int, lengths: IntArray) -> list[Word]:
    """A word of each of the lengths (n,), uniform over the words of that length that have the class `label`.

    Where there are none of a length, a word of the nearest length of which there are some; of two such lengths the shorter.
    (longest + 1) numbers a state are in memory, the longest word being the shortest of its class at least.

    Raises
    ------
    InputError : a class that no word has
    """
    return WordsOfClass(dfa, label, int(np.max(lengths, initial=0))).draw(rng, lengths)


def _lengths_of(dfa: DFA, label: int, longest: int) -> IntArray:
    """Lengths of words of the class, ascending: all that can be the nearest to a length up to `longest`.

    Raises
    ------
    InputError : a class that no word has
    """
    reached = np.zeros(dfa.states, bool)
    reached[dfa.initial] = True
    found: list[int] = []
    for length in count_from():
        if (dfa.labels[reached] == label).any():
            found.append(length)
            if length >= longest:
                break
        if length >= longest and found and length >= 2 * longest - found[-1]:
            break
        if not found and length >= dfa.states:  # the shortest word passes no state twice
            raise InputError(f"no word has the class {label} in this DFA of {dfa.states} states; draw from another class")
        after = dfa.transitions[reached]
        reached = np.zeros(dfa.states, bool)
        reached[after] = True
    return np.array(found)


def _nearest(possible: IntArray, lengths: IntArray) -> IntArray:
    """The possible length (ascending) nearest to each of the lengths (n,); of two, the shorter."""
    above = np.searchsorted(possible, lengths).clip(max=len(possible) - 1)
    below = (above - 1).clip(min=0)
    nearer: IntArray = np.where(
        np.abs(possible[above] - lengths) < np.abs(lengths - possible[below]), possible[above], possible[below]
    )
    return nearer


def _log_counts(dfa: DFA, label: int, logs: FloatArray, longest: int) -> FloatArray:
    """Logarithms (longest + 1, states) of the weight of the words of each length that lead from a state to the class."""
    counts = np.full((longest + 1, dfa.states), -np.inf)
    counts[0, dfa.labels == label] = 0.0
    for length in range(1, longest + 1):
        after = counts[length - 1][dfa.transitions] + logs  # (states, Σ)
        largest = after.max(axis=1)
        some = np.flatnonzero(largest > -np.inf)
        sums = np.exp(after[some] - largest[some, None]).sum(axis=1)
        counts[length, some] = largest[some] + np.log(sums)
    return counts


def draw_near_classes(rng: np.random.Generator, dfa: DFA, lengths: IntArray, count: int, batch: int) -> Iterator[list[Word]]:
    """`count` words of the classes of a DFA, all classes equally often, in batches; half of the words are mutated.

    Uniform words are hardly ever members of a sparse language, and a mutated non-member is hardly ever one either. Here half
    of the words are members, or nearly. In half of the draws all words of a class and a length are equally likely. In the
    other half letters that the DFA treats alike count together as one letter: brackets among 26 fillers would else be rare,
    and deeply nested ones hardly ever drawn. Half of the words are drawn so, by their lengths. The others pass a state, all
    states equally often, since few words pass some states however they are drawn.

    Parameters
    ----------
    lengths : (n,), one of which each word has, where the class has words of that length
    """
    if count == 0:
        return
    longest = int(lengths.max())
    classes = np.unique(dfa.labels).tolist()
    sources = [WordsOfClass(dfa, label, longest, weights) for weights in _weights(dfa) for label in classes]
    for begin in range(0, count, batch):
        size = min(batch, count - begin)
        words: list[Word] = []
        for place, source in enumerate(sources):
            share = len(range(place, size, len(sources)))
            words += source.draw(rng, rng.choice(lengths, share - share // 2))
            words += source.draw_through(rng, share // 2)
        whole = rng.random(size) < 0.5
        mutated = mutate(rng, list(compress(words, ~whole)), len(dfa.alphabet))
        yield [*compress(words, whole), *mutated]


def _weights(dfa: DFA) -> list[FloatArray | None]:
    """Weights (Σ,) of letters by which words are drawn: none; and those by which letters that act alike weigh 1 together."""
    _, kinds, sizes = np.unique(dfa.transitions, axis=1, return_inverse=True, return_counts=True)
    return [None] if sizes.max() == 1 else [None, 1.0 / sizes[kinds.ravel()]]
