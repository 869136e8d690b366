"""What an automaton's states do on long words: how fast they grow, and how to stop it.

An automaton that was learned from words of 20 letters is right about words of 20 letters. Of what it does in each step a part of
1e-3 is error, and after 2,000 letters that may have grown to anything. Two kinds of error were seen in automata learned from
networks, and each has its remedy here.

The first is drift. Scores of a network have a constant part: there are weights u with x·u = 1 for all states x that words lead
to, since with them constants are learned like everything else. So A·u = u for every letter's matrix A; learned, nearly so, and
the constant part shrinks or grows with the length. Where such weights are found, A·u = u is put in place. In coordinates (1, y)
a letter then makes y·B + c of y, and what grows in the long run is up to the matrices B alone.

The second is growth in what is left, of matrices B with eigenvalues beyond 1. These eigenvalues are drawn back to the size 1,
their vectors stay. That is about single letters; for words of many letters the mean over all letters of the squared size counts
(of B X Bᵀ as a function of symmetric X; Costa, Fragoso, Marques: Discrete-time Markov jump linear systems, 2005). Where that
grows, directions of growth are shortened in the norm in which growth shows at once (of Lyapunov).
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

TOLERANCE = 1e-4  # what an eigenvalue may be beyond 1: a fiftieth in 200 letters; those of counters are known no better
NEARLY = 0.2  # root mean square by which x·u may differ from 1
EXACT = 1e-7  # and where it differs by less nothing is to be done
CHANGE = 0.25  # of the spread of the scores: a constant part that changes them by more is none
SLACK = 0.01  # by which the squares of states are kept from growing where a norm for their growth is computed
ROUNDS = 3  # of drawing back eigenvalues and shortening directions, since the second may undo some of the first
LEAST = 10  # states seen, for each state of the automaton
UNSEEN = 1e-10  # relative: directions of which no state has more keep a scale from which they can be had back
DENSE = 8  # states up to which the map of squares is written out


@dataclass(frozen=True)
class Growth:
    """By which factor states change with each letter, in the long run; where all are at most 1 nothing explodes.

    Parameters
    ----------
    letters : (Σ,), where one letter is repeated: the spectral radius of its matrix
    mean : for the mean state of all words of one length: the spectral radius of the mean of the matrices
    mean_square : for the root mean square of the states of all words of one length; never below `mean`
    """

    letters: FloatArray
    mean: float
    mean_square: float

    @property
    def stable(self) -> bool:
        """Whether states of repeated letters and of uniform words do not grow; certain other words may still make them grow."""
        return max(float(self.letters.max()), self.mean_square) <= 1 + TOLERANCE


def growth(a: WFA) -> Growth:
    """How fast the states of an automaton grow, those included that do not matter: `minimise` leaves these out."""
    need_weighted(a)
    letters = np.array([radius(letter) for letter in a.transitions])
    return Growth(letters, radius(a.transitions.mean(axis=0)), _mean_square(a.transitions))


def stabilise(a: WFA, words: Iterable[Any]) -> WFA:
    """An automaton of nearly the same scores on words like those given, whose states do not grow on longer ones.

    What decays, what lasts (eigenvalues of size 1) and what counts letters is left as it is; functions that truly grow
    exponentially are not. A stable automaton without a drifting constant part is returned itself. Nothing is asked of a
    teacher, so it is for the caller to weigh the two automata on held-out words.

    Parameters
    ----------
    words : like those that the automaton was learned from, some hundreds

    Returns
    -------
    An automaton of as many states in another basis, with `growth` at most 1 but for the constant part

    Raises
    ------
    InputError : words with fewer prefixes than ten times the states or on which states overflow, or an automaton that no stable
        one can be computed of
    """
    need_weighted(a)
    words = a.alphabet.words(words)
    try:
        return _stabilised(a, words)
    except (np.linalg.LinAlgError, ArpackError) as error:
        raise InputError("no stable automaton can be computed of this one; learn one of fewer states") from error


def _stabilised(a: WFA, words: list[Any]) -> WFA:
    with np.errstate(all="ignore"):
        factor, count = _states(a, words)
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
        steady = _steady(centred)
        before = a.scores(words)
        if _size(steady.scores(words) - before) <= CHANGE * _size(before - before.mean(axis=0)) + EXACT * _size(before):
            letters = steady.transitions.copy()
            letters[:, 1:, 1:] = _tamed(letters[:, 1:, 1:])
            return replace(steady, transitions=letters)
        if growth(a).stable:
            return a
    white = _in_basis(a, _basis(factor, count, None))
    return replace(white, transitions=_tamed(white.transitions))


def _states(a: WFA, words: list[Any]) -> tuple[FloatArray, int]:
    """R of a QR factorisation of the states x of all prefixes of words and a column of ones, (r + 1, r + 1), and their number.

    Everything about the states that is a sum of squares is had from R, with the accuracy of the states themselves.
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
    """Weights u (r,) with x·u closest to 1, and the root mean square of what is missing."""
    weights: FloatArray = np.linalg.lstsq(factor[:, :-1], factor[:, -1], rcond=UNSEEN)[0].astype(np.float64)
    return weights, float(np.linalg.norm(factor[:, :-1] @ weights - factor[:, -1]) / np.sqrt(count))


