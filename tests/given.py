"""Teachers as users write them: one of each kind, what one has to have, and doubles whose scores a function makes."""

from doubles import Stepping, WholeWords, words_up_to

from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa
from nerode.links import Binary
from nerode.words import Alphabet

WORDS = words_up_to(2, 5)
KINDS = {
    "classifier": lambda rng: random_dfa(rng, 4, 2),
    "classes": lambda rng: random_dfa(rng, 5, 2, 3),
    "language model": lambda rng: random_pdfa(rng, 3, 2),
    "values": lambda rng: random_wfa(rng, 3, 2),
}
GOOD = {"alphabet": Alphabet(("a", "b")), "width": 1, "link": Binary(), "scores": lambda words: [[1.0]] * len(words)}


class Given(WholeWords):
    """Its scores are what a function makes of those of another, and of the words."""

    def __init__(self, inner, made):
        super().__init__(inner)
        self.made = made

    def scores(self, words):
        return self.made(super().scores(words), words)


class GivenStepping(Stepping, Given):
    """One that keeps states; what it reads goes through the function too."""

    def __init__(self, inner, made):
        Given.__init__(self, inner, made)
        self.read_states = self.steps = 0

    def read(self, states):
        return self.made(super().read(states), None)
