"""Searches for counterexamples to visibly pushdown automata, among words of a limited height.

A network follows brackets to some depth only. So words are as low and as short as possible, and the height grows while the
hypothesis holds. Words that are not well-matched are not asked: no automaton with these calls and returns accepts them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from nerode.automata.nested_words import NestedWords, heights_of, near_misses, respelt
from nerode.automata.vpa import VPA
from nerode.extraction.ledger import SearchRecord
from nerode.extraction.pushdown.tree import NestedLearner
from nerode.extraction.queries.labels import UNSURE, Labels
from nerode.words import IntArray, Word, Words

DRAWN = 1000  # words of the hypothesis in a search: as many accepted ones as any, and half as many that are changed
COMPOSED = 4000  # words of transitions in contexts
LETTERS = 8  # of a word beside its highest brackets


@dataclass(frozen=True)
class Found:
    """Counterexamples, the lowest and shortest first.

    Parameters
    ----------
    words : themselves
    share : of the words of exactly the height of the search that the hypothesis accepts, those that the teacher rejects
    """

    words: list[Word]
    share: float


class NestedSearch:
    """Looks for words that a hypothesis and its teacher answer differently.

    Parameters
    ----------
    kinds : (Σ,), CALL, RETURN or INTERNAL
    given : words to look at, of any height
    highest : height of the words that are drawn, at most
    room : letters of the longest words that the teacher reads; None for no limit

    Attributes
    ----------
    records : what each search has done: "given", "contexts", "nested" and "changed"
    """

    def __init__(
        self, labels: Labels, kinds: IntArray, given: Words, rng: np.random.Generator, highest: int, room: int | None = None
    ) -> None:
        self._labels, self._kinds, self._rng, self._highest, self._room = labels, kinds, rng, highest, room
        self._drawing: tuple[VPA, NestedWords] | None = None  # of the last hypothesis
        heights = heights_of(kinds, given)
        self._given = [(int(height), word) for height, word in zip(heights, given, strict=True) if height >= 0]
        self.records = {name: SearchRecord(name) for name in ("given", "contexts", "nested", "changed")}

    def find(self, hypothesis: VPA, learner: NestedLearner, height: int) -> Found:
        """Return counterexamples of at most a height."""
        given = [word for high, word in self._given if high <= height]
        low = [*self._ask("given", hypothesis, given), *self._ask("contexts", hypothesis, self._composed(learner, height))]
        accepted, others = self.drawn(hypothesis, height, DRAWN)
        wrong = self._ask("nested", hypothesis, accepted)
        high, refused = (int(np.count_nonzero(heights_of(self._kinds, words) == height)) for words in (accepted, wrong))
        changed = respelt(self._rng, accepted, self._kinds) + near_misses(self._rng, hypothesis, accepted[: DRAWN // 2])
        changed = [word for word, h in zip(changed, heights_of(self._kinds, changed), strict=True) if 0 <= h <= height]
        found = {*low, *wrong, *self._ask("nested", hypothesis, others), *self._ask("changed", hypothesis, changed)}
        order = dict(zip(found, heights_of(self._kinds, list(found)).tolist(), strict=True))
        return Found(sorted(found, key=lambda word: (order[word], len(word), word)), refused / max(1, high))

    def drawn(self, hypothesis: VPA, height: int, count: int) -> tuple[list[Word], list[Word]]:
        """Return random words of at most a height, half of them of just this height: accepted ones, and any."""
        longest = self._longest(height)
        if self._drawing is None or self._drawing[0] is not hypothesis:
            self._drawing = hypothesis, NestedWords(hypothesis, self._longest(self._highest), self._highest)
        words = self._drawing[1]
        heights = self._rng.integers(0, height + 1, 2 * count)
        heights[::2] = height
        lengths = self._rng.integers(0, longest + 1, 2 * count)
        accepted = words.draw(self._rng, heights[:count], lengths[:count], hypothesis.accepting)
        others = words.draw(self._rng, heights[count:], lengths[count:], np.ones(hypothesis.states, bool))
        return list(dict.fromkeys(accepted)), list(dict.fromkeys(others))

    def _composed(self, learner: NestedLearner, height: int) -> list[Word]:
        """Return words of transitions in the contexts that tell locations apart, or as many of them as are asked for."""
        words, contexts = learner.transition_words(), [learner.contexts[0], *filter(any, learner.contexts)]
        total = len(words) * len(contexts)
        chosen = self._rng.permutation(total)[:COMPOSED] if total > COMPOSED else np.arange(total)
        made = []
        for number in chosen.tolist():
            (before, after), word = contexts[number % len(contexts)], words[number // len(contexts)]
            made.append((*before, *word, *after))
        low = heights_of(self._kinds, made) <= height
        return [made[i] for i in np.flatnonzero(low).tolist() if len(made[i]) <= self._longest(height)]

    def _longest(self, height: int) -> int:
        """Return the letters of the longest words of a height that are asked."""
        longest = 2 * height + LETTERS
        return longest if self._room is None else min(longest, self._room)

    def _ask(self, name: str, hypothesis: VPA, words: list[Word]) -> list[Word]:
        """Return the words that the teacher answers differently."""
        record, begun = self.records[name], time.monotonic()
        record.looks += 1
        found: list[Word] = []
        words = [word for word in words if self._room is None or len(word) <= self._room]
        for some in self._labels.at_once(words):
            record.words += len(some)
            answers = self._labels.of(some)
            differs = (answers != UNSURE) & (answers != hypothesis.predict(some))
            found += [some[i] for i in np.flatnonzero(differs).tolist()]
        record.found += len(found)
        record.seconds += time.monotonic() - begun
        return found
