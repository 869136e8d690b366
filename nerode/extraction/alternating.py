"""Refinement of weighted automata by least squares, the choice beside the gradient of `refinement.py`: few and large steps.

Scores are products of many weights, and least squares are easy where only sums are. So two things are done in turn: the words
are read, which gives the states that they pass, and with these the change of all weights together is solved for that lessens
the error most, as if scores were linear in the weights (the method of Gauss and Newton). An error of decisions or of
distributions is to second order a sum of squares, too: its second derivative where nothing is wrong is what each direction of a
score counts.

To solve for one letter's matrix at a time, with the states before and the vectors behind it from a Hankel block, was tried and
left. A word has a letter to blame at every place and each solution corrects all of the error; then only a sixteenth
of the step or less can be taken, and hardly anything is gained.

The equations are as many as there are weights, and are solved by conjugate gradients (Hestenes, Stiefel 1952), which
need products with their matrix alone: one reading of the words forwards and one backwards. Coordinates of states are balanced
before (Moore 1981), so that a weight changes scores about as much as any other. The damping, and the part of the words
that a round looks at, follow from what a step gained and what it should have (Levenberg 1944, Marquardt 1963; Martens: Deep
learning via Hessian-free optimization, ICML 2010).
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nerode.automata.wfa import WFA
from nerode.extraction.losses import Loss, loss_of
from nerode.extraction.refinement import Batch, Parameters, _distinct, make_batch, read
from nerode.links import LANGUAGE_MODEL
from nerode.protocols import Teacher
from nerode.stepping import prefix_scores
from nerode.words import FloatArray, Words


@dataclass(frozen=True)
class AlternatingSettings:
    """How long automata are refined, and on how much.

    Parameters
    ----------
    rounds : in each of which the words are read and a change is solved for, at most
    products : of the matrix of the equations in a round, at most
    damping : of the first round, relative to the curvature along the gradient
    enough : a round that gains less than this part of the loss lets the next look at twice as many words, or ends it after all
    parts : that the words are cut into; the equations of the first rounds are made from two of them, drawn anew in each, but for
        the gradient, which is that of all
    scores : that are asked at most
    numbers : the same, times their width
    """

    rounds: int = 20
    products: int = 20
    damping: float = 1e-3
    enough: float = 0.005
    parts: int = 8
    scores: int = 200_000
    numbers: int = 20_000_000


def alternate(
    automaton: WFA,
    teacher: Teacher,
    words: Words,
    rng: np.random.Generator,
    check: Callable[[], None],
    settings: AlternatingSettings | None = None,
) -> Generator[WFA]:
    """Automata of the same size, each with a lower loss on all prefixes of words; on other words it need not be lower.

    Nothing is yielded where there is nothing to learn from or nothing is gained.

    Parameters
    ----------
    words : all their prefixes are asked and learned from, as `refine` does
    check : is called before every product; where it raises BudgetExhausted what has been reached has been yielded
    """
    settings = settings or AlternatingSettings()
    batches = _parts(teacher, words, rng, settings)
    if not batches:
        return
    loss = loss_of(teacher.link, np.concatenate([batch.targets for batch in batches]))
    parameters: Parameters = automaton.initial, automaton.transitions, automaton.final
    looked_at, damping = min(2, len(batches)), settings.damping
    with np.errstate(all="ignore"):
        value = mean_loss(parameters, batches, loss)
        for number in range(settings.rounds):
            chosen = [batches[i] for i in rng.choice(len(batches), looked_at, replace=False)]
            equations = equations_of(parameters, batches, chosen, loss, rng)
            if equations is None:
                return
            parameters = equations.parameters  # the same function in other coordinates
            if number == 0:
                damping *= equations.curvature()
            for _ in range(TRIES):
                change, promised = equations.solve(damping, settings.products, check)
                if promised > value and looked_at < len(batches):
                    reached = value  # no loss is below 0: what was looked at does not speak for the rest
                    break
                step, reached, new = _shortened(parameters, change, value, lambda new: mean_loss(new, batches, loss))
                if reached < value:
                    break
                damping *= 8
            if not reached < value:
                step, reached, new = 1.0, value, parameters
            gain = value - reached
            parameters, value = new, reached
            if gain:
                yield WFA(automaton.alphabet, *parameters, automaton.link)
            as_promised = step == 1 and gain > 3 / 4 * promised  # as where the damping is needlessly large
            if gain <= settings.enough * value and not as_promised:
                if looked_at == len(batches):
                    return
                looked_at = min(2 * looked_at, len(batches))
            if step < 1 or 0 < gain < promised / 4:
                damping *= 4
            elif as_promised:
                damping /= 8


def _parts(teacher: Teacher, words: Words, rng: np.random.Generator, settings: AlternatingSettings) -> list[Batch]:
    """As many of the words as may be asked, with the teacher's scores, in random parts: each should speak for all."""
    words = [words[i] for i in rng.permutation(len(words)).tolist()]
    most = min(settings.scores, settings.numbers // teacher.width)
    words = words[: int(np.searchsorted(np.cumsum([len(word) + 1 for word in words]), most, side="right"))]
    if not words:
        return []
    scores, offsets = prefix_scores(teacher, words)
    weights = np.ones(len(scores)) if teacher.link.task == LANGUAGE_MODEL else _distinct(words)
    bounds = np.unique(np.linspace(0, len(words), settings.parts + 1).astype(np.int64)).tolist()
    rows = [slice(offsets[a], offsets[b]) for a, b in pairwise(bounds)]
    return [make_batch(words[a:b], scores[at], weights[at]) for (a, b), at in zip(pairwise(bounds), rows, strict=True)]


TRIES = 6  # dampings in a round, each eight times the one before
HALVINGS = 2  # of a step that makes the loss grow, before it is damped more


def _shortened(
    parameters: Parameters, change: Parameters, value: float, loss: Callable[[Parameters], float]
) -> tuple[float, float, Parameters]:
    """The longest of a few steps that lowers the loss, what it then is, and where that leads; the shortest where none does."""
    step = 1.0
    for halvings in range(HALVINGS + 1):
        step = 0.5**halvings
        initial, transitions, final = (now + step * by for now, by in zip(parameters, change, strict=True))
        reached = loss((initial, transitions, final))
        if reached < value:
            break
    return step, reached, (initial, transitions, final)


def mean_loss(parameters: Parameters, batches: list[Batch], loss: Loss) -> float:
    """The mean over all prefixes, weighted; infinite where scores overflow."""
    total = sum(float(loss(read(parameters, batch) @ parameters[2], batch.targets)[0] @ batch.weights) for batch in batches)
    return total / sum(len(batch.weights) for batch in batches) if np.isfinite(total) else np.inf


# the linear equations of a round


@dataclass(frozen=True, eq=False)
class Reading:
    """A batch as an automaton reads it.

    Parameters
    ----------
    batch : the words
    states : (total, r), after all their prefixes
    scores : (total, width)
    shares : (total,), what each prefix counts; of all batches of a round together 1
    """

    batch: Batch
    states: FloatArray
    scores: FloatArray
    shares: FloatArray


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
            by = curvature(self.loss, reading.scores, scores_by(self.parameters, change, reading)) * reading.shares[:, None]
            total += _flat(gradient(self.parameters, reading, by), self.scales)
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


TOLERANCE = 1e-6  # of squares: the equations are wrong by more, since scores are not linear


def _flat(parts: Parameters, scales: Parameters) -> FloatArray:
    return np.concatenate([(part * scale).ravel() for part, scale in zip(parts, scales, strict=True)])


def equations_of(
    parameters: Parameters, batches: list[Batch], chosen: list[Batch], loss: Loss, rng: np.random.Generator
) -> Equations | None:
    """The equations of a round in balanced coordinates; None where numbers overflow.

    Parameters
    ----------
    batches : give the gradient
    chosen : those of them that give J and C, which takes as long for every product
    """
    total = sum(len(batch.weights) for batch in chosen)
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
        reading = reading_of(parameters, batch, sum(len(each.weights) for each in batches))
        by_scores = loss(reading.scores, batch.targets)[1] * reading.shares[:, None]
        right -= _flat(gradient(parameters, reading, by_scores), scales)
    if not np.isfinite(right).all():
        return None
    return Equations(parameters, tuple(reading_of(parameters, batch, total) for batch in chosen), loss, scales, right)


def reading_of(parameters: Parameters, batch: Batch, total: int) -> Reading:
    """A batch as it is read, one of those that have `total` prefixes together."""
    states = read(parameters, batch)
    return Reading(batch, states, states @ parameters[2], batch.weights / total)


LEAST = 1e-6  # relative size of a coordinate; those that are smaller are not changed more freely


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


# derivatives


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


DIFFERENCE = 1e-4  # in units of the mean size of scores


def scores_by(parameters: Parameters, change: Parameters, reading: Reading) -> FloatArray:
    """What scores (total, width) change by with the weights, to first order."""
    _, transitions, final = parameters
    batch, states = reading.batch, reading.states
    moved = np.empty_like(states)
    moved[: batch.starts] = change[0]
    for layer in batch.slices:
        first, behind = layer[0][1], layer[-1][2]
        above = batch.parents[first:behind]
        before, moved_before = states[above], moved[above]
        for symbol, begin, end in layer:
            rows = slice(begin - first, end - first)
            moved[begin:end] = moved_before[rows] @ transitions[symbol] + before[rows] @ change[1][symbol]
    return moved @ final + states @ change[2]


def backwards(parameters: Parameters, batch: Batch, by_states: FloatArray) -> FloatArray:
    """Derivatives (total, r) by states, from those by states that are read out alone; these are overwritten."""
    transitions = parameters[1]
    for layer in reversed(batch.slices):
        first, behind = layer[0][1], layer[-1][2]
        by_before = np.empty((behind - first, by_states.shape[1]))
        for symbol, begin, end in layer:
            np.matmul(by_states[begin:end], transitions[symbol].T, out=by_before[begin - first : end - first])
        by_states[batch.parents[first:behind]] += by_before  # each parent once, since each word goes on with one letter
    return by_states


def gradient(parameters: Parameters, reading: Reading, by_scores: FloatArray) -> Parameters:
    """Derivatives by the weights, from those by scores (total, width)."""
    batch, states = reading.batch, reading.states
    by_states = backwards(parameters, batch, by_scores @ parameters[2].T)
    by_transitions = np.zeros_like(parameters[1])
    for symbol, rows in batch.by_symbol:
        by_transitions[symbol] = states[batch.parents[rows]].T @ by_states[rows]
    return by_states[: batch.starts].sum(axis=0), by_transitions, states.T @ by_scores
