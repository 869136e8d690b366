"""What can be chosen of query learning."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class QuerySettings:
    """What can be chosen of query learning; the defaults are meant to be left alone.

    Parameters
    ----------
    learner : "tree", a discrimination tree, or "table", an observation table
    searches : for counterexamples, by name and in turn; None for those that suit the teacher
    band : words whose margin is at most this are nobody's evidence
    letter_classes : letters are taken to be alike until something tells them apart
    """

    learner: str = "tree"
    searches: tuple[str, ...] | None = None
    band: float = 0.0
    letter_classes: bool = False
