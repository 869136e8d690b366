"""Weights of 8 bits, and 8 bits for all that affine maps read; see `nerode.teachers.activations`.

The scale of what a map reads is that of the largest number on the engine's words. Then weights are stored as by `int8`, and the
network learns on with both where rounding costs something.
"""

from __future__ import annotations

from collections.abc import Iterator

from nerode.compression.rounding import int8
from nerode.compression.task import Task
from nerode.teachers import shrinking
from nerode.teachers.model import TrainedModel

READ = 2000  # words by which the scales are measured


def int8_activations(task: Task, model: TrainedModel) -> Iterator[TrainedModel]:
    """Yield the network whose weights and whose activations are whole numbers times a scale."""
    task.say("measuring what affine maps read")
    yield from int8(task, shrinking.with_rounded_inputs(model, task.lesson.words[:READ]), plain=model)
