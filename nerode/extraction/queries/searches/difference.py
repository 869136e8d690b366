"""A search for words on which a weighted automaton of the teacher and the hypothesis disagree.

The comparison of the two automata needs no queries; only words on which they disagree are queried. Scores carry more
information than labels: a weighted automaton learned from a few hundred words often predicts what thousands of labels would
show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from nerode.arrays import join
from nerode.automata.dfa import DFA
from nerode.automata.wfa import WFA
from nerode.extraction.queries.labels import UNSURE, Labels
from nerode.extraction.queries.searches.base import BATCH
from nerode.extraction.queries.searches.words import NearAccessWords
from nerode.protocols import SteppingTeacher
from nerode.sampling import uniform_words
from nerode.words import BoolArray, IntArray, RealArray, Word, all_words, shortlex

SHORT = 100_000  # short words compared in each round, at most: all words up to some length
DRAWN = 20_000  # random longer words compared in each round


class Difference:
    """Search for counterexamples among words that a weighted automaton and the hypothesis classify differently.

    It begins with all short words, the shortest first, and keeps the teacher's labels of those that it has queried. Then it
    draws random words: half of them are uniform, half begin with access words of the hypothesis.

    Parameters
    ----------
    make : learns the weighted automaton, whose scores approximate the teacher's; called once, when the search first runs. If it
        returns None, the search finds nothing
    longest : letters of uniform words, and letters added to access words, at most
    """

    def __init__(self, make: Callable[[], WFA | None], rng: np.random.Generator, longest: int, name: str = "difference") -> None:
        self.name = name
        self._make = make
        self._made = False
        self._wfa: WFA | None = None
        self._rng = rng
        self._longest = longest
        self._near = NearAccessWords(rng, longest)
        self._short: list[Word] = []  # all words up to some length
        self._classes: IntArray = np.empty(0, np.int64)  # (short,) the teacher's where it was queried, else the automaton's
        self._asked = np.empty(0, bool)  # (short,) whether the teacher was queried

    def look(self, hypothesis: DFA, labels: Labels, budget: int) -> Iterator[list[Word]]:
        """See `Search`."""
        self._prepare(labels)
        if self._wfa is None:
            return
        left = budget
        said = _of_short_words(hypothesis, hypothesis.link.labels, len(self._short[-1]))
        suspects = np.flatnonzero((self._classes != UNSURE) & (self._classes != said))
        for begin in range(0, len(suspects), BATCH):
            rows = suspects[begin : begin + BATCH]
            fresh = rows[~self._asked[rows]][:left]
            left -= len(fresh)
            if len(fresh):
                self._classes[fresh] = labels.of([self._short[row] for row in fresh.tolist()])
                self._asked[fresh] = True
            wrong = self._asked[rows] & (self._classes[rows] != UNSURE) & (self._classes[rows] != said[rows])
            yield [self._short[row] for row in rows[wrong].tolist()]
        for _ in range(0, DRAWN, BATCH):
            if not left:
                return
            words = self._suspects(self._wfa, hypothesis, labels)[:left]
            left -= len(words)
            yield labels.disagreements(hypothesis, words) if words else []

    def _prepare(self, labels: Labels) -> None:
        """Learn the weighted automaton, and classify the short words by it, in the first round."""
        if self._made:
            return
        self._made = True  # before the call, which would fail again if it fails
        self._wfa = self._make()
        if self._wfa is not None:
            depth = _depth(len(self._wfa.alphabet), self._longest)
            self._short = list(all_words(len(self._wfa.alphabet), depth))
            with np.errstate(all="ignore"):  # scores that overflow become UNSURE
                self._classes = _of_short_words(self._wfa, lambda scores: _classes(labels, scores), depth)
            self._asked = np.zeros(len(self._short), bool)

    def _suspects(self, wfa: WFA, hypothesis: DFA, labels: Labels) -> list[Word]:
        """Draw BATCH words, and return the longer ones on which the two automata disagree, distinct and in shortlex order."""
        letters = len(hypothesis.alphabet)
        half = BATCH // 2
        words = uniform_words(self._rng, letters, self._rng.integers(self._longest + 1, size=half))
        words += next(iter(self._near.batches(hypothesis, BATCH - half)))
        covered = len(self._short[-1])
        words = sorted({word for word in words if len(word) > covered and labels.reads(word)}, key=shortlex)
        with np.errstate(all="ignore"):
            guesses = _classes(labels, wfa.scores(words))
        differ = (guesses != UNSURE) & (guesses != hypothesis.predict(words))
        return [words[i] for i in np.flatnonzero(differ).tolist()]


def _classes(labels: Labels, scores: RealArray) -> IntArray:
    """Return the classes (n,) of scores (n, width), read like the teacher's; UNSURE where a score is not finite."""
    finite: BoolArray = np.logical_and.reduce(np.isfinite(scores), axis=1)
    return np.where(finite, labels.read(np.where(finite[:, None], scores, 0.0)), UNSURE)


def _depth(letters: int, most: int) -> int:
    """Return the largest length, at most `most`, such that there are at most SHORT words up to this length.

    A second condition limits the length over a one-letter alphabet: (length)² is at most 20 · SHORT, so that all words
    together have about 10 · SHORT letters at most.
    """
    depth, words = 0, 1
    while depth < most and words + letters ** (depth + 1) <= SHORT and (depth + 1) ** 2 <= 20 * SHORT:
        depth += 1
        words += letters**depth
    return depth


def _of_short_words(automaton: SteppingTeacher, read: Callable[[RealArray], IntArray], depth: int) -> IntArray:
    """Return the classes of all words of at most `depth` letters, in shortlex order; each word takes one step.

    Parameters
    ----------
    read : gives the classes of scores
    """
    letters = np.arange(len(automaton.alphabet))
    states = automaton.start()
    found = [read(automaton.read(states))]
    for _ in range(depth):
        parts = []
        for begin in range(0, len(states[0]), BATCH):
            parents = np.arange(begin, min(begin + BATCH, len(states[0])))
            parts.append(automaton.advance(states, np.repeat(parents, len(letters)), np.tile(letters, len(parents))))
            found.append(read(automaton.read(parts[-1])))
        states = join(parts)
    return np.concatenate(found)
