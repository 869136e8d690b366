"""Refinement of weighted automata by gradient: what the spectral method began is fitted to more words than a block holds.

The spectral method minimises squared errors of a block, every cell of it alike; of as many states as there are singular values
that is the best start known, but no more than a start. From there the errors that matter are lowered on many words: those
of class probabilities, next-symbol distributions or values, by Adam (Kingma, Ba: Adam, ICLR 2015) with a cosine schedule.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from nerode.automata.wfa import WFA
from nerode.compiled import compiled
from nerode.errors import BudgetExhausted
from nerode.extraction.losses import SHARPNESS, Loss, loss_of, sharpened
from nerode.extraction.spectral.batches import (
    Batch,
    Limits,
    Parameters,
    ask_batches,
    derivatives,
    endless,
    prepared,
    read,
    scores_of,
)
from nerode.links import CLASSIFIER
from nerode.protocols import Teacher
from nerode.words import FloatArray, IntArray, Words


@dataclass(frozen=True)
class RefinementSettings:
    """How long and how fast automata are refined.

    Parameters
    ----------
    steps : of the optimiser, at most
    work : numbers that all steps together may multiply; automata of many states get fewer steps
    batch : scores that a step looks at, about; of classifiers twice as many, as most of them are far from a decision
    rate : the largest change of a parameter in a step, states being of size 1, as a part of the root of the first loss: what
        is nearly right must not be shaken
    largest_rate : no change is larger
    warm_up : steps in which the rate rises
    looks : automata that are handed on, in equal distances
    """

    steps: int = 4000
    work: float = 2e11
    batch: int = 2500
    rate: float = 0.045
    largest_rate: float = 0.005
    warm_up: int = 50
    looks: int = 8


def value_and_gradient(parameters: Parameters, batch: Batch, loss: Loss) -> tuple[float, Parameters]:
    """The mean loss of a batch, `prepared` for the loss, and its derivative by each parameter."""
    states = read(parameters, batch)
    values, by_scores = loss.beside(scores_of(states, parameters), batch.targets)
    by_scores /= len(states)
    return float(values.mean()), derivatives(parameters, batch, states, by_scores)


def refine(
    automaton: WFA,
    teacher: Teacher,
    portions: Iterable[Words],
    rng: np.random.Generator,
    check: Callable[[], None],
    settings: RefinementSettings | None = None,
    limits: Limits | None = None,
    pace: Callable[[float], float] = endless,
) -> Generator[WFA]:
    """Automata of the same size that fit the teacher's scores of all prefixes of words better; of other words they need not.

    Nothing is yielded where there is nothing to learn from, and numbers that overflow end it.

    Parameters
    ----------
    portions : words; all their prefixes are asked and learned from: a step passes the states after them anyway
    check : is called before every step; where it raises BudgetExhausted what has been reached is yielded before that passes on
    pace : is told the work of each step, in units of a second, and says how much of the time for all of them is over, 0 … 1.
        The schedule runs by the steps or by the pace, whichever is further, so that it has cooled down when the time is over
    """
    settings = settings or RefinementSettings()
    classifies = teacher.link.task == CLASSIFIER
    size = settings.batch * (2 if classifies else 1)
    batches = ask_batches(automaton, teacher, portions, rng, limits or Limits(), lambda lengths: _by_length(lengths, size))
    if not batches:
        return
    loss = loss_of(teacher.link, np.concatenate([batch.targets for batch in batches]))
    batches = [prepared(batch, loss) for batch in batches]
    with np.errstate(all="ignore"):
        start = _balanced((automaton.initial, automaton.transitions, automaton.final), batches)
        if start is None:
            return
        steps, work = _steps(automaton, batches, settings)
        # of the shortest words, where lengths differ: they come first, are answered best, and must not be shaken for long ones
        loss_before = np.mean([value_and_gradient(start, batch, loss)[0] for batch in batches[:SAMPLE]])
        highest = min(settings.rate * float(np.sqrt(loss_before)), settings.largest_rate)
        optimiser = _Adam(start)
        order: list[int] = []
        # what is learned well enough for a decision shall make room for words that are close to one, little by little
        sharpness = SHARPNESS if classifies else 1.0
        begun, progress, looked = min(pace(0.0), 1 - LEAST_ROOM), 0.0, 0
        for step in range(1, steps + 1):
            order = order or rng.permutation(len(batches)).tolist()
            try:
                check()
                sharp = sharpened(loss, sharpness ** max(progress, step / steps))
                _, gradient = value_and_gradient(optimiser.parameters, batches[order.pop()], sharp)
            except (BudgetExhausted, KeyboardInterrupt):
                if step > 1:
                    yield _automaton(automaton, optimiser.parameters)
                raise
            if not all(np.isfinite(part).all() for part in gradient):
                return
            optimiser.step(gradient, highest * min(1.0, step / settings.warm_up) * 0.5 * (1 + float(np.cos(np.pi * progress))))
            progress = min(1.0, max(step / steps, (pace(work) - begun) / (1 - begun)))
            if (due := int(progress * settings.looks + ROUNDING)) > looked:
                looked = due
                yield _automaton(automaton, optimiser.parameters)
            if progress == 1:
                return


def _sample(batches: list[Batch]) -> list[Batch]:
    """Some of them, of words of all lengths."""
    return batches[:: max(1, len(batches) // SAMPLE)]


def _automaton(like: WFA, parameters: Parameters) -> WFA:
    return WFA(like.alphabet, *parameters, like.link)


def _by_length(lengths: IntArray, scores: int) -> list[IntArray]:
    """Parts of about so many scores, of words that are about equally long.

    A step costs time for each letter of the longest word, and words that a language model draws are of very different lengths.
    """
    order = np.argsort(lengths, kind="stable")
    offsets = np.cumsum([0, *(lengths[order] + 1)])
    first = np.unique(np.searchsorted(offsets, np.arange(0, offsets[-1], scores)))
    return np.split(order, first[(first > 0) & (first < len(order))])


def _balanced(parameters: Parameters, batches: list[Batch]) -> Parameters | None:
    """The same function in coordinates that are of size 1 in the root mean square over the states that are passed.

    Adam moves all parameters by like amounts; so they should matter alike. None where states overflow.
    """
    squares = np.mean([(read(parameters, batch) ** 2).mean(axis=0) for batch in _sample(batches)], axis=0)
    sizes = np.sqrt(squares)
    if not np.isfinite(sizes).all():
        return None
    sizes[sizes <= np.finfo(float).tiny] = 1.0
    initial, transitions, final = parameters
    return initial / sizes, transitions * sizes[:, None] / sizes, final * sizes[:, None]


ROUNDING = 1e-9  # of looks
LEAST_ROOM = 1e-3  # of the time for all steps: where it is over, one step is made
PRODUCT, NUMBER = 7e-11, 1e-8  # seconds that a multiplication, and the loss of a score, are taken to need
SAMPLE = 20  # batches that tell the size of coordinates, or of the first loss


def _steps(automaton: WFA, batches: list[Batch], settings: RefinementSettings) -> tuple[int, float]:
    """How many steps the settings allow, and the work of one, in units of a second."""
    states = float(np.mean([len(batch.parents) for batch in batches]))
    products = 3 * automaton.states * (states * (automaton.states + automaton.width))
    steps = int(np.clip(settings.work / products, settings.looks, settings.steps))
    return steps, PRODUCT * products + NUMBER * states * automaton.width


class _Adam:
    """Kingma and Ba (2015), algorithm 1, but that the second moments are forgotten sooner.

    Every step changes the arrays of `parameters`.
    """

    def __init__(self, parameters: Parameters) -> None:
        self._flat = np.concatenate([part.ravel() for part in parameters])
        self._first = np.zeros_like(self._flat)
        self._second = np.zeros_like(self._flat)
        self._steps = 0
        parts = np.split(self._flat, np.cumsum([part.size for part in parameters])[:-1])
        initial, transitions, final = (part.reshape(like.shape) for part, like in zip(parts, parameters, strict=True))
        self.parameters: Parameters = initial, transitions, final

    def step(self, gradient: Parameters, rate: float) -> None:
        self._steps += 1
        flat = np.concatenate([part.ravel() for part in gradient])
        rates = rate / (1 - 0.9**self._steps), 1 / (1 - 0.99**self._steps)
        _descend(self._flat, self._first, self._second, flat, *rates)


@compiled("void(f8[::1], f8[::1], f8[::1], f8[::1], f8, f8)")
def _descend(
    flat: FloatArray, first: FloatArray, second: FloatArray, gradient: FloatArray, rate: float, correction: float
) -> None:
    """Changes parameters and their moments; these began with 0, which rate and correction make up for."""
    for i in range(len(flat)):
        first[i] += 0.1 * (gradient[i] - first[i])
        second[i] += 0.01 * (gradient[i] * gradient[i] - second[i])
        flat[i] -= rate * first[i] / (sqrt(correction * second[i]) + 1e-12)
