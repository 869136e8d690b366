"""Counterexamples to a probabilistic automaton: words after which its distribution differs from the model's, taken apart.

A word w = u·a·v is taken apart as by Rivest and Schapire (Inference of finite automata using homing sequences, Information and
Computation 103, 1993). Replace u by the access word of the state that it leads to, for every u. Somewhere the distribution after
w leaves that of the model for that of the automaton. The suffix v at the largest step shows that the state after u·a is two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nerode.automata.cells import trie_walk
from nerode.automata.pdfa import PDFA
from nerode.extraction.probabilistic.pool import following_of, possible
from nerode.protocols import Teacher
from nerode.words import FloatArray, Word, Words

MOST = 10  # counterexamples of a search that are taken apart, those that differ most


@dataclass(frozen=True)
class Found:
    """What a search has found.

    Parameters
    ----------
    prefixes : access words with a further letter, which lead to the wrong state
    suffixes : after which that shows
    """

    prefixes: tuple[Word, ...] = ()
    suffixes: tuple[Word, ...] = ()


def counterexamples(teacher: Teacher, pdfa: PDFA, access: Words, words: Words, least: float) -> Found:
    """Search all prefixes of words, and take apart those after which the distributions differ most.

    Parameters
    ----------
    access : a word that leads to each state; that of state 0, the initial one, is ε
    least : the largest difference of two probabilities that is no evidence
    """
    walk, _ = trie_walk(words, np.ones(len(words)))
    prefixes = walk.words()
    following = following_of(teacher, prefixes)
    states = walk.run(pdfa.transitions)
    differences = np.where(possible(walk, following), np.abs(following - pdfa.probabilities[states]).max(axis=1), 0.0)
    worst = np.argsort(-differences, kind="stable")[:MOST]
    chosen = [prefixes[i] for i in worst[differences[worst] > least].tolist()]
    return _taken_apart(teacher, pdfa, access, chosen, least)


def _taken_apart(teacher: Teacher, pdfa: PDFA, access: Words, chosen: Words, least: float) -> Found:
    """Return where the distribution after each word changes most."""
    if not chosen:
        return Found()
    reached = [_path(pdfa, word) for word in chosen]
    replaced = [
        (*access[state], *word[i:]) for word, states in zip(chosen, reached, strict=True) for i, state in enumerate(states)
    ]
    following = following_of(teacher, replaced)
    bounds = np.cumsum([0, *map(len, reached)])
    found: dict[tuple[Word, Word], None] = {}
    for word, states, begin, end in zip(chosen, reached, bounds[:-1], bounds[1:], strict=True):
        if end - begin > 1:
            steps = _distances(following[begin : end - 1], following[begin + 1 : end])
            i = int(steps.argmax())
            if steps[i] > least**2:  # else the state has another distribution than its access word
                found[(*access[states[i]], word[i]), word[i + 1 :]] = None
    return Found(*zip(*found, strict=True)) if found else Found()


def _distances(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return the squared Hellinger distances (n,) of distributions, but for a factor."""
    distances: FloatArray = ((np.sqrt(one) - np.sqrt(other)) ** 2).sum(axis=1)
    return distances


def _path(pdfa: PDFA, word: Word) -> list[int]:
    """Return the states after each prefix of a word."""
    states = [pdfa.initial]
    for letter in word:
        states.append(int(pdfa.transitions[states[-1], letter]))
    return states
