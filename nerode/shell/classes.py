"""The classes of networks, automata and students: what they are called, and which labels of files stand for them."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

from nerode.automata.base import Automaton
from nerode.datasets.asked import sample_of
from nerode.datasets.samples import Sample
from nerode.errors import InputError
from nerode.eval.comparable import answers
from nerode.grammars.loading import load_metadata
from nerode.links import CLASSIFIER
from nerode.protocols import Teacher
from nerode.shell.console import Status
from nerode.students.loading import classes_of, is_student
from nerode.teachers.addresses import is_outside
from nerode.teachers.recognition import class_names, holds_network
from nerode.words import Word, usual_labels

MOST_NAMES = 10  # of classes in a sentence


def names_of_classes(checkpoint: Path | str) -> tuple[str, ...] | None:
    """What the classes of a network are called; None where that is not known."""
    return None if is_outside(str(checkpoint)) else class_names(checkpoint)


def kept_classes(place: Path, function: Any) -> tuple[str, ...]:
    """The names of the classes that a file of an automaton or a student keeps, or a network; none where none fit."""
    names: Any = None
    if holds_network(place):
        names = class_names(place)
    elif is_student(place):
        names = classes_of(place)
    elif isinstance(function, Automaton):
        names = (load_metadata(place) or {}).get("classes")
    if function.link.task != CLASSIFIER or not isinstance(names, list | tuple) or len(names) != answers(function):
        return ()
    return tuple(names) if all(isinstance(name, str) for name in names) else ()


def shown_classes(options: Namespace, teacher: Teacher | None) -> tuple[str, ...]:
    """The names of a network's classes, for text; empty where they are not known, and for what has none."""
    names = None if teacher is None or teacher.link.task != CLASSIFIER else names_of_classes(options.checkpoint)
    return names if names is not None and teacher is not None and len(names) == answers(teacher) else ()


def numbered(labels: tuple[str, ...], names: tuple[str, ...] | None, classes: int) -> list[int] | None:
    """The numbers of classes that labels stand for, by the names of the network's classes or as such; None where they do not."""
    known = {name: number for number, name in enumerate(names or ())} | ({} if classes != 2 else {"rejected": 0, "accepted": 1})
    numbers = {str(number): number for number in range(classes)}
    known |= {} if numbers.keys() & set(names or ()) else numbers  # a name that is a number would be another class
    return [known[label] for label in labels] if all(label in known for label in labels) else None


def labels_of(
    sample: Sample, file: Path, names: tuple[str, ...] | None, teacher: Teacher, whose: str = "network"
) -> list[int] | None:
    """The true labels of the words of a sample, as numbers of a teacher's classes of these names; None where it has none.

    Raises
    ------
    InputError : labels that are no such classes
    """
    if sample.labels is None:
        return None
    classes = answers(teacher)
    numbers = numbered(sample.classes, names, classes)
    if numbers is None:
        raise InputError(f"the labels of {file} are no classes of the {whose}; {_wanted(names, classes)}")
    return [numbers[label] for label in sample.labels.tolist()]


def _wanted(names: tuple[str, ...] | None, classes: int) -> str:
    """What labels are to be."""
    numbers = "0 and 1" if classes == 2 else f"numbers from 0 to {classes - 1}"
    if not names:
        return f"these have no names, so write {numbers}"
    shown = names if len(names) <= MOST_NAMES else (*names[:MOST_NAMES], "…")
    return f"write their names ({', '.join(shown)}) or {numbers}"


def labels_by_word(file: Path, checkpoint: Path | str, teacher: Teacher) -> dict[Word, int] | None:
    """The true labels of the words of a file; of a word that has several the most frequent. None where the file has none.

    Raises
    ------
    InputError : a file that cannot be read, or labels that are no classes of the network
    """
    sample = sample_of(file, teacher)
    labels = labels_of(sample, file, names_of_classes(checkpoint), teacher)
    return None if labels is None else usual_labels(sample.words, labels)


def usable_labels(sample: Sample, file: Path, checkpoint: Path | str, teacher: Teacher, status: Status) -> list[int] | None:
    """The same of a sample; where labels are no classes of the network, a note says so."""
    try:
        return labels_of(sample, file, names_of_classes(checkpoint), teacher) if teacher.link.task == CLASSIFIER else None
    except InputError as error:
        status.say(f"note: {error}; they are not compared")
        return None
