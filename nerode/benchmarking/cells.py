"""Cells: one teacher, one method, one size, one seed. A cell is known by a hash of all that determines its result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

from nerode.benchmarking.sources import Source
from nerode.benchmarking.suite import Suite

JUDGING = 1
"""Goes up when cells are judged in another way, so that older results are not taken for new ones."""


@dataclass(frozen=True)
class Cell:
    """What is learned once.

    Parameters
    ----------
    source : the teacher
    contender : what the method is called in tables
    method, settings, size, seed, limits, fresh : see `Suite`
    """

    source: Source
    contender: str
    method: str
    settings: Mapping[str, Any]
    size: int | None
    seed: int
    limits: Mapping[str, float]
    fresh: int

    @cached_property
    def identity(self) -> str:
        """A hash of what determines the result; names of files, teachers and contenders do not."""
        parts = [
            JUDGING, self.source.content, self.method, self.settings, self.size, self.seed, self.limits, self.fresh
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:32]

    def __str__(self) -> str:
        size = "" if self.size is None else f" {self.size}"
        return f"{self.contender}{size} on {self.source.name}, seed {self.seed}"


def cells_of(suite: Suite) -> list[Cell]:
    """Return the cells of a suite; those of the first seed come first, so that there is soon something of everything."""
    return [
        Cell(source, each.name, each.method, each.settings, size, seed, suite.limits, suite.fresh)
        for seed, source, each in product(suite.seeds, suite.sources, suite.contenders)
        for size in each.sizes
    ]
