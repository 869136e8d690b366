"""The knee of errors by sizes: the size after which more states gain much less than they did before."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

LEAST = 1e-9  # errors below are rounding, and count as much
SAME = 1e-12  # differences of heights that are rounding


def knee(sizes: Sequence[int], errors: Sequence[float]) -> int:
    """Return the place of the size that is farthest below the straight line from the first to the last.

    Sizes and errors are taken as logarithms: errors that fall by a power of the size, as those of networks that are no automata
    do, are then a straight line, and where an automaton suddenly has enough states there is a corner below it. Satopää, Albrecht,
    Irwin, Raghavan: Finding a "kneedle" in a haystack: detecting knee points in system behavior, ICDCS workshops 2011.

    Parameters
    ----------
    sizes : (n,), ascending, from 1 on; n ≥ 1
    errors : (n,), descending, finite but for the first ones

    Returns
    -------
    From 0 to n − 1; the last one where no size is below the line.
    """
    x, y = np.log(sizes), np.log(np.maximum(errors, LEAST))
    first = int((~np.isfinite(y)).sum())  # what is impossible to an automaton makes its error infinite
    if first >= len(x) - 1:
        return len(x) - 1
    x, y = x[first:], y[first:]
    below = (x[-1] - x) / (x[-1] - x[0]) * (y[0] - y[-1]) - (y - y[-1])
    return first + int(np.flatnonzero(below >= below.max() - SAME)[-1])
