"""A step of refinement by gradient: how long it takes, beside the arithmetic alone and beside the same step in numpy.

    python benchmarks/refinement.py [--only NAME] [--steps N] [--json]
    python benchmarks/refinement.py --taysir [--data ../shared/taysir] [--only 2.1] [--json]

Automata with random weights are refined on uniform words that another one answers. With --taysir they are the spectral
automata of the competition's networks, on the networks' answers to the validation words. Times are of the processor, and
medians: other programs on the machine slow a step and a product of matrices down alike, so products are measured between the
steps.

step_ms     of `refine`, from one call of its check to the next; the optimiser and the choice of a batch are part of it
numpy_ms    the same with a product of numpy for each letter and length, and numpy's functions for the loss and the optimiser
gflops      operations of the products of a step, nothing else counted, a second
bound       the time that these take at the rate of a product of two 256 × 256 matrices in float64, over step_ms
shape_bound the same at the rates of products of the step's own shapes: all rows of a batch times a letter's matrix, or the final
            weights
forward, loss, backward, update : milliseconds of the parts, each alone
deviation   the largest difference between the gradients of both ways, over the largest derivative; above 1e-9 the benchmark fails
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # see ARCHITECTURE.md

import numpy as np
from scipy.special import expit, log_softmax

import nerode
from nerode.automata.wfa import WFA
from nerode.datasets.random_automata import random_wfa
from nerode.extraction.loss_kernels import ROUNDED
from nerode.extraction.losses import loss_of
from nerode.extraction.spectral import refinement
from nerode.extraction.spectral.batches import Batch, Limits, Parameters, ask_batches, derivatives, prepared, read, scores_of
from nerode.extraction.spectral.refinement import RefinementSettings, refine, value_and_gradient
from nerode.links import CLASSIFIER, Binary, Link, NextSymbol
from nerode.protocols import Teacher
from nerode.sampling import uniform_words
from nerode.words import FloatArray, Words


@dataclass(frozen=True)
class Case:
    """States, letters, length of words and link; the first two are shaped as 2.1 and 2.8 of the competition, the third as 1.1."""

    name: str
    states: int
    letters: int
    length: int
    link: Link
    width: int


CASES = (
    Case("30 states, 22 scores", 30, 20, 36, NextSymbol(20, "sigmoid"), 22),
    Case("15 states, 26 scores", 15, 24, 44, NextSymbol(24, "sigmoid"), 26),
    Case("15 states, a margin", 15, 4, 39, Binary(), 1),
    Case("80 states, 22 scores", 80, 20, 36, NextSymbol(20, "sigmoid"), 22),
)
NETWORKS = ("2.1", 30), ("2.8", 15), ("1.1", 15)
WORDS = 3000
SIDE = 256  # of the matrices whose product gives the bound
BATCHES = 40  # that parts of a step are measured on
EVERY = 10  # steps between two such products


def main() -> None:
    """Print a table in Markdown, or rows in JSON."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", help="one case or network")
    options.add_argument("--steps", type=int, default=300, help="steps of refinement that are measured")
    options.add_argument("--taysir", action="store_true")
    options.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "taysir")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args()
    cases = networks(chosen.data, chosen.only) if chosen.taysir else generated(chosen.only)
    rows = []
    for name, start, teacher, words in cases:
        rows.append({"name": name, **measured(start, teacher, words, chosen.steps)})
        if not chosen.json:
            if len(rows) == 1:
                print("| " + " | ".join(rows[0]) + " |\n" + "|---" * len(rows[0]) + "|")
            cells = (f"{cell:.3g}" if isinstance(cell, float) else str(cell) for cell in rows[-1].values())
            print("| " + " | ".join(cells) + " |", flush=True)
    if chosen.json:
        print(json.dumps(rows, indent=1))


Start = tuple[str, WFA, Teacher, Words]


