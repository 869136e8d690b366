"""What a page says, as plain JSON: every number comes from the values of `nerode.eval`, and the page computes none but scores."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import inf
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.dfa import DFA
from nerode.automata.diagram import quoted, visible
from nerode.automata.pdfa import PDFA
from nerode.automata.vpa import VPA
from nerode.automata.wfa import WFA
from nerode.errors import InputError
from nerode.eval.comparable import answers, comparable
from nerode.eval.fronts import MARKED, Front
from nerode.eval.letters import agreed, effects, questions
from nerode.eval.maps import Map, map_of
from nerode.eval.metrics import METRICS
from nerode.eval.moves import Letter
from nerode.eval.page.amounts import Amounts
from nerode.eval.page.cards import card, too_many
from nerode.eval.page.curves import address, curves
from nerode.eval.page.described import Function, called, described, is_evaluated, simple, sized
from nerode.eval.page.explained import explained, places
from nerode.eval.page.first import first_word
from nerode.eval.page.histories import checked_history, history_beside
from nerode.eval.page.judged import judged
from nerode.eval.page.models import model
from nerode.eval.page.recorded import recorded
from nerode.eval.page.scenes import scenes
from nerode.eval.page.stacks import stack_picture
from nerode.eval.page.study import Study
from nerode.eval.page.tables import block, corner_words
from nerode.eval.report import compare, main_metric
from nerode.eval.simplicity import zipped_bits
from nerode.extraction.extracted import Extraction
from nerode.extraction.history import of_another_size
from nerode.links import CLASSIFIER, LANGUAGE_MODEL, link_to_json
from nerode.plain import finite
from nerode.protocols import Teacher, longest_of
from nerode.version import __version__
from nerode.words import Word, Words

READ = 1000  # words that visit states


@dataclass(frozen=True)
class Shown:
    """An automaton of a page.

    Parameters
    ----------
    name : what it is called there
    automaton : itself, or a student that is none
    history : how it was extracted, as its file says; None where it is not known
    main : whether the page opens with it; see `_opened`
    """

    name: str
    automaton: Function
    history: dict[str, Any] | None = None
    main: bool = False


@dataclass(frozen=True)
class Origin:
    """Where a page comes from.

    Parameters
    ----------
    network : its name
    fingerprint : the hash of its files
    command : that makes the page again
    classes : what the network's classes are called
    """

    network: str
    fingerprint: str | None = None
    command: str | None = None
    classes: tuple[str, ...] | None = None


def content(shown: Sequence[Shown], study: Study, origin: Origin, front: Front | None = None) -> dict[str, Any]:
    """Return everything that a page says of automata and of the network that they stand for, and of other students of it.

    Raises
    ------
    InputError : no automaton, or one that cannot be compared with the network
    """
    if not shown:
        raise InputError("a report is about at least one automaton; name it")
    teacher, amounts = study.teacher, study.amounts
    refuted = [tuple(word) for each in shown for word in checked_history(each.history).get("counterexamples", [])]
    study = replace(study, refuted=refuted, fingerprint=origin.fingerprint)
    students = [comparable(each.automaton, teacher, (quoted(each.name), quoted(origin.network)))[0] for each in shown]
    words = study.evidence.words
    kept = sorted(words, key=len)[: amounts.recorded // 2] + list(words[: amounts.recorded // 2])
    corner = corner_words(teacher, amounts.block)
    names = _called(teacher, origin.classes)
    first: list[Word] = []
    automata = []
    for each, student in zip(shown, students, strict=True):
        found = _of_one(each, student, corner, names, replace(study, progress=partial(_named, study.progress, each.name)))
        if found["scenes"] is not None and len(found["scenes"]["scenes"]) > 1:
            found["too_many"] = too_many(each.automaton.size, len(shown) > 1)
        listed = found.pop("kept")
        first = first or listed
        kept += listed
        automata.append(found)
    study.progress("recording the network's answers")
    kept = list(dict.fromkeys(kept)) or [()]
    for each, student, found in zip(shown, students, automata, strict=True):
        found["recorded"] = None if is_evaluated(each.automaton) else recorded(student, kept).to_json()
    measure = METRICS[main_metric(teacher.link.task)]
    about = {
        "network": origin.network,
        "SHA-256 of its files": origin.fingerprint,
        "classes": None if names is None else ", ".join(f"{number} is {name}" for number, name in enumerate(names)),
        "said of it": getattr(teacher, "told", None) or None,
        "words compared": str(study.evidence),
        "asked less": None if amounts == Amounts() else "the network is slow, so all parts rest on fewer words than usual",
        "seed": study.seed,
        "made by": origin.command,
    }
    found = {
        "network": visible(origin.network),
        "about": [*(about | versions()).items()],
        "words": str(study.evidence),
        "main": {"label": measure.label, "percent": measure.percent},
        "chosen": _opened(shown, automata),
        "first": list(first_word(teacher, first)),
        "task": teacher.link.task,
        "link": link_to_json(teacher.link),
        "classes": names,
        "alphabet": [visible(symbol) for symbol in teacher.alphabet],
        "places": places(teacher),
        "symbols": list(teacher.alphabet),
        "single": teacher.alphabet.single_characters,
        "automata": automata,
        "recorded": recorded(teacher, kept).to_json(),
        "block": block(teacher, corner).to_json(),
        "students": None if front is None else _students(front),
    }
    return finite(found)  # type: ignore[no-any-return]


def _opened(shown: Sequence[Shown], found: list[dict[str, Any]]) -> int:
    """Return which one a page opens with: the main one, else the largest automaton, or among students the one of least error."""
    errors = [inf if (error := each["card"]["value"]) is None else error for each in found]
    best = len(shown) - 1 if all(is_evaluated(each.automaton) for each in shown) else errors.index(min(errors))
    return next((i for i, each in enumerate(shown) if each.main), best)


def in_order(shown: Sequence[Shown]) -> list[Shown]:
    """Return automata smallest first: by states, or by bits where they are of several kinds. Students are like automata."""
    if len({called(each.automaton) for each in shown}) > 1:
        return sorted(shown, key=lambda each: zipped_bits(each.automaton))
    return sorted(shown, key=lambda each: each.automaton.size)


def shown_of(result: Extraction, name: str, history: dict[str, Any]) -> list[Shown]:
    """Return the automata of an extraction for a page: that which it hands back, and those of other sizes.

    Parameters
    ----------
    history : how the automaton was extracted, see `nerode.extraction.history`
    """
    shown = [Shown(name, result.automaton, history, main=True)]
    for each in result.sizes:
        if each.automaton is not result.automaton:
            shown.append(Shown(f"{name}.{each.states}", each.automaton, of_another_size(history)))
    return shown


def _students(front: Front) -> dict[str, Any]:
    head, *rows = front.rows()
    told = f"Judged on {front.words:,} words that no student learned from. {MARKED}."
    return {"source": address(front.plot()), "head": head, "rows": rows, "told": [told, *front.left_out]}


def _called(teacher: Teacher, names: Sequence[str] | None) -> list[str] | None:
    """Return what the classes of a network are called; None where that is not known or the names are not as many as these."""
    if names is None or teacher.link.task != CLASSIFIER or len(names) != answers(teacher):
        return None
    return [visible(name) for name in names]


def _named(progress: Callable[[str], None], name: str, doing: str) -> None:
    progress(f"{name}: {doing}")


def _of_one(shown: Shown, student: Teacher, corner: Words, names: list[str] | None, study: Study) -> dict[str, Any]:
    """Return what a page says of one automaton, and under "kept" the words whose answers it needs."""
    automaton, teacher, words = shown.automaton, study.teacher, study.evidence.words
    known = history_beside(shown.history, study.fingerprint)
    study.progress("comparing with the network")
    report = compare(automaton, teacher, words, seed=study.seed)
    found: dict[str, Any] = {
        "name": shown.name,
        "kind": automaton.kind,
        "called": called(automaton),
        "size": automaton.size,
        "unit": automaton.unit,
        "sized": sized(automaton),
        "card": card(report, automaton, shown.history, study),
        "lines": None,
        "report": report.to_json(),
        "table": {"title": report.title(), "rows": report.rows(), "notes": report.notes()},
        "simplicity": simple(automaton),
        "block": block(student, corner).to_json()["values"],
        "scenes": None,
        "map": None,
        "stack": None,
        "too_many": None,
        "curves": curves(known, automaton.size, report.task) if isinstance(automaton, Automaton) else [],
    }
    if is_evaluated(automaton):
        found["model"] = model(automaton, student, shown.history)
    else:
        found |= described(automaton, student, names or (), shown.history)
    if isinstance(automaton, DFA | PDFA):
        found["scenes"] = scenes(automaton, words[:READ], names).to_json()
    if isinstance(automaton, VPA):
        found["stack"] = stack_picture(automaton)
    if isinstance(automaton, WFA):
        try:
            found["map"] = _map(map_of(automaton, words), student, study)
        except InputError as error:
            found["map"] = {"refused": str(error)}
    of_letters, short = explained(automaton, teacher, words, study.amounts, study.seed)
    found |= of_letters
    wrong, listed = judged(automaton, study, _refuted(study.refuted, teacher))
    found["card"]["sentences"] += wrong.pop("sentences")
    return found | wrong | {"kept": [*short, *listed]}


def _refuted(words: Words, teacher: Teacher) -> list[Word]:
    """Return the words of files that are words of the network: anyone may write such a file."""
    longest = longest_of(teacher)
    letters = range(len(teacher.alphabet))
    return [word for word in words if all(a in letters for a in word) and (longest is None or len(word) <= longest)]


def _map(shown: Map, student: Teacher, study: Study) -> dict[str, Any]:
    """Return what the page cannot compute of a map: the plane, the prefixes, and what letters do, to the network too."""
    rng, alphabet = np.random.default_rng(study.seed), study.teacher.alphabet
    asked = questions(study.teacher, shown.prefixes, study.amounts.letters, rng)
    both = None if asked is None else (effects(student, asked), effects(study.teacher, asked))
    names = [visible(name) for name in shown.names]
    letters_named = study.teacher.link.task == LANGUAGE_MODEL  # the likeliest next symbols, and then the end
    said = [quoted(name) if letters_named and i < len(alphabet) else visible(name) for i, name in enumerate(shown.names)]
    letters = [
        {
            "does": _does(
                letter, dict(zip(shown.names, said, strict=True)), None if both is None else both[0].letters[place].rises
            ),
            "fixed": None if letter.fixed is None else letter.fixed.tolist(),
            "eigenvalues": [[value.real, value.imag] for value in letter.eigenvalues[:6].tolist()],
            "memory": letter.memory,
            "left_at_last": float(letter.spreads[-1]),
            "fits": letter.fits,
            "effects": None if both is None else [each.letters[place].to_json() for each in both],
        }
        for place, letter in enumerate(shown.letters)
    ]
    return {
        "prefixes": [list(prefix) for prefix in shown.prefixes],
        "projection": shown.projection.tolist(),
        "origin": shown.origin.tolist(),
        "total": None if shown.total is None else shown.total.tolist(),
        "labels": None if shown.labels is None else shown.labels.tolist(),
        "names": names,
        "labelled": shown.labelled,
        "height": shown.height,
        "shown": shown.shown,
        "constant_error": shown.constant_error,
        "letters": letters,
        "agree": [] if both is None else agreed([*map(quoted, alphabet)], said, *both),
    }


def _does(letter: Letter, called: dict[str, str], rises: float | None) -> str:
    """Return what a letter does, with symbols in quotes, labels as named, and the share of the asked words that rise."""
    leads = letter.leads and (called.get(letter.leads[0], visible(letter.leads[0])), letter.leads[1])
    undone = letter.undone and (quoted(letter.undone[0]), letter.undone[1])
    return str(replace(letter, leads=leads, undone=undone, rises=letter.rises if rises is None else rises))


def versions() -> dict[str, str]:
    """Return the versions of what computed the page."""
    found = {"nerode": __version__, "python": platform.python_version(), "numpy": np.__version__}
    return found | ({"torch": str(torch.__version__)} if (torch := sys.modules.get("torch")) is not None else {})
