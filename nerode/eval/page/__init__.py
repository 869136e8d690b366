"""The report page: automata beside the network that they stand for, as one file that opens in any browser, offline.

`content` computes what the page says, `document` makes HTML of it, and assets/ holds its style and its script. A page is data
plus one script: layouts and numbers are made here, and the script draws them and evaluates automata.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from html import escape

import numpy as np

from nerode.automata.diagram import visible
from nerode.automata.mealy import as_dfa
from nerode.eval.fronts import Front
from nerode.eval.page.amounts import Amounts, amounts_for
from nerode.eval.page.content import Origin, Shown, content, in_order
from nerode.eval.page.document import document
from nerode.eval.page.remembering import remembering
from nerode.eval.page.study import Evidence, Study
from nerode.extraction.source import WordSource
from nerode.files import PathLike, write_whole
from nerode.protocols import Teacher
from nerode.threads import one_thread

UNNAMED = Origin("a network")


@dataclass(frozen=True)
class Page:
    """A report as HTML."""

    html: str = field(repr=False)
    title: str

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        return len(self.html.encode())

    def save(self, path: PathLike) -> None:
        """Write the page, whole or not at all.

        Raises
        ------
        InputError : the file cannot be written
        """
        write_whole(path, self.html)

    def _repr_html_(self) -> str:
        """The page in a frame, which can run its own script and nothing else."""
        return (
            f'<iframe title="{escape(self.title)}" sandbox="allow-scripts allow-downloads" width="100%" height="720" '
            f'style="border: 1px solid #cbd2d9" srcdoc="{escape(self.html)}"></iframe>'
        )


@one_thread()
def report_page(
    shown: Sequence[Shown],
    teacher: Teacher,
    *,
    evidence: Evidence | None = None,
    origin: Origin = UNNAMED,
    students: Front | None = None,
    amounts: Amounts | None = None,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Page:
    """Return the report of automata and the network that they stand for.

    Parameters
    ----------
    shown : the automata, and students that are none; they stand there by size, or by bits where they are of several kinds. A
        Mealy machine is shown as its DFA
    students : of all kinds, which the page then shows too
    amounts : how many words each part asks about; None for the usual ones, or fewer where a function is slow
    evidence : the words to compare on; None for the fresh random words that `nerode eval` draws

    Raises
    ------
    InputError : no automaton, or one that cannot be compared with the network
    """
    amounts = amounts or amounts_for(teacher, len(shown))
    if evidence is not None and evidence.fresh:
        evidence = replace(evidence, words=evidence.words[: amounts.sample])  # of a slow network fewer are asked
    ordered = in_order([replace(each, automaton=as_dfa(each.automaton)) for each in shown])
    drawn = evidence or Evidence(WordSource(np.random.default_rng([seed, 1]), teacher, []).invent(amounts.sample))
    title = f"nerode: {visible(origin.network)}"
    study = Study(remembering(teacher), teacher, drawn, amounts, seed, progress)
    return Page(document(content(ordered, study, origin, students), title), title)
