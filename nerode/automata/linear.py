"""Algebra of weighted automata: sums, products, reversal and minimisation.

f_a(w) denotes the scores (width,) that the automaton `a` assigns to the word w. All functions operate on the scores themselves,
not on what the link makes of them; the result keeps the link.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.linalg import block_diag

from nerode.automata.equilibration import equilibrated
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.words import FloatArray

TOLERANCE = 1e-10
"""The part of a unit vector that counts as rounding. A direction found from a part of size s has an error of about 1e-16 / s."""


quiet_overflow = np.errstate(over="ignore", invalid="ignore")
"""Silences overflow warnings in functions that raise `InputError` for results that are not finite."""


def add(a: WFA, b: WFA) -> WFA:
    """Return the automaton of f_a + f_b, with the states of both.

    Raises
    ------
    InputError : different alphabets, numbers of scores or links
    """
    _need_alike(a, b)
    return WFA(
        a.alphabet,
        np.concatenate([a.initial, b.initial]),
        np.stack([block_diag(x, y) for x, y in zip(a.transitions, b.transitions, strict=True)]),
        np.concatenate([a.final, b.final]),
        a.link,
    )


def subtract(a: WFA, b: WFA) -> WFA:
    """Return the automaton of f_a − f_b, with the states of both.

    Raises
    ------
    InputError : different alphabets, numbers of scores or links
    """
    return add(a, scale(b, -1.0))


@quiet_overflow
def scale(a: WFA, factor: float) -> WFA:
    """Return the automaton of factor · f_a.

    Raises
    ------
    InputError : weights too large for float64
    """
    need_weighted(a)
    return replace(a, final=factor * a.final)


@quiet_overflow
def discount(a: WFA, rate: float) -> WFA:
    """Return the automaton of rate^|w| · f_a(w); the rate 1 / rate undoes it.

    With a small enough rate, sums and norms over all words converge.

    Raises
    ------
    InputError : weights too large for float64
    """
    need_weighted(a)
    return replace(a, transitions=rate * a.transitions)


@quiet_overflow
def hadamard(a: WFA, b: WFA) -> WFA:
    """Return the automaton of the products f_a(w) · f_b(w), score by score (Schützenberger, 1962).

    It has a.states · b.states states: pairs, in which the state of `b` varies fastest.

    Raises
    ------
    InputError : different alphabets, numbers of scores or links, or weights too large for float64
    """
    _need_alike(a, b)
    pairs = a.states * b.states
    return WFA(
        a.alphabet,
        (a.initial[:, None] * b.initial).ravel(),
        (a.transitions[:, :, None, :, None] * b.transitions[:, None, :, None, :]).reshape(-1, pairs, pairs),
        (a.final[:, None] * b.final[None]).reshape(pairs, a.width),
        a.link,
    )


def reverse(a: WFA) -> WFA:
    """Return the automaton that gives a word the scores that `a` gives the reversed word.

    It has a.states · width states: one copy of the states per score, whose initial weights are the final weights of that score.
    """
    need_weighted(a)
    return WFA(
        a.alphabet,
        a.final.T.ravel(),
        np.stack([block_diag(*[letter.T] * a.width) for letter in a.transitions]),
        block_diag(*[a.initial[:, None]] * a.width),
        a.link,
    )


def trim(a: WFA) -> WFA:
    """Keep only the states that lie on a path of nonzero weights from the start to an end.

    The scores are the same up to the order of summation. If no state remains, the result has one state of weight 0.
    """
    need_weighted(a)
    arrows = (a.transitions != 0).any(axis=0)  # (r, r)
    useful = np.flatnonzero(_reached(arrows, a.initial != 0) & _reached(arrows.T, (a.final != 0).any(axis=1)))
    return _with_arrays(a, a.initial[useful], a.transitions[:, useful[:, None], useful], a.final[useful])


def minimise(a: WFA, tolerance: float = TOLERANCE) -> WFA:
    """Return an automaton of f_a with as few states as possible; their number is the rank of the Hankel matrix of f_a.

    States are restricted to the span of the forward vectors `initial · A_w`, then to that of the backward vectors `A_w · final`
    (Schützenberger, 1961). Both bases are orthonormal. Each step applies the letters to the newest basis vectors, removes what
    the basis already spans and takes a singular value decomposition of the rest. No product along a word is formed, so nothing
    vanishes or overflows. This is the staircase algorithm of control theory (Van Dooren, 1981) with several letters.

    Sizes are compared after `equilibrated` has scaled the automaton. Therefore the result does not depend on the scale of a
    state, a letter or the function, nor on how the operands of a sum split a factor between initial and final weights. A basis
    that is ill-conditioned in another way costs accuracy.

    Parameters
    ----------
    tolerance : a direction is dropped if its singular value in a step is at most this; the spectral norm of each letter and the
        norms of the initial weights and of each score's final weights are 1 here

    Returns
    -------
    An automaton in another basis; one state of weight 0 if f_a is 0. Dropped directions perturb each letter by at most the
    tolerance; their effect on long words is not bounded.

    Raises
    ------
    InputError : weights too large for float64
    """
    return _with_arrays(a, *_minimised(trim(a), tolerance))


def rank(a: WFA, tolerance: float = TOLERANCE) -> int:
    """Return the rank of the Hankel matrix of f_a: the number of states that `minimise` finds, and 0 if f_a is 0."""
    return len(_minimised(trim(a), tolerance)[0])


@quiet_overflow
def _minimised(a: WFA, tolerance: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return initial (k,), transition (Σ, k, k) and final (k, width) weights of a minimal automaton; k may be 0."""
    a = equilibrated(a)
    letters = a.transitions / _nonzero_or_one(np.linalg.norm(a.transitions, 2, axis=(1, 2)))[:, None, None]
    ends = _normalised(a.final.T).T  # (r, width)
    forward = span(_normalised(a.initial[None]), letters, tolerance)  # (k, r)
    letters = forward @ letters @ forward.T
    backward = span((forward @ ends).T, letters.transpose(0, 2, 1), tolerance)  # (m, k)
    both = backward @ forward
    return both @ a.initial, both @ a.transitions @ both.T, both @ a.final


