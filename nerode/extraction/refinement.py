"""Refinement of weighted automata by gradient: what the spectral method began is fitted to more words than a block holds.

The spectral method minimises squared errors of a block, every cell of it alike; of as many states as there are singular values
that is the best start known, but no more than a start. From there the errors that matter are lowered on many words: those
of class probabilities, next-symbol distributions or values, by Adam (Kingma, Ba: Adam, ICLR 2015) with a cosine schedule.

The gradient is written by hand. Words are read forwards for the states and backwards for what each state adds to the loss,
with one matrix product a letter over all the words that read it; that takes a third of the time of an automatic derivation
on the processor, and learners stay free of torch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nerode.automata.wfa import WFA
from nerode.errors import BudgetExhausted
from nerode.extraction.losses import Loss, loss_of
from nerode.links import LANGUAGE_MODEL
from nerode.protocols import Teacher
from nerode.stepping import prefix_scores
from nerode.words import FloatArray, IntArray, Words, pack


@dataclass(frozen=True)
class RefinementSettings:
    """How long and how fast automata are refined.

    Parameters
    ----------
    steps : of the optimiser, at most
    work : numbers that all steps together may multiply; automata of many states get fewer steps
    batch : scores that a step looks at, about
    rate : the largest change of a parameter in a step, states being of size 1, as a part of the root of the first loss: what
        is nearly right must not be shaken
    largest_rate : no change is larger
    warm_up : steps in which the rate rises
    looks : automata that are handed on, in equal distances
    scores : that are asked at most, for each number that is fitted; what has many parameters learns few words by heart
    least_scores, most_scores : but no fewer, where there are so many, and no more
    numbers : no more than these in all scores together
    """

    steps: int = 4000
    work: float = 2e11
    batch: int = 2500
    rate: float = 0.045
    largest_rate: float = 0.005
    warm_up: int = 50
    looks: int = 8
    scores: int = 10
    least_scores: int = 200_000
    most_scores: int = 1_000_000
    numbers: int = 40_000_000


Parameters = tuple[FloatArray, FloatArray, FloatArray]
"""Initial (r,), transitions (Σ, r, r) and final (r, width) weights."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Words that are read side by side, and the scores that they ought to have.

    All states that the words pass are rows of one array, those after no letter first, then those after one, and so on; the
    states after the same number of letters are in the order of the last letter, so that each letter has a slice.

    Parameters
    ----------
    parents : (total,), the row before the last letter
    slices : for each number of letters from 1 on, what was read last: symbol, first row, row behind the last
    by_symbol : symbols that are read, each with all rows that it leads to
    starts : rows of states after no letter
    targets : (total, width)
    weights : (total,), what each row counts
    """

    parents: IntArray
    slices: tuple[tuple[tuple[int, int, int], ...], ...]
    by_symbol: tuple[tuple[int, IntArray], ...]
    starts: int
    targets: FloatArray
    weights: FloatArray


def make_batch(words: Words, targets: FloatArray, weights: FloatArray) -> Batch:
    """Arrange words with the scores (Σ (length + 1), width) of their prefixes, word after word, and what each of them counts."""
    symbols, lengths = pack(words)
    row, word = np.arange(len(words)), np.arange(len(words))  # of each word that is still read, and which it is
    parents, read, owners, places, slices = [row], [np.full(len(words), -1)], [word], [np.zeros_like(row)], []
    total = len(words)
    for place in range(symbols.shape[1]):
        going = np.flatnonzero(lengths[word] > place)
        going = going[np.argsort(symbols[word[going], place], kind="stable")]
        row, word = row[going], word[going]
        letters, begin = np.unique(symbols[word, place], return_index=True)
        bounds = [*(total + begin).tolist(), total + len(word)]
        slices.append(tuple(zip(letters.tolist(), bounds[:-1], bounds[1:], strict=True)))
        parents.append(row)
        read.append(symbols[word, place])
        owners.append(word)
        places.append(np.full(len(word), place + 1))
        row = total + np.arange(len(word))
        total += len(word)
    last = np.concatenate(read)
    where = (np.cumsum(lengths + 1) - lengths - 1)[np.concatenate(owners)] + np.concatenate(places)
    return Batch(
        np.concatenate(parents),
        tuple(slices),
        tuple((symbol, np.flatnonzero(last == symbol)) for symbol in np.unique(last[len(words) :]).tolist()),
        len(words),
        np.asarray(targets[where], np.float64),
        weights[where],
    )


def read(parameters: Parameters, batch: Batch) -> FloatArray:
    """All states (total, r) that the words of a batch pass."""
    initial, transitions, _ = parameters
    states = np.empty((len(batch.parents), len(initial)))
    states[: batch.starts] = initial
    for layer in batch.slices:
        first, behind = layer[0][1], layer[-1][2]
        before = states[batch.parents[first:behind]]
        for symbol, begin, end in layer:
            np.matmul(before[begin - first : end - first], transitions[symbol], out=states[begin:end])
    return states


def value_and_gradient(parameters: Parameters, batch: Batch, loss: Loss) -> tuple[float, Parameters]:
    """The mean loss of a batch, rows weighted, and its derivative by each parameter."""
    _, transitions, final = parameters
    states = read(parameters, batch)
    values, by_scores = loss(states @ final, batch.targets)
    shares = batch.weights / len(states)
    by_scores *= shares[:, None]
    by_states: FloatArray = by_scores @ final.T
    for layer in reversed(batch.slices):
        first, behind = layer[0][1], layer[-1][2]
        by_before = np.empty((behind - first, states.shape[1]))
        for symbol, begin, end in layer:
            np.matmul(by_states[begin:end], transitions[symbol].T, out=by_before[begin - first : end - first])
        by_states[batch.parents[first:behind]] += by_before  # each parent once, since each word goes on with one letter
    by_transitions = np.zeros_like(transitions)
    for symbol, rows in batch.by_symbol:
        by_transitions[symbol] = states[batch.parents[rows]].T @ by_states[rows]
    return float(values @ shares), (by_states[: batch.starts].sum(axis=0), by_transitions, states.T @ by_scores)


def refine(
    automaton: WFA,
    teacher: Teacher,
    words: Words,
    rng: np.random.Generator,
    check: Callable[[], None],
    settings: RefinementSettings | None = None,
) -> Generator[WFA]:
    """Automata of the same size that fit the teacher's scores of all prefixes of words better; of other words they need not.

    Nothing is yielded where there is nothing to learn from, and numbers that overflow end it.

    Parameters
    ----------
    words : all their prefixes are asked and learned from: a step passes the states after them anyway
    check : is called before every step; where it raises BudgetExhausted what has been reached is yielded before that passes on
    """
    settings = settings or RefinementSettings()
    batches = _batches(automaton, teacher, words, rng, settings)
    if not batches:
        return
    loss = loss_of(teacher.link, np.concatenate([batch.targets for batch in batches]))
    with np.errstate(all="ignore"):
        start = _balanced((automaton.initial, automaton.transitions, automaton.final), batches)
        if start is None:
            return
        steps = _steps(automaton, batches, settings)
        loss_before = np.mean([value_and_gradient(start, batch, loss)[0] for batch in batches[:SAMPLE]])
        highest = min(settings.rate * float(np.sqrt(loss_before)), settings.largest_rate)
        looks = {round(steps * (i + 1) / settings.looks) for i in range(settings.looks)}
        optimiser = _Adam(start)
        order: list[int] = []
        for step in range(1, steps + 1):
            try:
                check()
            except BudgetExhausted:
                if step > 1:
                    yield _automaton(automaton, optimiser.parameters)
                raise
            order = order or rng.permutation(len(batches)).tolist()
            _, gradient = value_and_gradient(optimiser.parameters, batches[order.pop()], loss)
            if not all(np.isfinite(part).all() for part in gradient):
                return
            optimiser.step(gradient, highest * _schedule(step, steps, settings.warm_up))
            if step in looks:
                yield _automaton(automaton, optimiser.parameters)


def _automaton(like: WFA, parameters: Parameters) -> WFA:
    return WFA(like.alphabet, *parameters, like.link)


def _batches(
    automaton: WFA, teacher: Teacher, words: Words, rng: np.random.Generator, settings: RefinementSettings
) -> list[Batch]:
    """As many of the words as may be asked, with the teacher's scores, in parts of words that are about equally long.

    A step costs time for each letter of the longest word, and words that a language model draws are of very different lengths.
    """
    words = [words[i] for i in rng.permutation(len(words)).tolist()]
    wanted = settings.scores * (automaton.transitions.size + automaton.final.size)
    most = min(max(settings.least_scores, wanted), settings.most_scores, settings.numbers // teacher.width)
    words = words[: int(np.searchsorted(np.cumsum([len(word) + 1 for word in words]), most, side="right"))]
    if not words:
        return []
    words.sort(key=len)
    scores, offsets = prefix_scores(teacher, words)
    weights = np.ones(len(scores)) if teacher.link.task == LANGUAGE_MODEL else _distinct(words)
    first = np.searchsorted(offsets, np.arange(0, len(scores), settings.batch))
    bounds = [*np.unique(first[first < len(words)]).tolist(), len(words)]
    rows = [slice(offsets[a], offsets[b]) for a, b in pairwise(bounds)]
    return [make_batch(words[a:b], scores[at], weights[at]) for (a, b), at in zip(pairwise(bounds), rows, strict=True)]


def _distinct(words: Words) -> FloatArray:
    """What each prefix of each word counts, so that all distinct ones count alike; the mean is 1.

    Short prefixes begin many words. What a language model says after them matters as often; for other functions it does not.
    """
    prefixes = [word[:length] for word in words for length in range(len(word) + 1)]
    times = Counter(prefixes)
    weights = np.array([1 / times[prefix] for prefix in prefixes])
    return weights * (len(weights) / len(times))


def _balanced(parameters: Parameters, batches: list[Batch]) -> Parameters | None:
    """The same function in coordinates that are of size 1 in the root mean square over the states that are passed.

    Adam moves all parameters by like amounts; so they should matter alike. None where states overflow.
    """
    squares = np.mean([(read(parameters, batch) ** 2).mean(axis=0) for batch in batches[:SAMPLE]], axis=0)
    sizes = np.sqrt(squares)
    if not np.isfinite(sizes).all():
        return None
    sizes[sizes <= np.finfo(float).tiny] = 1.0
    initial, transitions, final = parameters
    return initial / sizes, transitions * sizes[:, None] / sizes, final * sizes[:, None]


SAMPLE = 20  # batches whose states tell the size of coordinates


def _steps(automaton: WFA, batches: list[Batch], settings: RefinementSettings) -> int:
    states = float(np.mean([len(batch.parents) for batch in batches]))
    products = 3 * automaton.states * (states * (automaton.states + automaton.width))
    return int(np.clip(settings.work / products, settings.looks, settings.steps))


def _schedule(step: int, steps: int, warm_up: int) -> float:
    """The part of the rate that is used: it rises at first, then falls as half a cosine."""
    return min(1.0, step / warm_up) * 0.5 * (1 + float(np.cos(np.pi * step / steps)))


class _Adam:
    """Kingma and Ba (2015), algorithm 1, but that the second moments are forgotten sooner."""

    def __init__(self, parameters: Parameters) -> None:
        self._flat = np.concatenate([part.ravel() for part in parameters])
        self._shapes = [part.shape for part in parameters]
        self._first = np.zeros_like(self._flat)
        self._second = np.zeros_like(self._flat)
        self._steps = 0

    @property
    def parameters(self) -> Parameters:
        sizes = np.cumsum([int(np.prod(shape)) for shape in self._shapes])
        initial, transitions, final = np.split(self._flat, sizes[:-1])
        return initial.reshape(self._shapes[0]), transitions.reshape(self._shapes[1]), final.reshape(self._shapes[2])

    def step(self, gradient: Parameters, rate: float) -> None:
        self._steps += 1
        flat = np.concatenate([part.ravel() for part in gradient])
        self._first += 0.1 * (flat - self._first)
        self._second += 0.01 * (flat**2 - self._second)
        mean = self._first / (1 - 0.9**self._steps)
        square = self._second / (1 - 0.99**self._steps)
        self._flat = self._flat - rate * mean / (np.sqrt(square) + 1e-12)
