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


SIMPLE = {"majority": "the most frequent label alone errs on", "constant": "a constant answer is off by"}
"""What is said of the simplest answer, by the name of its baseline."""


def headline(report: Report, word: str = "fresh word") -> str | None:
    """Return what the main metric says, in a sentence, with what its words are called; None where it is undefined.

    Where a simple answer is known, such as that of a constant, its figure on the same words stands beside it.
    """
    metric = report[main_metric(report.task)]
    if metric.value is None:
        return None
    unit, sign = (100.0, " %") if report.task == CLASSIFIER else (1.0, "")
    low, high = metric.low, metric.high
    interval = "" if low is None or high is None else f"95 % interval {unit * low:.3g} to {unit * high:.3g}{sign}, "
    said = f"{SAID[report.task].format(unit * metric.value)} ({interval}{counted(report.words, word)})"
    simple = [(name, value) for name, value in metric.baselines.items() if name in SIMPLE and value is not None]
    return "; ".join([said, *(f"{SIMPLE[name]} {unit * value:.3g}{sign}" for name, value in simple)]) + "."
