"""`nerode front`: students of all kinds and sizes of one checkpoint, on one scale."""

from __future__ import annotations

from argparse import Namespace

from nerode.automata.dfa import DFA
from nerode.automata.diagram import counted
from nerode.automata.pdfa import PDFA
from nerode.automata.vpa import VPA
from nerode.automata.wfa import WFA
from nerode.datasets.asked import words_of
from nerode.errors import InputError
from nerode.eval.fronts import SECONDS, Front, front
from nerode.eval.page.content import Shown
from nerode.extraction.methods import METHODS
from nerode.shell.common import Answer, asked, check_picture, drawn_to, fingerprint_at, told_of
from nerode.shell.console import DONE, STOPPED, Status, uninterrupted
from nerode.shell.report import check_place, origin_of, page_about

MOST_SHOWN = 6  # automata of a report


def run(options: Namespace, status: Status) -> Answer:
    """Students of all kinds and sizes of one checkpoint."""
    check_picture(options.out)
    if options.report is not None:
        check_place(options.report)
        if options.students is not None and not set(options.students) & set(METHODS):
            raise InputError("a report is about automata; ask for lstar or spectral among the --students too")
    teacher = asked(options)
    words = None if options.words is None else words_of(options.words, teacher)
    seconds = SECONDS if options.seconds is None and options.effort is None else options.seconds
    found = front(
        teacher, options.students, seconds=seconds, effort=options.effort, words=words, seed=options.seed, progress=status.show
    )
    told = told_of(teacher)
    answer = {"teacher": str(options.checkpoint), "answers": told, **found.to_json()}
    text = ([] if told is None else [told]) + [str(found)]
    if options.out is not None and found.points:
        text.append(drawn_to(options.out, found, answer))
    shown = [] if options.report is None else _automata(found)
    if options.report is not None and not shown:
        text.append(f"No report was written to {options.report}, since there is no automaton among the students.")
    if shown:
        origin = origin_of(options.checkpoint, fingerprint_at(options.checkpoint))
        page = page_about(shown, teacher, None, origin, options, status, found)
        with uninterrupted():
            page.save(options.report)
        answer["report"] = str(options.report)
        text.append(f"Report in {options.report}.")
    return STOPPED if found.unfinished else DONE, answer, "\n".join(text)


def _automata(found: Front) -> list[Shown]:
    """The automata that a page shows of a front: those that no other student beats, or that with the least error."""
    drawn = [point for point in found.points if isinstance(point.student, DFA | PDFA | WFA | VPA)]
    best = [point for point in drawn if not point.beaten] or sorted(drawn, key=lambda point: point.error)[:1]
    return [Shown(f"{point.kind}, {counted(point.size, point.unit)}", point.student) for point in best[-MOST_SHOWN:]]
