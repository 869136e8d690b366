"""How much each place matters, where all words have one length: the columns of a table, for example."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nerode.automata.diagram import counted, visible
from nerode.domains import Domain
from nerode.eval.explanations import ROUNDING, Effects, Explanation
from nerode.eval.frames import lines_of
from nerode.plain import finite
from nerode.words import FloatArray

SHOWN = 20  # places for people


@dataclass(frozen=True, eq=False)
class Places:
    """How far the answers of a student and of its teacher depend on each of n places.

    Parameters
    ----------
    names : (n,), of columns, or numbers from 1 on
    student, teacher : (n,), the mean size of the effect `replaced` of the letters there, in the unit of their answers; NaN if
        none is finite
    words : how many there were
    """

    names: tuple[str, ...]
    student: FloatArray
    teacher: FloatArray
    words: int

    def to_json(self) -> list[dict[str, Any]]:
        """Return a plain list for JSON, in the order of the places."""
        rows = zip(self.names, self.student.tolist(), self.teacher.tolist(), strict=True)
        return finite([{"place": name, "student": ours, "teacher": theirs} for name, ours, theirs in rows])  # type: ignore[no-any-return]

    def __str__(self) -> str:
        order = np.argsort(-self.teacher, kind="stable")[:SHOWN].tolist()
        rows = [[visible(self.names[k]), _shown(self.student[k]), _shown(self.teacher[k])] for k in order]
        left = len(self.names) - len(order)
        words = counted(self.words, "word")
        return "\n".join(
            [
                f"How much does each place matter? Mean size of what replacing its letter does, over {words}:",
                *lines_of([["", "student", "network"], *rows]),
                *([f"and {left:,} that matter less to the network"] if left else []),
            ]
        )


def by_place(explanations: Sequence[Explanation], domain: Domain) -> Places:
    """Return how much each place of the words of a domain matters; effects that are not finite are left out.

    Parameters
    ----------
    explanations : one or more, of words of the domain
    """
    names = tuple(column.name for column in domain.columns) or tuple(map(str, range(1, domain.length + 1)))
    ours, theirs = (_sizes([getattr(each, whose) for each in explanations]) for whose in ("student", "teacher"))
    return Places(names, ours, theirs, len(explanations))


def _shown(size: float) -> str:
    return "undefined" if np.isnan(size) else f"{size:.3g}"


def _sizes(effects: Sequence[Effects]) -> FloatArray:
    found = np.abs(np.array([each.replaced for each in effects]))
    known = np.isfinite(found)
    with np.errstate(invalid="ignore"):  # no effect is finite
        means: FloatArray = np.where(known, found, 0.0).sum(axis=0) / known.sum(axis=0)
        return np.where(means < ROUNDING * np.nanmax(np.append(means, 0.0)), 0.0, means)
