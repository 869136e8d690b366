"""Where the words of an extraction come from."""

from __future__ import annotations

import numpy as np

from nerode.links import CLASSIFIER, LANGUAGE_MODEL
from nerode.protocols import Teacher
from nerode.sampling import few_letter_words, lengths_like, mutate, sample_words, uniform_words
from nerode.words import IntArray, Word, Words

LONGEST = 30  # letters of the words that are drawn where none are given


class WordSource:
    """Draws words like the given ones; where none are given, words that a teacher of this kind is likely to tell apart.

    A language model draws words from itself. For other teachers one part of the words has uniform letters; another is
    over a few letters, since what happens while a letter is missing shows in no uniform word; for a classifier a third
    part misses words of all its classes by a few edits, since uniform words are often all of one class.

    Parameters
    ----------
    teacher : asked for the classes of words
    given : the user's words; may be empty
    """

    def __init__(self, rng: np.random.Generator, teacher: Teacher, given: Words) -> None:
        self._rng = rng
        self._teacher = teacher
        self._letters = len(teacher.alphabet)
        self._given = [given[i] for i in rng.permutation(len(given)).tolist()]
        self.lengths: IntArray = lengths_like(rng, given, LONGEST * 100) if given else np.arange(LONGEST + 1)
        self._invented = not given

    def keep(self, count: int) -> list[Word]:
        """Words that no later draw will give, but by chance: at most a fifth of the given ones."""
        kept = self._given[: min(count, len(self._given) // 5)]
        self._given = self._given[len(kept) :]
        return kept if kept else self.draw(count)

    def draw(self, count: int) -> list[Word]:
        """`count` words: given ones first, in random order, then uniform ones of such lengths."""
        if not self._invented:
            known = self._given[:count]
            return known + uniform_words(self._rng, self._letters, self._draw_lengths(count - len(known)))
        if self._teacher.link.task == LANGUAGE_MODEL:
            return sample_words(self._rng, self._teacher, count, LONGEST)
        near = count // 3 if self._teacher.link.task == CLASSIFIER else 0
        few = (count - near) // 2
        words = few_letter_words(self._rng, self._letters, self._draw_lengths(few))
        words += uniform_words(self._rng, self._letters, self._draw_lengths(count - near - few))
        words += self._near_all_classes(words, near)
        return [words[i] for i in self._rng.permutation(count).tolist()]

    def _near_all_classes(self, words: Words, count: int) -> list[Word]:
        """Mutations of words (n,) that are drawn so that each class among them is met equally often."""
        if not count:
            return []
        labels = self._teacher.link.labels(self._teacher.scores(words))
        share = 1.0 / np.bincount(labels)[labels]
        chosen = self._rng.choice(len(words), count, p=share / share.sum())
        return mutate(self._rng, [words[i] for i in chosen.tolist()], self._letters)

    def _draw_lengths(self, count: int) -> IntArray:
        return self._rng.choice(self.lengths, count)
