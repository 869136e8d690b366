"""The linear equations of a round of least squares, and their solution by conjugate gradients.

They are (Jᵀ C J + damping) x = −gradient in coordinates that are balanced; see `least_squares.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nerode.extraction.losses import Loss
from nerode.extraction.spectral.balancing import balancing
from nerode.extraction.spectral.batches import Batch, Parameters, backwards, change_of_scores, derivatives, read, scores_of
from nerode.words import FloatArray

TOLERANCE = 1e-6  # of squares: the equations are wrong by more, since scores are not linear
LEAST = 1e-6  # relative size of a coordinate; those that are smaller are not changed more freely
DIFFERENCE = 1e-4  # in units of the mean size of scores


@dataclass(frozen=True, eq=False)
class Reading:
    """A batch as an automaton reads it.

    Parameters
    ----------
    batch : the words
    states : (total, r), after all their prefixes
    scores : (total, width)
    total : prefixes of all batches of a round together
    """

    batch: Batch
    states: FloatArray
    scores: FloatArray
    total: int


@dataclass(frozen=True, eq=False)
class Equations:
    """(Jᵀ C J + damping) x = −gradient, where J are the derivatives of scores by weights and C is what changes of scores count.

    Parameters
    ----------
    parameters : where the derivatives are taken
    readings : the words that give J and C
    loss : whose second derivatives C are
    scales : of each weight, by which the unknowns are multiplied
    right : (unknowns,), minus the gradient over all words
    """

    parameters: Parameters
    readings: tuple[Reading, ...]
    loss: Loss
    scales: Parameters
    right: FloatArray

    def product(self, unknowns: FloatArray) -> FloatArray:
        """Jᵀ C J x."""
        change = self._weights(unknowns)
        total = np.zeros_like(unknowns)
        for reading in self.readings:
            moved = change_of_scores(self.parameters, change, reading.batch, reading.states)
            by = curvature(self.loss, reading.scores, moved) / reading.total
            total += _flat(derivatives(self.parameters, reading.batch, reading.states, by), self.scales)
        return total

    def curvature(self) -> float:
        """Along the gradient, in units of the unknowns."""
        square = float(self.right @ self.right)
        return float(self.right @ self.product(self.right)) / square if square else 1.0

    def solve(self, damping: float, products: int, check: Callable[[], None]) -> tuple[Parameters, float]:
        """Changes of the weights by conjugate gradients, and by how much the loss should fall."""
        unknowns = np.zeros_like(self.right)
        rest = direction = self.right
        square = first = float(rest @ rest)
        for _ in range(products):
            check()
            if not square > TOLERANCE * first:
                break
            product = self.product(direction) + damping * direction
            length = square / float(direction @ product)
            unknowns = unknowns + length * direction
            rest = rest - length * product
            before, square = square, float(rest @ rest)
            direction = rest + square / before * direction
        # half of x·(right + rest) is x·right − ½ x·(Jᵀ C J + damping)x
        promised = 0.5 * float(unknowns @ (self.right + rest)) + 0.5 * damping * float(unknowns @ unknowns)
        return self._weights(unknowns), promised

    def _weights(self, unknowns: FloatArray) -> Parameters:
        initial, transitions, final = self.scales
        first, second = initial.size, initial.size + transitions.size
        return (
            initial * unknowns[:first],
            transitions * unknowns[first:second].reshape(transitions.shape),
            final * unknowns[second:].reshape(final.shape),
        )


def _flat(parts: Parameters, scales: Parameters) -> FloatArray:
    return np.concatenate([(part * scale).ravel() for part, scale in zip(parts, scales, strict=True)])


def equations_of(
    parameters: Parameters, batches: list[Batch], chosen: list[Batch], loss: Loss, rng: np.random.Generator
) -> Equations | None:
    """The equations of a round in balanced coordinates; None where numbers overflow.

    Parameters
    ----------
    batches : `prepared` for the loss; give the gradient
    chosen : those of them that give J and C, which takes as long for every product
    """
    total = sum(len(batch.parents) for batch in chosen)
    states = [read(parameters, batch) for batch in chosen]
    signs = [rng.choice((-1.0, 1.0), size=batch.targets.shape) for batch in chosen]
    back = [backwards(parameters, batch, by @ parameters[2].T) for batch, by in zip(chosen, signs, strict=True)]
    there = balancing(*(np.sum([rows.T @ rows for rows in each], axis=0) / total for each in (states, back)))
    if there is None:
        return None
    to, fro, sizes = there
    initial, transitions, final = parameters
    parameters = initial @ to, fro @ transitions @ to, fro @ final
    scale = 1 / np.sqrt(sizes + LEAST * sizes[0])
    scales = scale, np.broadcast_to(scale[:, None] * scale, transitions.shape), np.broadcast_to(scale[:, None], final.shape)
    right = np.zeros(sum(part.size for part in parameters))
    for batch in batches:
        reading = reading_of(parameters, batch, sum(len(each.parents) for each in batches))
        by_scores = loss.beside(reading.scores, batch.targets)[1] / reading.total
        right -= _flat(derivatives(parameters, batch, reading.states, by_scores), scales)
    if not np.isfinite(right).all():
        return None
    return Equations(parameters, tuple(reading_of(parameters, batch, total) for batch in chosen), loss, scales, right)


def reading_of(parameters: Parameters, batch: Batch, total: int) -> Reading:
    """A batch as it is read, one of those that have `total` prefixes together."""
    states = read(parameters, batch)
    return Reading(batch, states, scores_of(states, parameters), total)


def curvature(loss: Loss, scores: FloatArray, changes: FloatArray) -> FloatArray:
    """The second derivative of a loss, where nothing would be wrong with the scores, times changes of them; all (m, width).

    There the first derivative is 0; so a difference with it is one evaluation.
    """
    largest = float(np.abs(changes).max(initial=0.0))
    if not largest:
        return changes
    small = DIFFERENCE * (float(np.abs(scores).mean()) or 1.0) / largest
    result: FloatArray = loss(scores + small * changes, scores)[1] / small
    return result
