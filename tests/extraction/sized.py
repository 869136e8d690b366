"""What tests of several sizes share: the sizes that are wanted, and extractions of every kind."""

import numpy as np

from nerode.automata.operations import minimise
from nerode.datasets.random_automata import random_dfa, random_pdfa, random_wfa

WANTED = (1, 2, 4, 6)


def classifier(states=9):
    return minimise(random_dfa(np.random.default_rng(3), states, 2))


MAKES = {
    "lstar": ("lstar", classifier, {}),
    "three classes": ("lstar", lambda: random_dfa(np.random.default_rng(3), 9, 2, classes=3), {}),
    "spectral": ("spectral", classifier, {}),
    "least squares": ("spectral", classifier, {"refinement": "least-squares"}),
    "model": ("spectral", lambda: random_pdfa(np.random.default_rng(4), 7, 2), {}),
    "pdfa": ("pdfa", lambda: random_pdfa(np.random.default_rng(4), 7, 2), {}),
    "probabilities": ("spectral", lambda: random_pdfa(np.random.default_rng(4), 7, 2), {"target": "probabilities"}),
    "values": ("spectral", lambda: random_wfa(np.random.default_rng(3), 7, 2), {}),
    "not refined": ("spectral", classifier, {"refinement": "none"}),
}
