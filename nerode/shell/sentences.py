"""What the shell says of an extraction, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.diagram import counted
from nerode.automata.mealy import to_mealy
from nerode.errors import failing
from nerode.eval.costs import array_bytes
from nerode.eval.headline import headline
from nerode.eval.report import Report
from nerode.extraction.extracted import Extraction
from nerode.extraction.ledger import SearchRecord, queried
from nerode.extraction.queries.searches.phrases import looks_through
from nerode.extraction.reasons import BUDGET_REASONS, FAILED, STOP_SENTENCES
from nerode.extraction.spectral.blocks import BlockSettings
from nerode.links import CLASSIFIER, LANGUAGE_MODEL
from nerode.protocols import Teacher, parameter_bytes_of
from nerode.teachers.known import KnownWords

WORTH = 0.95  # of the error: more states are told of where they err less than that


def spent(result: Extraction, teacher: Teacher) -> str:
    """The seconds that it took, and the words that were asked about where there is a network."""
    asked = "" if isinstance(teacher, KnownWords) else f", {queried(result.queries)}"
    return f"{result.seconds:.1f} s{asked}"


def what_happened(result: Extraction, states: int | None) -> list[str]:
    """Why it stopped, what was tried, and what that means for the automaton.

    Parameters
    ----------
    states : how many were asked for, None where that was left open
    """
    said = [_why(result)]
    if result.searches:
        said.append(_searched(result.searches))
    if result.contradictions:
        times = "once" if result.contradictions == 1 else f"{result.contradictions:,} times"
        said.append(f"The network contradicted itself {times}: of two of its answers one must be wrong.")
    if len(result.rounds) == 1:
        said.append("Nothing was learned before that: this automaton answers all words alike.")
    elif result.method == "spectral" and states is None:
        most = BlockSettings().largest_rank
        said.append(f"The number of states, {most} at most, was chosen on held-out words; --states N asks for others.")
    elif result.method == "pdfa" and states is None and (largest := result.front[-1][0]).error < WORTH * result.chosen.error:
        said.append(
            f"More states err less on held-out words: {largest.states} by {largest.error:.3g} nats a symbol, these "
            f"{result.automaton.states} by {result.chosen.error:.3g}; --states N allows N of them, --sizes shows smaller ones."
        )
    elif result.method == "spectral" and states != result.automaton.states:
        limited = result.stop_reason in (*BUDGET_REASONS, "room kept")
        why = "by then too few words had been asked for more" if limited else "more did not help"
        said.append(f"It has fewer states than asked for, since {why}.")
    return [*said, *_larger(result), *result.told, *result.left_out]


def _larger(result: Extraction) -> list[str]:
    """That an automaton is larger than its network, where it is, and what gives smaller ones."""
    theirs = parameter_bytes_of(result.teacher)
    if theirs is None or not isinstance(result.automaton, Automaton) or array_bytes(result.automaton) <= theirs:
        return []
    readable = ", and --method pdfa gives one with states that can be read" if result.task == LANGUAGE_MODEL else ""
    return [
        f"It is larger than the network, {array_bytes(result.automaton):,} bytes of memory beside {theirs:,}: "
        f"--sizes 2,4,8,16 shows what smaller ones do{readable if result.method == 'spectral' else ''}."
    ]


def _why(result: Extraction) -> str:
    """Why it stopped, and what the network raised where it failed."""
    if result.failure is None:
        return STOP_SENTENCES[result.stop_reason]
    failed = f"the network {failing(result.failure)}"
    if result.stop_reason == FAILED:
        return f"Stopped because {failed}; this is the best automaton so far."
    return f"{STOP_SENTENCES[result.stop_reason]} Then {failed}."


def how_good(result: Extraction, report: Report | None) -> list[str]:
    """What the result is worth: bounds for a classifier, where equivalence was not decided; else the error that matters.

    Parameters
    ----------
    report : on fresh words; None where the user did not wait for it
    """
    if result.task == CLASSIFIER:
        verdicts = (result.verdict, result.verdict_random)
        return [str(verdict) for verdict in verdicts if verdict is not None and not verdict.equivalent]
    said = None if report is None else headline(report)
    return [] if said is None else [said]


def as_mealy(automaton: Automaton) -> list[str]:
    """What is said of the Mealy machine of a DFA of several classes: that it has fewer states, where it has."""
    if not isinstance(automaton, DFA) or automaton.classes == 2:
        return []
    states = to_mealy(automaton).states
    if states >= automaton.states:
        return []
    return [f"Its Mealy machine, with outputs at the letters, has {counted(states, 'state')}: `nerode convert --as mealy`."]


def _searched(searches: Sequence[SearchRecord]) -> str:
    """Return what the searches asked, a line for each, and which were not reached, in plain words."""
    tried = [f"    {_named(each)}: {_tried(each)}" for each in searches if each.looks]
    missed = [_named(each) for each in searches if not each.looks]
    said = ["Searched for counterexamples:", *tried] if tried else []
    return "\n".join([*said, *([f"Not reached: {'; '.join(missed)}."] if missed else [])])


def _named(effort: SearchRecord) -> str:
    """ "random words (random)": what `--search` calls it too."""
    return f"{looks_through(effort.search)} ({effort.search})"


def _tried(effort: SearchRecord) -> str:
    """ "1,204 asked, 2 counterexamples"."""
    if not effort.words:
        return "none were found"
    return f"{effort.words:,} asked, {counted(effort.found, 'counterexample') if effort.found else 'no counterexample'}"


def no_better_than_constant(report: Report) -> bool:
    """Whether words like these cannot show what the automaton knows."""
    for name, baseline in (("error_rate", "majority"), ("log_prob_error_per_symbol", "constant")):
        metric = report.metrics.get(name)
        if metric is not None:
            return metric.value is None or metric.value >= (metric.baselines[baseline] or 0.0)
    return False
