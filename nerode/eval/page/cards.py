"""What a page says first of an automaton: how good it is, where it comes from, and what was not checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from nerode.automata.base import Automaton
from nerode.automata.diagram import counted
from nerode.eval.headline import headline
from nerode.eval.metrics import METRICS
from nerode.eval.page.described import Function, called, sized, with_article
from nerode.eval.page.histories import FOREIGN, history_beside, is_foreign
from nerode.eval.page.study import Evidence, Study
from nerode.eval.report import Report, main_metric
from nerode.extraction.ledger import queried
from nerode.extraction.queries.searches.phrases import looks_through
from nerode.extraction.reasons import STOP_SENTENCES
from nerode.extraction.verdict import Verdict
from nerode.grammars.regular_expressions import regex_in_a_line

DRAWN = "Words unlike those that were drawn: all numbers are about random words, unless the kind of word is named."
GIVEN = "Words unlike those that were given: all numbers are about these, unless the kind of word is named."


def card(report: Report, automaton: Function, shown: dict[str, Any] | None, study: Study) -> dict[str, Any]:
    """Return the card of an automaton as plain JSON.

    Parameters
    ----------
    shown : how it was extracted, as its file says
    """
    history, evidence = history_beside(shown, study.fingerprint), study.evidence
    name = main_metric(report.task)
    metric, row = report[name], next(each for each in report.rows() if each[0] == METRICS[name].label)
    own, random = (_verdict(history.get(each)) for each in ("verdict", "verdict_random"))
    verdicts = [verdict for verdict in (own, random) if verdict is not None]
    unchecked = [] if any(verdict.equivalent for verdict in verdicts) else [GIVEN if evidence.given else DRAWN]
    unchecked += [
        f"Not searched for counterexamples: {looks_through(each['search'])}."
        for each in history.get("searched", [])
        if not each["looks"]
    ]
    unchecked += history.get("left_out", [])
    sentences = [FOREIGN] if is_foreign(shown, study.fingerprint) else []
    sentences += [f"Verdict of its extraction: {_lowered(verdict)}" for verdict in verdicts]
    if history.get("stop_reason") in STOP_SENTENCES:
        sentences.append(STOP_SENTENCES[history["stop_reason"]])
    expression = regex_in_a_line(automaton) if isinstance(automaton, Automaton) else None
    if expression is not None:
        sentences.append(f"As a regular expression: {expression}")
    if not history:
        unchecked.append(f"Where this {called(automaton)} comes from: its file does not say.")
    least = history.get("possible")
    facts = [
        ("accepts", None if least is None else f"words in which each letter is more likely than {least:g}"),
        ("of the model, may follow", _rule(history)),
        ("method", history.get("method")),
        ("queries", queried(history["queries"]).split()[0] if "queries" in history else None),
        ("seconds", f"{history['seconds']:.1f}" if "seconds" in history else None),
        ("seed", history.get("seed")),
        ("extracted from", history.get("checkpoint")),
        ("made by", history.get("command")),
    ]
    return {
        "what": f"{with_article(called(automaton))} of {sized(automaton)}",
        "headline": headline(report, evidence.called) or "there is no number for this.",
        "sentences": sentences,
        "quiet": [*_samples(own, random, evidence)],
        "facts": facts,
        "unchecked": unchecked,
        "error": row[1],
        "interval": row[2],
        "value": metric.value,
        "low": metric.low,
        "high": metric.high,
    }


def _rule(history: dict[str, Any]) -> str | None:
    """Which symbols may follow where a language model was truncated."""
    rules = [f"the {top_k} likeliest symbols"] if (top_k := history.get("top_k")) else []
    rules += [f"the fewest with a probability of {top_p:g}"] if (top_p := history.get("top_p")) else []
    return ", of these ".join(rules) or None


def _lowered(verdict: Verdict) -> str:
    text = str(verdict)
    return text[0].lower() + text[1:]


def _samples(own: Verdict | None, random: Verdict | None, evidence: Evidence) -> Iterator[str]:
    """Yield how the figures of the card differ, where it has several.

    Parameters
    ----------
    own, random : the verdict on the fresh words of the extraction, and that on random ones where words were given
    """
    counted_on = [verdict for verdict in (own, random) if verdict is not None and verdict.words]
    if counted_on and not evidence.fresh:
        several = len(counted_on) > 1
        yield (
            f"These figures are of {'three' if several else 'two'} samples. The first is of {evidence}. "
            f"{'The verdicts are' if several else 'The verdict is'} of the fresh words of the extraction, which are others, and "
            f"{'have' if several else 'has'} an upper end alone."
        )
    elif own is not None and own.words:
        yield (
            f"{_overlap(own, len(evidence.words))}, which learning did not see. The figure is what was counted, with an interval "
            "of two ends; the verdict has an upper end alone."
        )
        if random is not None and random.words:
            yield f"The verdict on {random.distribution} is of other words."


def _overlap(verdict: Verdict, count: int) -> str:
    """Return which words the first figure, of so many fresh words, and a verdict have in common: both begin with the same."""
    if count == verdict.words:
        return f"The first figure and the verdict on {verdict.distribution} are of the same {counted(count, 'fresh word')}"
    if count < verdict.words:
        words = counted(verdict.words, "fresh word")
        return f"The verdict on {verdict.distribution} is of {words}, and the first figure of the first {count:,} of them"
    words = counted(count, "fresh word")
    return f"The first figure is of {words}, and the verdict on {verdict.distribution} of the first {verdict.words:,} of them"


def too_many(states: int, several: bool) -> str:
    """Return what is said above the groups of a large automaton.

    Parameters
    ----------
    several : whether the page has automata of other sizes
    """
    simpler = "choose fewer states above" if several else "nerode extract --sizes 4,8,16 makes smaller automata as well"
    return (
        f"{states:,} states are too many to read at once, so boxes are groups of states. For a simpler picture {simpler}; of a "
        "classifier, --method spectral gives an automaton that is drawn as a map."
    )


def _verdict(saved: Any) -> Verdict | None:
    """Return a verdict from the file of an automaton; None where there is none."""
    names = [field.name for field in fields(Verdict)]
    return None if saved is None else Verdict(**{name: saved[name] for name in names})
