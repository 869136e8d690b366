"""Where the words of an extraction come from."""

from __future__ import annotations

import sys

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.operations import access_words
from nerode.links import LANGUAGE_MODEL
from nerode.protocols import Teacher
from nerode.sampling import extend, lengths_like, sample_words, uniform_words, words_with_runs
from nerode.words import IntArray, Word, Words

LONGEST = 20  # letters of the words that are drawn where none are given
SHARE = 8  # of the queries, that the letters of one draw of words from a language model may cost at most


class WordSource:
    """Draws words like the given ones; where none are given, words that a teacher of this kind is likely to tell apart.

    A language model draws words from itself. For other teachers one part of the words has uniform letters; another has
    runs of a few letters, since what repetition and absence do hardly shows in uniform words.

    Parameters
    ----------
    teacher : a language model is asked what follows; the others are not asked
    given : the user's words; may be empty
    queries : how many the teacher may be asked in all; a language model then gives fewer words than are wanted
    """

    def __init__(self, rng: np.random.Generator, teacher: Teacher, given: Words, queries: int | None = None) -> None:
        self._rng = rng
        self._teacher = teacher
        self._letters = len(teacher.alphabet)
        self._given = [given[i] for i in rng.permutation(len(given)).tolist()]
        self.lengths: IntArray = lengths_like(rng, given, LONGEST * 100) if given else np.arange(LONGEST + 1)
        self.invented = not given
        self._most = sys.maxsize if queries is None else max(1, queries // (SHARE * (LONGEST + 1)))

    def keep(self, count: int) -> list[Word]:
        """Words that no later draw will give, but by chance: at most a fifth of the given ones."""
        kept = self._given[: min(count, len(self._given) // 5)]
        self._given = self._given[len(kept) :]
        return kept if kept else self.draw(count)

    def draw(self, count: int) -> list[Word]:
        """`count` words: given ones first, in random order, then uniform ones of such lengths."""
        if not self.invented:
            known = self._given[:count]
            return known + uniform_words(self._rng, self._letters, self._draw_lengths(count - len(known)))
        if self._teacher.link.task == LANGUAGE_MODEL:
            return sample_words(self._rng, self._teacher, min(count, self._most), LONGEST)
        half = count // 2
        words = words_with_runs(self._rng, self._letters, self._draw_lengths(half))
        words += uniform_words(self._rng, self._letters, self._draw_lengths(count - half))
        return [words[i] for i in self._rng.permutation(count).tolist()]

    def around(self, automaton: DFA, count: int) -> list[Word]:
        """`count` words that begin with the access word of a state, all states equally often, and go on with uniform letters.

        Random words hardly ever reach the states of a sparse language; these do. None where words were given: it is those
        that matter.
        """
        if not self.invented:
            return []
        access = access_words(automaton)
        chosen = [access[i] for i in self._rng.integers(len(access), size=count).tolist()]
        return extend(self._rng, chosen, self._letters, int(self.lengths.max()))

    def _draw_lengths(self, count: int) -> IntArray:
        return self._rng.choice(self.lengths, count)
