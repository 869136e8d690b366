"""L2 norms and distances of weighted automata over all words, in closed form, and the Gramians behind them.

The squared norm is ‖f‖² = Σ_w |f(w)|², over all words w and all scores. With X = Σ_w (A_w · final)(A_w · final)ᵀ it equals
initial · X · initialᵀ. X solves the Stein equation X = final · finalᵀ + Φ(X), Φ(X) = Σ_b A_b X A_bᵀ, b the letters.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse.linalg import LinearOperator, gmres

from nerode.automata.equilibration import size, unit
from nerode.automata.linear import finite, minimise, quiet_overflow, subtract
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.words import FloatArray

ROUNDS = 8  # of GMRES, each on the residual of the one before
RESTART, RESTARTS = 50, 10  # steps of GMRES between restarts, and the number of restarts
RESIDUAL = 1e-13  # largest relative residual
NEAR = 1e11  # largest solution for the constant part I


@quiet_overflow
def norm(a: WFA) -> float:
    """Return ‖f_a‖₂, the root of the sum of the squares of all scores of all words.

    It is the root of a computed square: if the function is a difference, values below about 1e-7 of its parts are rounding.

    Raises
    ------
    InputError : the sum is infinite, or its root too large for float64
    """
    a, root = unit(minimise(a))  # squares of large weights overflow
    _need_finite(a.transitions)
    square = a.initial @ stein(a.transitions, a.final @ a.final.T) @ a.initial
    return float(finite(root * root * np.sqrt(max(float(square), 0.0))))


def distance(a: WFA, b: WFA) -> float:
    """Return ‖f_a − f_b‖₂; values below about 1e-7 of the norms of the two are rounding.

    The two automata need no norms themselves; only their difference needs one.

    Raises
    ------
    InputError : automata that cannot be subtracted, squares of the difference whose sum is infinite, or too large a distance
    """
    return norm(subtract(a, b))


@quiet_overflow
def gramians(a: WFA) -> tuple[FloatArray, FloatArray]:
    """Return Σ_w (initial · A_w)ᵀ(initial · A_w), the forward Gramian, and X, the backward Gramian; both (r, r).

    Raises
    ------
    InputError : the sums are infinite, perhaps because of redundant states, which `minimise` removes; or they are too large for
        float64
    """
    _need_finite(a.transitions)
    sizes = size(a.initial), size(a.final)
    start, ends = a.initial / (sizes[0] or 1.0), a.final / (sizes[1] or 1.0)
    before = stein(a.transitions.transpose(0, 2, 1), np.outer(start, start))
    after = stein(a.transitions, ends @ ends.T)
    return finite(sizes[0] * before * sizes[0]), finite(sizes[1] * after * sizes[1])


def _need_finite(letters: FloatArray) -> None:
    """Raise `InputError` if Φ of letters (Σ, r, r) has a spectral radius of 1 or more, or too close to 1 to compute anything.

    If Y = I + Φ(Y) has a positive definite solution, then Φ(Y) = Y − I ≤ (1 − 1/|Y|) Y, so the radius is below 1. If the radius
    is below 1, then Y = I + Φ(I) + … is such a solution. For the minimal automaton of a function, the radius is below 1 if and
    only if the function has a norm (Balle, Panangaden and Precup, 2019): with the norm, X is finite and positive definite, and
    Φⁿ(X), the rest of its sum after n terms, goes to 0.
    """
    if np.abs(np.linalg.eigvals(letters)).max() >= 1:  # the squared radius of one letter is a lower bound, quick to compute
        raise _no_norm()
    sizes = np.linalg.eigvalsh(stein(letters, np.eye(letters.shape[1])))
    if not (sizes[0] > 0 and sizes[-1] < NEAR):
        raise _no_norm()


def stein(letters: FloatArray, constant: FloatArray) -> FloatArray:
    """Return the symmetric X (r, r) with X = C + Φ(X), for letters (Σ, r, r) and a symmetric C (r, r); O(Σ r³) per GMRES step.

    Raises
    ------
    InputError : no solution was found, because Φ has an eigenvalue of 1 or close to it
    """
    r = len(constant)

    def without_phi(flat: FloatArray) -> FloatArray:
        x = flat.reshape(r, r)
        rest: FloatArray = x - (letters @ x @ letters.transpose(0, 2, 1)).sum(axis=0)
        return rest.ravel()

    operator = LinearOperator((r * r, r * r), matvec=without_phi, dtype=np.float64)
    solution = np.zeros(r * r)
    left = constant.ravel()
    for _ in range(ROUNDS):
        step, failed = gmres(operator, left, atol=0.0, restart=RESTART, maxiter=RESTARTS)
        if failed:
            break
        solution = solution + step
        left = constant.ravel() - without_phi(solution)
        if np.linalg.norm(left) <= RESIDUAL * max(np.linalg.norm(constant), np.linalg.norm(solution)):
            return solution.reshape(r, r)
    raise _no_norm()


def _no_norm() -> InputError:
    return InputError(
        "the squares of the scores of all words have an infinite sum, or one too large to be computed; "
        "`discount` makes long words weigh less"
    )
