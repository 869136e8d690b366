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

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace

import numpy as np

from nerode.automata.wfa import WFA
from nerode.extraction.losses import Loss, loss_of
from nerode.extraction.spectral.batches import Batch, Limits, Parameters, ask_batches, endless, prepared, read, scores_of
from nerode.extraction.spectral.equations import Equations, equations_of
from nerode.protocols import Teacher
from nerode.words import IntArray, Words


@dataclass(frozen=True)
class LeastSquaresSettings:
    """How long automata are refined, and on how much.

    Parameters
    ----------
    rounds : in each of which the words are read and a change is solved for, at most
    products : of the matrix of the equations in a round, at most
    damping : of the first round, relative to the curvature along the gradient
    enough : a round that gains less than this part of the loss lets the next look at twice as many words, or ends it after all
    parts : that the words are cut into; the equations of the first rounds are made from two of them, drawn anew in each, but for
        the gradient, which is that of all
    each : numbers that are learned from for each that is fitted (Limits): fewer than by gradient, as every round reads all
    numbers : in all states that words pass, since these are kept
    """

    rounds: int = 20
    products: int = 20
    damping: float = 1e-3
    enough: float = 0.005
    parts: int = 8
    each: int = 100
    numbers: int = 40_000_000


def refine_by_least_squares(
    automaton: WFA,
    teacher: Teacher,
    portions: Iterable[Words],
    rng: np.random.Generator,
    check: Callable[[], None],
    settings: LeastSquaresSettings | None = None,
    limits: Limits | None = None,
    pace: Callable[[float], float] = endless,
) -> Generator[WFA]:
    """Automata of the same size, each with a lower loss on all prefixes of words; on other words it need not be lower.

    Nothing is yielded where there is nothing to learn from or nothing is gained.

    Parameters
    ----------
    portions : words; all their prefixes are asked and learned from, as `refine` does
    check : is called before every product; where it raises BudgetExhausted what has been reached has been yielded
    pace : is told the work of each product, in units of a second, and says how much of the time for all is over; no round is
        begun when all of it is
    """
    settings = settings or LeastSquaresSettings()
    limits = limits or Limits()
    most = min(limits.most_scores, settings.numbers // automaton.states)
    limits = replace(limits, each=settings.each, most_scores=most)
    batches = ask_batches(automaton, teacher, portions, rng, limits, lambda lengths: _at_random(len(lengths), settings.parts))
    if not batches:
        return
    loss = loss_of(teacher.link, np.concatenate([batch.targets for batch in batches]))
    batches = [prepared(batch, loss) for batch in batches]
    parameters: Parameters = automaton.initial, automaton.transitions, automaton.final
    looked_at, damping = min(2, len(batches)), settings.damping
    with np.errstate(all="ignore"):
        value = mean_loss(parameters, batches, loss)
        for number in range(settings.rounds):
            if pace(0.0) >= 1:
                return
            chosen = [batches[i] for i in rng.choice(len(batches), looked_at, replace=False)]
            equations = equations_of(parameters, batches, chosen, loss, rng)
            if equations is None:
                return
            parameters = equations.parameters  # the same function in other coordinates
            if number == 0:
                damping *= equations.curvature()
            for _ in range(TRIES):
                change, promised = equations.solve(damping, settings.products, check)
                pace(settings.products * _work(equations))
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


def _work(equations: Equations) -> float:
    """Of a product of the matrix of the equations: a reading forwards, one backwards, and the derivatives by the weights."""
    width = equations.parameters[2].shape[1]
    products: int = sum(reading.states.size * 6 * (reading.states.shape[1] + width) for reading in equations.readings)
    return PRODUCT * products


def _at_random(words: int, parts: int) -> list[IntArray]:
    """Words that are in random order, in so many parts, or one each where there are fewer: each part should speak for all."""
    return np.array_split(np.arange(words), min(words, parts))


PRODUCT = 7e-11  # seconds that a multiplication is taken to need
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
    """The mean over all prefixes of batches, `prepared` for the loss; infinite where scores overflow."""
    scores = (scores_of(read(parameters, batch), parameters) for batch in batches)
    total = sum(float(loss.beside(each, batch.targets)[0].sum()) for each, batch in zip(scores, batches, strict=True))
    return total / sum(len(batch.parents) for batch in batches) if np.isfinite(total) else np.inf
