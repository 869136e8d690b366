"""Scales for the states of a weighted automaton, the same whatever scales they come in.

A state times d, with what comes in multiplied by d and what goes out divided by d, leaves the function as it is. So do a factor
moved from the final to the initial weights of one of two automata that are added up, since it scales all of that one's states.
But whoever compares sizes, as one must to tell a direction from rounding, depends on them: scales have to be chosen by a rule
that comes to the same weights from wherever it starts.

Here it is a minimum. Words start from one more node and end there, so that initial and final weights are arrows like those of
the letters, and what every arrow weighs is known up to the factor of its kind: the initial weights, each letter, each score.
What is minimised is the sum of all weights over the scales of the states, at which as much comes into each state as goes out
(Osborne, 1960; Parlett and Reinsch, 1969). In the logarithms of the scales it is convex, and strictly so where every state lies
on the way of some word, as in a trimmed automaton; so there is one minimum, and Newton's method finds it. Improving one state at
a time, as LAPACK does, stops where only all states of an operand together could move.

The factors of the kinds are set before, by least squares: scales and factors that bring the logarithms of all weights closest
to 0. A change of either in what is given moves the solution along and leaves what comes out as it is. That would be enough if
a weight of 1e-17 were not as often rounding as it is small: for least squares all count alike, in a sum of weights it is nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nerode.automata.wfa import WFA
from nerode.words import FloatArray

STEPS = 100  # of Newton's method, some 4 to 15 of which are needed
NEAR = 0.1  # a change of all logarithms by less ends it; scales are rounded to powers of 2 afterwards
FARTHEST = 2.0  # of one step, in logarithms: beyond, an exponential is nothing like its second order
SINGULAR = 1e-12  # relative; combinations of scales with less than this do not matter


def equilibrated(a: WFA) -> WFA:
    """The same function with the states scaled by powers of 2, so that sizes of weights can be compared.

    For automata without useless states (`trim`); of others the scales are not unique. The largest initial and the largest final
    weight are about the same. Scores are those of `a` to the last bit, unless something underflows.
    """
    if not a.initial.any() or not a.final.any():
        return a
    kinds = _logarithms(a.initial[None]), _logarithms(a.final.T), _logarithms(a.transitions)
    levels = _least_squares(*kinds)
    for _ in range(2):  # the largest of each kind, which is taken as 1, may be another one afterwards
        levels += _least_sum(_graph(*kinds, levels))
    start, end, _ = kinds
    levels += ((end.max(axis=0) - levels).max() - (start[0] + levels).max()) / 2
    powers = np.rint(levels / np.log(2)).astype(np.int64)
    return replace(
        a,
        initial=np.ldexp(a.initial, powers),
        transitions=np.ldexp(a.transitions, powers - powers[:, None]),
        final=np.ldexp(a.final, -powers[:, None]),
    )


def unit(a: WFA) -> tuple[WFA, float]:
    """An automaton whose initial and final weights have the norm 1, and the root of what its scores are to be multiplied with.

    The root, since that neither overflows nor underflows where the weights do not; 0 with the automaton as it is where one of
    them is 0.
    """
    sizes = size(a.initial), size(a.final)
    root = float(np.sqrt(sizes[0]) * np.sqrt(sizes[1]))
    return (replace(a, initial=a.initial / sizes[0], final=a.final / sizes[1]), root) if root else (a, root)


def size(array: FloatArray) -> float:
    """The root of the sum of squares, where squares may overflow or underflow."""
    largest = float(np.abs(array).max(initial=0.0))
    return largest * float(np.linalg.norm(array / largest)) if largest else 0.0


def _logarithms(weights: FloatArray) -> FloatArray:
    """Natural logarithms of magnitudes, −∞ of 0."""
    with np.errstate(divide="ignore"):
        logarithms: FloatArray = np.log(np.abs(weights))
    return logarithms


def _least_squares(start: FloatArray, end: FloatArray, letters: FloatArray) -> FloatArray:
    """Levels x (r,) of which Σ (l + c + x_to − x_from)² is least over them and one constant c a kind; x is 0 outside of states.

    `start` (1, r), `end` (width, r) and `letters` (Σ, r, r) are logarithms l, one kind a row; all scores count like one letter.
    """
    into, after = _centred(start)
    out, before = _centred(end)
    inner, between = _centred(letters)
    share = 1 / len(end)
    # the normal equations, with the constants eliminated
    net = np.concatenate([into, -out, inner.sum(axis=1) - inner.sum(axis=2)])  # (kinds, r)
    counts = np.concatenate([into.sum(axis=1), out.sum(axis=1), inner.sum(axis=(1, 2))])  # (kinds,)
    weights = np.ones(len(counts))
    weights[1 : 1 + len(end)] = share
    pairs = inner.sum(axis=0) + inner.sum(axis=0).T
    matrix = np.diag(into.sum(axis=0) + share * out.sum(axis=0) + pairs.sum(axis=0)) - pairs
    matrix -= (net * (weights / np.maximum(counts, 1))[:, None]).T @ net
    pull = after.sum(axis=0) - share * before.sum(axis=0) + between.sum(axis=(0, 1)) - between.sum(axis=(0, 2))
    levels: FloatArray = -np.linalg.lstsq(matrix, pull, rcond=SINGULAR)[0]
    return levels


def _centred(logarithms: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Where there are weights, as 0 and 1, and their logarithms less the mean of their kind, 0 where there are none."""
    there = np.isfinite(logarithms)
    found = np.where(there, logarithms, 0.0)
    axes = tuple(range(1, found.ndim))
    mean = found.sum(axis=axes, keepdims=True) / np.maximum(there.sum(axis=axes, keepdims=True), 1)
    return there.astype(np.float64), np.where(there, found - mean, 0.0)


def _graph(start: FloatArray, end: FloatArray, letters: FloatArray, levels: FloatArray) -> FloatArray:
    """The weights (r + 1, r + 1) of arrows between nodes, the outside first, where the largest of each kind is 1."""
    graph = np.zeros((len(levels) + 1, len(levels) + 1))
    graph[0, 1:] = _shares(start + levels).sum(axis=0)
    graph[1:, 0] = _shares(end - levels).mean(axis=0)
    graph[1:, 1:] = _shares(letters + levels - levels[:, None]).sum(axis=0)
    np.fill_diagonal(graph, 0.0)  # no scale changes these
    return graph


def _shares(logarithms: FloatArray) -> FloatArray:
    """Weights relative to the largest of their kind, from logarithms (kinds, …)."""
    largest = logarithms.max(axis=tuple(range(1, logarithms.ndim)), keepdims=True)
    shares: FloatArray = np.exp(logarithms - np.where(np.isfinite(largest), largest, 0.0))
    return shares


def _least_sum(graph: FloatArray) -> FloatArray:
    """Levels x (r,) of which Σ graph[i, j] exp(x_j − x_i) is least, where that of node 0 is 0; graph (r + 1, r + 1)."""
    levels = np.zeros(len(graph))
    for _ in range(STEPS):
        weights = graph * np.exp(levels - levels[:, None])
        into, out = weights.sum(axis=0), weights.sum(axis=1)
        roots = np.sqrt(np.where(into + out > 0, into + out, 1.0))[1:]  # a weakly connected state has equations, too
        second = (np.diag(into + out) - weights - weights.T)[1:, 1:] / roots / roots[:, None]
        step = np.linalg.lstsq(second, (out - into)[1:] / roots, rcond=SINGULAR)[0] / roots
        farthest = np.abs(step).max()
        levels[1:] += step / max(1.0, farthest / FARTHEST)
        if farthest < NEAR:
            break
    return levels[1:]
