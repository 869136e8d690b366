"""The result of an extraction together with what can be looked at in it: its report, its plots and its comparison.

`nerode.extract` is the extraction of `extraction/loop`, which knows nothing of pages, with its result made one of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from os import PathLike
from typing import TYPE_CHECKING, Any, ParamSpec

from nerode.automata.base import Automaton
from nerode.distillation import distill as distillation
from nerode.errors import InputError, failing
from nerode.eval.frames import frame
from nerode.eval.page import UNNAMED, Page, report_page
from nerode.eval.page.content import Origin, shown_of
from nerode.eval.page.study import Evidence
from nerode.eval.report import Report, compare
from nerode.extraction import loop
from nerode.extraction.budget import TeacherFailed, metered
from nerode.extraction.extracted import Extraction
from nerode.extraction.history import history
from nerode.extraction.meter import Meter
from nerode.protocols import Teacher, called_of

if TYPE_CHECKING:
    import pandas as pd

    from nerode.eval.plots import Plots

P = ParamSpec("P")


@dataclass(frozen=True, repr=False)
class Result(Extraction):
    """What an extraction hands back, with ways to look at it. Its fields are those of `Extraction`."""

    def compare(self, words: Iterable[Any] | None = None) -> Report:
        """Return how far the automaton agrees with what was asked, on words as indices, symbols or text.

        Parameters
        ----------
        words : None for the fresh words of the verdict, which learning did not see

        Raises
        ------
        InputError : as `nerode.compare`; or the network failed
        """
        with self._asked("comparison") as teacher:
            return compare(self.automaton, teacher, self._words(words), seed=self.seed)

    def report(self, words: Iterable[Any] | None = None, name: str | None = None) -> Page:
        """Return the report page, which a notebook shows in a frame, and which saves itself: `report().save("report.html")`.

        Parameters
        ----------
        words : to compare on; None for the fresh words of the verdict, which learning did not see
        name : of the network, in the title and the verdict of the page; None for that of its checkpoint, where this is known

        Raises
        ------
        InputError : as `nerode.compare`; the name of a file; a student that is no automaton; or the network failed
        """
        self._check_automaton("a report is")
        if isinstance(words, str | PathLike):
            raise InputError(
                f"words are a list of words to compare on, not {words!r}; to save the page, write report().save('r.html')"
            )
        shown = shown_of(self, self.method, history(self))
        name = name or called_of(self.teacher) or UNNAMED.network
        with self._asked("report") as teacher:
            evidence = Evidence(teacher.alphabet.words(self._words(words)), given=words is not None, fresh=words is None)
            return report_page(shown, teacher, evidence=evidence, origin=Origin(name), seed=self.seed)

    def plot(self) -> Plots:
        """Return all plots of the extraction by name, as `nerode.plots` does; a notebook shows them, and each of them.

        Raises
        ------
        InputError : a student that is no automaton
        """
        self._check_automaton("plots are")
        from nerode.eval.plots import plots  # here, because it takes long to import and an extraction needs no plots

        return plots(self)

    def frame(self) -> pd.DataFrame:
        """Return the rounds as a pandas frame: states, kinds of letters, held-out error, queries and seconds of each.

        Raises
        ------
        InputError : pandas is not installed
        """
        names = ("states", "kinds", "error", "queries", "seconds")
        columns = {name: [getattr(done, name) for done in self.rounds] for name in names}
        return frame(columns, range(len(self.rounds)), "round")

    def _check_automaton(self, what: str) -> None:
        if not isinstance(self.automaton, Automaton):
            raise InputError(
                f"{what} about automata, and this student is none: compare() says how far it agrees, and nerode.front(teacher) "
                "shows students of all kinds"
            )

    def _words(self, words: Iterable[Any] | None) -> Iterable[Any]:
        return self.fresh if words is None else words

    @contextmanager
    def _asked(self, what: str) -> Iterator[Teacher]:
        """The network, whose failure is told in a sentence."""
        try:
            yield metered(self.teacher, Meter())
        except TeacherFailed as end:
            raise InputError(
                f"there is no {what}, since the network {failing(end.failure)}; see that it answers, and ask again"
            ) from end.failure


def _with_views(learn: Callable[P, Extraction]) -> Callable[P, Result]:
    """Return the same function, of one signature and one docstring, with its result made a `Result`."""

    @wraps(learn)
    def extract(*args: P.args, **kwargs: P.kwargs) -> Result:
        return Result(**vars(learn(*args, **kwargs)))

    return extract


extract = _with_views(loop.extract)
distill = _with_views(distillation.distill)
