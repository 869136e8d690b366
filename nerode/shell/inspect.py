"""`nerode inspect`: what a checkpoint holds and what asking it costs."""

from __future__ import annotations

import time
from argparse import Namespace
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.cfg import CFG
from nerode.automata.diagram import counted, visible
from nerode.domains import Domain, domain_of
from nerode.errors import InputError
from nerode.eval.page.histories import checked_history
from nerode.eval.simplicity import Simplicity, simplicity
from nerode.eval.stability import Stability, stability
from nerode.extraction.verdict import Verdict
from nerode.functions import FunctionTeacher
from nerode.grammars.loading import load_metadata
from nerode.links import Binary, Multiclass, NextSymbol, link_to_json
from nerode.plain import finite
from nerode.protocols import SteppingTeacher, Teacher, TwoWayTeacher, longest_of
from nerode.sampling import uniform_words
from nerode.shell.common import Answer, outside_options, random_words, told_of
from nerode.shell.console import DONE, Status, bar
from nerode.students.loading import classes_of
from nerode.students.student import Student
from nerode.teachers.addresses import PROGRAM, is_outside
from nerode.teachers.cards import shown_confusion, shown_facts
from nerode.teachers.checkpoints import is_automaton, load_model, load_teacher
from nerode.teachers.recognition import training_facts

PROBE = 256, 20  # words asked to time a query, and their length at most
MOST_COLUMNS = 20  # of a table that are named
ORIGIN = {"extracted from": "checkpoint", "made by": "command", "method": "method"}
VERDICTS = "verdict", "verdict_random"


def run(options: Namespace, status: Status) -> Answer:
    """What a checkpoint holds."""
    teacher, origin, architecture, parameters, device = _described(options)
    shown = _shown(options, teacher)
    keeps = (
        "yes, from left to right" if isinstance(teacher, SteppingTeacher)
        else "yes, in both directions" if isinstance(teacher, TwoWayTeacher)
        else "no, it is asked whole words"
    )  # fmt: skip
    longest = longest_of(teacher)
    length = PROBE[1] if longest is None else min(PROBE[1], longest)
    domain = domain_of(teacher)
    length = length if domain is None else domain.length
    cost: float | None = None
    try:
        cost = round(_microseconds(teacher, options.seed, length), 2)
        how = "in the look" if isinstance(teacher, FunctionTeacher) else f"words of {length} symbols, asked {PROBE[0]} at a time"
        price = f"{cost:,.1f} µs ({how})"
    except InputError as error:
        price = f"not measured, since {error}"
    answer = {
        "checkpoint": str(options.checkpoint),
        "format": origin,
        "architecture": architecture,
        "task": teacher.link.task,
        "alphabet": list(teacher.alphabet),
        "longest": longest,
        "length": None if domain is None else domain.length,
        "columns": [] if domain is None else [column.name for column in domain.columns],
        "label": None if domain is None else domain.label,
        "scores": teacher.width,
        "link": link_to_json(teacher.link),
        "parameters": parameters,
        "keeps_states": isinstance(teacher, SteppingTeacher | TwoWayTeacher),
        "device": device,
        "microseconds_per_query": cost,
        "decides": shown[1:],
    }
    answer["training"] = training = {} if is_outside(options.checkpoint) else training_facts(options.checkpoint)
    card = _card(training)
    checked = None if options.check is None else _checked(options, teacher, status)
    told = None if isinstance(teacher, FunctionTeacher) else told_of(teacher)  # of a function it is the architecture
    answer["told"] = told
    size = simplicity(teacher) if isinstance(teacher, Automaton) else None
    answer["simplicity"] = None if size is None else size.to_json()
    history = checked_history(load_metadata(options.checkpoint)) if size is not None else {}
    answer["extraction"] = {name: history[name] for name in (*ORIGIN.values(), *VERDICTS) if name in history}
    answer["stability"] = None if checked is None else finite(asdict(checked))
    symbols = " ".join(teacher.alphabet.symbols[:30]) + (" …" if len(teacher.alphabet) > 30 else "")
    text = _listing({
        "checkpoint": f"{options.checkpoint} ({origin})",
        "architecture": architecture,
        "task": teacher.link.task,
        "alphabet": f"{len(teacher.alphabet)} symbols: {symbols}",
        "longest words": "no limit" if longest is None else f"{longest} symbols",
        **({} if domain is None else _domain(domain)),
        "scores a word": str(teacher.width) + (f": {_meaning(options, teacher)}" if isinstance(teacher, Student) else ""),
        **({"parameters": "none" if parameters is None else f"{parameters:,}"} if size is None else _size(size)),
        "states are kept": keeps,
        "asked on": "the processor" if device == "cpu" else device,
        "a query costs": price,
        **({} if told is None else {"note": told}),
        **_history(history),
    })  # fmt: skip
    return DONE, answer, "\n".join([text, *card, *shown, *([] if checked is None else ["", str(checked)])])


