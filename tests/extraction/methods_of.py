"""Methods by the teachers that they fit, and what they learn, for the tests that every method has to pass."""

import numpy as np

from nerode.automata.cfg import CFG
from nerode.automata.dfa import DFA
from nerode.automata.pdfa import PDFA
from nerode.automata.vpa import VPA
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_pdfa
from nerode.extraction.methods import METHODS, method_named
from nerode.extraction.passive.samples import leave_sizes
from nerode.extraction.reasons import LARGEST_SAMPLE, SAME, SETTLED
from nerode.links import CLASSIFIER, LANGUAGE_MODEL

CLASSIFYING = [name for name in METHODS if CLASSIFIER in method_named(name).tasks]
MODELLING = [name for name in METHODS if LANGUAGE_MODEL in method_named(name).tasks]
PASSIVE = [name for name in METHODS if method_named(name).smaller is leave_sizes]  # they make no automata of other sizes
ENDINGS = {
    "no counterexample",
    "equivalent",
    "converged",
    "largest block",
    "room kept",
    "no room",
    LARGEST_SAMPLE,
    SAME,
    SETTLED,
}  # of methods that end by themselves
KINDS = {"lstar": DFA, "spectral": WFA, "pdfa": PDFA, "vpa": VPA, "cfg": CFG}
KINDS |= {"rpni": DFA, "edsm": DFA, "alergia": PDFA, "ngram": PDFA}


def suited(method, classifier, states=3):
    """The classifier, or a language model over its letters where the method is not for classifiers."""
    if method in CLASSIFYING:
        return classifier
    return random_pdfa(np.random.default_rng(2), states, len(classifier.alphabet))


def same_arrays(a, b):
    if isinstance(a, DFA):
        return np.array_equal(a.transitions, b.transitions) and np.array_equal(a.labels, b.labels)
    if isinstance(a, CFG):
        return a.rules == b.rules
    last = {PDFA: ("probabilities",), VPA: ("pops", "accepting")}.get(type(a), ("final",))
    names = ("initial", "transitions", *last)
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in names)
