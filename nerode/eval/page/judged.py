"""Where automaton and network part, for a page: by kind and length of word, by class, by probability, and word for word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.diagram import counted, quoted
from nerode.eval.apart import next_log_probabilities
from nerode.eval.calibration import calibration
from nerode.eval.comparable import comparable
from nerode.eval.costs import Costs, costs
from nerode.eval.disagreements import END, Disagreement, Disagreements, disagreements
from nerode.eval.kinds import Bin, Kinds, error_by_kind
from nerode.eval.metrics import METRICS
from nerode.eval.outcomes import confusion, outcomes
from nerode.eval.page.study import Study
from nerode.links import CLASSIFIER, LANGUAGE_MODEL
from nerode.protocols import Teacher
from nerode.words import EPSILON, Word, Words

SEARCHES = {
    "counterexamples": "words that refuted an automaton",
    "around states": "words around the states",
    "shortest": "the shortest words",
    "uniform": "random words",
    "mutated": "changed words",
    "automaton": "words drawn from the automaton",
    "given": "the given words",
    "climbing": "the worst of these with single letters changed",
}
"""What a page calls the searches for disagreements."""


def judged(automaton: Automaton, study: Study, known: Words) -> tuple[dict[str, Any], list[Word]]:
    """Return what the page says, as plain JSON, and the words that it lists.

    The same words are drawn as by `nerode eval --kinds`.

    Parameters
    ----------
    known : words that refuted other automata of the same network
    """
    teacher, sample = study.teacher, study.evidence
    given = sample.words if sample.given else ()
    study.progress("comparing on words of each kind")
    kinds = error_by_kind(automaton, teacher, np.random.default_rng([study.seed, 2]), given, study.amounts.kind)
    study.progress("searching for words on which they disagree")
    apart = disagreements(automaton, teacher, np.random.default_rng([study.seed, 3]), given, study.amounts.search, known)
    classifies = teacher.link.task == CLASSIFIER
    calibrated = calibration(automaton, teacher, sample.words)
    found = {
        "kinds": _kinds(kinds),
        "confusion": confusion(automaton, teacher, sample.words).to_json() if classifies else None,
        "calibration": None if calibrated is None else calibrated.to_json(),
        "outcomes": None,
        "disagreements": _disagreements(apart, teacher),
        "costs": (cost := costs(automaton, study.network, sample.words)).to_json(),
        "sentences": [*_known(automaton, teacher, apart), *_larger(cost)],
    }
    if sample.labels is not None:
        found["outcomes"] = outcomes(automaton, teacher, sample.words, sample.labels).to_json()
    return found, [one.word for one in (*apart.shortest, *apart.worst)]


def _known(automaton: Automaton, teacher: Teacher, apart: Disagreements) -> Iterator[str]:
    """Yield that there are words of another label, of another likeliest next symbol, or of another value."""
    if not apart.shortest:
        return
    word = apart.shortest[0].word
    shortest = quoted(teacher.alphabet.text(word)) if word else EPSILON
    if teacher.link.task != LANGUAGE_MODEL:
        yield f"They are known to disagree; the shortest word that was found is {shortest}."
        return
    symbols = _symbols(teacher)
    told = []
    for name, function in (("automaton", comparable(automaton, teacher)[0]), ("network", teacher)):
        with np.errstate(all="ignore"):  # a weighted automaton may answer with what is no probability
            chances = np.exp(next_log_probabilities(function.link, function.scores([word]))[0])
        first, second = np.argsort(-chances, kind="stable")[:2].tolist()
        told.append(f"{symbols[first]} for the {name} ({chances[first]:.3g}, then {symbols[second]} with {chances[second]:.3g})")
    yield (
        "They are known to differ in the likeliest next symbol. After the shortest word that was found, "
        f"{shortest}, it is {' and '.join(told)}."
    )


def _larger(cost: Costs) -> Iterator[str]:
    """Yield that an automaton is larger than its network, where it is."""
    if cost.teacher_bytes is not None and cost.student_bytes > cost.teacher_bytes:
        yield (
            f"It is larger than the network: {cost.student_bytes:,} bytes of memory beside {cost.teacher_bytes:,}. So it is no "
            "shorter description of it."
        )


def _symbols(teacher: Teacher) -> tuple[str, ...]:
    """Return what may come next of a language model, as sentences name it."""
    return (*map(quoted, teacher.alphabet), "the end")


def _kinds(kinds: Kinds) -> dict[str, Any]:
    """Return errors by kind, with the text of each number beside it."""
    text = METRICS[kinds.metric].text

    def told(value: float | None, low: float | None, high: float | None) -> dict[str, Any]:
        interval = "–" if low is None or high is None else f"{text(low)} to {text(high)}"
        return {"value": value, "low": low, "high": high, "text": text(value), "interval": interval}

    def lengths(part: Bin) -> dict[str, Any]:
        between = str(part.shortest) if part.shortest == part.longest else f"{part.shortest} to {part.longest}"
        middle = (part.shortest + part.longest) / 2
        return {"name": between, "middle": middle, "words": part.words} | told(part.error, part.low, part.high)

    found = []
    for name, kind in kinds.kinds.items():
        whole = kind.report[kinds.metric]
        by_length = [lengths(part) for part in kind.by_length]
        shown = {"name": name, "means": kind.means, "words": kind.report.words, "lengths": by_length}
        found.append(shown | told(whole.value, whole.low, whole.high))
    missing = [f"{name}: left out, since {why}" for name, why in kinds.left_out.items() if name != "given"]
    return {"kinds": found, "missing": missing}


def _disagreements(apart: Disagreements, teacher: Teacher) -> dict[str, Any]:
    """Return the words on which they disagree, and how they were looked for."""
    tried = [f"{SEARCHES.get(name, name)} {part:,} of {asked:,}" for name, (asked, part) in apart.found.items() if asked]
    told = f"{counted(apart.asked, 'word')} asked. They disagree on: {', '.join(tried)}. Numbers are the {apart.means}."
    told += "" if apart.shortest or apart.worst else " That none was found is no proof that there is none."
    return {"told": told, "lists": [[title, [_one(one, teacher) for one in ones]] for title, ones in _lists(apart)]}


def _lists(apart: Disagreements) -> tuple[tuple[str, tuple[Disagreement, ...]], ...]:
    return ("The shortest", apart.shortest), ("The worst", apart.worst)


def _one(one: Disagreement, teacher: Teacher) -> dict[str, Any]:
    before = "" if one.symbol is None else f"log p({one.symbol if one.symbol == END else quoted(one.symbol)}) "
    likeliest = ["", ""]
    if one.symbol is not None and one.labels is not None:
        likeliest = [f", likeliest: {_symbols(teacher)[label]}" for label in one.labels if label is not None]

    def answer(value: float | None, after: str) -> str:
        return before + ("no number" if value is None else f"{value:.4g}".replace("-", "−")) + after

    return {
        "word": list(one.word),
        "automaton": answer(one.automaton, likeliest[0]),
        "network": answer(one.teacher, likeliest[-1]),
        "labels": one.labels if one.symbol is None else None,
        "parts": one.parts_at,
    }
