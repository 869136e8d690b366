"""How tests of learners learn: an equivalence oracle that is exact, and teachers that contradict themselves or are unsure."""

import zlib
from functools import cache
from itertools import product

import numpy as np
from doubles import Stepping, WholeWords, small_tables

from nerode.automata.dfa import DFA
from nerode.automata.equivalence import disagreements
from nerode.automata.operations import minimise
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.observation_table import LStar
from nerode.extraction.queries.ttt import TreeLearner
from nerode.sampling import uniform_words
from nerode.words import Alphabet

LEARNERS = {
    "tree": TreeLearner,
    "tree with classes of letters": lambda labels, states=None: TreeLearner(labels, states, letter_classes=True),
    "table": LStar,
}


def learn(make, target, teacher=None, most=1000):
    """The learner and its hypotheses, the last one equivalent to the target; `most` counterexamples a round."""
    learner = make(Labels(target if teacher is None else teacher))
    hypotheses = [learner.propose()]
    while words := disagreements(hypotheses[-1], target, most):
        assert learner.refine(words) > 0, "real counterexamples taught nothing"
        hypotheses.append(learner.propose())
    return learner, hypotheses


@cache
def minimal_dfas(states, letters):
    """Every language of a DFA of two classes and of so many states or fewer, once: its minimal one."""
    alphabet, found = Alphabet.of_size(letters), {}
    for size in range(1, states + 1):
        for table, labels in product(small_tables(size, letters), product(range(2), repeat=size)):
            dfa = minimise(DFA(alphabet, table, labels))
            found.setdefault((dfa.transitions.tobytes(), dfa.labels.tobytes()), dfa)
    return list(found.values())


class RandomSearch:
    """All that random words of up to 12 letters find at once, at most `most`."""

    decide = False
    records = ()

    def __init__(self, seed, most=300):
        self.rng = np.random.default_rng(seed)
        self.most = most

    def find(self, hypothesis, labels, budget):
        words = uniform_words(self.rng, len(hypothesis.alphabet), self.rng.integers(0, 13, self.most))
        return labels.disagreements(hypothesis, words)


def chances(seed, words):
    """A number from 0 to 1 (n,) for each word, always the same."""
    return np.array([zlib.crc32(repr((seed, *word)).encode()) for word in words]) / 2**32


class Flipped(WholeWords):
    """A margin that is wrong for a share of all words, the same ones each time: another language, and no regular one."""

    def __init__(self, inner, share, seed):
        super().__init__(inner)
        self.share = share
        self.seed = seed

    def scores(self, words):
        scores = super().scores(words)
        return np.where(chances(self.seed, words)[:, None] < self.share, -scores, scores)


class Shaky(Flipped):
    """A margin that is right and 1, but of a share of all words a coin's and 0.05."""

    def scores(self, words):
        scores = WholeWords.scores(self, words)
        chance = chances(self.seed, words)[:, None]
        return np.where(chance < self.share, np.where(chance < self.share / 2, -0.05, 0.05), scores)


class NoisyReading(Stepping):
    """A teacher that keeps states and turns the sign of a margin with a probability, anew at each reading."""

    def __init__(self, inner, probability, seed):
        super().__init__(inner)
        self.probability = probability
        self.rng = np.random.default_rng(seed)

    def _turned(self, scores):
        return np.where(self.rng.random(scores.shape) < self.probability, -scores, scores)

    def read(self, states):
        return self._turned(super().read(states))

    def scores(self, words):
        return self._turned(super().scores(words))
