"""From weighted classifiers to DFAs by clustering: state vectors with similar future scores become one state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from nerode.automata.dfa import DFA
from nerode.automata.linear import add, need_weighted, reverse, trim
from nerode.automata.operations import minimise
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.links import Binary, Multiclass, Value
from nerode.tries import trie
from nerode.words import FloatArray, IntArray, Words


def from_dfa(dfa: DFA) -> WFA:
    """Return the weighted automaton of a DFA's scores, with a state for each of its states."""
    into = np.eye(dfa.states)
    return WFA(dfa.alphabet, into[dfa.initial], into[dfa.transitions.T], dfa.read((np.arange(dfa.states),)), dfa.link)


def to_dfa(a: WFA, words: Words, states: int, tolerance: float = 1e-6, threshold: float = 0.0) -> DFA:
    """Return a DFA of at most `states` states that labels words nearly as the weighted classifier does.

    The state vectors after all prefixes of the words are normalised, since no label depends on their length. Their distance is
    the root mean square difference of the scores that follow on all suffixes of the words. Some vectors become states: first ε,
    then repeatedly the vector farthest from all chosen ones of its label, until `states` are chosen or none is farther than the
    tolerance (Gonzalez, 1985). The choice for fewer states is therefore a subset of the choice for more. Each letter leads to
    the nearest chosen vector of the same label. The result is minimised. More states cost more time and follow the classifier
    more closely.

    The DFA is exact if the classifier has at most `states` directions of state vectors and the words reach all of them. Otherwise
    there is no guarantee for words unlike the given ones: compare the two automata.

    Parameters
    ----------
    words : the words on which the DFA should agree; their prefixes may number some tens of thousands
    tolerance : a distance between 0 and 2, for vectors of length 1
    threshold : scores above it are class 1; for automata with one score per word

    Raises
    ------
    InputError : scores that are not those of a classifier, or fewer than one state
    """
    need_weighted(a)
    if states < 1:
        raise InputError(f"a DFA needs at least one state, not {states}")
    words = a.alphabet.words(words)
    a = trim(_homogeneous(a, threshold))
    vectors = _prefix_states(a, words, scaled)  # (n, r), ε first
    labels = a.link.labels(a.read((vectors,)))
    measure = _future_metric(a, words)  # (r, r)
    chosen = _farthest_first(_unit(vectors @ measure), labels, states, tolerance)
    vectors, labels = vectors[chosen], labels[chosen]
    places = _unit(vectors @ measure)
    transitions = np.empty((len(chosen), len(a.alphabet)), np.int64)
    for symbol, letter in enumerate(a.transitions):
        after = vectors @ letter
        distances = _squares(_unit(after @ measure), places)
        same = a.link.labels(a.read((after,)))[:, None] == labels
        # if no state has the label, the nearest state of any label is used
        transitions[:, symbol] = np.where(same | ~same.any(axis=1, keepdims=True), distances, np.inf).argmin(axis=1)
    return minimise(DFA(a.alphabet, transitions, labels, classes=max(2, a.width)))


def _homogeneous(a: WFA, threshold: float) -> WFA:
    """Return the same classifier with labels that do not change when a state vector is multiplied by a positive number."""
    if a.width == 1 and isinstance(a.link, Binary | Value):
        letters = len(a.alphabet)
        constant = WFA(a.alphabet, np.ones(1), np.ones((letters, 1, 1)), np.full((1, 1), -threshold), Binary())
        return add(replace(a, link=Binary()), constant)
    if not isinstance(a.link, Multiclass) or threshold:
        raise InputError(
            f"a DFA is made of a classifier: of one score a word and a threshold, or of a score a class and none, "
            f"not of {a.width} scores that {a.link} reads and the threshold {threshold:g}"
        )
    return a


def _prefix_states(a: WFA, words: Words, scale: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Return the state vectors (n, r) after the distinct prefixes of words, ε first; each is rescaled before the next letter."""
    states = scale(a.initial[None])
    found = [states]
    for level in trie(words or [()])[1:]:
        states = scale(a.advance((states,), level.parents, level.symbols)[0])
        found.append(states)
    return np.concatenate(found)


def _future_metric(a: WFA, words: Words) -> FloatArray:
    """Return M (r, r) such that |x M| is the root mean square score, from state x, of the distinct suffixes of the words.

    Where scores grow with the length, suffixes are rescaled, so that a few long ones do not dominate. Where scores fade, long
    suffixes keep their smaller weight: measured on random classifiers, giving them equal weight made the DFA less accurate.
    """
    start = reverse(a)
    start = replace(start, initial=scaled(start.initial[None])[0])
    backward = _prefix_states(start, [word[::-1] for word in words], _capped).reshape(-1, a.states)  # (suffixes · width, r)
    _, root = np.linalg.qr(backward)
    measure: FloatArray = root.T / np.sqrt(len(backward) // a.width)
    return measure


def _farthest_first(points: FloatArray, labels: IntArray, most: int, tolerance: float) -> IntArray:
    """Return positions (k,) of distant points (n, r): the first, then always the farthest from the chosen ones of its label."""
    chosen = [0]
    nearest = np.full(len(points), np.inf)
    while True:
        newest = chosen[-1]
        alike = labels == labels[newest]
        nearest[alike] = np.minimum(nearest[alike], _squares(points[alike], points[newest : newest + 1])[:, 0])
        farthest = int(nearest.argmax())
        if len(chosen) == most or nearest[farthest] <= tolerance**2:
            return np.array(chosen, np.int64)
        chosen.append(farthest)


def _squares(points: FloatArray, others: FloatArray) -> FloatArray:
    """Return the squared distances (n, m) between points (n, r) and others (m, r) of length 1 or 0."""
    squares: FloatArray = (points**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * points @ others.T
    return squares


def _unit(points: FloatArray) -> FloatArray:
    """Normalise points (n, r) to length 1; points of length 0 stay unchanged."""
    points = scaled(points)  # squares may overflow or underflow
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    unit: FloatArray = points / np.where(lengths > 0, lengths, 1.0)
    return unit


def scaled(states: FloatArray) -> FloatArray:
    """Divide each of the state vectors (n, r) by its largest magnitude, so that long words neither vanish nor overflow."""
    sizes = np.abs(states).max(axis=1, keepdims=True)
    scaled: FloatArray = states / np.where(sizes > 0, sizes, 1.0)
    return scaled


def _capped(states: FloatArray) -> FloatArray:
    """Divide each of the state vectors (n, r) with a magnitude above 1 by its largest magnitude."""
    capped: FloatArray = states / np.abs(states).max(axis=1, keepdims=True).clip(min=1.0)
    return capped
