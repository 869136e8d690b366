"""What can be chosen of the spectral method."""

from __future__ import annotations

from dataclasses import dataclass

from nerode.errors import InputError
from nerode.extraction.spectral.batches import Refine
from nerode.extraction.spectral.least_squares import refine_by_least_squares
from nerode.extraction.spectral.refinement import refine
from nerode.extraction.spectral.targets import TARGETS
from nerode.protocols import Teacher

REFINEMENTS: dict[str, Refine | None] = {"gradient": refine, "least-squares": refine_by_least_squares, "none": None}


@dataclass(frozen=True)
class SpectralSettings:
    """What can be chosen of the spectral method.

    Parameters
    ----------
    target : what is learned: "scores", "labels" (of classifiers, +1 and −1) or "probabilities" (of the words of a language
        model: the automaton's score of w is P(w))
    refinement : how the best automaton of a block is fitted to more words, where the target allows it: by "gradient", by
        "least-squares" (which takes longer where states are many), or "none", not at all
    """

    target: str = "scores"
    refinement: str = "gradient"

    def check(self, teacher: Teacher) -> None:
        """Refuse a target or a refinement that is unknown or does not fit.

        Raises
        ------
        InputError : such a choice
        """
        if self.target not in TARGETS:
            raise InputError(f"unknown target {self.target!r}; choose one of {', '.join(TARGETS)}")
        task = teacher.link.task
        if task not in TARGETS[self.target].tasks:
            fitting = ", ".join(name for name, other in TARGETS.items() if task in other.tasks)
            raise InputError(f"the target {self.target} does not fit a teacher whose task is {task}; it can have {fitting}")
        if self.refinement not in REFINEMENTS:
            raise InputError(f"unknown refinement {self.refinement!r}; choose one of {', '.join(REFINEMENTS)}")
        if self.refinement == "least-squares" and not TARGETS[self.target].refined:
            fitting = " or ".join(name for name, other in TARGETS.items() if other.refined)
            raise InputError(f"the refinement {self.refinement} does not fit the target {self.target}; it fits {fitting}")
