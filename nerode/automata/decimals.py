"""Automata whose numbers have as many digits as matter, and no more.

A number is rounded to a multiple of a power of ten. How coarse that may be differs from number to number: by how much scores
change with it. So all of them add about as much to the error, and most need two to five digits where learning leaves seventeen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nerode.automata.linear import reverse
from nerode.automata.pdfa import PDFA
from nerode.automata.wfa import WFA
from nerode.links import Value
from nerode.protocols import States
from nerode.stepping import step_through
from nerode.words import FloatArray, IntArray, Word

MIXTURES = 4  # of the scores, where there are several: what follows is measured for these
MOST_DIGITS = 300  # behind the point, or before it
WHOLE = 2.0**53  # numbers from here on have no digits behind the point
FINEST = 1e-15  # to which the probabilities of a state add up to 1
UNSEEN = 1e-9  # of what the component does that does most; what does less counts as this much


def decimal(values: FloatArray, steps: FloatArray | float) -> FloatArray:
    """Return numbers rounded to multiples of the powers of ten that are next below `steps`, which are positive."""
    digits = np.clip(np.ceil(-np.log10(steps)), -MOST_DIGITS, MOST_DIGITS)
    up, down = 10.0 ** np.maximum(digits, 0), 10.0 ** np.maximum(-digits, 0)
    with np.errstate(over="ignore", invalid="ignore"):
        multiples = values * up / down
        rounded: FloatArray = np.rint(multiples) / up * down + 0.0  # no -0.0
    return np.where(np.abs(multiples) < WHOLE, rounded, values)


@dataclass(frozen=True)
class Effects:
    """What a weighted automaton multiplies its weights with, as root mean squares over words.

    A weight from state i to state j is multiplied by component i of the state before it, and by what component j is worth behind.

    Parameters
    ----------
    before : (r,), components of the states after prefixes
    behind : (r,), what they are multiplied with by suffixes
    scale : of the scores, around their mean
    """

    before: FloatArray
    behind: FloatArray
    scale: float


def effects(a: WFA, words: Sequence[Word], rng: np.random.Generator) -> Effects | None:
    """Return the effects on words; None where they overflow, or where all scores are alike.

    Parameters
    ----------
    rng : for the signs by which several scores are mixed
    """
    with np.errstate(all="ignore"):
        squares = _mean_squares(a, words)
        backwards = [word[::-1] for word in words]
        mixtures = [np.ones(1)] if a.width == 1 else list(rng.choice((-1.0, 1.0), size=(MIXTURES, a.width)))
        mixed = [replace(a, final=a.final @ signs[:, None], link=Value()) for signs in mixtures]
        squares_behind = np.mean([_mean_squares(reverse(each), backwards) for each in mixed], axis=0)
        scale = float(a.scores(words).std(axis=0).max())
    before: FloatArray = np.sqrt(squares)
    behind: FloatArray = np.sqrt(squares_behind)
    if not (np.isfinite(before).all() and np.isfinite(behind).all() and np.isfinite(scale) and scale):
        return None
    least = UNSEEN * float((before * behind).max())  # a product, so that it does not depend on the scales of components
    if not least:
        return None
    low = before * behind < least
    behind = np.where(low & (behind == 0), np.sqrt(least), behind)
    before = np.where(low, least / np.where(low, behind, 1.0), before)
    return Effects(before, behind, scale)


def _mean_squares(a: WFA, words: Sequence[Word]) -> FloatArray:
    """The mean square (r,) of each component of the states after all prefixes."""
    total, count = np.zeros(a.states), 0

    def visit(length: int, rows: IntArray, lengths: IntArray, states: States) -> None:
        nonlocal total, count
        total = total + (states[0] ** 2).sum(axis=0)
        count += len(states[0])

    step_through(a, words, visit)
    return total / count


def rounded(a: WFA, known: Effects, step: float) -> WFA:
    """Return the automaton with rounded weights; the rounding of each changes scores by at most `step`, in units of their scale.

    That is meant as a root mean square over words like those of `known`, and of a weight that is used once.
    """
    unit = step * known.scale
    return replace(
        a,
        initial=decimal(a.initial, unit / known.behind),
        transitions=decimal(a.transitions, unit / np.outer(known.before, known.behind)),
        final=decimal(a.final, (unit / known.before)[:, None]),
    )


def rounded_distributions(a: PDFA, visits: FloatArray, step: float) -> PDFA:
    """Return the automaton with rounded probabilities, the fewer digits the rarer a state is.

    What rounding costs is the expected square of Δ log p, and so the share of visits times Δp² / p. No probability becomes 0 that
    is not, and the most likely symbol takes what rounding leaves over.

    Parameters
    ----------
    visits : (n,), how often words pass a state
    """
    p = a.probabilities
    share = (visits + 1) / (visits + 1).sum()
    steps = np.where(p > 0, np.minimum(step * np.sqrt(p / (share * len(p))[:, None]), p), 1.0)
    near = decimal(p, steps)
    near = np.where(near > 0, near, p)
    rows, likeliest = np.arange(len(p)), p.argmax(axis=1)
    near[rows, likeliest] = 0.0
    finest = np.where(near > 0, steps, 1.0).min(axis=1)
    rest = decimal(1 - near.sum(axis=1), np.maximum(finest, FINEST))
    near[rows, likeliest] = rest
    kept = rest > 0
    return replace(a, probabilities=np.where(kept[:, None], near, p))
