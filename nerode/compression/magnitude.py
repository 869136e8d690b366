"""Weights pruned by magnitude, in steps, while the network learns to answer as the original in between.

The smallest weights of all matrices together become 0. The share that is kept falls quickly at first and slowly at the end (Zhu
and Gupta 2018: To prune, or not to prune). Pruned weights stay 0.
"""

from __future__ import annotations

from collections.abc import Iterator

from nerode.compression.task import Task, recovered
from nerode.teachers import shrinking
from nerode.teachers.model import TrainedModel
from nerode.words import RealArray

STEPS = 5


def magnitude(task: Task, model: TrainedModel) -> Iterator[TrainedModel]:
    """Yield networks of fewer weights that are not 0, the last with the share that is wanted."""
    for step in range(1, STEPS + 1):
        share = 1 - (1 - task.settings.share) * (1 - (1 - step / STEPS) ** 3)
        masks = shrinking.pruned(model, share)

        def project(name: str, matrix: RealArray, masks: dict[str, RealArray] = masks) -> RealArray:
            return matrix * masks[name]

        weights = shrinking.matrices(model)
        model = shrinking.with_matrices(model, {name: project(name, matrix) for name, matrix in weights.items()})
        enough = task.bound if step < STEPS else 0.0
        for found, error in recovered(task, model, enough, step / STEPS, project):
            model = found
            task.say(f"pruning to {share:.0%} of the weights: held-out error {error:.3g}")
        yield model
