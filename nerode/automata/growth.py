"""The growth of an automaton's states on long words, and how to stop it.

An automaton learned from words of 20 letters is accurate on words of 20 letters. Each step has a relative error of about 1e-3,
and after 2,000 letters the accumulated error may be arbitrarily large. Automata learned from networks showed two kinds of
error, and this module corrects both.

The first kind is drift. Scores of a network have a constant part: there are weights u with x·u = 1 for all reachable states x,
since they allow constants to be learned like everything else. Then A·u = u for the matrix A of every letter. A learned automaton
satisfies this only nearly, and the constant part shrinks or grows with the length. Where such weights are found, A·u = u is
enforced. In coordinates (1, y), a letter maps y to y·B + c, and the long-run growth depends on the matrices B alone.

The second kind is growth of the rest: matrices B with eigenvalues of magnitude above 1. These eigenvalues are scaled back to
magnitude 1, and their eigenvectors stay. This bounds the powers of a single letter. For mixed words, the mean over all letters
of the squared norm counts: the spectral radius of X ↦ mean B X Bᵀ on symmetric matrices X (Costa, Fragoso and Marques,
Discrete-time Markov jump linear systems, 2005). If it is above 1, directions of growth are shortened in a Lyapunov norm, in
which growth shows after one step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import scipy.linalg
from scipy.sparse.linalg import ArpackError, LinearOperator, eigs

from nerode.automata.linear import need_weighted
from nerode.automata.norms import stein
from nerode.automata.sums import radius
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.protocols import States
from nerode.stepping import step_through
from nerode.words import FloatArray, IntArray

TOLERANCE = 1e-4  # allowed excess of an eigenvalue over 1: a factor of 1.02 in 200 letters; learned counters are no more exact
NEARLY = 0.2  # allowed root mean square difference of x·u from 1
EXACT = 1e-7  # a smaller difference needs no correction
CHANGE = 0.25  # of the spread of the scores; a correction that changes them by more is rejected
SLACK = 0.01  # margin below 1 of the mean-square growth, which makes the Lyapunov norm finite
ROUNDS = 3  # of scaling eigenvalues and shortening directions: the second may undo some of the first
LEAST = 10  # prefixes of words needed for each state of the automaton
UNSEEN = 1e-10  # lowest relative size of a direction; it keeps the change of basis invertible
DENSE = 8  # states up to which the matrix of X ↦ mean A X Aᵀ is formed


@dataclass(frozen=True)
class Growth:
    """The factors by which states grow per letter, in the long run; if all are at most 1, states do not explode.

    Parameters
    ----------
    letters : (Σ,), for a repeated letter: the spectral radius of its matrix
    mean : for the mean state of all words of one length: the spectral radius of the mean of the matrices
    mean_square : for the root mean square of the states of all words of one length; never below `mean`
    """

    letters: FloatArray
    mean: float
    mean_square: float

    @property
    def stable(self) -> bool:
        """Whether states do not grow on repeated letters and uniform words; they may still grow on certain other words."""
        return max(float(self.letters.max()), self.mean_square) <= 1 + TOLERANCE


def growth(a: WFA) -> Growth:
    """Return the growth of an automaton's states. Redundant states count; `minimise` removes them."""
    need_weighted(a)
    letters = np.array([radius(letter) for letter in a.transitions])
    return Growth(letters, radius(a.transitions.mean(axis=0)), _mean_square(a.transitions))


