"""Methods by the teachers that they fit, for the tests that every method has to pass."""

import numpy as np

from nerode.datasets.random_automata import random_pdfa
from nerode.extraction.methods import METHODS, method_named
from nerode.links import CLASSIFIER

CLASSIFYING = [name for name in METHODS if CLASSIFIER in method_named(name).tasks]


def suited(method, classifier, states=3):
    """The classifier, or a language model over its letters where the method is not for classifiers."""
    if method in CLASSIFYING:
        return classifier
    return random_pdfa(np.random.default_rng(2), states, len(classifier.alphabet))