def _shown(options: Namespace, teacher: Teacher) -> list[str]:
    """How a student decides, or how it does on --word."""
    if options.word is not None:
        if not isinstance(teacher, Student):
            raise InputError(f"--word is for trees, and {options.checkpoint} is none; leave it out")
        return ["", *teacher.path(options.word, _classes(options, teacher))]
    if isinstance(teacher, CFG):
        return ["", *teacher.lines()[: options.lines]]
    return ["", *teacher.shown(options.lines, _classes(options, teacher))] if isinstance(teacher, Student) else []


def _classes(options: Namespace, student: Student) -> list[str]:
    """What the file of a student calls its classes; a stranger may have written it."""
    names = classes_of(options.checkpoint)
    return [visible(name) for name in names] if names is not None and len(names) == max(2, student.width) else []


def _card(training: dict[str, Any]) -> list[str]:
    """The lines that say how a network was trained; none where that is not known."""
    facts = shown_facts(training)
    matrix = shown_confusion(training)
    return ([] if not facts else ["", _listing(facts)]) + ([] if not matrix else ["", *matrix])


def _meaning(options: Namespace, student: Student) -> str:
    """What the scores of a student are."""
    link = student.link
    classes = _classes(options, student) or [f"class {number}" for number in range(max(2, student.width))]
    if isinstance(link, Binary):
        return f"the margin of {classes[1]} over {classes[0]}"
    if isinstance(link, Multiclass):
        return f"those of {', '.join(classes)}"
    return "log-probabilities of the symbols and of the end" if isinstance(link, NextSymbol) else "the values"


def _domain(domain: Domain) -> dict[str, str]:
    """What a network was trained on, for people."""
    trained = {"trained on": f"words of {domain.length} symbols"}
    names = " ".join(column.name for column in domain.columns[:MOST_COLUMNS]) + (" …" if domain.length > MOST_COLUMNS else "")
    return trained | {"columns": names, "labels in": str(domain.label)} if domain.columns else trained


def _history(history: dict[str, Any]) -> dict[str, str]:
    """What the file of an automaton says of its extraction, for people; a stranger may have written it."""
    said = {name: visible(history[field]) for name, field in ORIGIN.items() if field in history}
    verdicts = [history[name] for name in VERDICTS if history.get(name)]
    own = [Verdict(**{field.name: saved[field.name] for field in fields(Verdict)}) for saved in verdicts]
    return said | ({"its verdict": visible(" ".join(map(str, own)))} if own else {})


def _size(size: Simplicity) -> dict[str, str]:
    """How simple an automaton is, for people."""
    shown = {
        "transitions": f"{size.transitions:,}",
        "letter classes": f"{size.letter_classes:,}",
        "parameters": f"{size.parameters:,} ({size.bits:,} bits compressed)",
    }
    if size.depth is not None:
        shown["longest access word"] = counted(size.depth, "letter")
    return shown


def _checked(options: Namespace, teacher: Teacher, status: Status) -> Stability:
    """How far answers to the same random words differ from call to call."""
    status.show(f"drawing {options.check:,} words")
    words = random_words(options, teacher, options.check)
    return stability(
        teacher, words, seed=options.seed,
        progress=lambda done, total: status.show(f"{bar(done / total)} answer {done:,} of {total:,}"),
    )  # fmt: skip


def _described(options: Namespace) -> tuple[Teacher, str, str, int | None, str]:
    """A teacher, its format, its architecture in words, its trained numbers, and its device; an automaton has no such numbers."""
    given = outside_options(options)
    if is_outside(options.checkpoint) or given:
        outside = load_teacher(options.checkpoint, options.alphabet, options.device, options.head, options.pooling, **given)
        assert isinstance(outside, FunctionTeacher)
        program = str(options.checkpoint).startswith(PROGRAM)
        return outside, "program" if program else "service", outside.told, None, "where it runs"
    if is_automaton(options.checkpoint):
        automaton = load_teacher(options.checkpoint, options.alphabet, options.device, options.head, options.pooling)
        if isinstance(automaton, Student):
            return automaton, "student file", repr(automaton).strip("<>"), automaton.parameters, "cpu"
        return automaton, "automaton file", repr(automaton).strip("<>"), None, "cpu"
    model = load_model(options.checkpoint, options.alphabet, options.device, options.head, options.pooling)
    device = str(next(model.network.parameters()).device)
    return model.teacher, model.origin, model.architecture, model.parameters, device


def _microseconds(teacher: Teacher, seed: int, length: int) -> float:
    if isinstance(teacher, FunctionTeacher):
        return teacher.pace * 1e6  # which is known, and asking may be dear
    count = PROBE[0]
    words = uniform_words(np.random.default_rng(seed), len(teacher.alphabet), np.full(count, length))
    teacher.scores(words)  # the first call also pays for set-up
    begun = time.perf_counter()
    teacher.scores(words)
    return (time.perf_counter() - begun) / count * 1e6


def _listing(facts: dict[str, str]) -> str:
    widest = max(map(len, facts))
    return "\n".join(f"{name:<{widest}}  {fact}" for name, fact in facts.items())
