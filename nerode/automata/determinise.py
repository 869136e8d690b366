"""From weighted classifiers to DFAs: states that go on alike are taken as one."""

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


def to_dfa(a: WFA, words: Words, states: int, tolerance: float = 1e-6, threshold: float = 0.0) -> DFA:
    """A DFA of at most `states` states that labels words much as the weighted classifier does.

    The state vectors after all prefixes of the words are compared up to their length, which no label depends on, by the scores
    that follow on all suffixes of the words, in the root mean square. Some of them become states: ε, then always the one that is
    farthest from all chosen of its label, until `states` are chosen or none is farther than the tolerance (Gonzalez, 1985); so
    those of fewer states are also among those of more. A letter leads to the closest chosen one of the same label. What comes
    out is minimised; larger `states` cost more and follow the classifier more closely.

    Exact for a classifier with no more than `states` directions of state vectors, where the words reach them all. Otherwise
    nothing is promised of words unlike the given ones: compare the two.

    Parameters
    ----------
    words : what to be right on; their prefixes may number some tens of thousands
    tolerance : between 0 and 2, in vectors of length 1
    threshold : scores above it are class 1; for automata with one score a word

    Raises
    ------
    InputError : scores that are not those of a classifier, or fewer than one state
    """
    need_weighted(a)
    if states < 1:
        raise InputError(f"a DFA needs at least one state, not {states}")
    words = a.alphabet.words(words)
    a = trim(_margins(a, threshold))
    vectors = _walked(a, words, scaled)  # (n, r), that of ε first
    labels = a.link.labels(a.read((vectors,)))
    measure = _following(a, words)  # (r, r)
    chosen = _spread(_unit(vectors @ measure), labels, states, tolerance)
    vectors, labels = vectors[chosen], labels[chosen]
    places = _unit(vectors @ measure)
    transitions = np.empty((len(chosen), len(a.alphabet)), np.int64)
    for symbol, letter in enumerate(a.transitions):
        after = vectors @ letter
        distances = _squares(_unit(after @ measure), places)
        same = a.link.labels(a.read((after,)))[:, None] == labels
        # a label that was never chosen has no state: the closest of any label is taken
        transitions[:, symbol] = np.where(same | ~same.any(axis=1, keepdims=True), distances, np.inf).argmin(axis=1)
    return minimise(DFA(a.alphabet, transitions, labels, classes=max(2, a.width)))


def _margins(a: WFA, threshold: float) -> WFA:
    """The same classifier, with labels that do not change when a state vector is multiplied by a positive number."""
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


def _walked(a: WFA, words: Words, scale: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """The state vectors (n, r) after the distinct prefixes of words, each put to scale before it is read on; that of ε first."""
    states = scale(a.initial[None])
    found = [states]
    for level in trie(words or [()])[1:]:
        states = scale(a.advance((states,), level.parents, level.symbols)[0])
        found.append(states)
    return np.concatenate(found)


def _following(a: WFA, words: Words) -> FloatArray:
    """M (r, r) such that |x M| is the root mean square of the scores of the distinct suffixes of words, read from state x.

    Where scores grow with the length all suffixes count alike, since a few long ones must not decide alone. Where they fade,
    long ones count less: to make them count, too, was measured to follow random classifiers less closely.
    """
    start = reverse(a)
    start = replace(start, initial=scaled(start.initial[None])[0])
    backward = _walked(start, [word[::-1] for word in words], _capped).reshape(-1, a.states)  # (suffixes · width, r)
    _, root = np.linalg.qr(backward)
    measure: FloatArray = root.T / np.sqrt(len(backward) // a.width)
    return measure


def _spread(points: FloatArray, labels: IntArray, most: int, tolerance: float) -> IntArray:
    """Positions (k,) of points (n, r) that are far apart: the first, then always the farthest from those chosen of its label."""
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
    """Squares (n, m) of the distances between points (n, r) and others (m, r) of length 1 or 0."""
    squares: FloatArray = (points**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * points @ others.T
    return squares


def _unit(points: FloatArray) -> FloatArray:
    """Points (n, r) at the length 1; those of length 0 stay where they are."""
    points = scaled(points)  # squares may overflow or underflow
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    unit: FloatArray = points / np.where(lengths > 0, lengths, 1.0)
    return unit


def scaled(states: FloatArray) -> FloatArray:
    """State vectors (n, r) divided by their largest magnitudes, so that long words neither vanish nor overflow."""
    sizes = np.abs(states).max(axis=1, keepdims=True)
    scaled: FloatArray = states / np.where(sizes > 0, sizes, 1.0)
    return scaled


def _capped(states: FloatArray) -> FloatArray:
    """State vectors (n, r), those with magnitudes above 1 divided by the largest."""
    capped: FloatArray = states / np.abs(states).max(axis=1, keepdims=True).clip(min=1.0)
    return capped
