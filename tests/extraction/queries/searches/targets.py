"""Automata to find, networks that are asked, and looks into them."""

import numpy as np
import torch
from doubles import as_weights, words_up_to

from nerode.automata.dfa import DFA
from nerode.automata.operations import minimise, separating_word
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_dfa
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.searches.base import InTurn
from nerode.links import Binary
from nerode.teachers.asking import teacher_of
from nerode.teachers.encoding import Encoding
from nerode.teachers.networks import RecurrentNetwork, RecurrentSpec
from nerode.words import Alphabet

AB = Alphabet(("a", "b"))


def target(seed, states, letters=2, classes=2):
    return random_dfa(np.random.default_rng(seed), states, letters, classes)


def constant(automaton, label=0):
    return DFA(automaton.alphabet, np.zeros((1, len(automaton.alphabet)), int), [label], classes=automaton.classes)


def spread(automaton, size=0.3, turned=True):
    """The same scores from states that remember more: two numbers that depend on all letters, in dimensions that are turned."""
    n, letters = automaton.transitions.shape
    plain, rng = as_weights(automaton), np.random.default_rng(1)
    transitions = np.zeros((letters, n + 2, n + 2))
    transitions[:, :n, :n] = plain.transitions
    transitions[:, :n, n:] = rng.normal(size=(letters, 1, 2)) * size
    transitions[:, n:, n:] = 0.5 * np.eye(2)
    final = np.concatenate([plain.final, np.zeros((2, plain.width))])
    turn = np.linalg.qr(rng.normal(size=(n + 2, n + 2)))[0] if turned else np.eye(n + 2)
    initial = np.append(plain.initial, [0, 0]) @ turn
    return WFA(automaton.alphabet, initial, turn.T @ transitions @ turn, turn.T @ final, automaton.link)


def network(cell="gru", layers=1, bidirectional=False, seed=0, size=2.0):
    """A network that was never trained, and accepts about every other word: a function like any other."""
    torch.manual_seed(seed)
    made = RecurrentNetwork(RecurrentSpec(cell, 2, 6, (1,), layers, bidirectional, None)).double()
    with torch.no_grad():
        for weight in made.parameters():
            weight.mul_(size)
        made.readout[-1].bias -= float(np.median(teacher_of(made, AB, Binary(), Encoding(), 1).scores(words_up_to(2, 6))))
    return teacher_of(made, AB, Binary(), Encoding(), 1)


def looks(search, hypothesis, labels, budget=10_000):
    return list(search.look(hypothesis, labels, budget))


def found_by(search, hypothesis, labels, budget=10_000):
    return [word for words in looks(search, hypothesis, labels, budget) for word in words]


def learned(teacher, truth, search, budget=10_000):
    """A learner that knows the truth and needs to be shown: it splits one state for each round with a counterexample."""
    labels, blocks = Labels(teacher), truth.labels.copy()
    hypothesis, hypotheses = quotient(truth, blocks), []
    while True:
        hypotheses.append(hypothesis)
        if not InTurn([search]).find(hypothesis, labels, budget):
            return hypotheses, labels
        while separating_word(minimise(quotient(truth, blocks)), hypothesis) is None:
            blocks = finer(truth, blocks)
        hypothesis = minimise(quotient(truth, blocks))


def finer(truth, blocks):
    """One step of Moore's refinement, for the first letter and state that it does anything for."""
    for letter in range(truth.transitions.shape[1]):
        pairs = np.stack([blocks, blocks[truth.transitions[:, letter]]], axis=1).tolist()
        for pair in pairs:
            same = [place for place, other in enumerate(pairs) if other == pair]
            if len(same) < np.count_nonzero(blocks == pair[0]):
                new = blocks.copy()
                new[same] = blocks.max() + 1
                return new
    raise AssertionError("it was shown something although it knew everything")


def quotient(truth, blocks):
    """The truth with states of one block merged into the first of them: right only where the blocks are fine enough."""
    names, first, blocks = np.unique(blocks, return_index=True, return_inverse=True)
    assert len(names) == len(first)
    return DFA(truth.alphabet, blocks[truth.transitions[first]], truth.labels[first], blocks[truth.initial], truth.classes)
