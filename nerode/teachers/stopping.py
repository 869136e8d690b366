"""When a training stops, and which weights it keeps: those with the smallest loss on the held-out words."""

from __future__ import annotations

from math import inf
from typing import Any

from torch import Tensor

SOLID, NO_IMPROVEMENT, MAX_STEPS, SECONDS, INTERRUPTED = "solid", "no improvement", "max_steps", "seconds", "interrupted"

NUMBERS = ("loss", "accuracy", "_step", "_solids", "_stale")
_CHANGING = (*NUMBERS, "weights")
"""What changes of `Best` from epoch to epoch."""


class Best:
    """The best weights so far, and the count of epochs that are reasons to stop.

    Parameters
    ----------
    patience : number of consecutive epochs that are solid, or without improvement, before a stop
    solid : an epoch is solid if all held-out words are classified correctly with a mean loss below this; None: no epoch is
    plateau : number of steps without improvement that are also needed for a stop; infinity: they are no reason to stop
    """

    def __init__(self, patience: int, solid: float | None, plateau: float) -> None:
        self.loss, self.accuracy = inf, 0.0
        self.weights: dict[str, Tensor] = {}
        self._patience, self._solid, self._plateau = patience, solid, plateau
        self._step = self._solids = self._stale = 0

    def see(self, step: int, loss: float, accuracy: float, weights: dict[str, Tensor]) -> None:
        """Take note of an epoch that ends at this step. The weights are copied where they are the best so far."""
        self._solids = self._solids + 1 if self._solid is not None and accuracy == 1 and loss < self._solid else 0
        self._stale = 0 if loss < self.loss else self._stale + 1
        if loss < self.loss or not self.weights:
            copies = {name: tensor.clone() for name, tensor in weights.items()}
            self.loss, self.accuracy, self.weights, self._step = loss, accuracy, copies, step

    def state(self) -> dict[str, Any]:
        """Return what `restore` takes, so that a training goes on as it would have."""
        return {name: value for name, value in vars(self).items() if name in _CHANGING}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up a state; raise KeyError if it is none."""
        vars(self).update({name: state[name] for name in _CHANGING})

    def reason(self, step: int) -> str | None:
        """Return the reason to stop at this step, or None."""
        if self._solids >= self._patience:
            return SOLID
        if self._stale >= self._patience and step - self._step >= self._plateau:
            return NO_IMPROVEMENT
        return None