def stabilise(a: WFA, words: Iterable[Any]) -> WFA:
    """Return an automaton with nearly the same scores on words like those given, whose states do not grow on longer words.

    Decaying parts, persistent parts (eigenvalues of magnitude 1) and counters are preserved; functions that truly grow
    exponentially are not. A stable automaton without a drifting constant part is returned itself. The teacher is not queried, so
    the caller should compare the two automata on held-out words.

    Parameters
    ----------
    words : some hundreds, like those that the automaton was learned from

    Returns
    -------
    An automaton with as many states in another basis; its `growth` is at most 1, apart from the constant part

    Raises
    ------
    InputError : fewer than ten prefixes of words per state, words on which states overflow, or an automaton for which no stable
        one can be computed
    """
    need_weighted(a)
    words = a.alphabet.words(words)
    try:
        return _stabilised(a, words)
    except (np.linalg.LinAlgError, ArpackError) as error:
        raise InputError("no stable automaton can be computed of this one; learn one of fewer states") from error


def _stabilised(a: WFA, words: list[Any]) -> WFA:
    with np.errstate(all="ignore"):
        factor, count = _state_factor(a, words)
    if not np.isfinite(factor).all():
        raise InputError("the states of this automaton overflow on the given words; give shorter ones to make it stable")
    if count < LEAST * a.states:
        raise InputError(
            f"an automaton is made stable by the states that words lead to; words with {LEAST * a.states:,} prefixes are needed "
            f"for {a.states} states, and those given have {count:,}"
        )
    constant, off = _constant(factor, count)
    drifts = EXACT < off <= NEARLY
    if not drifts and growth(a).stable:
        return a
    if off <= NEARLY:
        centred = _in_basis(a, _basis(factor, count, constant))
        steady = _with_exact_constant(centred)
        before = a.scores(words)
        if _rms(steady.scores(words) - before) <= CHANGE * _rms(before - before.mean(axis=0)) + EXACT * _rms(before):
            letters = steady.transitions.copy()
            letters[:, 1:, 1:] = _bounded(letters[:, 1:, 1:])
            return replace(steady, transitions=letters)
        if growth(a).stable:
            return a
    white = _in_basis(a, _basis(factor, count, None))
    return replace(white, transitions=_bounded(white.transitions))


def _state_factor(a: WFA, words: list[Any]) -> tuple[FloatArray, int]:
    """Return R (r + 1, r + 1) of a QR factorisation of the states of all prefixes of words, and the number of these prefixes.

    The factorised matrix has one row (x, 1) per prefix with state x. R gives every sum of squares of the states, as accurately as
    the states themselves.
    """
    factor = np.zeros((0, a.states + 1))
    count = 0

    def visit(length: int, rows: IntArray, lengths: IntArray, states: States) -> None:
        nonlocal factor, count
        new = np.column_stack([states[0], np.ones(len(rows))])
        factor = np.asarray(np.linalg.qr(np.concatenate([factor, new]), mode="r"), np.float64)
        count += len(rows)

    step_through(a, words, visit)
    return factor, count


def _constant(factor: FloatArray, count: int) -> tuple[FloatArray, float]:
    """Return the weights u (r,) with x·u closest to 1, and the root mean square of x·u − 1."""
    weights: FloatArray = np.linalg.lstsq(factor[:, :-1], factor[:, -1], rcond=UNSEEN)[0].astype(np.float64)
    return weights, float(np.linalg.norm(factor[:, :-1] @ weights - factor[:, -1]) / np.sqrt(count))


def _basis(factor: FloatArray, count: int, constant: FloatArray | None) -> FloatArray:
    """Return a basis (r, r) in whose coordinates the visited states have the second moment I, except in unvisited directions.

    With the weights of a constant, the first coordinate is this constant, and the others have mean 0.
    """
    states = factor[:, :-1]
    outside = np.eye(states.shape[1])
    if constant is not None:
        outside = scipy.linalg.null_space((factor[:, -1] @ states)[None])  # (r, r − 1), orthogonal to the mean state
    _, sizes, directions = np.linalg.svd(states @ outside, full_matrices=False)
    basis = outside @ directions.T * np.sqrt(count) / np.maximum(sizes, UNSEEN * np.linalg.norm(states))
    return basis if constant is None else np.column_stack([constant, basis])


