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
    given : the user's words; may be empty. What is left of them when some are kept is in `self.given`
    queries : how many the teacher may be asked in all; a language model then gives fewer words than are wanted
    """

    def __init__(self, rng: np.random.Generator, teacher: Teacher, given: Words, queries: int | None = None) -> None:
        self._rng = rng
        self._teacher = teacher
        self._letters = len(teacher.alphabet)
        self.given = [given[i] for i in rng.permutation(len(given)).tolist()]
        self.lengths: IntArray = lengths_like(rng, given, LONGEST * 100) if given else np.arange(LONGEST + 1)
        self.invented = not given
        self._most = sys.maxsize if queries is None else max(1, queries // (SHARE * (LONGEST + 1)))

    def keep(self, count: int, part: float) -> list[Word]:
        """`count` words, this part of the given ones first, which are taken out of them: learning will not see those."""
        taken = min(count, round(part * len(self.given)))
        words, self.given = self.given[:taken], self.given[taken:]
        return words + self.invent(count - len(words))

    def invent(self, count: int) -> list[Word]:
        """`count` random words: with uniform letters and lengths as in the given words, where there are any."""
        if not self.invented:
            return uniform_words(self._rng, self._letters, self._draw_lengths(count))
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
