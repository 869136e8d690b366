"""A search where a weighted automaton of the same teacher disagrees with the hypothesis.

Comparing the two automata asks nothing, so that many words can be looked at for each one that the teacher is asked. Scores tell
more of a teacher than labels do: a weighted automaton of a few hundred words often knows what thousands of labels would show.
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

SHORT = 100_000  # all words up to some length, of which there are at most so many, are compared every round
DRAWN = 20_000  # longer words, drawn anew, that are compared every round


class Difference:
    """Looks at words that a weighted automaton of the same teacher classifies differently from the hypothesis, shortest first.

    First all short words; what the teacher says of those that it is asked is known from then on. Then random ones, uniform and
    around the access words of the hypothesis.

    Parameters
    ----------
    make : learns the automaton, whose scores mean what the teacher's do; called once, when it is first needed; None: there is
        none, and nothing is found
    longest : letters of uniform words, and letters that are added to access words
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
        self._classes: IntArray = np.empty(0, np.int64)  # (short,) what the automaton says, and the teacher where it was asked
        self._asked = np.empty(0, bool)  # (short,)

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
        if self._made:
            return
        self._made = True  # also where that fails: it would fail again
        self._wfa = self._make()
        if self._wfa is not None:
            depth = _depth(len(self._wfa.alphabet), self._longest)
            self._short = list(all_words(len(self._wfa.alphabet), depth))
            with np.errstate(all="ignore"):  # what overflows is in no class
                self._classes = _of_short_words(self._wfa, lambda scores: _classes(labels, scores), depth)
            self._asked = np.zeros(len(self._short), bool)

    def _suspects(self, wfa: WFA, hypothesis: DFA, labels: Labels) -> list[Word]:
        """Of BATCH fresh words that are not short, those that the two disagree on, in shortlex order."""
        letters = len(hypothesis.alphabet)
        half = BATCH // 2
        words = uniform_words(self._rng, letters, self._rng.integers(self._longest + 1, size=half))
        words += next(iter(self._near.batches(hypothesis, BATCH - half)))
        covered = len(self._short[-1])
        words = sorted({word for word in words if len(word) > covered}, key=shortlex)
        with np.errstate(all="ignore"):
            guesses = _classes(labels, wfa.scores(words))
        differ = (guesses != UNSURE) & (guesses != hypothesis.predict(words))
        return [words[i] for i in np.flatnonzero(differ).tolist()]


def _classes(labels: Labels, scores: RealArray) -> IntArray:
    """Classes (n,) as the teacher's scores (n, width) would be read; of what is no number, UNSURE."""
    finite: BoolArray = np.logical_and.reduce(np.isfinite(scores), axis=1)
    return np.where(finite, labels.read(np.where(finite[:, None], scores, 0.0)), UNSURE)


def _depth(letters: int, most: int) -> int:
    """A number of letters, `most` or fewer, such that there are at most SHORT words of so many letters and of fewer.

    Over one letter there is a word of each length; there all of them together have ten times SHORT letters at most.
    """
    depth, words = 0, 1
    while depth < most and words + letters ** (depth + 1) <= SHORT and (depth + 1) ** 2 <= 20 * SHORT:
        depth += 1
        words += letters**depth
    return depth


def _of_short_words(automaton: SteppingTeacher, read: Callable[[RealArray], IntArray], depth: int) -> IntArray:
    """What `read` makes of the scores of all words of at most `depth` letters, in shortlex order; each takes one step."""
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