def generated(only: str | None, cases: tuple[Case, ...] = CASES) -> Iterator[Start]:
    """Random automata, and others that answer."""
    for case in cases:
        if only in (None, case.name):
            rng = np.random.default_rng(0)
            start, teacher = (random_wfa(rng, case.states, case.letters, case.width) for _ in range(2))
            linked = (WFA(a.alphabet, a.initial, a.transitions, a.final, case.link) for a in (start, teacher))
            words = uniform_words(rng, case.letters, np.full(WORDS, case.length))
            yield case.name, *linked, words  # type: ignore[misc]


def networks(data: Path, only: str | None) -> Iterator[Start]:
    """What the spectral method makes of the competition's networks."""
    for name, states in NETWORKS:
        if only in (None, name):
            teacher = nerode.load_teacher(data / "models" / f"{name}.taysir.model")
            words, _ = nerode.read_words(data / "datasets" / f"{name}.taysir.valid.words", teacher.alphabet)
            start = nerode.extract(teacher, "spectral", states=states, refinement="none", seconds=20).automaton
            assert isinstance(start, WFA)
            yield name, start, teacher, words[:WORDS]


def measured(start: WFA, teacher: Teacher, words: Words, steps: int) -> dict[str, Any]:
    """The columns of a row but its name."""
    size = RefinementSettings().batch * (2 if start.link.task == CLASSIFIER else 1)
    divide = partial(refinement._by_length, scores=size)
    asked = ask_batches(start, teacher, [words], np.random.default_rng(0), Limits(), divide)[:BATCHES]
    loss = loss_of(start.link, np.concatenate([batch.targets for batch in asked]))
    in_numpy = numpy_surprise if isinstance(start.link, NextSymbol) else partial(numpy_squared_tanh, loss.scale)
    batches = [prepared(batch, loss) for batch in asked]
    parameters = start.initial, start.transitions, start.final
    ours, theirs = value_and_gradient(parameters, batches[0], loss)[1], numpy_gradient(parameters, asked[0], in_numpy)
    deviation = max(float(np.abs(a - b).max() / np.abs(b).max()) for a, b in zip(ours, theirs, strict=True))
    assert deviation < 1e-9, f"both ways should give one gradient, and they differ by {deviation:.1e}"

    step_s, product_s = steps_of_refine(start, teacher, words, steps)
    adam, numpy_adam = refinement._Adam(parameters), NumpyAdam(parameters)
    numpy_s = of_each(asked, lambda batch: numpy_adam.step(numpy_gradient(parameters, batch, in_numpy), 0.0))
    read_out = [(batch, states := read(parameters, batch), scores_of(states, parameters)) for batch in batches]
    parts = {
        "forward": of_each(batches, lambda batch: scores_of(read(parameters, batch), parameters)),
        "loss": of_each(read_out, lambda of: loss.beside(of[2], of[0].targets)),
        "backward": of_each(read_out, lambda of: derivatives(parameters, of[0], of[1], of[2])),
        "update": of_each(batches, lambda batch: adam.step(ours, 0.0)),
    }
    rows = float(np.mean([len(batch.parents) for batch in batches]))
    r, width = start.final.shape
    flops = 3 * 2 * rows * r * (r + width)  # forwards, backwards, and by the weights
    own_s = 3 * sum(of_each([product(round(rows), r, columns)] * 20, lambda multiply: multiply()) for columns in (r, width))
    return {
        "rows": round(rows),
        "step_ms": 1e3 * step_s,
        "numpy_ms": 1e3 * numpy_s,
        "ratio": numpy_s / step_s,
        "gflops": flops / step_s / 1e9,
        "bound": flops / (2 * SIDE**3 / product_s) / step_s,
        "shape_bound": own_s / step_s,
        **{name: 1e3 * seconds for name, seconds in parts.items()},
        "deviation": deviation,
    }


def of_each(things: Sequence[Any], work: Callable[[Any], Any]) -> float:
    """The median time of the processor that something takes with each of some things, after one that is not counted."""
    times = []
    for thing in (things[0], *things, *things):
        begun = time.process_time()
        work(thing)
        times.append(time.process_time() - begun)
    return float(np.median(times[1:]))


