"""Searches with conformance tests of finite-state machines: the W-method, its random variant, and transition coverage.

A test word is an access word, a middle, and an ending. Most endings are from a characterising set W of the hypothesis: for any
two states, W has a word that leads them to different classes. Chow: Testing software design modeled by finite-state machines,
IEEE Transactions on Software Engineering 4 (1978); Vasilevskii: Failure diagnosis of automata (1973).
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

MOST_STATES = 100  # states up to which the endings separate all pairs of states
DEEPEST = 100  # letters of the longest middles; only reached with a one-letter alphabet (two letters give 2¹⁰⁰ middles)
MIDDLE = 4  # average number of letters in a random middle
END = 5  # letters of a random ending, at most


@dataclass
class WMethod(WordSearch):
    """The W-method: access words · all middles of 0, 1, 2, … letters · W, until the budget is spent.

    If it finds nothing with all middles of up to k letters, either the hypothesis is correct or the teacher has at least k
    additional states. Among middles of the same length, the shortest endings come first.
    """

    name: str = "w-method"

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """Yield `budget` distinct words, the same ones for the same hypothesis."""
        return _batches(_distinct(_chow(hypothesis)), budget)


@dataclass
class RandomWMethod(WordSearch):
    """The random W-method: a random access word · a random middle · a random word of W.

    The length of the middle has a geometric distribution, so that each word of the W-method has a positive probability.
    """

    rng: np.random.Generator
    name: str = "random-w-method"

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """Yield `budget` new random words."""
        access, endings = access_words(hypothesis), _endings(hypothesis)
        for begin in range(0, budget, BATCH):
            size = min(BATCH, budget - begin)
            middles = uniform_words(self.rng, len(hypothesis.alphabet), self.rng.geometric(1 / (MIDDLE + 1), size) - 1)
            states, ends = self.rng.integers(len(access), size=size), self.rng.integers(len(endings), size=size)
            parts = zip(states.tolist(), middles, ends.tolist(), strict=True)
            yield [access[state] + middle + endings[end] for state, middle, end in parts]


@dataclass
class TransitionCoverage(WordSearch):
    """Transition coverage: words through each transition, then through each path of 2, 3, … transitions, within the budget.

    The paths of one length come in random order, each once. Half of the words end with a word of W, the others with a few
    random letters.
    """

    rng: np.random.Generator
    name: str = "transitions"

    def batches(self, hypothesis: DFA, budget: int) -> Iterator[Words]:
        """Yield at most `budget` distinct words."""
        return _batches(_distinct(self._words(hypothesis, budget)), budget)

    def _words(self, hypothesis: DFA, budget: int) -> Iterator[Word]:
        letters = len(hypothesis.alphabet)
        access, endings = access_words(hypothesis), _endings(hypothesis)
        for length in range(1, DEEPEST + 1):
            walks = len(access) * letters**length
            drawn: IntArray = self.rng.choice(walks, min(walks, budget), replace=False)
            others = uniform_words(self.rng, letters, self.rng.integers(END + 1, size=len(drawn)))
            chosen = self.rng.integers(-len(endings), len(endings), size=len(drawn))  # < 0: a random ending
            for walk, end, other in zip(drawn.tolist(), chosen.tolist(), others, strict=True):
                state, code = divmod(walk, letters**length)
                yield access[state] + _digits(code, letters, length) + (other if end < 0 else endings[end])


def _chow(hypothesis: DFA) -> Iterator[Word]:
    """Yield the words of the W-method, some more than once."""
    letters = range(len(hypothesis.alphabet))
    access, endings = access_words(hypothesis), _endings(hypothesis)
    for length in range(DEEPEST + 1):
        for end in endings:
            for middle in product(letters, repeat=length):
                for word in access:
                    yield word + middle + end


def _endings(hypothesis: DFA) -> list[Word]:
    """Return W and ε, in shortlex order; W of a hypothesis with one state is empty, and ε lets its words be queried.

    If there are more than MOST_STATES states, the endings separate only about MOST_STATES of them, evenly spaced along the
    order of `Separation.line`, from each other, and each of these from the next state, with a long separating word. The budget
    is better spent on access words and middles than on thousands of endings.
    """
    if hypothesis.states <= MOST_STATES:
        words = characterising_set(hypothesis)
    else:
        apart = separation(hypothesis)
        line = apart.line().tolist()  # neighbours need the longest separating words
        places = range(0, len(line) - 1, -(-len(line) // MOST_STATES))
        words = [apart.word(line[i], line[j]) for i, j in pairwise(places)]
        words += [apart.word(line[i], line[i + 1]) for i in places]
    return sorted({(), *words}, key=shortlex)


def _digits(code: int, letters: int, length: int) -> Word:
    """Return the word of `length` letters at position `code` in lexicographic order."""
    return tuple(code // letters**place % letters for place in range(length - 1, -1, -1))


def _distinct(words: Iterable[Word]) -> Iterator[Word]:
    """Yield the words without repetitions."""
    seen: set[Word] = set()
    for word in words:
        if word not in seen:
            seen.add(word)
            yield word


def _batches(words: Iterator[Word], budget: int) -> Iterator[Words]:
    """Yield the first `budget` words, in batches of at most BATCH."""
    for begin in range(0, budget, BATCH):
        batch = list(islice(words, min(BATCH, budget - begin)))
        if not batch:
            return
        yield batch
