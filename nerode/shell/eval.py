"""`nerode eval`: how far an automaton or another student agrees with a checkpoint."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import numpy as np

from nerode.automata.base import Automaton
from nerode.automata.cfg import CFG
from nerode.automata.diagram import visible
from nerode.automata.vpa import VPA
from nerode.datasets.asked import sample_of, words_of
from nerode.errors import InputError
from nerode.eval.comparable import answers
from nerode.eval.costs import costs
from nerode.eval.depths import depths
from nerode.eval.kinds import COUNT, error_by_kind
from nerode.eval.outcomes import Confusion, Outcomes, confusion, outcomes
from nerode.eval.report import compare
from nerode.extraction.source import OWN
from nerode.links import CLASSIFIER
from nerode.protocols import Teacher, own_words_of
from nerode.shell.by_labels import judged
from nerode.shell.classes import names_of_classes, usable_labels
from nerode.shell.common import Answer, automaton_beside, fresh_words, loaded_function, told_of, watched, within_reach
from nerode.shell.console import DONE, Status
from nerode.shell.known_words import is_data
from nerode.teachers.addresses import is_outside
from nerode.teachers.recognition import training_facts
from nerode.words import Words

CALLED = {"given": "given", "fresh": "random"}
"""What words are called for people; fresh words are those of the verdict of an extraction, and others."""


def run(options: Namespace, status: Status) -> Answer:
    """How far a student agrees with a checkpoint, on given words and on fresh ones, or with the labels of a file."""
    if is_data(options.checkpoint):
        return judged(options, status)
    if options.like is not None and options.sample is None:
        raise InputError("--like says how long the random words of --sample shall be; give --sample N too")
    automaton, teacher = automaton_beside(options, status, loaded_function)
    samples: dict[str, Words] = {}
    if options.words is not None:
        samples["given"], left_out = within_reach(words_of(options.words, teacher), teacher, options.words)
        if left_out:
            status.say(f"note: {left_out}")
    if options.sample is not None or not samples:
        samples["fresh"] = fresh_words(options, teacher, options.sample or COUNT)
    reports = {}
    for source, words in samples.items():
        with watched(teacher, status, f"comparing on {len(words):,} {CALLED[source]} words") as network:
            reports[source] = compare(automaton, network, words, seed=options.seed)
    first, *others = reports.items()
    told = list(filter(None, [told_of(teacher)]))
    drawn = OWN if own_words_of(teacher) and options.like is None else f"{CALLED['fresh']} words"
    of = {"given": f"{CALLED['given']} words", "fresh": drawn}
    text = told + [f"On {of[source]}:\n{report}" for source, report in reports.items()]
    answer = {"automaton": str(options.automaton), "teacher": str(options.checkpoint), "source": first[0], **first[1].to_json()}
    answer |= {source: report.to_json() for source, report in others}
    if options.words is not None and (right := _beside_truth(automaton, teacher, options, status)) is not None:
        answer["true_labels"] = right.to_json()
        text.append(f"Beside the true labels of {options.words}:\n{right.text(_names(options, teacher))}")
        if not is_outside(str(options.checkpoint)) and training_facts(options.checkpoint).get("words") == options.words.name:
            name = options.words.name
            text[-1] += f"\n(The network was trained on words of this name, {name}: on others it may be less accurate.)"
    deep = None
    if isinstance(automaton, VPA | CFG):
        with watched(teacher, status, "comparing words by depth") as network:
            deep = depths(automaton, network, np.random.default_rng([options.seed, 3]))
    if deep is not None:
        answer["depths"] = deep.to_json()
        text.append(f"{deep.sentence()}\n{deep}")
    if options.kinds:
        more = _by_kind(automaton, teacher, samples, options, status)
        answer |= {name: value.to_json() for name, (_, value) in more.items()}
        for title, value in more.values():
            shown = value.text(names=_names(options, teacher)) if isinstance(value, Confusion) else str(value)
            text.append(f"{title}:\n{shown}")
    return DONE, answer, "\n\n".join(text)


def _names(options: Namespace, teacher: Teacher) -> list[str]:
    """What the classes are called; nothing where that is not known."""
    names = [visible(name) for name in names_of_classes(options.checkpoint) or ()]
    return names if len(names) == answers(teacher) else []


def _beside_truth(automaton: Teacher, teacher: Teacher, options: Namespace, status: Status) -> Outcomes | None:
    """Both beside the true labels of --words, where it has some that are classes of the network."""
    try:
        sample = sample_of(options.words, teacher)
    except InputError:  # words without labels that were read all the same
        return None
    labels = usable_labels(sample, options.words, options.checkpoint, teacher, status)
    return None if labels is None else outcomes(automaton, teacher, sample.words, labels)


def _by_kind(
    automaton: Automaton, teacher: Teacher, samples: dict[str, Words], options: Namespace, status: Status
) -> dict[str, tuple[str, Any]]:
    """What --kinds asks for, by name: a title, and the value; the table of classes and the costs are those of the first words."""
    (source, words), *_ = samples.items()
    status.show("comparing on words of each kind")
    rng = np.random.default_rng([options.seed, 2])  # words of its own, since those of the first stream are in the reports
    kinds = error_by_kind(automaton, teacher, rng, samples.get("given", ()), options.sample or COUNT)
    values: dict[str, tuple[str, Any]] = {"kinds": ("By kind and length of word", kinds)}
    if teacher.link.task == CLASSIFIER:
        values["confusion"] = f"Classes of {CALLED[source]} words", confusion(automaton, teacher, words)
    status.show(f"measuring the time of {len(words):,} words")
    return values | {"costs": (f"Costs of {CALLED[source]} words", costs(automaton, teacher, words))}
