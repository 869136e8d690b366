"""Canonical scales for the states of a weighted automaton, independent of the scales that it comes with.

The function does not change when a state is scaled: its incoming weights are multiplied by d and its outgoing weights divided
by d. In a sum of two automata, moving a factor from the final to the initial weights of one of them is such a change, since it
scales all of that automaton's states. Separating a direction from rounding means comparing sizes, and these depend on the
scales. So the scales must be chosen by a rule that gives the same weights from every start.

The rule here is a minimum. An extra node is added where words start and end. Then initial and final weights are arrows like
those of the letters, and the weight of every arrow is known up to one factor per kind: the initial weights, each letter, each
score. The sum of all weights is minimised over the scales of the states. At the minimum, the incoming and outgoing weights of
each state have equal sums (Osborne, 1960; Parlett and Reinsch, 1969). The sum is convex in the logarithms of the scales, and
strictly convex if every state lies on the path of some word, as in a trimmed automaton. So the minimum is unique, and Newton's
method finds it. LAPACK improves one state at a time and would stop where only all states of an operand together could move.

The factors of the kinds are set first, by least squares: scales and factors that bring the logarithms of all weights closest
to 0. If scales or factors change in the input, the solution moves with them and the output stays the same. Least squares
alone would be enough if a weight of 1e-17 were never rounding error: least squares counts all weights alike, while a sum of
weights ignores a tiny one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nerode.automata.wfa import WFA
from nerode.words import FloatArray

STEPS = 100  # at most, of Newton's method; it needs about 4 to 15
NEAR = 0.1  # Newton's method stops when all logarithms change by less; scales are then rounded to powers of 2
FARTHEST = 2.0  # largest step in logarithms: beyond it, the second-order model of an exponential is poor
SINGULAR = 1e-12  # relative; combinations of scales with smaller singular values do not matter


def equilibrated(a: WFA) -> WFA:
    """Return the same function with the states scaled by powers of 2, so that sizes of weights can be compared.

    The automaton should have no useless states (see `trim`); with them the scales are not unique. The largest initial and the
    largest final weight become about equal. The scores are those of `a` to the last bit, unless something underflows.
    """
    if not a.initial.any() or not a.final.any():
        return a
    kinds = _logarithms(a.initial[None]), _logarithms(a.final.T), _logarithms(a.transitions)
    levels = _least_squares(*kinds)
    for _ in range(2):  # the weights are relative to the largest of each kind, which may change
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
    """Return an automaton with initial and final weights of norm 1, and the root of the factor that restores its scores.

    The root neither overflows nor underflows where the weights do not. If the initial or final weights are 0, the root is 0 and
    the automaton stays unchanged.
    """
    sizes = size(a.initial), size(a.final)
    root = float(np.sqrt(sizes[0]) * np.sqrt(sizes[1]))
    return (replace(a, initial=a.initial / sizes[0], final=a.final / sizes[1]), root) if root else (a, root)


def size(array: FloatArray) -> float:
    """Return the root of the sum of squares, without overflow or underflow of the squares."""
    largest = float(np.abs(array).max(initial=0.0))
    return largest * float(np.linalg.norm(array / largest)) if largest else 0.0


def _logarithms(weights: FloatArray) -> FloatArray:
    """Return natural logarithms of magnitudes, −∞ for 0."""
    with np.errstate(divide="ignore"):
        logarithms: FloatArray = np.log(np.abs(weights))
    return logarithms


def _least_squares(start: FloatArray, end: FloatArray, letters: FloatArray) -> FloatArray:
    """Return levels x (r,) that minimise Σ (l + c + x_to − x_from)² over x and one constant c per kind; x is 0 outside of states.

    `start` (1, r), `end` (width, r) and `letters` (Σ, r, r) are logarithms l, one kind per row. All scores together weigh as much
    as one letter.
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
    """Return which weights are nonzero (as 0 and 1), and the logarithms minus the mean of their kind, 0 for weights of 0."""
    there = np.isfinite(logarithms)
    found = np.where(there, logarithms, 0.0)
    axes = tuple(range(1, found.ndim))
    mean = found.sum(axis=axes, keepdims=True) / np.maximum(there.sum(axis=axes, keepdims=True), 1)
    return there.astype(np.float64), np.where(there, found - mean, 0.0)


def _graph(start: FloatArray, end: FloatArray, letters: FloatArray, levels: FloatArray) -> FloatArray:
    """Return weights (r + 1, r + 1) of arrows between nodes, the extra node first, where the largest weight of each kind is 1."""
    graph = np.zeros((len(levels) + 1, len(levels) + 1))
    graph[0, 1:] = _shares(start + levels).sum(axis=0)
    graph[1:, 0] = _shares(end - levels).mean(axis=0)
    graph[1:, 1:] = _shares(letters + levels - levels[:, None]).sum(axis=0)
    np.fill_diagonal(graph, 0.0)  # no scale changes these
    return graph


def _shares(logarithms: FloatArray) -> FloatArray:
    """Return weights relative to the largest of their kind, from logarithms (kinds, …)."""
    largest = logarithms.max(axis=tuple(range(1, logarithms.ndim)), keepdims=True)
    shares: FloatArray = np.exp(logarithms - np.where(np.isfinite(largest), largest, 0.0))
    return shares


def _least_sum(graph: FloatArray) -> FloatArray:
    """Return levels x (r,) that minimise Σ graph[i, j] exp(x_j − x_i), with level 0 for node 0; graph is (r + 1, r + 1)."""
    levels = np.zeros(len(graph))
    for _ in range(STEPS):
        weights = graph * np.exp(levels - levels[:, None])
        into, out = weights.sum(axis=0), weights.sum(axis=1)
        # least squares would drop the small equations of weakly connected states, so all are scaled
        roots = np.sqrt(np.where(into + out > 0, into + out, 1.0))[1:]
        second = (np.diag(into + out) - weights - weights.T)[1:, 1:] / roots / roots[:, None]
        step = np.linalg.lstsq(second, (out - into)[1:] / roots, rcond=SINGULAR)[0] / roots
        farthest = np.abs(step).max()
        levels[1:] += step / max(1.0, farthest / FARTHEST)
        if farthest < NEAR:
            break
    return levels[1:]
