"""What the shell says of an extraction, in sentences."""

from __future__ import annotations

from nerode.automata.diagram import counted
from nerode.errors import failing
from nerode.eval.report import Report
from nerode.extraction.ledger import SearchRecord
from nerode.extraction.loop import BUDGET_REASONS, FAILED, INTERRUPTED, Extraction
from nerode.extraction.spectral.blocks import BlockSettings
from nerode.extraction.verdict import EQUIVALENT
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES

STOP_SENTENCES = {
    EQUIVALENT: "Decided exactly: the automaton and the teacher are equivalent.",
    "no counterexample": "No counterexample was found by the searches; that is no proof that there is none.",
    "stalled": "Stopped because counterexamples taught nothing: the network contradicts itself near its threshold, or is unsure.",
    "no gain": "Stopped because hypotheses of far more states were hardly better on held-out words: there may be no end to them.",
    "refused": "Stopped because the network refused a word, such as one that is longer than it can read.",
    "converged": "Stopped because asking more words for the first automata gained hardly anything.",
    "largest block": "Stopped at the most words that are asked for the first automata.",
    "room kept": "Went on early from the first automata to refining the best of them, so that the limit left room for it.",
    "time": "Stopped by the limit on time; this is the best automaton so far.",
    "effort": "Stopped by the limit on effort; this is the best automaton so far.",
    "queries": "Stopped by the limit on queries; this is the best automaton so far.",
    "states": "Stopped by the limit on states; this is the best automaton so far.",
    FAILED: "Stopped because the network failed; this is the best automaton so far.",
    INTERRUPTED: "Interrupted; this is the best automaton so far.",
}


def what_happened(result: Extraction, states: int | None) -> list[str]:
    """Why it stopped, what was tried, and what that means for the automaton.

    Parameters
    ----------
    states : how many were asked for, None where that was left open
    """
    said = [_why(result)]
    if result.searches:
        said.append(f"Searched for counterexamples: {', '.join(map(_tried, result.searches))}.")
    if result.contradictions:
        times = "once" if result.contradictions == 1 else f"{result.contradictions:,} times"
        said.append(f"The network contradicted itself {times}: of two of its answers one must be wrong.")
    if len(result.rounds) == 1:
        said.append("Nothing was learned before that: this automaton answers all words alike.")
    elif result.method == "spectral" and states is None:
        most = BlockSettings().largest_rank
        said.append(f"The number of states, {most} at most, was chosen on held-out words; --states N asks for fewer.")
    elif result.method == "spectral" and states != result.automaton.states:
        limited = result.stop_reason in (*BUDGET_REASONS, "room kept")
        why = "by then too few words had been asked for more" if limited else "more did not help"
        said.append(f"It has fewer states than asked for, since {why}.")
    return said + list(result.left_out)


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
    if report is None:
        return []
    name, said = WORTH[result.task]
    metric = report[name]
    if metric.value is None:
        return []
    interval = "" if metric.low is None else f"95 % interval {metric.low:.3g} to {metric.high:.3g}, "
    return [f"{said.format(metric.value)} ({interval}{counted(report.words, 'fresh word')})."]


WORTH = {
    LANGUAGE_MODEL: ("log_prob_error_per_symbol", "Log-probabilities of words are off by {:.3g} nats a symbol on average"),
    SCORES: ("relative_error", "Scores are off by a part of {:.3g} on average"),
}
"""The metric that means most for a task, and what it says."""


def _tried(effort: SearchRecord) -> str:
    """ "white-box 1,204 words (2 found)"."""
    if not effort.looks:
        return f"{effort.search} not reached"
    return f"{effort.search} {counted(effort.words, 'word')} ({effort.found or 'none'} found)"


def no_better_than_constant(report: Report) -> bool:
    """Whether words like these cannot show what the automaton knows."""
    for name, baseline in (("error_rate", "majority"), ("log_prob_error_per_symbol", "constant")):
        metric = report.metrics.get(name)
        if metric is not None:
            return metric.value is None or metric.value >= (metric.baselines[baseline] or 0.0)
    return False
