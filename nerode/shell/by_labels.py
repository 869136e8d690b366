"""How good a student is by the true labels of a file of words or of a table, where no network is asked: a part of `eval`."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

import numpy as np

from nerode.automata.diagram import counted, visible
from nerode.datasets.asked import sample_of
from nerode.datasets.tables import listed
from nerode.domains import domain_of
from nerode.errors import InputError
from nerode.eval.outcomes import beside_labels
from nerode.grammars.loading import load_metadata
from nerode.links import CLASSIFIER
from nerode.protocols import Teacher
from nerode.shell.classes import kept_classes, labels_of
from nerode.shell.common import Answer, loaded_function
from nerode.shell.console import DONE, Status
from nerode.shell.known_words import refuse_questions
from nerode.students.loading import history_of, is_student
from nerode.teachers.recognition import holds_network, training_facts
from nerode.words import Words


def judged(options: Namespace, status: Status) -> Answer:
    """How often a student gives the words of a file their labels; each line of the file counts.

    Raises
    ------
    InputError : options that are for networks, a file without labels, labels that are no classes of the student, or a student
        that has no classes
    """
    file = Path(options.checkpoint)
    if options.sample is not None or options.like is not None or options.kinds:
        raise InputError(f"{file} has words and labels, and no network is asked; leave --sample, --like and --kinds out")
    refuse_questions(options, file)
    student = loaded_function(options.automaton, status)
    if student.link.task != CLASSIFIER:
        raise InputError(f"{options.automaton} gives no classes, and {file} has labels; compare it with a network")
    names = kept_classes(options.automaton, student)
    words, labels = labelled_words_for(student, file, names)
    accuracy, table = beside_labels(student, words, labels)
    constant = float(np.bincount(labels).max() / len(labels))
    answer = {"automaton": str(options.automaton), "labels_of": str(file), "words": len(words), "accuracy": asdict(accuracy)}
    answer |= {"most_frequent": constant, "confusion": table.to_json()} | ({"classes": list(names)} if names else {})
    between = "" if accuracy.low is None else f" (95 % interval {accuracy.low:.2%} to {accuracy.high:.2%})"
    text = (
        f"The student gives {accuracy.value:.2%} of {counted(len(words), 'word')} of {file} their label{between}.\n"
        f"The most frequent label alone would be right for {constant:.2%}.\n\n"
        + table.text("label \\ student", [*map(visible, names)])
    )
    if file.name in learned_from(options.automaton):
        text += f"\n\nIt was learned from a file of this name, {file.name}: on other words it may be less accurate."
    return DONE, answer, text


def learned_from(place: Path) -> set[str]:
    """The names of the files that a network or a student was learned from, as far as they are known."""
    if holds_network(place):
        known = [training_facts(place).get("words")]
    else:
        history = (history_of(place) if is_student(place) else load_metadata(place)) or {}
        known = [history.get("checkpoint"), history.get("labels_of")]
    return {Path(name).name for name in known if isinstance(name, str)}


def labelled_words_for(student: Teacher, file: Path, names: tuple[str, ...]) -> tuple[Words, list[int]]:
    """The words of a file in the letters of a student, and their labels as numbers of its classes.

    Raises
    ------
    InputError : a file that cannot be read so, that has no labels, or others than these classes
    """
    sample, domain = sample_of(file, student), domain_of(student)
    if domain is not None and domain.columns and any(len(word) != domain.length for word in sample.words):
        raise InputError(f"{file} has none of the columns of the student, {listed([each.name for each in domain.columns])}")
    labels = labels_of(sample, file, names or None, student, "student")
    if labels is None:
        column = f" in the column {domain.label!r}" if domain is not None and domain.label is not None else ""
        raise InputError(f"{file} has no labels{column}; add them, or compare the student with a network")
    return sample.words, labels
