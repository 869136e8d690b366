"""What the letters of a weighted automaton do to its states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nerode.protocols import Teacher
from nerode.words import FloatArray, IntArray

ComplexArray = NDArray[np.complex128]

AGAIN = 8  # times that a letter is read again, to see what it forgets
NEAR = 0.1  # a distance that counts as none
QUARTILES = 1.349  # standard deviations between the quartiles of a normal distribution
MOST = 2 / 3  # share of the points from which a letter is said to push them one way, or most of them to have one label
STILL = 0.1  # a change of the height that counts as none, in standard deviations of heights
PAIRED = 200  # states that tell which letter undoes which
UNDONE = 0.25  # of the way that a letter moves points, what is left of it when another letter undoes it


@dataclass(frozen=True)
class Letter:
    """What a letter does to the m points of a map.

    Distances are root mean squares over the points, in units of the distance of the points from their mean. They are measured in
    the scores of continuations, not in the plane alone.

    Parameters
    ----------
    symbol : its name
    after : (m, 2), where each point goes
    matrix, shift : (2, 2) and (2,), the affine map that comes nearest in the plane: after ≈ points @ matrix + shift
    fits : the share of the variance of `after` that this affine map explains
    fixed : (2,), the point that stays where it is when the letter is read; None where there is none
    eigenvalues : of the linear map, the largest first
    moves : how far points move
    spreads : (AGAIN + 1,), how far points lie apart after the letter was read 0, 1, 2 … times
    returns : (AGAIN + 1,), how far points are from where they were after the letter was read 0, 1, 2 … times
    push : the mean change of the height; None where the height is no answer
    rises : the share of the points that rise, those that hardly move counting half; None as for `push`
    flips : the shares of the points that it takes from rejected to accepted, and back; None where the height is no margin
    leads : the name of the most frequent label of points after the letter, and its share; None where heights are the answer, or
        where labels are unknown
    undone : the letter that takes points back best after this one, and how far they are then from where they were
    """

    symbol: str
    after: FloatArray
    matrix: FloatArray
    shift: FloatArray
    fits: float
    fixed: FloatArray | None
    eigenvalues: ComplexArray
    moves: float
    spreads: FloatArray
    returns: FloatArray
    push: float | None
    rises: float | None
    flips: tuple[float, float] | None
    leads: tuple[str, float] | None
    undone: tuple[str, float] | None

    @property
    def memory(self) -> float | None:
        """How often the letter is read until half of the differences of states is gone; None if not within AGAIN times."""
        below = np.flatnonzero(self.spreads <= 0.5)
        if not len(below):
            return None
        k = int(below[0])
        high, low = float(self.spreads[k - 1]), float(self.spreads[k])
        return k - 1 + (high - 0.5) / (high - low)

    @property
    def period(self) -> int | None:
        """After how many readings, two or more, the points are back where they were; None if not within AGAIN times."""
        back = np.flatnonzero(self.returns[2:] < NEAR)
        return int(back[0]) + 2 if len(back) and self.moves > 2 * NEAR else None

    @property
    def end(self) -> float | None:
        """The height that repetition of the letter leads to; None where it forgets nothing, or where the height is no answer."""
        known = self.push is not None and self.memory is not None and self.fixed is not None and np.isfinite(self.fixed[1])
        return float(self.fixed[1]) if known and self.fixed is not None else None

    def __str__(self) -> str:
        """What the letter does, in a few words."""
        if self.moves < NEAR:
            return "does nothing"
        said = []
        if self.spreads[1] < NEAR:
            said.append("resets")
        elif self.period is not None:
            said.append("swaps" if self.period == 2 else f"turns, back after {self.period}")
        elif self.memory is not None:
            at_once = self.spreads[1] <= 0.5
            said.append(f"forgets {1 - self.spreads[1]:.0%} at once" if at_once else f"forgets half in {self.memory:.1f} letters")
        elif self.spreads[AGAIN] > 1 + NEAR:
            said.append("repeated drives states apart")
        else:
            said.append("keeps what was before" if self.spreads[AGAIN] > 1 - NEAR else "forgets slowly")
        if self.period != 2 and self.undone is not None and self.undone[1] < UNDONE * self.moves:
            said.append(f"undone by {self.undone[0]}")
        said += self._where_most_go()
        if self.end is not None:
            said.append(f"repeated brings words near {_signed(self.end)}")
        if self.leads is not None:
            said.append(f"then {'mostly' if self.leads[1] >= MOST else 'most often'} {self.leads[0]} ({self.leads[1]:.0%})")
        return ", ".join(said)

    @property
    def pushes(self) -> int:
        """1 where most points rise, −1 where most fall, and 0 otherwise."""
        return direction(self.rises)

    def _where_most_go(self) -> list[str]:
        if self.rises is None:
            return []
        if not self.pushes:
            return [f"raises {self.rises:.0%} of words"]
        up, down = ("up", "down") if self.flips is None else ("towards acceptance", "towards rejection")
        return [f"pushes {self.rises:.0%} {up}" if self.pushes > 0 else f"pushes {1 - self.rises:.0%} {down}"]


def _signed(number: float) -> str:
    return f"{number:+.2g}".replace("-", "−")


def direction(rises: float | None) -> int:
    """Return 1 if most of the points rise, −1 if most fall, and 0 otherwise, or where it is not known."""
    return 0 if rises is None else int(rises >= MOST) - int(rises <= 1 - MOST)


def conditional(states: FloatArray, total: FloatArray | None) -> FloatArray:
    """Return states (n, r) divided by the sum over all continuations, if `total` (r,) gives it; NaN where it is not above 0."""
    if total is None:
        return states
    sums = states @ total
    return np.where(sums[:, None] > 0, states / np.where(sums > 0, sums, 1.0)[:, None], np.nan)


def in_the_plane(points: FloatArray, after: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, float]:
    """Return where points go, the affine map that comes nearest, as a matrix (2, 2) and a shift (2,), and what it explains."""
    known = np.isfinite(after).all(axis=1)
    if not known.any():
        return after, np.eye(2), np.zeros(2), 1.0
    unit = np.maximum(points.std(axis=0), 1e-300)  # the two axes may be of different kinds
    design = np.column_stack([points[known] / unit, np.ones(int(known.sum()))])
    solution = np.linalg.lstsq(design, after[known], rcond=1e-10)[0]
    with np.errstate(over="ignore"):  # where points hardly differ along an axis
        left = float((((after[known] - design @ solution) / unit) ** 2).sum())
        variance = float((((after[known] - after[known].mean(axis=0)) / unit) ** 2).sum())
    return after, solution[:2] / unit[:, None], solution[2], 1 - left / variance if 0 < variance < np.inf else 1.0


def fixed_state(step: FloatArray, constant: FloatArray, total: FloatArray | None) -> FloatArray:
    """Return the state (r,) of weight 1 that a letter leaves where it is; NaN where there is none."""
    values, vectors = np.linalg.eig(step.T)
    nearest = int(np.abs(values).argmax() if total is not None else np.abs(values - 1).argmin())
    vector: FloatArray = np.real(vectors[:, nearest])
    weight = float(vector @ constant)
    if abs(values[nearest].imag) > 1e-9 or abs(weight) < 1e-9 * float(np.abs(constant).max()):
        return np.full(len(step), np.nan)
    found: FloatArray = vector / weight
    return found


def eigenvalues(step: FloatArray) -> ComplexArray:
    """Return the eigenvalues of a letter, the largest first."""
    values: ComplexArray = np.linalg.eigvals(step).astype(np.complex128)
    return values[np.argsort(-np.abs(values), kind="stable")]


def again(
    states: FloatArray, step: FloatArray, futures: FloatArray, total: FloatArray | None
) -> tuple[float, FloatArray, FloatArray]:
    """Return how far points move, how far apart they are, and how far from where they were, as a letter is read again."""
    before = states @ futures
    unit = _size(before - before.mean(axis=0)) or 1.0
    spreads, returns = [1.0], [0.0]
    for _ in range(AGAIN):
        states = conditional(states @ step, total)
        now = states @ futures
        known = np.isfinite(now).all(axis=1)
        spreads.append(_size(now[known] - now[known].mean(axis=0)) / unit if known.any() else 0.0)
        returns.append(_distance(now, before) / unit if known.any() else 0.0)
    return returns[1], np.array(spreads), np.array(returns)


def _size(rows: FloatArray) -> float:
    """Return the root mean square of the lengths of rows."""
    return float(np.sqrt((rows**2).sum(axis=1).mean()))


def flips(before: FloatArray, after: FloatArray) -> tuple[float, float]:
    """Return the shares of margins (m,) that become positive, and that cease to be."""
    return float(np.mean((before <= 0) & (after > 0))), float(np.mean((before > 0) & ~(after > 0)))


def change(before: FloatArray, after: FloatArray) -> tuple[float, float]:
    """Return the mean change of heights (m,), and the share of them that rise, those that hardly move counting half.

    The standard deviation of heights is that of a normal distribution with the same quartiles, since few heights may be huge.
    """
    changes = after - before
    low, high = np.quantile(before, [0.25, 0.75])
    still = np.abs(changes) <= STILL * float(high - low) / QUARTILES
    return float(changes.mean()), float(np.where(still, 0.5, changes > 0).mean())


def what_undoes(
    states: FloatArray, steps: Sequence[FloatArray], futures: FloatArray, total: FloatArray | None
) -> list[tuple[int, float]]:
    """Return, for each letter, the letter that takes states (m, r) back best after it, and how far they are then from before.

    Some of the states are enough, at equal steps.

    Distances are in units of the distance of the states from their mean, over continuations, as in `again`.
    """
    states = states[:: max(1, len(states) // PAIRED)]
    before = states @ futures
    unit = _size(before - before.mean(axis=0)) or 1.0
    found = []
    for step in steps:
        after = conditional(states @ step, total)
        left = [_distance(conditional(after @ back, total) @ futures, before) for back in steps]
        nearest = int(np.argmin(left))
        found.append((nearest, left[nearest] / unit))
    return found


def _distance(rows: FloatArray, others: FloatArray) -> float:
    """Return the root mean square of the distances of the rows that are finite; infinity where none is."""
    known = np.isfinite(rows).all(axis=1)
    return _size(rows[known] - others[known]) if known.any() else np.inf


def label_names(function: Teacher, following: bool) -> tuple[str, ...]:
    """Return the names of labels: the symbols and the end where labels are what follows, or the numbers of classes."""
    if following:
        return (*function.alphabet.symbols, "end")
    return tuple(f"class {label}" for label in range(max(2, function.width)))


def leading(labels: IntArray | None, names: tuple[str, ...]) -> tuple[str, float] | None:
    """Return the name of the most frequent of labels, and its share; None where there are no labels."""
    if labels is None or not len(labels):
        return None
    counts = np.bincount(labels, minlength=len(names))
    return names[int(counts.argmax())], float(counts.max() / len(labels))
