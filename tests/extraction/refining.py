"""What tests of refinements share."""

from nerode.automata.wfa import WFA
from nerode.extraction.spectral.batches import make_batch
from nerode.links import Binary, Multiclass, NextSymbol, Value
from nerode.stepping import prefix_scores

LINKS = {
    "binary": (Binary(), 1),
    "multiclass": (Multiclass(), 4),
    "next symbol": (NextSymbol(3), 5),
    "next symbol, sigmoid": (NextSymbol(3, "sigmoid"), 5),
    "value": (Value(), 2),
}
"""Each link with a number of scores, over 3 letters."""


def never():
    """A limit that is not reached."""


def linked(automaton, link):
    return WFA(automaton.alphabet, automaton.initial, automaton.transitions, automaton.final, link)


def parameters_of(automaton):
    return automaton.initial, automaton.transitions, automaton.final


def perturbed(rng, automaton, size=0.05):
    parts = parameters_of(automaton)
    return WFA(automaton.alphabet, *(part + size * rng.normal(size=part.shape) for part in parts), automaton.link)


def batch_of(teacher, words):
    return make_batch(words, prefix_scores(teacher, words)[0])


def collect(made, automata):
    """Append what is yielded to a list, where it stays when an exception follows."""
    for automaton in automata:
        made.append(automaton)
