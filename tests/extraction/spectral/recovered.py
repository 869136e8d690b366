"""Whether an automaton is the function that it was learned from."""

import numpy as np
from doubles import random_words


def assert_same_function(automaton, teacher, rng, tolerance=1e-8):
    words = random_words(rng, len(teacher.alphabet), 300, 25)
    expected = teacher.scores(words)
    np.testing.assert_allclose(automaton.scores(words), expected, rtol=0, atol=tolerance * np.abs(expected).max())
