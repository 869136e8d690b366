"""What tests of ways of training share: a few words, and networks that are about to learn."""

import numpy as np

from nerode.teachers import distilling
from nerode.teachers.training import TrainingSettings
from nerode.words import Alphabet

AB = Alphabet("ab")
WORDS = [(), (0,), (1, 1, 0), (0, 1)]


def learner_of(architecture, width, seed=0, layers=2, length=None):
    settings = TrainingSettings(architecture, 4, layers, heads=2, batch=9, learning_rate=1e-12, length=length)
    rng = np.random.default_rng(seed)
    made = distilling.apprentice(settings, AB, np.ones(width), np.zeros(width), rng)
    made.network.double()
    return made