def product(rows: int, inner: int, columns: int) -> Callable[[], Any]:
    """A product of matrices of these shapes."""
    left, right = np.ones((rows, inner)), np.ones((inner, columns))
    result = np.empty((rows, columns))
    return lambda: np.matmul(left, right, out=result)


def steps_of_refine(start: WFA, teacher: Teacher, words: Words, steps: int) -> tuple[float, float]:
    """The median time of a step, and that of a product of large matrices between steps."""
    times: list[float] = []
    products: list[float] = []
    multiply, ended = product(SIDE, SIDE, SIDE), 0.0

    def check() -> None:
        nonlocal ended
        times.append(time.process_time() - ended)
        if len(times) % EVERY == 0:
            multiply()  # its matrices into the cache
            begun = time.process_time()
            multiply()
            products.append(time.process_time() - begun)
        ended = time.process_time()

    settings = RefinementSettings(steps=steps, work=np.inf, looks=1)
    for _ in refine(start, teacher, [words], np.random.default_rng(0), check, settings):
        pass
    return float(np.median(times[1:])), float(np.median(products))


# the same in numpy


def numpy_gradient(parameters: Parameters, batch: Batch, by_scores_of: NumpyLoss) -> Parameters:
    """The derivative of the mean loss of a batch, whose targets are the wanted scores, by each parameter."""
    initial, transitions, final = parameters
    states = np.empty((len(batch.parents), len(initial)))
    states[: batch.starts] = initial
    for symbol, begin, end in batch.runs.tolist():
        np.matmul(states[batch.parents[begin:end]], transitions[symbol], out=states[begin:end])
    by_scores = by_scores_of(states @ final, batch.targets) / len(states)
    by_states = by_scores @ final.T
    for symbol, begin, end in batch.runs[::-1].tolist():
        by_states[batch.parents[begin:end]] += by_states[begin:end] @ transitions[symbol].T
    by_transitions = np.zeros_like(transitions)
    for symbol, begin, end in batch.letters.tolist():
        by_transitions[symbol] = states[batch.parents[begin:end]].T @ by_states[begin:end]
    return by_states[: batch.starts].sum(axis=0), by_transitions, states.T @ by_scores


NumpyLoss = Callable[[FloatArray, FloatArray], FloatArray]


def numpy_surprise(scores: FloatArray, wanted: FloatArray) -> FloatArray:
    """The derivative by scores of the expected |Δ log p|, with a sigmoid before."""
    squashed = expit(scores)
    logs, true_logs = log_softmax(squashed, axis=1), log_softmax(expit(wanted), axis=1)
    truth, wrong = np.exp(true_logs), logs - true_logs
    by_logs = ROUNDED * truth * wrong / np.hypot(wrong, ROUNDED)
    by_squashed: FloatArray = by_logs - np.exp(logs) * by_logs.sum(axis=1, keepdims=True)
    return by_squashed * squashed * (1 - squashed)


def numpy_squared_tanh(scale: float, scores: FloatArray, wanted: FloatArray) -> FloatArray:
    """The derivative by scores of the squared difference of tanh(scale · score)."""
    squashed = np.tanh(scale * scores)
    result: FloatArray = 2 * (squashed - np.tanh(scale * wanted)) * (1 - squashed**2) * scale
    return result


class NumpyAdam:
    """The optimiser, with arrays between its operations."""

    def __init__(self, parameters: Parameters) -> None:
        self.flat = np.concatenate([part.ravel() for part in parameters])
        self.first, self.second = np.zeros_like(self.flat), np.zeros_like(self.flat)
        self.steps = 0

    def step(self, gradient: Parameters, rate: float) -> None:
        """Change the parameters."""
        self.steps += 1
        flat = np.concatenate([part.ravel() for part in gradient])
        self.first += 0.1 * (flat - self.first)
        self.second += 0.01 * (flat**2 - self.second)
        mean, square = self.first / (1 - 0.9**self.steps), self.second / (1 - 0.99**self.steps)
        self.flat = self.flat - rate * mean / (np.sqrt(square) + 1e-12)


if __name__ == "__main__":
    main()
