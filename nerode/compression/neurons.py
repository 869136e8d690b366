"""Neurons and attention heads taken away layer by layer, first without training and then with it.

The neurons of all layers, where those of a head are one, are put in the order in which their absence is felt least by what reads
them, where the readers are fitted anew (`surgeon`). As many go as the bound on the error allows. Then rounds follow: more
neurons go than the bound allows, and the network learns to answer as the original again. Where it does not come back within the
bound, fewer go.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nerode.compression.surgeon import Reader, Removal, removal, shares
from nerode.compression.task import Task, recovered
from nerode.teachers import shrinking
from nerode.teachers.model import TrainedModel
from nerode.teachers.neurons import Neurons
from nerode.words import FloatArray, IntArray

READ = 2000  # words by which the moments of the neurons are measured
STEP, LEAST = 0.3, 0.05  # the part of the neurons that goes in a round, at first, and the smallest that is tried
CAUTION = 0.8  # of the bound: what is chosen by held-out words errs more on others
POLISH = 0.85  # the part of the stage after which no more go, so that the rest can lower the error


class Layers:
    """The neurons of a model, in the order in which they can go."""

    def __init__(self, task: Task, model: TrainedModel) -> None:
        words = task.lesson.words[:READ]
        self._model = model
        self._parts = shrinking.neurons(model, words)
        self._readers = [_readers(model, part) for part in self._parts]
        whole = [
            removal(readers, part.size // part.group - 1, part.group)
            for readers, part in zip(self._readers, self._parts, strict=True)
        ]
        self.layers = sorted({part.layer for part in self._parts})
        self._ways = [[i for i, part in enumerate(self._parts) if part.layer == layer] for layer in self.layers]
        self.curves: list[FloatArray] = [np.sum([whole[i].errors for i in ways], axis=0) / len(ways) for ways in self._ways]
        self._groups = [self._parts[ways[0]].group for ways in self._ways]
        self._together = [len(ways) * group for ways, group in zip(self._ways, self._groups, strict=True)]
        self.most = sum(len(curve) * weight for curve, weight in zip(self.curves, self._together, strict=True))
        self.size = sum((len(curve) + 1) * group for curve, group in zip(self.curves, self._groups, strict=True))

    def without(self, removed: int) -> TrainedModel:
        """Return the model without about so many neurons, its readers fitted anew."""
        spared = shares(self.curves, self._together, removed)
        gone: list[Removal] = [
            removal(readers, spared[self.layers.index(part.layer)], part.group)
            for readers, part in zip(self._readers, self._parts, strict=True)
        ]
        kept: list[IntArray] = [
            np.flatnonzero(~np.isin(np.arange(part.size) // part.group, each.order))
            for part, each in zip(self._parts, gone, strict=True)
        ]
        return shrinking.cut(self._model, self._parts, kept, [each.weights for each in gone])


def spared(task: Task, model: TrainedModel) -> tuple[tuple[float, ...], ...]:
    """Return what each layer can spare: the error to what it gives away after each neuron that goes."""
    return tuple(tuple(curve.tolist()) for curve in Layers(task, model).curves)


def neurons(task: Task, model: TrainedModel) -> Iterator[TrainedModel]:
    """Yield smaller and smaller networks within the bound on the error."""
    bound = CAUTION * task.bound
    task.say("taking neurons away: measuring what they give")
    current = model
    layers = Layers(task, model)
    low, high = 0, layers.most + 1
    while high - low > 1:
        middle = (low + high) // 2
        found = layers.without(middle)
        if task.error(found)[0] <= bound:
            current, low = found, middle
        else:
            high = middle
    yield current
    step = STEP
    while step >= LEAST and task.stage(0.0) < POLISH:
        layers = Layers(task, current)
        if not layers.most:
            break
        removed = max(1, int(step * layers.size))
        accepted = False
        for found, error in recovered(task, layers.without(min(removed, layers.most)), bound, POLISH):
            task.say(f"taking neurons away: {_left(found)} left, held-out error {error:.3g}")
            if error <= bound:
                accepted, current = True, found
                yield current
        if not accepted:
            step /= 2
    for polished, _ in recovered(task, current, 0.0):
        yield polished


def _left(model: TrainedModel) -> str:
    heads = f" and heads {', '.join(map(str, shrinking.heads(model)))}" if shrinking.heads(model) else ""
    return ", ".join(map(str, shrinking.widths(model))) + heads


def _readers(model: TrainedModel, part: Neurons) -> list[Reader]:
    return [
        Reader(outlet.moments, shrinking.affine(model, (outlet.weight, outlet.bias), outlet.first, part.size), outlet.inner)
        for outlet in part.outlets
    ]
