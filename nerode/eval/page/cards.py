"""What a page says first of an automaton: how good it is, where it comes from, and what was not checked."""

from __future__ import annotations

from typing import Any

from nerode.eval.headline import headline
from nerode.eval.metrics import METRICS
from nerode.eval.report import Report, main_metric
from nerode.extraction.ledger import queried
from nerode.extraction.reasons import STOP_SENTENCES
from nerode.extraction.verdict import Verdict

OTHER_WORDS = "Words unlike those that were drawn: all numbers are about random words, unless the kind of word is named."


def card(report: Report, made: dict[str, Any]) -> dict[str, Any]:
    """Return the card of an automaton as plain JSON.

    Parameters
    ----------
    made : how it was extracted, as its file says; empty where that is not known
    """
    name = main_metric(report.task)
    metric, shown = report[name], next(row for row in report.rows() if row[0] == METRICS[name].label)
    verdicts = [verdict for each in ("verdict", "verdict_random") if (verdict := _verdict(made.get(each))) is not None]
    unchecked = [] if any(verdict.equivalent for verdict in verdicts) else [OTHER_WORDS]
    unchecked += [
        f"The search for counterexamples “{each['search']}” did not run."
        for each in made.get("searched", [])
        if not each["looks"]
    ]
    unchecked += made.get("left_out", [])
    sentences = [*map(str, verdicts)]
    if made.get("stop_reason") in STOP_SENTENCES:
        sentences.append(STOP_SENTENCES[made["stop_reason"]])
    if not made:
        unchecked.append("Where this automaton comes from: its file does not say.")
    facts = [
        ("method", made.get("method")),
        ("queries", queried(made["queries"]).split()[0] if "queries" in made else None),
        ("seconds", f"{made['seconds']:.1f}" if "seconds" in made else None),
        ("seed", made.get("seed")),
        ("extracted from", made.get("checkpoint")),
        ("made by", made.get("command")),
    ]
    return {
        "headline": headline(report) or "there is no number for this.",
        "sentences": sentences,
        "facts": facts,
        "unchecked": unchecked,
        "error": shown[1],
        "interval": shown[2],
        "value": metric.value,
        "low": metric.low,
        "high": metric.high,
    }


def _verdict(saved: Any) -> Verdict | None:
    """Return a verdict from the file of an automaton; None where there is none."""
    if not isinstance(saved, dict):
        return None
    try:
        return Verdict(**{key: value for key, value in saved.items() if key != "epsilon"})
    except TypeError:
        return None