def span(start: FloatArray, letters: FloatArray, tolerance: float) -> FloatArray:
    """Return an orthonormal basis (k, r) of the least space that contains `start` (m, r) and is invariant under `letters`.

    The letters have the shape (Σ, r, r) and act on row vectors.
    """
    r = start.shape[1]
    basis = np.empty((0, r))
    new = start
    while len(new) and len(basis) < r:
        # orthogonalised twice: after one pass, rounding leaves a small remainder not quite orthogonal
        outside = _outside(_outside(new, basis), basis)
        _, sizes, directions = np.linalg.svd(outside, full_matrices=False)
        found = directions[sizes > tolerance]
        basis = np.concatenate([basis, found])
        new = (found @ letters).reshape(-1, r)
    return basis


def _outside(rows: FloatArray, basis: FloatArray) -> FloatArray:
    """Return the part of the rows (m, r) that is orthogonal to the rows of an orthonormal basis (k, r)."""
    return rows - (rows @ basis.T) @ basis


def _reached(arrows: np.ndarray, begin: np.ndarray) -> np.ndarray:
    """Return which nodes (r,) the arrows (r, r) reach from those in `begin` (r,), including these."""
    seen = begin
    while (after := seen | arrows[seen].any(axis=0)).sum() > seen.sum():
        seen = after
    return seen


def _with_arrays(a: WFA, initial: FloatArray, transitions: FloatArray, final: FloatArray) -> WFA:
    """Return an automaton with other weights; without states, one state of weight 0."""
    if len(initial) == 0:
        initial, transitions, final = np.zeros(1), np.zeros((len(a.alphabet), 1, 1)), np.zeros((1, a.width))
    return replace(a, initial=initial, transitions=transitions, final=final)


def _normalised(rows: FloatArray) -> FloatArray:
    """Normalise rows (k, r), whose squares may overflow or underflow, to length 1; rows of length 0 stay unchanged."""
    moderate = rows / _nonzero_or_one(np.abs(rows).max(axis=1, keepdims=True))
    return moderate / _nonzero_or_one(np.linalg.norm(moderate, axis=1, keepdims=True))


def _nonzero_or_one(sizes: FloatArray) -> FloatArray:
    """Return sizes to divide by: 1 in place of 0."""
    return np.where(sizes > 0, sizes, 1.0)


def finite(numbers: FloatArray) -> FloatArray:
    """Return the numbers if all are finite.

    Raises
    ------
    InputError : some are not
    """
    if not np.isfinite(numbers).all():
        raise InputError("some of the results are too large for float64 numbers; `scale` makes scores smaller")
    return numbers


def need_weighted(a: WFA) -> None:
    """Raise `InputError` if `a` is not a weighted automaton; an extracted automaton may also be a DFA."""
    if not isinstance(a, WFA):
        raise InputError(f"this is for weighted automata; given was {a!r}, of type {type(a).__name__}")


def _need_alike(a: WFA, b: WFA) -> None:
    need_weighted(a)
    need_weighted(b)
    if a.alphabet != b.alphabet:
        raise InputError("the two automata have different alphabets; only automata over the same symbols can be combined")
    if a.width != b.width or a.link != b.link:
        raise InputError(
            f"the two automata give {a.width} and {b.width} scores a word that {a.link} and {b.link} read; "
            "only automata with the same number of scores and the same link can be combined"
        )