def _basis(factor: FloatArray, count: int, constant: FloatArray | None) -> FloatArray:
    """A basis (r, r) in whose coordinates the states seen have the second moment I, but for directions that are not seen.

    With the weights of a constant it is the first coordinate, and the others have the mean 0.
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


def _steady(a: WFA) -> WFA:
    """The first coordinate of the state, which is nearly 1, put to 1 for all words."""
    initial, letters = a.initial.copy(), a.transitions.copy()
    initial[0] = 1.0
    letters[:, :, 0] = np.arange(a.states) == 0
    return replace(a, initial=initial, transitions=letters)


def _tamed(letters: FloatArray) -> FloatArray:
    """Matrices (Σ, r, r) for which states of repeated letters do not grow, nor those of uniform words; r may be 0."""
    if not letters.shape[1]:
        return letters
    for _ in range(ROUNDS):
        letters = np.stack([_drawn_back(letter) for letter in letters])
        rate = _mean_square(letters)
        if rate <= 1 + TOLERANCE:
            break
        letters = _shortened(letters, rate)
    largest = max(_mean_square(letters), *(radius(letter) for letter in letters))
    return letters / largest if largest > 1 + TOLERANCE else letters


def _drawn_back(letter: FloatArray) -> FloatArray:
    """A matrix (r, r) with the eigenvalues beyond 1 put to the size 1; their vectors, and all other eigenvalues, stay."""
    solved: tuple[Any, Any, Any] = scipy.linalg.eig(letter, left=True, right=True)  # type: ignore[assignment]  # its stubs
    values, left, right = solved
    beyond = np.flatnonzero(np.abs(values) > 1 + TOLERANCE)
    left, right = left[:, beyond].conj(), right[:, beyond]
    excess = values[beyond] * (1 - 1 / np.abs(values[beyond])) / (left * right).sum(axis=0)
    less: FloatArray = np.real((right * excess) @ left.T)
    return letter - less


def _shortened(letters: FloatArray, rate: float) -> FloatArray:
    """Matrices D·A, (Σ, r, r), for which the mean square of the states does not grow.

    Let X = I + γ · mean A X Aᵀ, γ small enough for X to exist. In coordinates in which X is I the mean S of A Aᵀ would be at
    most I if nothing grew. D divides the directions of S that are larger by their size. Then the mean of D A Aᵀ D is at most I.
    """
    fading = letters * np.sqrt((1 - SLACK) / len(letters)) / rate
    root = np.linalg.cholesky(stein(fading, np.eye(letters.shape[1])))
    back = np.linalg.inv(root)
    within = back @ letters @ root
    sizes, directions = np.linalg.eigh((within @ within.transpose(0, 2, 1)).mean(axis=0))
    shorter = (directions / np.sqrt(np.maximum(sizes, 1.0))) @ directions.T
    return np.asarray(root @ shorter @ within @ back)


def _mean_square(letters: FloatArray) -> float:
    """The root of the spectral radius of X ↦ mean A X Aᵀ, of matrices A (Σ, r, r)."""
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


def _size(scores: FloatArray) -> float:
    return float(np.sqrt(np.mean(scores**2)))
