"""Maps of weighted automata: states as points of a plane, letters as moves.

The state after a prefix is a vector, each letter is a linear map, and the score is a linear function. Hence a weighted automaton
that is a tangle as a graph is simple as a geometry. The rows of its Hankel matrix, one for each prefix, say all that a state
decides: the scores of continuations. A map is the plane that shows most of them.

Where answers are one number, the height of a point is this number, and the other axis is the first principal component of what
heights leave open. Otherwise both axes are the first two principal components (Jolliffe: Principal component analysis, 2002).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, softmax

from nerode.automata.sums import future
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval.moves import (
    Letter,
    again,
    change,
    conditional,
    eigenvalues,
    fixed_state,
    flips,
    in_the_plane,
    label_names,
    leading,
    what_undoes,
)
from nerode.links import Binary, Link, NextSymbol, Value
from nerode.protocols import States
from nerode.stepping import step_through
from nerode.words import FloatArray, IntArray, Word, Words

MOST_PREFIXES = 1500
SHORTEST = 100  # prefixes that are shown in any case, since their words are the ones that people read
MOST_PAIRED = 40  # letters of alphabets whose pairs are tried, to see which undoes which
MOST_SUFFIXES = 200
LONGEST = 100  # letters of words whose states are shown
CONSTANT = 0.25  # error of the constant function up to which points are said to be fixed
PROBABLE = 0.1  # how far the sum of all words may be from 1 where values are probabilities


@dataclass(frozen=True, eq=False)
class Map:
    """A weighted automaton of r states as a map of m prefixes.

    Parameters
    ----------
    prefixes : the words whose states are shown, the short ones first
    states : (m, r), their states; of an automaton of probabilities, what follows if the prefix is there, so that they are of
        weight 1
    total : (r,), the sums over all continuations by which states are divided; None where values are no probabilities of words
    projection, origin : (r, 2) and (2,): points = states @ projection − origin
    points : (m, 2)
    labels : (m,), the label of each prefix; None where there are none
    names : of the labels
    labelled : what labels are, in words
    height : what the second coordinate is, where it is the answer itself: "margin" or "value"; None otherwise
    shown : the share of the variance of the scores of continuations that the plane shows
    constant_error : how far the states are from an affine space, on which one component is 1: root mean square
    letters : what each letter does, in the order of the alphabet
    """

    prefixes: Words
    states: FloatArray
    total: FloatArray | None
    projection: FloatArray
    origin: FloatArray
    points: FloatArray
    labels: IntArray | None
    names: tuple[str, ...]
    labelled: str
    height: str | None
    shown: float
    constant_error: float
    letters: tuple[Letter, ...]


def map_of(automaton: WFA, words: Iterable[Any]) -> Map:
    """Return the map of a weighted automaton, of the prefixes of words (indices, symbols or text) and their continuations.

    Of many prefixes, the shortest are taken, and others at equal steps among all of them by length, up to 100 letters.

    An automaton whose values are probabilities of words is shown by its conditional states, and the labels are the likeliest
    next symbols. Of several answers, such as log-probabilities of the next symbol, each counts as its probability lets it:
    distances are those of the Fisher information at the mean distribution, which is the Kullback-Leibler divergence up to second
    order (Amari: Information geometry and its applications, 2016).

    Raises
    ------
    InputError : an automaton of another kind, no words, or weights that overflow on these words
    """
    if not isinstance(automaton, WFA):
        raise InputError(
            f"a map is drawn of a weighted automaton, and this is a {type(automaton).__name__}; a diagram shows a DFA or a PDFA"
        )
    parsed = automaton.alphabet.words(words)
    if not parsed:
        raise InputError("a map shows the prefixes of words; give at least one word")
    prefixes = _some(_distinct(word[:k] for word in parsed for k in range(min(len(word), LONGEST) + 1)))
    suffixes = _distinct(word[k:] for word in parsed for k in range(len(word), max(-1, len(word) - LONGEST - 1), -1))[
        :MOST_SUFFIXES
    ]
    total = _totals(automaton)
    with np.errstate(all="ignore"):
        states = _states(automaton, prefixes, total)
        futures = _futures(automaton, suffixes, metric_of(automaton.link, states @ automaton.final))
    good = np.flatnonzero(np.isfinite(states).all(axis=1))
    prefixes, states = [prefixes[i] for i in good.tolist()], states[good]
    with np.errstate(all="ignore"):
        table = (states - states.mean(axis=0)) @ futures if prefixes else states
        bearable = bool(prefixes) and bool(np.isfinite((table**2).sum()))
    if not bearable:
        raise InputError("the weights of the automaton overflow on words of this length; give shorter ones")
    height = None
    if total is None and automaton.width == 1 and isinstance(automaton.link, Binary | Value):
        height = "margin" if isinstance(automaton.link, Binary) else "value"
    projection, shown = _plane(states, futures, automaton.final[:, 0] if height else None)
    origin = states.mean(axis=0) @ projection
    origin[1] = 0.0 if height else origin[1]
    constant, error = _constant(states, total)
    points = states @ projection - origin
    following = total is not None or isinstance(automaton.link, NextSymbol)
    names = () if isinstance(automaton.link, Value) and not following else label_names(automaton, following)
    undone: list[tuple[int, float] | None] = [None] * len(automaton.alphabet)
    if len(undone) <= MOST_PAIRED:
        with np.errstate(all="ignore"):
            undone = [*what_undoes(states, list(automaton.transitions), futures, total)]
    letters = []
    for symbol, step, pair in zip(automaton.alphabet, automaton.transitions, undone, strict=True):
        after = conditional(states @ step, total)
        fixed = fixed_state(step, constant, total) @ projection - origin if error <= CONSTANT else None
        moved = again(states, step, futures, total)
        placed = in_the_plane(points, after @ projection - origin)
        push, rises = change(points[:, 1], placed[0][:, 1]) if height else (None, None)
        turned = flips(points[:, 1], placed[0][:, 1]) if height == "margin" else None
        known = after[np.isfinite(after).all(axis=1)]
        leads = None if height or not names else leading(_labels(automaton, known, total), names)
        back = None if pair is None else (automaton.alphabet.symbols[pair[0]], pair[1])
        letters.append(Letter(symbol, *placed, fixed, eigenvalues(step), *moved, push, rises, turned, leads, back))
    return Map(
        prefixes,
        states,
        total,
        projection,
        origin,
        points,
        _labels(automaton, states, total),
        names,
        "likeliest next symbol" if following else "class",
        height,
        shown,
        error,
        tuple(letters),
    )


def _distinct(words: Iterable[Word]) -> list[Word]:
    """Return distinct words, the short ones first."""
    return sorted(set(words), key=lambda word: (len(word), word))


def _some(words: list[Word]) -> list[Word]:
    """Return MOST_PREFIXES words at most: the first, and others at equal steps."""
    if len(words) <= MOST_PREFIXES:
        return words
    places = np.linspace(SHORTEST, len(words) - 1, MOST_PREFIXES - SHORTEST).round().astype(int)
    return words[:SHORTEST] + [words[i] for i in places.tolist()]


def _totals(a: WFA) -> FloatArray | None:
    """Return the sums (r,) over all continuations where the values are probabilities of words; None otherwise."""
    if a.link != Value() or a.width != 1:
        return None
    try:
        sums = future(a)[:, 0]
    except InputError:
        return None
    return sums if abs(float(a.initial @ sums) - 1) <= PROBABLE else None


def _states(a: WFA, words: Words, total: FloatArray | None) -> FloatArray:
    """Return the states (n, r) after words; NaN where a conditional state does not exist."""
    states = np.empty((len(words), a.states))

    def visit(length: int, rows: IntArray, lengths: IntArray, reached: States) -> None:
        ending = np.flatnonzero(lengths == length)
        states[rows[ending]] = reached[0][ending]

    step_through(a, words, visit)
    return conditional(states, total)


def metric_of(link: Link, scores: FloatArray) -> FloatArray:
    """Return a factor (width, k) of the metric of scores (n, width): of the Fisher information where they are logits, else 1.

    With p the mean distribution over these scores, the metric is diag(p) − p pᵀ.
    """
    width = scores.shape[1]
    scores = scores[np.isfinite(scores).all(axis=1)]
    if width == 1 or isinstance(link, Value) or not len(scores):
        return np.eye(width)
    slopes = np.ones(width)  # of logits as functions of scores
    if isinstance(link, NextSymbol):
        if link.squash == "sigmoid":
            scores = expit(scores)
            slopes = (scores * (1 - scores)).mean(axis=0)
        if not link.ends:
            scores[:, link.letters] = -np.inf
    p = softmax(scores, axis=1).mean(axis=0)
    root = np.sqrt(p)
    factor: FloatArray = slopes[:, None] * (np.diag(root) - np.outer(p, root))
    return factor


def _futures(a: WFA, suffixes: Words, metric: FloatArray) -> FloatArray:
    """Return what stands for the scores of suffixes from each state, (r, k) with k ≤ r.

    The matrix F of these scores, (r, suffixes · width), counts only by F·Fᵀ over its number of columns. A factor of that has at
    most r columns.
    """
    columns = []
    for suffix in suffixes:
        column = a.final @ metric
        for symbol in reversed(suffix):
            column = a.transitions[symbol] @ column
        columns.append(column)
    scores = np.concatenate(columns, axis=1)
    if not np.isfinite(scores).all():
        return scores
    factor: FloatArray = np.linalg.qr(scores.T).R.T / np.sqrt(scores.shape[1])
    return factor


def _plane(states: FloatArray, futures: FloatArray, height: FloatArray | None) -> tuple[FloatArray, float]:
    """Return the projection (r, 2), and the share of the variance of the scores of continuations that it shows.

    The second axis is `height` (r,), where one is given.
    """
    centred: FloatArray = (states - states.mean(axis=0)) @ futures
    whole = float((centred**2).sum()) or 1.0
    left = centred
    if height is not None:
        heights = (states - states.mean(axis=0)) @ height
        size = float(heights @ heights)
        slopes = heights @ centred / size if size > 0 else np.zeros(centred.shape[1])
        left = centred - np.outer(heights, slopes)
    directions: FloatArray = np.linalg.svd(left, full_matrices=False)[2]
    axes = _oriented(np.concatenate([directions, np.zeros((2, directions.shape[1]))])[:2])
    projection: FloatArray
    if height is None:
        projection = np.asarray(futures @ axes.T, np.float64)
        rest = centred - centred @ axes.T @ axes
    else:  # the axis of what heights leave open: their part is taken out of it
        across = futures @ axes[0] - height * float(slopes @ axes[0])
        projection = np.stack([across, height], axis=1, dtype=np.float64)
        rest = left - np.outer(left @ axes[0], axes[0])
    return projection, 1 - float((rest**2).sum()) / whole


def _oriented(axes: FloatArray) -> FloatArray:
    """Return the axes with the sign that makes their largest entry positive."""
    largest = np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], axis=1)
    return axes * np.where(largest < 0, -1.0, 1.0)


def _constant(states: FloatArray, total: FloatArray | None) -> tuple[FloatArray, float]:
    """Return the function (r,) of states that comes nearest to 1 on all of them, and its error."""
    found = total
    if found is None:
        found = np.asarray(np.linalg.lstsq(states, np.ones(len(states)), rcond=1e-10)[0], np.float64)
    return found, float(np.sqrt(np.mean((states @ found - 1) ** 2)))


def _labels(a: WFA, states: FloatArray, total: FloatArray | None) -> IntArray | None:
    """Return the labels (m,) of states; of probabilities, the likeliest next symbols."""
    if total is not None:
        following = np.stack([states @ (step @ total) for step in a.transitions] + [states @ a.final[:, 0]], axis=1)
        likeliest: IntArray = following.argmax(axis=1)
        return likeliest
    return None if isinstance(a.link, Value) else a.link.labels(states @ a.final)
