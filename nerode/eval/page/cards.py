"""What a page says first of an automaton: how good it is, where it comes from, and what was not checked."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from nerode.eval.headline import headline
from nerode.eval.metrics import METRICS
from nerode.eval.report import Report, main_metric
from nerode.extraction.ledger import queried
from nerode.extraction.reasons import STOP_SENTENCES
from nerode.extraction.verdict import Verdict

DRAWN = "Words unlike those that were drawn: all numbers are about random words, unless the kind of word is named."
GIVEN = "Words unlike those that were given: all numbers are about these, unless the kind of word is named."


def card(report: Report, history: dict[str, Any], given: bool) -> dict[str, Any]:
    """Return the card of an automaton as plain JSON.

    Parameters
    ----------
    history : how it was extracted, see `checked_history`; empty where that is not known
    given : whether the words of the report were given, not drawn
    """
    name = main_metric(report.task)
    metric, shown = report[name], next(row for row in report.rows() if row[0] == METRICS[name].label)
    verdicts = [verdict for each in ("verdict", "verdict_random") if (verdict := _verdict(history.get(each))) is not None]
    unchecked = [] if any(verdict.equivalent for verdict in verdicts) else [GIVEN if given else DRAWN]
    unchecked += [
        f"The search for counterexamples “{each['search']}” did not run."
        for each in history.get("searched", [])
        if not each["looks"]
    ]
    unchecked += history.get("left_out", [])
    sentences = [*map(str, verdicts)]
    if history.get("stop_reason") in STOP_SENTENCES:
        sentences.append(STOP_SENTENCES[history["stop_reason"]])
    if not history:
        unchecked.append("Where this automaton comes from: its file does not say.")
    facts = [
        ("method", history.get("method")),
        ("queries", queried(history["queries"]).split()[0] if "queries" in history else None),
        ("seconds", f"{history['seconds']:.1f}" if "seconds" in history else None),
        ("seed", history.get("seed")),
        ("extracted from", history.get("checkpoint")),
        ("made by", history.get("command")),
    ]
    return {
        "headline": headline(report, "given" if given else "fresh") or "there is no number for this.",
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
    names = [field.name for field in fields(Verdict)]
    return None if saved is None else Verdict(**{name: saved[name] for name in names})
