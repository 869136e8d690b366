"""Searches that test the hypothesis as machines are tested: every state and transition is reached, and then told from others.

Words are an access word, something in the middle, and a word of a characterising set W, which leads from any two states of the
hypothesis to different classes. Chow: Testing software design modeled by finite-state machines, IEEE Transactions on Software
Engineering 4 (1978); Vasilevskii: Failure diagnosis of automata (1973).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise, product

import numpy as np

from nerode.automata.characterising import characterising_set, separation
from nerode.automata.dfa import DFA
from nerode.automata.operations import access_words
from nerode.extraction.queries.searches.base import BATCH, WordSearch
from nerode.sampling import uniform_words
from nerode.words import IntArray, Word, Words, shortlex

MOST_STATES = 100  # of a hypothesis, all of whose states are told apart
DEEPEST = 100  # letters of the longest middles, which only a single letter comes to: of two letters there are 2¹⁰⁰
MIDDLE = 4  # letters on average between access word and ending
END = 5  # letters at most, where the ending is at random


@dataclass
class WMethod(WordSearch):
    """The W-method: access words · all middles of 0, 1, 2, … letters · W, as far as the budget goes.

    Where it went through all middles of k letters and found nothing, the hypothesis is right, or the teacher has at least k
    states more. Of middles of one number of letters, those with the shortest words of W come first.
    """

    name: str = "w-method"

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """`budget` distinct words; always the same for one hypothesis."""
        return _batches(_distinct(_chow(hypothesis)), budget)


@dataclass
class RandomWMethod(WordSearch):
    """Random words of the W-method: the access word of a state · a random middle · a word of W.

    The number of letters in the middle is geometric, so that every word of the W-method may come.
    """

    rng: np.random.Generator
    name: str = "random-w-method"

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """`budget` fresh words."""
        access, endings = access_words(hypothesis), _endings(hypothesis)
        for begin in range(0, budget, BATCH):
            size = min(BATCH, budget - begin)
            middles = uniform_words(self.rng, len(hypothesis.alphabet), self.rng.geometric(1 / (MIDDLE + 1), size) - 1)
            states, ends = self.rng.integers(len(access), size=size), self.rng.integers(len(endings), size=size)
            parts = zip(states.tolist(), middles, ends.tolist(), strict=True)
            yield [access[state] + middle + endings[end] for state, middle, end in parts]


@dataclass
class TransitionCoverage(WordSearch):
    """Words through every transition, then through every two that follow each other, every three, …, as far as the budget goes.

    Each comes once, in random order, and goes on with a word of W or, as often, with a few random letters.
    """

    rng: np.random.Generator
    name: str = "transitions"

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """At most `budget` distinct words."""
        return _batches(_distinct(self._words(hypothesis, budget)), budget)

    def _words(self, hypothesis: DFA, budget: int) -> Iterator[Word]:
        letters = len(hypothesis.alphabet)
        access, endings = access_words(hypothesis), _endings(hypothesis)
        for length in range(1, DEEPEST + 1):
            walks = len(access) * letters**length
            drawn: IntArray = self.rng.choice(walks, min(walks, budget), replace=False)
            others = uniform_words(self.rng, letters, self.rng.integers(END + 1, size=len(drawn)))
            chosen = self.rng.integers(-len(endings), len(endings), size=len(drawn))  # as often below 0, for a random ending
            for walk, end, other in zip(drawn.tolist(), chosen.tolist(), others, strict=True):
                state, code = divmod(walk, letters**length)
                yield access[state] + _digits(code, letters, length) + (other if end < 0 else endings[end])


def _chow(hypothesis: DFA) -> Iterator[Word]:
    """The words of the W-method."""
    letters = range(len(hypothesis.alphabet))
    access, endings = access_words(hypothesis), _endings(hypothesis)
    for length in range(DEEPEST + 1):
        for end in endings:
            for middle in product(letters, repeat=length):
                for word in access:
                    yield word + middle + end


def _endings(hypothesis: DFA) -> list[Word]:
    """W in shortlex order, with ε: a hypothesis of one state has nothing to tell apart, and yet the teacher is asked.

    Of more than MOST_STATES states only so many, spread evenly, are told apart from each other, and each from the state that
    it is hardest to tell it from: a budget is better spent on access words and middles than on thousands of endings.
    """
    if hypothesis.states <= MOST_STATES:
        words = characterising_set(hypothesis)
    else:
        apart = separation(hypothesis)
        line = apart.line().tolist()  # of neighbours in it the words are longest
        places = range(0, len(line) - 1, -(-len(line) // MOST_STATES))
        words = [apart.word(line[i], line[j]) for i, j in pairwise(places)]
        words += [apart.word(line[i], line[i + 1]) for i in places]
    return sorted({(), *words}, key=shortlex)


def _digits(code: int, letters: int, length: int) -> Word:
    """The word with this place among the words of a length, in their order."""
    return tuple(code // letters**place % letters for place in range(length - 1, -1, -1))


def _distinct(words: Iterable[Word]) -> Iterator[Word]:
    seen: set[Word] = set()
    for word in words:
        if word not in seen:
            seen.add(word)
            yield word


def _batches(words: Iterator[Word], budget: int) -> Iterator[Words]:
    """The first `budget` of the words."""
    for begin in range(0, budget, BATCH):
        batch = list(islice(words, min(BATCH, budget - begin)))
        if not batch:
            return
        yield batch
