"""Hypotheses whose errors a test chooses, and a ledger of them."""

from dataclasses import dataclass

import numpy as np

from nerode.extraction.ledger import Ledger
from nerode.extraction.meter import Meter
from nerode.links import CLASSIFIER
from nerode.words import Alphabet


class Scale:
    """Stands for held-out words: it gives each hypothesis the error that the test wrote on it."""

    def __init__(self, words=1000, task=CLASSIFIER):
        self.words, self.task = [()] * words, task

    def errors(self, hypothesis):
        return np.full(len(self.words), hypothesis.error)

    def add(self, teacher, words):
        self.words = [*self.words, *words]


@dataclass(frozen=True)
class Hypothesis:
    """Stands for an automaton over two letters of which nothing but its size and its error is known."""

    states: int
    error: float
    alphabet: Alphabet = Alphabet(("0", "1"))  # noqa: RUF009  (frozen)
    unit = "state"

    @property
    def size(self):
        return self.states


def ledger(constant, *hypotheses, frugality=0.0, words=1000, task=CLASSIFIER, at_knee=False):
    made = Ledger(Hypothesis(1, constant), Scale(words, task), Meter(), frugality, at_knee)
    for states, error in hypotheses:
        made.add(Hypothesis(states, error))
    return made


def best(*arguments, **settings):
    preferred = ledger(*arguments, **settings).best
    return preferred.states, preferred.error
