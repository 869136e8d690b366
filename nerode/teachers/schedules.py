"""Learning rates that change while a network is trained.

- constant: the rate of the settings, from the first step to the last
- cosine: it rises in the first WARM_UP steps and then falls to 0 at the greatest number of steps, as half a wave of a cosine
  (Loshchilov and Hutter: SGDR, 2017). A training that stops early has seen the beginning of the wave alone.
- plateau: it rises in the first WARM_UP steps, and is halved after EPOCHS epochs without a smaller loss on the held-out words
"""

from __future__ import annotations

from math import cos, inf, pi

CONSTANT, COSINE, PLATEAU = SCHEDULES = ("constant", "cosine", "plateau")
WARM_UP = 100  # steps
EPOCHS = 4
LEAST = 0.01  # of the rate: the plateau halves it no further


class Rate:
    """By what the learning rate is multiplied at each step.

    Parameters
    ----------
    schedule : a name from SCHEDULES
    steps : greatest number of steps
    """

    def __init__(self, schedule: str, steps: int) -> None:
        self._schedule, self._steps = schedule, steps
        self._factor, self._lowest, self._stale = 1.0, inf, 0

    def at(self, step: int) -> float:
        """Return the factor for a step, the first being 0."""
        if self._schedule == CONSTANT:
            return 1.0
        warm = min(1.0, (step + 1) / WARM_UP)
        return warm * (self._factor if self._schedule == PLATEAU else 0.5 * (1 + cos(pi * min(1.0, step / self._steps))))

    def see(self, loss: float) -> None:
        """Take note of the loss after an epoch."""
        self._stale = 0 if loss < self._lowest else self._stale + 1
        self._lowest = min(loss, self._lowest)
        if self._stale >= EPOCHS:
            self._factor, self._stale = max(LEAST, self._factor / 2), 0

    def state(self) -> list[float]:
        """Return what `restore` takes, so that a training goes on as it would have."""
        return [self._factor, self._lowest, self._stale]

    def restore(self, state: list[float]) -> None:
        """Take up a state."""
        self._factor, self._lowest, stale = state
        self._stale = int(stale)