def _in_basis(a: WFA, basis: FloatArray) -> WFA:
    back = np.linalg.inv(basis)
    return replace(a, initial=a.initial @ basis, transitions=back @ a.transitions @ basis, final=back @ a.final)


def _with_exact_constant(a: WFA) -> WFA:
    """Set the first coordinate of the state, which is nearly 1, to 1 for all words."""
    initial, letters = a.initial.copy(), a.transitions.copy()
    initial[0] = 1.0
    letters[:, :, 0] = np.arange(a.states) == 0
    return replace(a, initial=initial, transitions=letters)


def _bounded(letters: FloatArray) -> FloatArray:
    """Return matrices (Σ, r, r) for which states do not grow on repeated letters or uniform words; r may be 0."""
    if not letters.shape[1]:
        return letters
    for _ in range(ROUNDS):
        letters = np.stack([_clip_eigenvalues(letter) for letter in letters])
        rate = _mean_square(letters)
        if rate <= 1 + TOLERANCE:
            break
        letters = _contracted(letters, rate)
    largest = max(_mean_square(letters), *(radius(letter) for letter in letters))
    return letters / largest if largest > 1 + TOLERANCE else letters


def _clip_eigenvalues(letter: FloatArray) -> FloatArray:
    """Scale eigenvalues of a matrix (r, r) above 1 to magnitude 1; keep their eigenvectors and all other eigenvalues."""
    solved: tuple[Any, Any, Any] = scipy.linalg.eig(letter, left=True, right=True)  # type: ignore[assignment]  # its stubs
    values, left, right = solved
    beyond = np.flatnonzero(np.abs(values) > 1 + TOLERANCE)
    left, right = left[:, beyond].conj(), right[:, beyond]
    excess = values[beyond] * (1 - 1 / np.abs(values[beyond])) / (left * right).sum(axis=0)
    less: FloatArray = np.real((right * excess) @ left.T)
    return letter - less


def _contracted(letters: FloatArray, rate: float) -> FloatArray:
    """Return matrices D·A, (Σ, r, r), for which the mean square of the states does not grow.

    Let X = I + γ · mean A X Aᵀ, with γ small enough for X to exist. In coordinates in which X is I, the mean S of A Aᵀ would be
    at most I if nothing grew. D divides the directions in which S exceeds 1 by the root of S. Then the mean of D A Aᵀ D is at
    most I.
    """
    fading = letters * np.sqrt((1 - SLACK) / len(letters)) / rate
    root = np.linalg.cholesky(stein(fading, np.eye(letters.shape[1])))
    back = np.linalg.inv(root)
    within = back @ letters @ root
    sizes, directions = np.linalg.eigh((within @ within.transpose(0, 2, 1)).mean(axis=0))
    shorter = (directions / np.sqrt(np.maximum(sizes, 1.0))) @ directions.T
    return np.asarray(root @ shorter @ within @ back)


def _mean_square(letters: FloatArray) -> float:
    """Return the root of the spectral radius of X ↦ mean A X Aᵀ, for matrices A (Σ, r, r)."""
    unit = float(np.abs(letters).max())
    if not unit:
        return 0.0
    r, letters = letters.shape[1], letters / unit  # squares may overflow or underflow
    if r <= DENSE:
        return unit * float(np.sqrt(radius(np.mean([np.kron(letter, letter) for letter in letters], axis=0))))

    def step(flat: FloatArray) -> FloatArray:
        x = flat.reshape(r, r)
        mean: FloatArray = (letters @ x @ letters.transpose(0, 2, 1)).mean(axis=0)
        return mean.ravel()

    operator = LinearOperator((r * r, r * r), matvec=step, dtype=np.float64)
    values = eigs(operator, k=1, v0=np.eye(r).ravel(), tol=TOLERANCE / 100, return_eigenvectors=False)
    return unit * float(np.sqrt(np.abs(values[0])))


def _rms(scores: FloatArray) -> float:
    return float(np.sqrt(np.mean(scores**2)))
