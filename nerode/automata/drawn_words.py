"""Drawing random words of a class of a DFA, uniform over all words of a length, by counting the words.

The counts are stored as logarithms. With a thousand letters there are more words than a float can hold, and the counts of two
states can differ so much that no common scale fits both.
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
    """The words of one class of a DFA, counted once so that many can be drawn.

    Parameters
    ----------
    longest : the length of the longest words that will be requested
    weights : (Σ,), positive; words are then drawn in proportion to the products of the weights of their letters

    Raises
    ------
    InputError : a class that contains no word
    """

    def __init__(self, dfa: DFA, label: int, longest: int, weights: FloatArray | None = None) -> None:
        self._dfa = dfa
        self._possible = _lengths_of(dfa, label, longest)
        self._logs = np.zeros(len(dfa.alphabet)) if weights is None else np.log(weights)
        most = int(_nearest(self._possible, np.arange(longest + 1)).max())
        self._counts = _log_counts(dfa, label, self._logs, most)

    def draw(self, rng: np.random.Generator, lengths: IntArray) -> list[Word]:
        """Draw a word of each of the lengths (n,), at most `longest`; use the nearest possible length where a length has no word.

        All words are drawn in parallel, one letter per step.
        """
        lengths = _nearest(self._possible, np.asarray(lengths, np.int64))
        return self._walk(rng, np.full(len(lengths), self._dfa.initial), lengths)

    def draw_through(self, rng: np.random.Generator, count: int) -> list[Word]:
        """Draw words that pass through a random state: its access word, then a word that leads from it to the class.

        All states that can reach the class are equally likely. For each state, all possible lengths of the second part are
        equally likely, up to the length of the longest word that can be drawn.

        Raises
        ------
        InputError : a state that no word leads to
        """
        ways = np.isfinite(self._counts).T  # (states, longest + 1): does a word of this length lead to the class?
        able = np.flatnonzero(ways.any(axis=1))
        states = able[rng.integers(len(able), size=count)]
        lengths = np.where(ways[states], rng.random((count, ways.shape[1])), -1.0).argmax(axis=1)
        access = access_words(self._dfa)
        ends = self._walk(rng, states, lengths)
        return [access[state] + end for state, end in zip(states.tolist(), ends, strict=True)]

    def _walk(self, rng: np.random.Generator, states: IntArray, lengths: IntArray) -> list[Word]:
        """Draw words of lengths (n,) that lead from states (n,) to the class."""
        longest = int(lengths.max(initial=0))
        order = np.argsort(-lengths, kind="stable")  # longest first: the words that have begun are a prefix of it
        states, symbols = states.copy(), np.zeros((len(lengths), longest), np.int64)
        for left in range(longest, 0, -1):
            rows = order[: np.count_nonzero(lengths >= left)]
            after = self._dfa.transitions[states[rows]]  # (rows, Σ)
            # the argmax of log-weight plus Gumbel noise is an exact draw (Gumbel, 1954) without normalisation
            drawn = (self._counts[left - 1][after] + self._logs + rng.gumbel(size=after.shape)).argmax(axis=1)
            symbols[rows, lengths[rows] - left] = drawn
            states[rows] = after[np.arange(len(rows)), drawn]
        return unpack(symbols, lengths)


def draw_words(rng: np.random.Generator, dfa: DFA, label: int, lengths: IntArray) -> list[Word]:
    """Draw a word of each of the lengths (n,), uniform over the words of that length in the class `label`.

    If the class has no word of a length, the nearest length that has one is used; of two equally near lengths, the shorter.
    Memory holds (longest + 1) numbers per state, where `longest` is at least the length of the shortest word of the class.

    Raises
    ------
    InputError : a class that contains no word
    """
    return WordsOfClass(dfa, label, int(np.max(lengths, initial=0))).draw(rng, lengths)


def _lengths_of(dfa: DFA, label: int, longest: int) -> IntArray:
    """Return lengths of words of the class, ascending: all that can be the nearest to a length up to `longest`.

    Raises
    ------
    InputError : a class that contains no word
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
        if not found and length >= dfa.states:  # the shortest word visits no state twice
            raise InputError(f"no word has the class {label} in this DFA of {dfa.states} states; draw from another class")
        after = dfa.transitions[reached]
        reached = np.zeros(dfa.states, bool)
        reached[after] = True
    return np.array(found)


def _nearest(possible: IntArray, lengths: IntArray) -> IntArray:
    """Return the possible length (ascending) nearest to each of the lengths (n,); of two, the shorter."""
    above = np.searchsorted(possible, lengths).clip(max=len(possible) - 1)
    below = (above - 1).clip(min=0)
    nearer: IntArray = np.where(
        np.abs(possible[above] - lengths) < np.abs(lengths - possible[below]), possible[above], possible[below]
    )
    return nearer


def _log_counts(dfa: DFA, label: int, logs: FloatArray, longest: int) -> FloatArray:
    """Return the log total weights (longest + 1, states) of the words of each length that lead from a state to the class."""
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
    """Draw `count` words in or near the classes of a DFA, all classes equally often, in batches; half of the words are mutated.

    Uniform words are rarely members of a sparse language, and a mutated non-member is rarely one either. Here half of the words
    are members, and the others are nearly members. In half of the draws all words of a class and a length are equally likely. In
    the other half, letters with the same transitions count together as one letter. Otherwise brackets among 26 fillers would be
    rare, and deep nesting would almost never be drawn. Half of the words are drawn by length alone. The other half pass through
    a random state, all states equally often, because few words visit some states under any other scheme.

    Parameters
    ----------
    lengths : (n,), the lengths to choose from, where the class has words of the chosen length
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
    """Return weights (Σ,) of letters: none, and weights that give each class of interchangeable letters the total weight 1."""
    _, kinds, sizes = np.unique(dfa.transitions, axis=1, return_inverse=True, return_counts=True)
    return [None] if sizes.max() == 1 else [None, 1.0 / sizes[kinds.ravel()]]
