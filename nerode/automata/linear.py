"""Algebra of weighted automata: sums, products, reversal, and the smallest automaton of a function.

f_a(w) stands for the scores (width,) that the automaton `a` gives the word w. Whatever the link says, these are functions of
the scores themselves, not of what the link makes of them; the result keeps the link.
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
"""How much of a unit vector counts as rounding. A direction found with a part of size s is itself wrong by some 1e-16 / s."""


quiet_overflow = np.errstate(over="ignore", invalid="ignore")
"""For functions whose results are refused where they are not finite: an overflow needs no warning as well."""


def add(a: WFA, b: WFA) -> WFA:
    """The automaton of f_a + f_b, with the states of both.

    Raises
    ------
    InputError : alphabets, numbers of scores or links that differ
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
    """The automaton of f_a − f_b, with the states of both.

    Raises
    ------
    InputError : alphabets, numbers of scores or links that differ
    """
    return add(a, scale(b, -1.0))


@quiet_overflow
def scale(a: WFA, factor: float) -> WFA:
    """The automaton of factor · f_a.

    Raises
    ------
    InputError : weights too large for float64
    """
    need_weighted(a)
    return replace(a, final=factor * a.final)


@quiet_overflow
def discount(a: WFA, rate: float) -> WFA:
    """The automaton of rate^|w| · f_a(w); the rate 1 / rate undoes it.

    What converges for no long word otherwise, sums and norms, does where the rate is small enough.

    Raises
    ------
    InputError : weights too large for float64
    """
    need_weighted(a)
    return replace(a, transitions=rate * a.transitions)


@quiet_overflow
def hadamard(a: WFA, b: WFA) -> WFA:
    """The automaton of the products f_a(w) · f_b(w), score by score (Schützenberger, 1962).

    It has a.states · b.states states: pairs, the state of `b` varying faster.

    Raises
    ------
    InputError : alphabets, numbers of scores or links that differ, or weights too large for float64
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
    """The automaton that gives a word the scores that `a` gives the reversed word.

    It has a.states · width states: of each score a copy, which starts where the score's words end.
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
    """The automaton without the states that no path of weights other than 0 leads to, or leads from to an end.

    The scores are the same up to the order in which they are added up. One state of weight 0 is left where nothing is.
    """
    need_weighted(a)
    arrows = (a.transitions != 0).any(axis=0)  # (r, r)
    useful = np.flatnonzero(_reached(arrows, a.initial != 0) & _reached(arrows.T, (a.final != 0).any(axis=1)))
    return _with_arrays(a, a.initial[useful], a.transitions[:, useful[:, None], useful], a.final[useful])


def minimise(a: WFA, tolerance: float = TOLERANCE) -> WFA:
    """The automaton of f_a with as few states as there can be: its number of states is the rank of the Hankel matrix of f_a.

    States are restricted to the span of the forward vectors `initial · A_w`, then to that of the backward vectors
    `A_w · final` (Schützenberger, 1961). Both bases are orthonormal and grow by singular value decompositions of what the
    letters make of their newest part, outside of what they span already; no product along a word is formed, so that nothing
    vanishes or overflows. This is the staircase algorithm of control theory (Van Dooren, 1981) with several letters.

    Sizes are compared in the automaton as `equilibrated` scales it: no scale of a state, a letter or the function makes a
    difference, nor how the operands of a sum share a factor between initial and final weights. In a basis that is ill-conditioned
    in another way accuracy is lost.

    Parameters
    ----------
    tolerance : directions in which a vector of the basis has less than this after a letter are left out, where the spectral
        norm of each letter, and the norms of the initial weights and of each score's final weights, are 1

    Returns
    -------
    An automaton in another basis; one state of weight 0 where f_a is 0. What is left out perturbs each letter by no more than
    the tolerance; how much a long word makes of that is not bounded.

    Raises
    ------
    InputError : weights too large for float64
    """
    return _with_arrays(a, *_minimised(trim(a), tolerance))


def rank(a: WFA, tolerance: float = TOLERANCE) -> int:
    """The rank of the Hankel matrix of f_a: the states that `minimise` finds, and 0 where f_a is 0."""
    return len(_minimised(trim(a), tolerance)[0])


@quiet_overflow
def _minimised(a: WFA, tolerance: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Initial weights (k,), transitions (Σ, k, k) and final weights (k, width) of the smallest automaton; k may be 0."""
    a = equilibrated(a)
    letters = a.transitions / _or_one(np.linalg.norm(a.transitions, 2, axis=(1, 2)))[:, None, None]
    ends = _of_length_one(a.final.T).T  # (r, width)
    forward = span(_of_length_one(a.initial[None]), letters, tolerance)  # (k, r)
    letters = forward @ letters @ forward.T
    backward = span((forward @ ends).T, letters.transpose(0, 2, 1), tolerance)  # (m, k)
    both = backward @ forward
    return both @ a.initial, both @ a.transitions @ both.T, both @ a.final


def span(start: FloatArray, letters: FloatArray, tolerance: float) -> FloatArray:
    """An orthonormal basis (k, r) of the least space that holds the rows of `start` (m, r) and that `letters` (Σ, r, r) keep."""
    r = start.shape[1]
    basis = np.empty((0, r))
    new = start
    while len(new) and len(basis) < r:
        # taken twice, since what is left of a vector hardly outside is orthogonal only as far as rounding allows
        outside = _outside(_outside(new, basis), basis)
        _, sizes, directions = np.linalg.svd(outside, full_matrices=False)
        found = directions[sizes > tolerance]
        basis = np.concatenate([basis, found])
        new = (found @ letters).reshape(-1, r)
    return basis


def _outside(rows: FloatArray, basis: FloatArray) -> FloatArray:
    """What of the rows (m, r) is orthogonal to the rows of an orthonormal basis (k, r)."""
    return rows - (rows @ basis.T) @ basis


def _reached(arrows: np.ndarray, begin: np.ndarray) -> np.ndarray:
    """Which nodes (r,) arrows (r, r) lead to from those of `begin` (r,), these included."""
    seen = begin
    while (after := seen | arrows[seen].any(axis=0)).sum() > seen.sum():
        seen = after
    return seen


def _with_arrays(a: WFA, initial: FloatArray, transitions: FloatArray, final: FloatArray) -> WFA:
    """An automaton of other weights; without any states, one state of weight 0."""
    if len(initial) == 0:
        initial, transitions, final = np.zeros(1), np.zeros((len(a.alphabet), 1, 1)), np.zeros((1, a.width))
    return replace(a, initial=initial, transitions=transitions, final=final)


def _of_length_one(rows: FloatArray) -> FloatArray:
    """Rows (k, r) at the length 1, whose squares may overflow or underflow; those of length 0 stay where they are."""
    moderate = rows / _or_one(np.abs(rows).max(axis=1, keepdims=True))
    return moderate / _or_one(np.linalg.norm(moderate, axis=1, keepdims=True))


def _or_one(sizes: FloatArray) -> FloatArray:
    """Sizes to divide by: 1 where there is nothing."""
    return np.where(sizes > 0, sizes, 1.0)


def finite(numbers: FloatArray) -> FloatArray:
    """The numbers, if all are finite.

    Raises
    ------
    InputError : some are not
    """
    if not np.isfinite(numbers).all():
        raise InputError("some of the results are too large for float64 numbers; `scale` makes scores smaller")
    return numbers


def need_weighted(a: WFA) -> None:
    """Refuse what is no weighted automaton: the extracted automaton may be a DFA as well."""
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
