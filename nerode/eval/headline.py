"""What a report says first: one number, and one sentence."""

from __future__ import annotations

from nerode.automata.diagram import counted
from nerode.eval.report import Report, main_metric
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, SCORES

SAID = {
    CLASSIFIER: "{:.3g} % of words get another label",
    LANGUAGE_MODEL: "Log-probabilities of words are off by {:.3g} nats a symbol on average",
    SCORES: "Scores are off by a part of {:.3g} on average",
}


def headline(report: Report, drawn: str = "fresh") -> str | None:
    """Return what the main metric says, in a sentence, with how words came about; None where it is undefined."""
    metric = report[main_metric(report.task)]
    if metric.value is None:
        return None
    unit, sign = (100.0, " %") if report.task == CLASSIFIER else (1.0, "")
    low, high = metric.low, metric.high
    interval = "" if low is None or high is None else f"95 % interval {unit * low:.3g} to {unit * high:.3g}{sign}, "
    return f"{SAID[report.task].format(unit * metric.value)} ({interval}{counted(report.words, f'{drawn} word')})."
