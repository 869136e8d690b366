"""`nerode extract`: an automaton from a checkpoint, with a verdict on fresh words."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from nerode.automata.cfg import CFG, NO_PICTURE
from nerode.automata.diagram import counted
from nerode.automata.distribution import Negatives, negatives
from nerode.automata.vpa import VPA
from nerode.automata.wfa import WFA
from nerode.errors import BudgetExhausted, InputError, described, failing
from nerode.eval.depths import Depths, depths
from nerode.eval.page import Page
from nerode.eval.page.content import shown_of
from nerode.eval.page.study import Evidence
from nerode.eval.report import Report, compare
from nerode.extraction.budget import TeacherFailed, metered
from nerode.extraction.extracted import Extraction
from nerode.extraction.history import history
from nerode.extraction.loop import LATE, SECONDS, extract, usual_method
from nerode.extraction.meter import Meter
from nerode.extraction.method import settings_of
from nerode.extraction.methods import method_named
from nerode.extraction.progress import Progress
from nerode.extraction.reasons import BUDGET_REASONS
from nerode.files import check_writable
from nerode.grammars.regular_expressions import regex_in_a_line
from nerode.plain import finite
from nerode.protocols import Teacher
from nerode.shell.common import Answer, asked, fingerprint_at, told_of
from nerode.shell.console import BAD_INPUT, DONE, STOPPED, Status, uninterrupted
from nerode.shell.known_words import given_words, known_words, named
from nerode.shell.language import believed
from nerode.shell.options.extraction import SETTINGS
from nerode.shell.readable import small_dfa
from nerode.shell.report import check_place, command, origin_of, page_about
from nerode.shell.sentences import as_mealy, how_good, no_better_than_constant, spent, what_happened
from nerode.shell.sizes import check_sizes, save_sizes, sizes_table
from nerode.teachers.addresses import is_outside
from nerode.teachers.checkpoints import check_output
from nerode.teachers.known import KnownWords
from nerode.teachers.outside import short_name

FEW = 59  # fresh words, of which not even all being right bounds the error by 5 %


def run(options: Namespace, status: Status) -> Answer:
    """An automaton from a checkpoint, with a verdict on fresh words."""
    early = asked(options) if options.method is None and is_outside(options.checkpoint) else None  # its answers say which method
    options.method = options.method or (usual_method(early) if early else "lstar" if options.possible else "spectral")
    out = options.out or Path(f"{name_of(options.checkpoint)}.{options.method}.json")
    if out.suffix.lower() != ".json":
        raise InputError(
            f"an extracted automaton is written to a .json file, not to {out}; `nerode convert` writes other formats and pictures"
        )
    chosen = _settings(options)
    if options.method == "cfg" and (options.plots or options.sizes):
        what = "plots" if options.plots else "sizes"
        raise InputError(f"--{what} is for automata, and {NO_PICTURE}; leave it out")
    check_writable(out)
    check_output(out)
    check_sizes(out, options.checkpoint, options.sizes)
    if not is_outside(options.checkpoint) and os.path.realpath(out) == os.path.realpath(options.checkpoint):
        raise InputError(f"{out} is what the automaton is to be extracted from; choose another name with --out")
    _check_plots(options.plots, out)
    if options.report is not None:
        check_place(options.report)
    teacher = known_words(options) or early or asked(options)
    words = teacher.words if isinstance(teacher, KnownWords) else given_words(options, teacher)
    hashed = fingerprint_at(options.checkpoint)
    result = extract(
        teacher, options.method, states=options.states, seconds=options.seconds or "auto", effort=options.effort,
        queries=options.queries, words=words, sizes=options.sizes, seed=options.seed, progress=status.show, **chosen,
    )  # fmt: skip
    told = told_of(teacher)
    origin = {
        **asdict(settings_of(options.method, method_named(options.method), chosen)),
        **history(result),
        "checkpoint": str(options.checkpoint),
        "fingerprint": hashed,
        "command": command(),
        "exact": options.exact,
        "answers": told,
        **named(options.checkpoint, teacher),
    }
    with uninterrupted():
        result.automaton.save(out, extraction=origin)
        sized, unwritten = save_sizes(result, out, origin)
    seconds = SECONDS if options.seconds is None and options.effort is None else options.seconds
    report, below, unsaid = compared(result, seconds, chosen.get("target"), teacher, status)
    deep, undone = _deep(result, seconds, teacher, status)
    believable, of_its_words = believed(result, seconds, teacher, status)
    unsaid += undone
    code, plotted = _plotted(options, result, status)
    evidence = Evidence(result.fresh, given=bool(words), fresh=True) if result.fresh else None
    late, reported = DONE, None
    if result.failure is None:

        def page() -> Page:
            shown, network = shown_of(result, out.stem, origin), origin_of(options.checkpoint, hashed)
            return page_about(shown, teacher, evidence, network, options, status)

        late, reported = _reported(options, page, status)
    if unwritten:
        status.say(f"nerode extract: {unwritten}")
        code = BAD_INPUT
    regex = regex_in_a_line(result.automaton)
    small = small_dfa(result, min(filter(None, (options.seconds, options.effort)), default=None))
    answer = {
        "automaton": str(out),
        "type": result.automaton.kind,
        "states": result.automaton.states,
        "regex": regex,
        "decides_as_dfa": None if small is None else small.states,
        "seconds": round(result.seconds, 3),
        "queries": result.queries,
        "stop_reason": result.stop_reason,
        "failure": None if result.failure is None else described(result.failure),
        "left_out": [*result.left_out, *unsaid],
        "searches": [asdict(effort) for effort in result.searches],
        "contradictions": result.contradictions,
        "verdict": origin["verdict"],
        "verdict_random": origin["verdict_random"],
        "held_out": None if report is None else report.to_json(),
        "grammar": result.automaton.lines() if isinstance(result.automaton, CFG) else None,
        "depths": None if deep is None else deep.to_json(),
        "accepted": believable,
        "told": list(result.told),
        "negatives": None if below is None else asdict(below),
        "answers": told,
        "sizes": finite(sized),
        "plots": None if plotted is None else [str(path) for path in plotted],
        "report": reported,
    }
    stopped, *more = what_happened(result, options.states)
    text = [] if told is None else [told]
    text += [f"{spent(result, teacher)}. {stopped}", *how_good(result, report)]
    text += [*of_its_words, *([] if deep is None else [deep.sentence()])]
    text += ["", f"{result.automaton!r}, written to {out}"]
    text += result.automaton.lines() if isinstance(result.automaton, CFG) else []
    text += [] if regex is None else [f"As a regular expression: {regex}"]
    text += [] if small is None else [small.sentence(str(out))]
    text += [*as_mealy(result.automaton), *more, *unsaid]
    text += sizes_table(result, sized, options.sizes or ())
    if plotted:
        text.append(f"Plots in {options.plots}: {', '.join(dict.fromkeys(path.stem for path in plotted))}.")
    if reported:
        text.append(f"Report in {reported}; open it in a browser.")
    if deep is not None and deep.by_depth:
        text += ["", "Words by depth and by length, on which the network agrees:", str(deep)]
    if report is not None:
        drawn = "random ones, drawn apart from those of learning"
        if words:
            kept = set(result.fresh) <= set(words)
            drawn = "kept apart from those given" if kept else "random ones as long as those given"
        elif options.possible:
            drawn = "which the model draws (half of them changed)"
        text += ["", f"On the fresh words, {drawn}:", str(report)]
        if below is not None:
            text += ["", f"Below 0, and raised to what is noise: the probabilities of {below.strings:.2%} of these words, and "]
            text[-1] += f"{below.next_symbols:.2%} of those of what follows their prefixes."
        if words and len(result.fresh) < FEW:
            few = counted(len(result.fresh), "word")
            status.say(f"note: all this rests on {few}; of some hundred in --words FILE a fifth would be kept for it")
        if len(result.rounds) > 1 and no_better_than_constant(report):
            advice = "" if words else "; give words that matter with --words FILE"
            advice = "; the target scores learns more" if chosen.get("target") == "probabilities" else advice
            advice = "; with a larger or a smaller --possible X words may differ more" if options.possible else advice
            status.say(f"note: a constant answer does as well on these words{advice}")
    short = result.stop_reason in BUDGET_REASONS or result.sizes_stopped or result.interrupted
    unfinished = short or result.failure is not None or unsaid
    return code or late or (STOPPED if unfinished else DONE), answer, "\n".join(text)


def _settings(options: Namespace) -> dict[str, Any]:
    """The settings that were given, by name.

    Raises
    ------
    InputError : one of them is a setting of another method
    """
    given = {name: getattr(options, name) for name in SETTINGS if getattr(options, name) is not None}
    if "searches" in given:
        given["searches"] = tuple(given["searches"])
    settings_of(options.method, method_named(options.method), given)
    return given


def name_of(checkpoint: Path | str) -> str:
    """What a checkpoint is called: a folder may have dots in its name that part nothing."""
    if isinstance(checkpoint, str) and is_outside(checkpoint):
        return short_name(checkpoint)
    path = Path(os.path.realpath(checkpoint))
    return path.stem if os.path.isfile(path) else path.name


def compared(
    result: Extraction, seconds: float | None, target: str | None, teacher: Teacher, status: Status
) -> tuple[Report | None, Negatives | None, list[str]]:
    """The comparison on fresh words, how much of what ought to be probabilities is negative there, and why there is none.

    There is none where the user will not wait for it, where the network fails, and where it takes too long.
    """
    if result.failure is not None:
        return None, None, ["There is no comparison on fresh words, since it takes answers of the network."]
    status.show("comparing on fresh words")
    automaton, words = result.automaton, result.fresh
    if result.verdict is not None and not result.verdict.equivalent:
        words = words[: result.verdict.words]  # there was no time to ask about more
    left = None if seconds is None else max(0.0, seconds - result.seconds) + LATE
    asked = metered(teacher, Meter(left, watch=Progress(status.show, "comparing on fresh words")))
    try:
        report = compare(automaton, asked, words, seed=result.seed)
        return report, negatives(automaton, words) if target == "probabilities" and isinstance(automaton, WFA) else None, []
    except KeyboardInterrupt:
        return None, None, []
    except BudgetExhausted:
        return None, None, ["There is no comparison on fresh words, since there was no time left; `nerode eval` makes one."]
    except TeacherFailed as end:
        return None, None, [f"There is no comparison on fresh words: the network {failing(end.failure)}."]


def _deep(result: Extraction, seconds: float | None, teacher: Teacher, status: Status) -> tuple[Depths | None, list[str]]:
    """To which depth the network follows an automaton with a stack or a grammar, or why that is not known."""
    if not isinstance(result.automaton, VPA | CFG) or result.failure is not None:
        return None, []
    left = None if seconds is None else max(0.0, seconds - result.seconds) + LATE
    asked = metered(teacher, Meter(left, watch=Progress(status.show, "comparing words by depth")))
    try:
        return depths(result.automaton, asked, np.random.default_rng([result.seed, 3])), []
    except KeyboardInterrupt:
        return None, []
    except BudgetExhausted:
        return None, ["It is not known to which depth the network follows, since there was no time left; `nerode eval` tells it."]
    except TeacherFailed as end:
        return None, [f"It is not known to which depth the network follows: it {failing(end.failure)}."]


def _check_plots(folder: Path | None, out: Path) -> None:
    """Refuse at once a folder that plots could not be written to."""
    if folder is None:
        return
    if os.path.realpath(folder) == os.path.realpath(out):
        raise InputError(f"the automaton and the plots cannot both be written to {folder}; give the folder another name")
    from nerode.eval.plots import check_place  # here, because it takes long to import and only plots need it

    check_place(folder)


def _plotted(options: Namespace, result: Extraction, status: Status) -> tuple[int, list[Path] | None]:
    """The files of the plots, None where none are asked for or the user will not wait; BAD_INPUT where there can be none.

    By then an automaton and a verdict are there, which must not be lost.
    """
    if options.plots is None:
        return DONE, None
    status.show("drawing plots")
    try:
        from nerode.eval.plots import plots, save_plots  # here, as above

        return DONE, save_plots(options.plots, plots(result), result.automaton)
    except InputError as error:
        status.say(f"nerode extract: no plots: {error}")
        return BAD_INPUT, None
    except KeyboardInterrupt:
        return DONE, None


def _reported(options: Namespace, page: Callable[[], Page], status: Status) -> tuple[int, str | None]:
    """The exit code and the file of the report, None where none is asked for, none can be, or the user will not wait."""
    if options.report is None:
        return DONE, None
    try:
        page().save(options.report)
        return DONE, str(options.report)
    except InputError as error:
        status.say(f"nerode extract: no report: {error}")
        return BAD_INPUT, None
    except (MemoryError, RuntimeError, ArithmeticError, ValueError) as error:  # the answer must not be lost for a page
        status.say(f"nerode extract: no report, since making it failed: {described(error)}")
        return BAD_INPUT, None
    except KeyboardInterrupt:
        status.say("nerode extract: no report, since it was interrupted; `nerode report` makes one")
        return STOPPED, None
