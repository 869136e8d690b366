"""The settings of query learning."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from nerode.errors import InputError
from nerode.extraction.queries.labels import Labels
from nerode.extraction.queries.observation_table import LStar
from nerode.extraction.queries.rounds import QueryLearner
from nerode.extraction.queries.strategy import SEARCHES
from nerode.extraction.queries.ttt import TreeLearner
from nerode.protocols import Teacher


@dataclass(frozen=True)
class QuerySettings:
    """The settings of query learning; the defaults suit most teachers.

    Parameters
    ----------
    learner : "tree" for a discrimination tree, "table" for an observation table
    searches : names of searches for counterexamples, which take turns; None for the searches that suit the teacher
    band : words whose margin is at most this count as having no class
    letter_classes : treat letters as equivalent until a counterexample distinguishes them
    """

    learner: str = "tree"
    searches: tuple[str, ...] | None = None
    band: float = 0.0
    letter_classes: bool = False

    def check(self, teacher: Teacher) -> None:
        """Check the settings.

        Raises
        ------
        InputError : a name is unknown or repeated, a number is out of range, or two settings exclude each other
        """
        if self.learner not in LEARNERS:
            raise InputError(f"unknown learner {self.learner!r}; choose one of {', '.join(LEARNERS)}")
        if isinstance(self.searches, str):
            raise InputError(f"searches are a list of names, such as ({self.searches!r},), not one text")
        if self.searches is not None and not self.searches:
            raise InputError(f"the list of searches is empty; choose some of {', '.join(SEARCHES)}")
        for name in self.searches or ():
            if name not in SEARCHES:
                raise InputError(f"unknown search {name!r}; choose some of {', '.join(SEARCHES)}")
        if self.searches and len(set(self.searches)) < len(self.searches):
            raise InputError(f"a search is named twice: {', '.join(self.searches)}; name each once")
        if self.learner == "table" and (self.band or self.letter_classes):
            raise InputError("an observation table has no band and no letter classes; take the tree learner for them")
        if not 0 <= self.band < inf:
            raise InputError(f"the band of margins that are no evidence must be a number of at least 0, not {self.band!r}")


LEARNERS: dict[str, Callable[[Labels, int | None, QuerySettings], QueryLearner]] = {
    "tree": lambda labels, states, settings: TreeLearner(labels, states, settings.letter_classes),
    "table": lambda labels, states, settings: LStar(labels, states),
}
