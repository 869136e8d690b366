"""Coordinates of states in which each matters as much for what was read as for what is to come."""

from __future__ import annotations

import numpy as np

from nerode.words import FloatArray


def balancing(forward: FloatArray, backward: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Coordinates of states in which what is before and what is behind have the same second moments, and these are diagonal.

    Parameters
    ----------
    forward, backward : (r, r), second moments of the states and of the vectors that give scores from them

    Returns
    -------
    to, fro : (r, r), inverse to each other; states are multiplied with `to`
    sizes : (r,), descending, the second moments afterwards, those next to 0 raised; None for the three where they overflow
    """
    if not (np.isfinite(forward).all() and np.isfinite(backward).all() and forward.any() and backward.any()):
        return None
    root, inverse = _root(forward)
    turn, sizes, _ = np.linalg.svd(root.T @ _root(backward)[0])
    sizes = np.maximum(sizes, SMALLEST * sizes[0])
    return inverse.T @ turn * np.sqrt(sizes), (turn / np.sqrt(sizes)).T @ root.T, sizes


def _root(square: FloatArray) -> tuple[FloatArray, FloatArray]:
    """R with R Rᵀ = a symmetric matrix, whose eigenvalues next to 0 are raised, and R⁻¹."""
    values, vectors = np.linalg.eigh(square)
    roots = np.sqrt(np.maximum(values, SMALLEST * values[-1]))
    return vectors * roots, (vectors / roots).T


SMALLEST = 1e-14  # relative: what is smaller is rounding
